import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from core.evaluation.comparison import Comparison, Contender, compare, disagreements, on_shared_faces
from core.evaluation.metrics import measure_frame
from core.evaluation.registry import METRICS
from core.heads import Thresholds
from tests.unit.faces_case import faces, random_faces


def contender(name: str, table: pd.DataFrame, **more: bool) -> Contender:
    return Contender(name, table, Thresholds(), **more)


def pair(right: list[tuple[int, int]]) -> tuple[Contender, Contender]:
    """Two models on women, by which of the two is right on each."""
    ps = np.where(np.array(right) == 1, 0.9, 0.2)
    return tuple(contender(name, faces("female", ps[:, place])) for place, name in enumerate(("one", "two")))


@pytest.fixture(scope="module")
def clear() -> Comparison:
    weak = random_faces(800, 3, apart=1.2)
    strong = weak.assign(p_female=np.where(weak["gender"] == "female", 0.5, 0) + 0.5 * weak["p_female"])
    return compare(contender("weak", weak), contender("strong", strong))


def test_mcnemars_test_is_exact_and_looks_only_at_faces_that_one_alone_calls_right() -> None:
    found = compare(*pair([(1, 1)] * 30 + [(0, 0)] * 10 + [(1, 0)] * 3 + [(0, 1)] * 12)).agreement
    assert (found.only_first, found.only_other) == (3, 12)
    # Twice the tail of a fair coin: 3 heads or fewer of 15.
    assert found.p == pytest.approx(2 * binom.cdf(3, 15, 0.5))
    assert compare(*pair([(1, 1)] * 5)).agreement.p == 1


def test_every_figure_is_that_of_the_model_alone_and_the_difference_is_other_minus_first(clear: Comparison) -> None:
    assert tuple(figure.metric for figure in clear.figures) == METRICS
    weak = measure_frame(random_faces(800, 3, apart=1.2), 0.8)
    for figure in clear.figures:
        alone = weak[figure.metric].value
        assert figure.first == pytest.approx(abs(alone) if figure.metric.name == "recall_difference" else alone)
        assert figure.difference.value == pytest.approx(figure.other - figure.first)
        if figure.difference.low is not None:
            assert figure.difference.low <= figure.difference.value <= figure.difference.high


def test_better_is_more_of_accuracy_and_less_of_error(clear: Comparison) -> None:
    accuracy, brier = clear.figure("accuracy"), clear.figure("brier")
    assert accuracy.difference.low > 0
    assert brier.difference.high < 0
    assert accuracy.verdict == brier.verdict == "better"


def test_a_model_ties_with_itself() -> None:
    table = random_faces(200, 4)
    found = compare(contender("one", table), contender("copy", table))
    assert {figure.verdict for figure in found.figures} == {"a tie"}
    assert found.agreement.p == 1


def test_pairing_shows_a_difference_that_separate_intervals_hide() -> None:
    # 400 faces, 60 wrong in both; the other is right on 8 more.
    one, two = pair([(1, 1)] * 332 + [(0, 0)] * 60 + [(0, 1)] * 8)
    found = compare(one, two).figure("accuracy")
    alone = [measure_frame(each.predictions, 0.8).accuracy for each in (one, two)]
    assert alone[0].high > alone[1].low
    assert found.verdict == "better"
    # The number of pairs won is binomial: 8 of 400.
    assert (found.difference.low, found.difference.high) == pytest.approx((2.5 / 400, 14 / 400), abs=0.003)


def test_models_are_compared_on_what_they_share_whatever_the_order() -> None:
    whole = random_faces(60, 5)
    part = whole.iloc[40:9:-1]
    found = compare(contender("whole", whole), contender("part", part))
    assert (found.n, found.left_out) == (31, (29, 0))
    assert {figure.difference.value for figure in found.figures} <= {0, None}


def test_a_face_is_the_same_only_in_the_same_variant_and_under_the_same_label() -> None:
    table = random_faces(30, 6)
    for other in (table.assign(variant="real"), table.assign(gender="male").iloc[:0], table.assign(split="val")):
        found = compare(contender("one", table), contender("two", other))
        assert found.n == 0
        assert all(figure.difference.value is None and figure.difference.reason for figure in found.figures)
        assert {figure.verdict for figure in found.figures} == {""}
        assert found.agreement.p == 1


def test_three_models_share_what_all_of_them_answered() -> None:
    table = random_faces(30, 7)
    parts = on_shared_faces(
        [
            contender(str(start), table.iloc[start : start + 20].sample(frac=1, random_state=start))
            for start in (0, 5, 9)
        ]
    )
    assert len({tuple(part.predictions["file"]) for part in parts}) == 1
    assert set(parts[0].predictions["file"]) == set(table["file"].iloc[9:20])


def test_of_labels_alone_only_what_labels_tell_is_compared() -> None:
    table = random_faces(40, 8)
    labels = table.assign(p_female=table["p_female"].round())
    found = compare(contender("ours", table), contender("peer", labels, labels_only=True))
    told = {figure.metric.name for figure in found.figures}
    assert {"accuracy", "balanced_accuracy", "recall_female", "precision_male", "f1_female"} <= told
    assert not {"roc_auc", "average_precision", "brier", "ece", "answered", "accuracy_answered"} & told


def test_disagreements_name_who_is_right_the_furthest_apart_first() -> None:
    table = faces(["female", "female", "male", "male"], [0.9, 0.6, 0.1, 0.7])
    other = table.assign(p_female=[0.4, 0.8, 0.95, 0.6])
    found = disagreements(contender("one", table), contender("two", other))
    assert found["file"].tolist() == ["f/2.webp", "f/0.webp"]
    assert found["right"].tolist() == ["one", "one"]
    assert found[["p_first", "p_other"]].to_numpy().tolist() == [[0.1, 0.95], [0.9, 0.4]]


@given(st.integers(20, 100), st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_swapping_the_two_swaps_the_signs(n: int, seed: int) -> None:
    one, two = contender("one", random_faces(n, seed)), random_faces(n, seed, apart=1.0)
    other = contender("two", one.predictions.assign(p_female=two["p_female"]))
    there, back = compare(one, other), compare(other, one)
    assert there.agreement.p == back.agreement.p
    for figure, mirrored in zip(there.figures, back.figures, strict=True):
        assert (figure.first, figure.other) == (mirrored.other, mirrored.first)
        if figure.difference.low is not None:
            assert figure.difference.low == pytest.approx(-mirrored.difference.high)
            assert figure.difference.low <= figure.difference.value <= figure.difference.high
