import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DatasetError
from core.heads import AGE, AGE_LABELS, GENDER, GENDER_LABELS, MASK, MASK_LABELS
from core.training.targets import known, smoothed, targets_of

HEADS = {GENDER: GENDER_LABELS, MASK: MASK_LABELS, AGE: AGE_LABELS}


def index(gender: list[str], age: list[str], masked: list[int]) -> pd.DataFrame:
    return pd.DataFrame({"gender": gender, "age": age, "masked": masked})


def test_labels_become_ones_in_the_order_of_the_heads() -> None:
    targets = targets_of(index(["female", "male", "male"], ["7", "20-29", "more than 70"], [1, 0, 1]), HEADS)
    assert targets[GENDER].tolist() == [[0, 1], [1, 0], [1, 0]]
    assert targets[MASK].tolist() == [[0, 1], [1, 0], [0, 1]]
    assert targets[AGE].argmax(axis=1).tolist() == [0, 2, 4]
    assert {rows.dtype for rows in targets.values()} == {np.dtype(np.float32)}


def test_the_other_order_of_labels_gives_the_other_columns() -> None:
    targets = targets_of(index(["female"], [""], [1]), {GENDER: GENDER_LABELS[::-1]})
    assert list(targets) == [GENDER]
    assert targets[GENDER].tolist() == [[1, 0]]


@pytest.mark.parametrize("age", ["", "unknown", "young"])
def test_an_unknown_age_has_no_target_and_no_weight(age: str) -> None:
    targets = targets_of(index(["female", "male"], [age, "30"], [0, 0]), HEADS)
    assert targets[AGE].sum(axis=1).tolist() == [0, 1]
    assert {head: weights.tolist() for head, weights in known(targets).items()} == {
        GENDER: [1, 1],
        MASK: [1, 1],
        AGE: [0, 1],
    }
    assert not smoothed(targets, 0.3)[AGE][0].any(), "nor when smoothed"


@pytest.mark.parametrize("gender", ["unknown", ""])
def test_a_gender_that_the_network_does_not_know_is_refused(gender: str) -> None:
    with pytest.raises(DatasetError, match=f"gender \\['{gender}'\\]") as caught:
        targets_of(index(["male", gender], ["", ""], [0, 0]), HEADS)
    assert caught.value.code == "bad_table"


def test_an_age_band_that_the_network_does_not_know_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"age \['60\+'\]"):
        targets_of(index(["male"], ["71"], [0]), {GENDER: GENDER_LABELS, AGE: ("0-9", "10-19", "20-39", "40-59")})


@settings(deadline=None)
@given(st.floats(0, 0.99), st.lists(st.integers(-1, 4), min_size=1, max_size=20))
def test_smoothing_keeps_sums_and_winners_and_rows_without_a_label(amount: float, numbers: list[int]) -> None:
    hard = np.zeros((len(numbers), 5), np.float32)
    for row, number in enumerate(numbers):
        if number >= 0:
            hard[row, number] = 1
    soft = smoothed({AGE: hard}, amount)[AGE]
    assert soft.dtype == np.float32
    np.testing.assert_allclose(soft.sum(axis=1), hard.sum(axis=1), atol=1e-6)
    assert (soft.argmax(axis=1) == hard.argmax(axis=1)).all()
    np.testing.assert_allclose(soft[hard == 1], 1 - amount + amount / 5, atol=1e-6)
    known = hard.any(axis=1)
    np.testing.assert_allclose(soft[known].min(axis=1, initial=1), amount / 5, atol=1e-6)
