import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.intervals import Estimate, bootstrap_auc, bootstrap_counts, share


def test_wilson_gives_the_textbook_interval() -> None:
    # Newcombe 1998 (Statistics in Medicine 17:857), table I, method 3: 81/263, 15/148, 0/20, 1/29.
    cases = [((81, 263), (0.2553, 0.3662)), ((15, 148), (0.0624, 0.1605)), ((0, 20), (0.0, 0.1611))]
    for (count, total), expected in [*cases, ((1, 29), (0.0061, 0.1718))]:
        estimate = share(count, total)
        assert estimate.value == count / total
        assert (estimate.low, estimate.high) == pytest.approx(expected, abs=5e-5)


@given(st.integers(1, 5000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
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


@pytest.mark.parametrize("estimate", [share(3, 7), share(0, 0), Estimate(1.0, reason="too few")])
def test_an_estimate_survives_strict_json(estimate: Estimate) -> None:
    text = json.dumps(estimate.to_json(), allow_nan=False)
    assert Estimate.from_json(json.loads(text)) == estimate


def mean_recall(n_female: int, n_male: int):  # noqa: ANN201
    return lambda women, men: (women / n_female + men / n_male) / 2


def test_the_binomial_bootstrap_agrees_with_the_one_that_draws_faces() -> None:
    right_women, right_men = np.arange(200) < 170, np.arange(120) < 110
    estimate = bootstrap_counts(0.883333, 170, 200, 110, 120, mean_recall(200, 120), smallest=120)
    generator = np.random.default_rng(1)
    drawn = [
        (generator.choice(right_women, 200).mean() + generator.choice(right_men, 120).mean()) / 2 for _ in range(4000)
    ]
    assert (estimate.low, estimate.high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])), abs=0.006)


def test_the_bootstrap_covers_the_truth_about_95_times_in_100() -> None:
    generator = np.random.default_rng(2)
    covered = 0
    for _ in range(200):
        women, men = (int(k) for k in generator.binomial(150, [0.85, 0.9]))
        estimate = bootstrap_counts((women + men) / 300, women, 150, men, 150, mean_recall(150, 150), smallest=150)
        covered += estimate.low <= 0.875 <= estimate.high
    assert 180 <= covered <= 200


def test_the_bootstrap_of_the_area_agrees_with_hanley_and_mcneil() -> None:
    generator = np.random.default_rng(3)
    women, men = generator.normal(1.2, 1, 300), generator.normal(0, 1, 200)
    area = float(((women[:, None] > men) + 0.5 * (women[:, None] == men)).mean())
    estimate = bootstrap_auc(area, women, men)
    # Hanley and McNeil 1982 (Radiology 143:29), the standard error of an area.
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    error = np.sqrt((area * (1 - area) + 299 * (q1 - area**2) + 199 * (q2 - area**2)) / (300 * 200))
    assert (estimate.high - estimate.low) / 2 == pytest.approx(1.96 * error, rel=0.15)
    assert estimate.low < area < estimate.high


def test_ties_count_half_in_every_resample() -> None:
    coarse = bootstrap_auc(0.5, [0.2, 0.8] * 50, [0.2, 0.8] * 50)
    assert coarse.value == 0.5
    assert 0.5 - coarse.low == pytest.approx(coarse.high - 0.5, abs=0.03)


def test_the_same_faces_give_the_same_interval_every_time() -> None:
    scores = np.linspace(0, 1, 50)
    assert bootstrap_auc(0.7, scores, scores**2) == bootstrap_auc(0.7, scores, scores**2)


def test_too_few_faces_or_no_spread_give_the_value_without_an_interval() -> None:
    few = bootstrap_auc(1.0, [0.9, 0.8], [0.1])
    assert (few.value, few.low, few.high) == (1.0, None, None)
    assert "1 faces" in few.reason
    flawless = bootstrap_counts(1.0, 50, 50, 50, 50, mean_recall(50, 50), smallest=50)
    assert (flawless.value, flawless.low) == (1.0, None)
    assert "same figure" in flawless.reason
