"""95 % intervals: Wilson's for shares, a seeded bootstrap stratified by true class for the rest.

Where a figure or its interval cannot be had (no faces, one class, too few), it is None and says
why; it is never NaN.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.95
SEED = 20210512
SHARE_RESAMPLES = 1000
CURVE_RESAMPLES = 500
# Resampling a handful of faces gives far too narrow an interval: better none than a wrong one.
MIN_CLASS = 10
INTERVAL_METHOD = (
    f"95 %: Wilson for shares, seeded bootstrap (n={SHARE_RESAMPLES}, ROC AUC n={CURVE_RESAMPLES}; "
    "percentiles, stratified by true class) else"
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval.

    Attributes:
        value: The figure, in [0, 1]; None where it is not defined.
        low: Lower end of the interval, at most `value`; None where there is no interval.
        high: Upper end, at least `value`; None where there is no interval.
        reason: Why value or interval is None, as a phrase; "" otherwise.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.low is None) != (self.high is None) or (self.value is None and self.low is not None):
            raise ValueError(f"an interval has two ends and belongs to a value, got {self}")
        ends = [end for end in (self.low, self.value, self.high) if end is not None]
        # NaN fails the first comparison.
        if not all(0 <= end <= 1 for end in ends) or ends != sorted(ends):
            raise ValueError(f"an estimate needs 0 <= low <= value <= high <= 1, got {self}")
        if (self.low is None) != bool(self.reason):
            raise ValueError(f"a reason belongs to a missing value or interval, and to it alone, got {self}")

    def to_json(self) -> dict[str, Any]:
        """Keys `value`, `low`, `high`, and `reason` where something is missing; no NaN."""
        values: dict[str, Any] = {"value": self.value, "low": self.low, "high": self.high}
        return {**values, "reason": self.reason} if self.reason else values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Estimate":
        """Read what `to_json` wrote.

        Raises:
            ValueError: If the numbers are not an estimate.
            KeyError: If a number is missing.
        """
        value, low, high = (None if values[key] is None else float(values[key]) for key in ("value", "low", "high"))
        return cls(value, low, high, str(values.get("reason", "")))


@lru_cache(maxsize=4096)
def share(count: int, total: int, empty: str = "no faces") -> Estimate:
    """The share `count / total` with Wilson's interval (Wilson 1927; Brown, Cai and DasGupta 2001).

    Args:
        count: Number of hits, 0 to `total`.
        total: Number of trials; with 0 there is no share.
        empty: The reason to give for a total of 0.

    Raises:
        ValueError: If `count` is outside 0 to `total`.
    """
    from scipy.stats import binomtest

    if not 0 <= count <= total:
        raise ValueError(f"a count lies in 0 to {total}, got {count}")
    if total == 0:
        return Estimate(None, reason=empty)
    interval = binomtest(int(count), int(total)).proportion_ci(confidence_level=LEVEL, method="wilson")
    return _around(count / total, float(interval.low), float(interval.high))


def bootstrap_counts(
    value: float,
    hits_female: int,
    n_female: int,
    hits_male: int,
    n_male: int,
    statistic: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]],
    smallest: int,
) -> Estimate:
    """Bootstrap of a figure that depends on the numbers of faces called right alone.

    Drawing n faces of one gender with replacement, of which k are called right, gives a binomial
    number of right ones: it is drawn directly, which is the same bootstrap at no cost.

    Args:
        value: The figure on the faces themselves.
        hits_female: How many of the `n_female` women are called female.
        n_female: Number of women.
        hits_male: How many of the `n_male` men are called male.
        n_male: Number of men.
        statistic: From resampled hits (resamples,) of women and of men to the figure (resamples,).
        smallest: Number of faces of the gender that limits the figure; below `MIN_CLASS` there is
            no interval.
    """
    if smallest < MIN_CLASS:
        return Estimate(value, reason=_too_few(smallest))
    generator = np.random.default_rng(SEED)
    women = generator.binomial(n_female, hits_female / n_female if n_female else 0.0, SHARE_RESAMPLES)
    men = generator.binomial(n_male, hits_male / n_male if n_male else 0.0, SHARE_RESAMPLES)
    return _percentiles(value, statistic(women, men))


def bootstrap_auc(value: float, scores_female: ArrayLike, scores_male: ArrayLike) -> Estimate:
    """Bootstrap of the area under the ROC curve, ties counted half.

    Args:
        value: The area on the faces themselves.
        scores_female: (n,) probabilities of *female* for the women.
        scores_male: (m,) the same for the men.
    """
    women, men = np.asarray(scores_female, dtype=np.float64), np.asarray(scores_male, dtype=np.float64)
    if min(len(women), len(men)) < MIN_CLASS:
        return Estimate(value, reason=_too_few(min(len(women), len(men))))
    # A rank for every distinct score turns each resample into two histograms and one sum.
    ranks = np.unique(np.concatenate([women, men]), return_inverse=True)[1]
    women_ranks, men_ranks = ranks[: len(women)], ranks[len(women) :]
    distinct = int(ranks.max()) + 1
    generator = np.random.default_rng(SEED)
    areas = np.empty(CURVE_RESAMPLES)
    for resample in range(CURVE_RESAMPLES):
        drawn_women = women_ranks[generator.integers(0, len(women), len(women))]
        drawn_men = men_ranks[generator.integers(0, len(men), len(men))]
        men_at = np.bincount(drawn_men, minlength=distinct)
        # Pairs won by a woman of each rank: men strictly below count one, men level count half.
        won = np.cumsum(men_at) - 0.5 * men_at
        areas[resample] = won[drawn_women].sum() / (len(women) * len(men))
    return _percentiles(value, areas)


def _too_few(smallest: int) -> str:
    return f"of a gender there are {smallest} faces, a bootstrap needs {MIN_CLASS}"


def _percentiles(value: float, resampled: NDArray[np.float64]) -> Estimate:
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(resampled, [tail, 100 - tail])
    if low == high:
        return Estimate(value, reason="every resample gives the same figure")
    return _around(value, float(low), float(high))


def _around(value: float, low: float, high: float) -> Estimate:
    # Percentiles of a skewed figure, or rounding, may leave the value a hair outside.
    return Estimate(value, max(0.0, min(low, value)), min(1.0, max(high, value)))
