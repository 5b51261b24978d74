import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from core.evaluation.answers import Answers
from core.evaluation.curves import (
    before_temperature,
    precision_recall,
    reliability,
    risk_coverage,
    roc,
    threshold_sweep,
)
from core.evaluation.metrics import measure_answers
from tests.unit.faces_case import random_faces

CURVES = (roc, precision_recall, reliability, risk_coverage)
some = st.integers(1, 80).flatmap(
    lambda n: st.builds(
        Answers,
        arrays.arrays(bool, n),
        arrays.arrays(np.float64, n, elements=st.floats(0, 1)),
        arrays.arrays(bool, n),
        st.floats(0.5, 0.99),
    )
)


def answers(truth: list[int], p: list[float], clear: list[int] | None = None) -> Answers:
    good = [1] * len(p) if clear is None else clear
    return Answers(np.array(truth, dtype=bool), np.array(p, dtype=float), np.array(good, dtype=bool), 0.8)


@pytest.fixture(scope="module")
def many() -> Answers:
    return Answers.from_frame(random_faces(3000, 1), 0.8)


def test_the_area_under_the_thinned_roc_curve_is_the_area(many: Answers) -> None:
    table = roc(many)
    assert len(table) == 200
    area = sk.auc(table["false_positive_rate"], table["true_positive_rate"])
    assert area == pytest.approx(measure_answers(many).roc_auc.value, abs=0.001)
    assert np.isnan(table["threshold"].iloc[0])
    assert table.iloc[-1][["false_positive_rate", "true_positive_rate"]].tolist() == [1, 1]


@given(some)
@settings(max_examples=40, deadline=None)
def test_roc_and_precision_recall_are_scikit_learns(case: Answers) -> None:
    assume(case.is_first.any() and not case.is_first.all())
    every = pd.DataFrame(np.transpose(sk.roc_curve(case.is_first, case.p, drop_intermediate=False)))
    corners = roc(case).fillna({"threshold": np.inf})
    assert set(corners.itertuples(index=False, name=None)) <= set(every.itertuples(index=False, name=None))
    area = sk.auc(corners["false_positive_rate"], corners["true_positive_rate"])
    assert area == pytest.approx(sk.roc_auc_score(case.is_first, case.p))
    precision, recall, thresholds = sk.precision_recall_curve(case.is_first, case.p)
    table = precision_recall(case)
    np.testing.assert_allclose(table["precision"], precision)
    np.testing.assert_allclose(table["recall"], recall)
    np.testing.assert_array_equal(table["threshold"][:-1], thresholds)


def test_precision_and_recall_at_a_threshold_are_those_of_the_faces_called_female_there(many: Answers) -> None:
    for row in precision_recall(many).iloc[[0, 50, 150, 198]].itertuples():
        called = many.p >= row.threshold
        assert row.precision == pytest.approx(sk.precision_score(many.is_first, called))
        assert row.recall == pytest.approx(sk.recall_score(many.is_first, called))


def test_the_reliability_diagram_is_scikit_learns_with_counts(many: Answers) -> None:
    table = reliability(many)
    share, mean = calibration_curve(many.is_first, many.p, n_bins=15, strategy="quantile")
    assert table["share"].to_numpy() == pytest.approx(share, abs=0.01)
    assert table["p_female"].to_numpy() == pytest.approx(mean, abs=0.01)
    assert table["n"].tolist() == [200] * 15
    error = (table["n"] * (table["share"] - table["p_female"]).abs()).sum() / table["n"].sum()
    assert error == pytest.approx(measure_answers(many).ece.value)


def test_risk_rises_as_less_sure_faces_are_called() -> None:
    # By confidence: 0.95 right, 0.9 wrong, two of 0.7 (one right), 0.6 right.
    table = risk_coverage(answers([1, 1, 0, 1, 0], [0.95, 0.1, 0.3, 0.3, 0.4]))
    assert table["coverage"].tolist() == [0.2, 0.4, 0.8, 1.0]
    assert table["risk"].tolist() == [0, 0.5, 0.5, 0.4]
    assert table["confidence"].tolist() == [0.95, 0.9, 0.7, 0.6]


def test_a_sweep_counts_what_is_answered_at_every_threshold() -> None:
    table = threshold_sweep(answers([1, 1, 0, 0, 0], [0.9, 0.3, 0.1, 0.6, 0.05], [1, 1, 1, 1, 0]), (0.5, 0.7, 0.95))
    assert table[["ff", "fm", "mf", "mm"]].to_numpy().tolist() == [[1, 1, 1, 1], [1, 1, 0, 1], [0, 0, 0, 0]]
    assert table["uncertain_female"].tolist() == [0, 0, 2]
    assert table["uncertain_male"].tolist() == [1, 2, 3]
    assert table["answered"].tolist() == [0.8, 0.6, 0]
    assert table["accuracy_answered"].iloc[:2].tolist() == [0.5, pytest.approx(2 / 3)]
    assert table["recall_female"].iloc[:2].tolist() == [0.5, 0.5]
    assert table["recall_male"].iloc[:2].tolist() == [0.5, 1]
    assert table[["accuracy_answered", "recall_female", "recall_male"]].iloc[2].isna().all()


@given(some)
@settings(max_examples=40, deadline=None)
def test_every_curve_fits_its_faces(case: Answers) -> None:
    bins = reliability(case)
    assert bins["n"].sum() == len(case.p)
    assert (bins["low"] <= bins["share"]).all()
    assert (bins["share"] <= bins["high"]).all()
    risk = risk_coverage(case)
    assert risk["coverage"].is_monotonic_increasing
    assert (risk["coverage"].iloc[-1], risk["risk"].iloc[-1]) == (1, pytest.approx(np.mean(~case.right)))
    sweep = threshold_sweep(case, (0.5, case.threshold, 0.99))
    assert sweep["answered"].is_monotonic_decreasing
    figures = measure_answers(case)
    assert sweep["answered"].iloc[1] == pytest.approx(figures.answered.value)
    assert sweep["accuracy_answered"].fillna(-1).iloc[1] == pytest.approx(
        -1 if figures.accuracy_answered.value is None else figures.accuracy_answered.value
    )


@pytest.mark.parametrize("curve", CURVES)
def test_no_face_gives_an_empty_table(curve: object) -> None:
    table = curve(answers([], []))
    assert isinstance(table, pd.DataFrame)
    assert len(table) == 0
    assert len(table.columns) >= 3


@pytest.mark.parametrize("curve", [roc, precision_recall])
def test_one_gender_alone_has_no_curve(curve: object) -> None:
    assert curve(answers([1, 1], [0.2, 0.9])).empty


def test_a_threshold_that_no_app_has_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[0.5, 1\)"):
        threshold_sweep(answers([1], [0.9]), (0.4,))


def test_the_logits_behind_calibrated_probabilities_come_back() -> None:
    logits = np.linspace(-8, 8, 30)
    calibrated = 1 / (1 + np.exp(-logits / 1.6))
    assert before_temperature(calibrated, 1.6) == pytest.approx(1 / (1 + np.exp(-logits)), abs=1e-9)
    assert before_temperature(np.array([0.0, 1.0]), 1.6) == pytest.approx([0, 1], abs=1e-6)
