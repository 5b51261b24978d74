import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.answers import Answers, Resampler
from core.evaluation.intervals import Difference, Estimate, draws, percentile_interval, share
from core.evaluation.metrics import MetricSet, measure


def test_wilson_gives_the_textbook_interval() -> None:
    # Newcombe 1998 (Statistics in Medicine 17:857), table I, method 3: 81/263, 15/148, 0/20, 1/29.
    cases = [((81, 263), (0.2553, 0.3662)), ((15, 148), (0.0624, 0.1605)), ((0, 20), (0.0, 0.1611))]
    for (count, total), expected in [*cases, ((1, 29), (0.0061, 0.1718))]:
        estimate = share(count, total)
        assert estimate.value == count / total
        assert (estimate.low, estimate.high) == pytest.approx(expected, abs=5e-5)


@given(st.integers(1, 5000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
@settings(deadline=None)
def test_a_share_lies_inside_its_interval_and_the_interval_inside_0_to_1(case: tuple[int, int]) -> None:
    estimate = share(*case)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.high > estimate.low


def test_a_share_of_nothing_has_no_value_and_says_why() -> None:
    assert share(0, 0, "no women") == Estimate(None, None, None, "no women")


def test_a_count_larger_than_its_total_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 3"):
        share(4, 3)


@pytest.mark.parametrize(
    "values",
    [
        (float("nan"), 0.1, 0.2, ""),
        (0.5, 0.6, 0.7, ""),
        (0.5, 0.4, 1.1, ""),
        (0.5, 0.4, None, ""),
        (None, 0.1, 0.2, ""),
        (0.5, None, None, ""),
        (0.5, 0.4, 0.6, "a reason for nothing"),
    ],
)
def test_an_estimate_that_makes_no_sense_is_refused(values: tuple) -> None:
    with pytest.raises(ValueError, match="got Estimate"):
        Estimate(*values)


def test_a_difference_may_be_negative_and_an_estimate_may_not() -> None:
    assert Difference(-0.5, -0.7, -0.2).value == -0.5
    with pytest.raises(ValueError, match="got Difference"):
        Difference(-0.5, -1.1, -0.2)


@pytest.mark.parametrize("estimate", [share(3, 7), share(0, 0), Estimate(1.0, reason="too few")])
def test_an_estimate_survives_strict_json(estimate: Estimate) -> None:
    text = json.dumps(estimate.to_json(), allow_nan=False)
    assert Estimate.from_json(json.loads(text)) == estimate


def faces(hits_female: int, n_female: int, hits_male: int, n_male: int) -> MetricSet:
    truth = np.repeat([True, False], [n_female, n_male])
    right = np.concatenate([np.arange(n_female) < hits_female, np.arange(n_male) < hits_male])
    return measure(truth, np.where(truth == right, 0.9, 0.1), truth, 0.8)


def test_draws_keep_the_number_of_women_and_of_men_and_are_always_the_same() -> None:
    truth = np.random.default_rng(0).random(60) < 0.3
    drawn = [np.concatenate(list(draws(truth, 250))) for _ in range(2)]
    assert drawn[0].shape == (250, 60)
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0][:, truth].sum(axis=1) == truth.sum()).all()
    assert (drawn[0].sum(axis=1) == 60).all()
    assert drawn[0].mean(axis=0) == pytest.approx(np.ones(60), abs=0.3)


def test_the_bootstrap_of_balanced_accuracy_agrees_with_its_standard_error() -> None:
    estimate = faces(170, 200, 110, 120).balanced_accuracy
    error = np.sqrt(0.85 * 0.15 / 200 + (110 / 120) * (10 / 120) / 120) / 2
    assert (estimate.high - estimate.low) / 2 == pytest.approx(1.96 * error, rel=0.1)


def test_the_bootstrap_covers_the_truth_about_95_times_in_100() -> None:
    generator = np.random.default_rng(2)
    covered = 0
    for _ in range(100):
        women, men = (int(k) for k in generator.binomial(150, [0.85, 0.9]))
        estimate = faces(women, 150, men, 150).balanced_accuracy
        covered += estimate.low <= 0.875 <= estimate.high
    assert 89 <= covered <= 100


def test_the_bootstrap_of_the_area_agrees_with_hanley_and_mcneil() -> None:
    generator = np.random.default_rng(3)
    truth = np.repeat([True, False], [300, 200])
    scores = generator.normal(np.where(truth, 1.2, 0.0), 1)
    estimate = measure(truth, 1 / (1 + np.exp(-scores)), truth, 0.8).roc_auc
    # Hanley and McNeil 1982 (Radiology 143:29), the standard error of an area.
    area = estimate.value
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    error = np.sqrt((area * (1 - area) + 299 * (q1 - area**2) + 199 * (q2 - area**2)) / (300 * 200))
    assert (estimate.high - estimate.low) / 2 == pytest.approx(1.96 * error, rel=0.15)
    assert estimate.low < area < estimate.high


def test_every_resampled_figure_is_that_of_the_faces_written_out() -> None:
    generator = np.random.default_rng(4)
    truth, p = generator.random(50) < 0.5, np.round(generator.random(50), 1)
    figures = Resampler(Answers(truth, p, p < 0.95, 0.8))
    (weights, *_) = draws(truth, 5)
    resampled = figures(weights)
    for number, counts in enumerate(weights):
        places = np.repeat(np.arange(50), counts.astype(int))
        alone = measure(truth[places], p[places], p[places] < 0.95, 0.8)
        for name, values in resampled.items():
            assert values[number] == pytest.approx(getattr(alone, name).value), name


def test_a_centred_interval_is_moved_onto_the_value() -> None:
    resampled = np.random.default_rng(6).normal(0.5, 0.02, 4000)
    estimate = percentile_interval(0.3, resampled, Estimate, centred=True)
    assert (estimate.low, estimate.high) == pytest.approx((0.3 - 0.0392, 0.3 + 0.0392), abs=0.003)


def test_too_few_faces_or_no_spread_give_the_value_without_an_interval() -> None:
    few = measure([True, True, False], [0.9, 0.8, 0.1], [True] * 3, 0.8).roc_auc
    assert (few.value, few.low, few.high) == (1.0, None, None)
    assert "1 face," in few.reason
    flawless = faces(50, 50, 50, 50).balanced_accuracy
    assert (flawless.value, flawless.low) == (1.0, None)
    assert "same figure" in flawless.reason
