import json
import pickle
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics as sk

from core.classify.decision import decide
from core.evaluation.metrics import MetricSet, measure, measure_frame
from core.evaluation.registry import METRIC_BY_NAME
from core.heads import Thresholds
from core.labels import MASK
from core.results import Label, Prediction, Quality, Reason


def simple(truth: list[int], p: list[float], clear: list[int] | None = None, threshold: float = 0.8) -> MetricSet:
    return measure(np.array(truth, dtype=bool), p, [True] * len(p) if clear is None else clear, threshold)


def test_a_hand_made_case() -> None:
    # 5 women, of whom 4 are called female; 4 men, of whom 3 are called male; one face is blurred.
    found = simple([1, 1, 1, 1, 1, 0, 0, 0, 0], [0.9, 0.95, 0.6, 0.5, 0.1, 0.2, 0.3, 0.05, 0.85], [1] + [1] * 7 + [0])
    assert (found.n, found.n_female, found.n_male) == (9, 5, 4)
    assert found.confusion == ((4, 1), (1, 3))
    assert found.accuracy.value == 7 / 9
    assert found.recall_female.value == 4 / 5
    assert found.recall_male.value == 3 / 4
    assert found.balanced_accuracy.value == pytest.approx(0.775)
    assert found.precision_female.value == 4 / 5
    assert found.precision_male.value == 3 / 4
    assert found.f1_female.value == pytest.approx(0.8)
    assert found.f1_male.value == pytest.approx(0.75)
    assert found.recall_difference.value == pytest.approx(0.05)
    # As p falls, women come 1st, 2nd, 4th, 5th and 8th.
    assert found.average_precision.value == pytest.approx((1 + 1 + 3 / 4 + 4 / 5 + 5 / 8) / 5)
    distances = (0.1, 0.05, 0.4, 0.5, 0.9, 0.2, 0.3, 0.05, 0.85)
    assert found.brier.value == pytest.approx(sum(distance**2 for distance in distances) / 9)
    # With fewer faces than bins each face is a bin of its own.
    assert found.ece.value == pytest.approx(sum(distances) / 9)
    # Pairs won by the women, in their order: 4 + 4 + 3 + 3 + 1 of 4 each.
    assert found.roc_auc.value == pytest.approx(15 / 20)
    # Answered: 0.9, 0.95, 0.1 (wrong), 0.2, 0.05; the blurred 0.85 is not.
    assert found.answered.value == 5 / 9
    assert found.accuracy_answered.value == 4 / 5


faces = st.integers(1, 120).flatmap(
    lambda n: st.tuples(
        arrays.arrays(bool, n),
        arrays.arrays(np.float64, n, elements=st.floats(0, 1)),
        arrays.arrays(bool, n),
        st.floats(0.5, 0.99),
    )
)


@given(faces)
@settings(max_examples=60, deadline=None)
def test_every_figure_equals_scikit_learn(case: tuple) -> None:
    truth, p, clear, threshold = case
    found, called = measure(truth, p, clear, threshold), p >= 0.5
    assert found.accuracy.value == pytest.approx(sk.accuracy_score(truth, called))
    assert found.brier.value == pytest.approx(np.mean((p - truth) ** 2))
    assert [list(row) for row in found.confusion] == sk.confusion_matrix(truth, called, labels=[1, 0]).tolist()
    if truth.any() and not truth.all():
        assert found.balanced_accuracy.value == pytest.approx(sk.balanced_accuracy_score(truth, called))
        assert found.roc_auc.value == pytest.approx(sk.roc_auc_score(truth, p))
        assert found.average_precision.value == pytest.approx(sk.average_precision_score(truth, p))
        precision, recall, f1, _ = sk.precision_recall_fscore_support(truth, called, labels=[1, 0], zero_division=0.0)
        for place, gender in enumerate(("female", "male")):
            assert getattr(found, f"recall_{gender}").value == pytest.approx(recall[place])
            assert getattr(found, f"f1_{gender}").value == pytest.approx(f1[place])
            # scikit-learn says 0 where nobody was called so; here that is "no value".
            assert (getattr(found, f"precision_{gender}").value or 0.0) == pytest.approx(precision[place])


@given(faces)
@settings(max_examples=60, deadline=None)
def test_estimates_lie_in_their_intervals_and_go_through_strict_json(case: tuple) -> None:
    found = measure(*case)
    for name in METRIC_BY_NAME:
        estimate = getattr(found, name)
        if estimate.low is None:
            assert estimate.reason
        else:
            assert estimate.lowest <= estimate.low <= estimate.value <= estimate.high <= 1
    assert MetricSet.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found


@given(faces, st.integers(0, 120))
@settings(max_examples=40, deadline=None)
def test_the_counts_of_two_parts_add_up_to_the_whole(case: tuple, cut: int) -> None:
    truth, p, clear, threshold = case
    whole = measure(*case)
    parts = [measure(truth[half], p[half], clear[half], threshold) for half in (slice(cut), slice(cut, None))]
    assert (np.add(parts[0].confusion, parts[1].confusion) == whole.confusion).all()
    answered = [part.answered.value * part.n for part in parts if part.n]
    assert sum(answered) == pytest.approx(whole.answered.value * whole.n)


@given(st.floats(0, 1), st.floats(0.5, 0.99), st.booleans(), st.booleans())
@settings(deadline=None)
def test_answered_and_right_are_what_the_app_would_say(p: float, threshold: float, is_female: bool, good: bool) -> None:
    quality = Quality(80, 1, 100, 0, () if good else (Reason.TOO_DARK,))
    label = decide(Prediction(p), quality, Thresholds(threshold)).label
    found = measure([is_female], [p], [good], threshold)
    assert found.answered.value == (label is not Label.UNCERTAIN)
    if label is not Label.UNCERTAIN:
        assert found.accuracy_answered.value == ((label is Label.FEMALE) == is_female)


def test_a_face_judged_a_childs_is_measured_but_not_answered() -> None:
    table = pd.DataFrame({"gender": "female", "p_female": 0.9, "found": 1, "quality": "", "p_child": [0.6, 0.4, None]})
    for child_threshold, answered in ((0.5, 2 / 3), (0.3, 1 / 3), (None, 1)):
        found = measure_frame(table, 0.8, child_threshold)
        assert (found.accuracy.value, found.answered.value) == (1, answered)


def test_one_class_only_leaves_what_needs_both_without_a_value() -> None:
    found = simple([1] * 20, [0.9] * 15 + [0.2] * 5)
    assert found.accuracy.value == found.recall_female.value == 0.75
    for name in (
        "balanced_accuracy", "roc_auc", "average_precision", "recall_difference", "recall_male", "f1_male",
    ):  # fmt: skip
        assert getattr(found, name).value is None
        assert getattr(found, name).reason == "no men"
    assert found.f1_female.low < found.f1_female.value == pytest.approx(30 / 35)


def test_the_calibration_error_is_the_mean_gap_of_15_bins_of_equally_many_faces() -> None:
    generator = np.random.default_rng(5)
    p = generator.permutation(np.linspace(0.01, 0.99, 300))
    truth = generator.random(300) < p**2
    order = np.argsort(p)
    gaps = [abs(p[part].mean() - truth[part].mean()) for part in np.array_split(order, 15)]
    assert measure(truth, p, truth, 0.8).ece.value == pytest.approx(np.mean(gaps))


def test_the_order_of_faces_that_are_as_likely_does_not_matter() -> None:
    p = np.repeat([0.2, 0.4, 0.6, 0.9], 25)
    truth = np.arange(100) % 4 == 0
    ways = [measure(truth[way], p[way], truth, 0.8) for way in (slice(None), slice(None, None, -1))]
    assert ways[0].ece.value == ways[1].ece.value
    # Every p is in one bin with all of its faces, of whom a quarter are women.
    assert ways[0].ece.value == pytest.approx((0.05 + 0.15 + 0.35 + 0.65) / 4, abs=0.02)


def test_no_face_at_all() -> None:
    found = simple([], [])
    assert found.n == 0
    assert all(getattr(found, name).value is None and getattr(found, name).reason for name in METRIC_BY_NAME)


def test_three_faces_have_values_but_no_bootstrap_interval() -> None:
    found = simple([1, 0, 0], [0.9, 0.2, 0.7])
    assert found.balanced_accuracy.value == 0.75
    assert found.balanced_accuracy.low is None
    assert found.accuracy.low is not None


def test_an_exact_half_is_called_female() -> None:
    assert simple([1, 0], [0.5, 0.5]).confusion == ((1, 0), (1, 0))


@pytest.mark.parametrize(
    ("p", "threshold", "message"),
    [([0.1, float("nan")], 0.8, "p_female"), ([0.1, 1.2], 0.8, "p_female"), ([0.1, 0.2], 0.4, "threshold")],
)
def test_numbers_outside_their_range_are_refused(p: list[float], threshold: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simple([1, 0], p, threshold=threshold)


def test_arrays_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="three arrays"):
        measure([True], [0.1, 0.2], [True, True], 0.8)


@pytest.mark.parametrize(
    "damage", [{"n": 4}, {"confusion": {"labels": ["male", "female"], "counts": [[1, 0], [1, 1]]}}]
)
def test_figures_that_contradict_each_other_are_refused(damage: dict) -> None:
    values = simple([1, 0, 0], [0.9, 0.2, 0.7]).to_json()
    with pytest.raises(ValueError, match="got"):
        MetricSet.from_json(values | damage)


def test_a_metric_that_was_not_saved_has_no_value_and_an_unknown_one_is_passed_over() -> None:
    values = simple([1, 0, 0], [0.9, 0.2, 0.7]).to_json()
    del values["brier"]
    found = MetricSet.from_json(values | {"kappa": {"value": 0.4, "low": None, "high": None}})
    assert found.brier.value is None
    assert "not saved" in found.brier.reason
    assert found.accuracy.value == pytest.approx(2 / 3)
    with pytest.raises(AttributeError, match="kappa"):
        _ = found.kappa


def test_metrics_work_on_any_two_labels_under_their_own_names() -> None:
    found = measure([1, 1, 0, 0], [0.9, 0.2, 0.1, 0.6], [True] * 4, 0.8, MASK)
    assert (found.n, found.n_masked, found.n_bare) == (4, 2, 2)
    assert found.recall_masked.value == found.recall_bare.value == found.balanced_accuracy.value == 0.5
    assert {"precision_masked", "f1_bare", "n_masked"} <= set(found.to_json())
    assert measure([1], [0.9], [True], 0.8, MASK).recall_bare.reason == "no bare faces"


def test_a_set_of_metrics_can_be_sent_and_copied() -> None:
    found = simple([1, 0, 0], [0.9, 0.2, 0.7])
    assert pickle.loads(pickle.dumps(found)) == found


def test_a_face_that_was_missed_or_is_too_poor_is_measured_but_not_answered() -> None:
    table = {
        "gender": ["female", "male", "male"],
        "p_female": 0.9,
        "found": [1, 1, 0],
        "quality": ["", "too_small", ""],
    }
    found = measure_frame(pd.DataFrame(table), 0.8)
    assert found == simple([1, 0, 0], [0.9, 0.9, 0.9], [1, 0, 0])
    assert found.accuracy.value == found.answered.value == 1 / 3
    assert found.accuracy_answered.value == 1


def test_a_test_set_of_2300_faces_is_measured_in_well_under_a_second() -> None:
    generator = np.random.default_rng(4)
    truth = generator.random(2300) < 0.5
    p = np.clip(generator.normal(np.where(truth, 0.7, 0.3), 0.2), 0, 1)
    measure(truth, p, np.ones(2300, dtype=bool), 0.8)
    start = time.process_time()
    measure(truth, p, np.ones(2300, dtype=bool), 0.8)
    assert time.process_time() - start < 1
