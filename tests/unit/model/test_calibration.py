import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.evaluation.answers import Answers, Resampler
from core.heads import AGE, AGE_LABELS, GENDER, MASK
from core.model.calibration import expected_calibration_error, p_female, predictions_of, probabilities
from core.model.metadata import Head
from core.results import Prediction

MALE_FIRST = Head(("male", "female"))
LOGITS = arrays(np.float64, (3, 2), elements=st.floats(-1e6, 1e6))


def test_known_values_for_both_orders_of_labels() -> None:
    logits = [[0.0, np.log(3)]]
    assert p_female(logits, MALE_FIRST) == pytest.approx([0.75])
    assert p_female(logits, Head(("female", "male"))) == pytest.approx([0.25])


def test_a_single_logit_is_that_of_the_second_label() -> None:
    logits = [[np.log(3)]]
    assert p_female(logits, MALE_FIRST) == pytest.approx([0.75])
    assert p_female(logits, Head(("female", "male"))) == pytest.approx([0.25])


def test_temperature_divides_the_logits() -> None:
    assert p_female([[0.0, 2 * np.log(3)]], Head(("male", "female"), temperature=2.0)) == pytest.approx([0.75])


@given(LOGITS, st.floats(1e-3, 1e3))
def test_probabilities_stay_in_range_and_sum_to_one_at_any_scale(logits: np.ndarray, temperature: float) -> None:
    answer = probabilities(logits, Head(("male", "female"), temperature))
    assert ((answer >= 0) & (answer <= 1)).all()
    assert answer.sum(axis=1) == pytest.approx(np.ones(3))


@given(LOGITS, st.floats(1e-3, 1e3))
def test_temperature_never_changes_which_label_is_likelier(logits: np.ndarray, temperature: float) -> None:
    plain = probabilities(logits, MALE_FIRST)
    cooled = probabilities(logits, Head(("male", "female"), temperature))
    assert ((plain[:, 0] - plain[:, 1]) * (cooled[:, 0] - cooled[:, 1]) >= 0).all()


def test_a_head_of_three_labels() -> None:
    head = Head(("young", "grown", "old"))
    assert probabilities([[0.0, 0.0, 0.0]], head) == pytest.approx(np.full((1, 3), 1 / 3))
    with pytest.raises(ValueError, match="no label 'female'"):
        p_female([[0.0, 0.0, 0.0]], head)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_answer_that_is_not_finite_is_an_error(bad: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        p_female([[0.0, bad]], MALE_FIRST)


@pytest.mark.parametrize("logits", [[0.0, 1.0], [[0.0, 1.0, 2.0]], [[[0.0, 1.0]]]])
def test_logits_of_another_shape_are_an_error(logits: list[object]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        p_female(logits, MALE_FIRST)


def test_no_faces_give_no_answers() -> None:
    assert p_female(np.empty((0, 2)), MALE_FIRST).shape == (0,)


def test_all_heads_of_a_model_are_read_each_by_its_labels_and_temperature() -> None:
    ages = ("60+", "0-9", "10-19", "20-39", "40-59")
    heads = {GENDER: MALE_FIRST, MASK: Head(("masked", "bare"), temperature=2.0), AGE: Head(ages)}
    logits = {
        GENDER: [[0.0, np.log(3)], [0.0, 0.0]],
        MASK: [[2 * np.log(4), 0.0], [0.0, 0.0]],
        AGE: [np.log([1.0, 6.0, 1.0, 1.0, 1.0]), np.log([4.0, 1.0, 1.0, 1.0, 1.0])],
    }
    first, second = predictions_of(logits, heads)
    assert (first.p_female, first.p_mask, first.p_child) == pytest.approx((0.75, 0.8, 0.6))
    assert (second.p_female, second.p_mask, second.p_child) == pytest.approx((0.5, 0.5, 0.125))
    assert (first.age_band, second.age_band) == ("0-9", "60+")


def test_heads_that_a_model_does_not_have_say_nothing() -> None:
    logits = {GENDER: [[0.0, 0.0]], MASK: [[0.0]], AGE: [[0.0] * 5]}
    assert predictions_of(logits, {GENDER: MALE_FIRST}) == [Prediction(0.5)]
    with_mask = predictions_of(logits, {GENDER: MALE_FIRST, MASK: Head(("bare", "masked"))})
    assert with_mask == [Prediction(0.5, p_mask=0.5)]


def test_heads_that_answer_different_numbers_of_faces_are_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        predictions_of({GENDER: np.zeros((2, 2)), AGE: np.zeros((1, 5))}, {GENDER: MALE_FIRST, AGE: Head(AGE_LABELS)})


@pytest.mark.parametrize("seed", range(3))
def test_the_calibration_error_is_the_one_that_models_are_measured_by(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = rng.uniform(0, 1, 300)
    truth = rng.uniform(0, 1, 300) < p**2
    answers = Answers(truth, p, np.ones(300, bool), 0.8)
    measured = float(Resampler(answers)(np.ones((1, 300)))["ece"][0])
    assert expected_calibration_error(p, truth) == pytest.approx(measured)
    assert expected_calibration_error(truth.astype(float), truth) == 0
