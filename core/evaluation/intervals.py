"""95 % intervals: Wilson's for shares, a seeded bootstrap stratified by true class for the rest.

Where a figure or its interval cannot be had (no faces, one class, too few), it is None and says
why; it is never NaN.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.strict_json import json_object, number_or_none, string
from core.wording import counted

LEVEL = 0.95
_Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
SEED = 20210512
RESAMPLES = 1000
# So many numbers are worked on at once: they fit into a processor's cache.
_BATCH = 50_000
# Resampling a handful of faces gives far too narrow an interval: better none than a wrong one.
MIN_CLASS = 10
INTERVAL_METHOD = (
    f"95 %: Wilson for shares, seeded bootstrap (n={RESAMPLES}; percentiles, stratified by true class, for the "
    "calibration error moved onto the value) else"
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

    lowest: ClassVar[float] = 0.0

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.low is None) != (self.high is None) or (self.value is None and self.low is not None):
            raise ValueError(f"an interval has two ends and belongs to a value, got {self}")
        ends = [end for end in (self.low, self.value, self.high) if end is not None]
        # NaN fails the first comparison.
        if not all(self.lowest <= end <= 1 for end in ends) or ends != sorted(ends):
            raise ValueError(f"an estimate needs {self.lowest:g} <= low <= value <= high <= 1, got {self}")
        if (self.low is None) != bool(self.reason):
            raise ValueError(f"a reason belongs to a missing value or interval, and to it alone, got {self}")

    def to_json(self) -> dict[str, Any]:
        """Keys `value`, `low`, `high`, and `reason` where something is missing; no NaN."""
        values: dict[str, Any] = {"value": self.value, "low": self.low, "high": self.high}
        return {**values, "reason": self.reason} if self.reason else values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ValueError: If the numbers are not an estimate.
            KeyError: If a number is missing.
        """
        estimate = json_object(values, "an estimate")
        value, low, high = (number_or_none(estimate[key], key) for key in ("value", "low", "high"))
        return cls(value, low, high, string(estimate.get("reason", ""), "reason"))

    @classmethod
    def around(cls, value: float, low: float, high: float) -> Self:
        """An estimate whose ends are widened to hold the value and cut to the possible range.

        Percentiles of a skewed figure, or rounding, may leave the value a hair outside.
        """
        return cls(value, max(cls.lowest, min(low, value)), min(1.0, max(high, value)))


@dataclass(frozen=True, slots=True)
class Difference(Estimate):
    """A difference of two shares, in [-1, 1], with its 95 % interval; see `Estimate`."""

    lowest: ClassVar[float] = -1.0


AnyEstimate = TypeVar("AnyEstimate", bound=Estimate)


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
    if not 0 <= count <= total:
        raise ValueError(f"a count lies in 0 to {total}, got {count}")
    if total == 0:
        return Estimate(None, reason=empty)
    # Written out, as scipy.stats takes longer to import than a page may take to appear; the tests compare them.
    p, spread = count / total, _Z**2 / total
    middle, reach = p + spread / 2, math.sqrt(p * (1 - p) * spread + spread**2 / 4)
    return Estimate.around(p, (middle - reach) / (1 + spread), (middle + reach) / (1 + spread))


def shares(counts: Iterable[int], totals: Iterable[int], name: str) -> dict[str, NDArray[np.float64]]:
    """Shares and the ends of their intervals, as columns: the shares by `name`, `low` and `high`; see `share`."""
    found = [share(int(count), int(total)) for count, total in zip(counts, totals, strict=True)]
    ends = {name: "value", "low": "low", "high": "high"}
    return {column: np.array([getattr(one, end) for one in found], dtype=float) for column, end in ends.items()}


def draws(is_female: NDArray[np.bool_], resamples: int = RESAMPLES) -> Iterator[NDArray[np.float64]]:
    """Bootstrap resamples of n faces, drawn with replacement within each gender, always the same.

    Args:
        is_female: bool (n,), the true class.
        resamples: How many.

    Yields:
        Batches (k, n): how often each face was drawn.
    """
    generator, n = np.random.default_rng(SEED), len(is_female)
    classes = [places for places in (np.flatnonzero(is_female), np.flatnonzero(~is_female)) if len(places)]
    batch = max(1, _BATCH // max(n, 1))
    for start in range(0, resamples, batch):
        rows = min(batch, resamples - start)
        offsets = n * np.arange(rows)[:, None]
        drawn = [offsets + places[generator.integers(0, len(places), (rows, len(places)))] for places in classes]
        flat = np.concatenate([part.ravel() for part in drawn]) if drawn else np.empty(0, dtype=np.intp)
        yield np.bincount(flat, minlength=rows * n).reshape(rows, n).astype(np.float64)


def too_few(smallest: int) -> str:
    """The reason for having no bootstrap interval, or "" where there are enough faces for one."""
    return "" if smallest >= MIN_CLASS else f"it rests on {counted(smallest, 'face')}, a bootstrap needs {MIN_CLASS}"


def percentile_interval(
    value: float, resampled: NDArray[np.float64], kind: type[AnyEstimate], *, centred: bool = False
) -> AnyEstimate:
    """The percentile interval of a bootstrap (Efron and Tibshirani 1993); undefined resamples are left out.

    Args:
        value: The figure on the faces themselves.
        resampled: (resamples,) the same on resampled faces, NaN where it is not defined.
        kind: `Estimate` or `Difference`.
        centred: Move the interval by as much as the resamples are larger than the value on average:
            for figures that resampling itself makes larger, as it does with mean absolute gaps.
    """
    defined = resampled[~np.isnan(resampled)]
    if not len(defined):
        return kind(value, reason="no resample gives the figure")
    tail = 100 * (1 - LEVEL) / 2
    low, high = (float(end) for end in np.percentile(defined, [tail, 100 - tail]))
    if low == high:
        return kind(value, reason="every resample gives the same figure")
    shift = value - float(defined.mean()) if centred else 0.0
    return kind.around(value, low + shift, high + shift)
