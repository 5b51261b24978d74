"""Metrics of one set of faces, with 95 % intervals.

A face counts as called the first label from p = 0.5 on (as in `core.classify.decision`); it counts as
answered when the detector found it, nothing is wrong with its quality, it is not judged a child's,
and the likelier label reaches the threshold: as in the app.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from core.evaluation.answers import LABELS, Answers, Resampler
from core.evaluation.intervals import Difference, Estimate, draws, percentile_interval, share, too_few
from core.evaluation.registry import Kind, Metric, Needs, metrics_for
from core.labels import GENDER, Labels
from core.settings import DEFAULT_CHILD_THRESHOLD
from core.strict_json import array, integer, json_object, string

if TYPE_CHECKING:
    import pandas as pd

Confusion = tuple[tuple[int, int], tuple[int, int]]
_NOT_SAVED = "it was not saved; evaluate again"


@dataclass(frozen=True, slots=True)
class MetricSet:
    """The metrics of one set of faces, each also an attribute by its name, as `n_female` and `n_male` are.

    Attributes:
        confusion: Counts ((ff, fm), (mf, mm)): rows truth first, second label; columns called so at p 0.5.
        estimates: Every metric by name, with its interval.
        labels: Which two labels they are about.
    """

    confusion: Confusion
    estimates: Mapping[str, Estimate]
    labels: Labels = GENDER

    def __post_init__(self) -> None:
        if min(min(row) for row in self.confusion) < 0:
            raise ValueError(f"counts cannot be negative, got {self.confusion}")

    @property
    def n(self) -> int:
        """Number of faces."""
        return sum(map(sum, self.confusion))

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of faces: all, and by label."""
        names = ("n", *(f"n_{label}" for label in self.labels.both))
        return dict(zip(names, (self.n, *map(sum, self.confusion)), strict=True))

    def __getattr__(self, name: str) -> Any:
        """A metric or a count by its name; private names are asked for while a set is unpickled."""
        if not name.startswith("_") and name not in MetricSet.__slots__:
            if name in self.estimates:
                return self.estimates[name]
            if name in self.counts:
                return self.counts[name]
        raise AttributeError(f"there is no metric {name!r}")

    def __getitem__(self, metric: Metric | str) -> Estimate:
        """A metric's estimate."""
        return self.estimates[metric if isinstance(metric, str) else metric.name]

    def to_json(self) -> dict[str, Any]:
        """The part of a metrics.json entry that these metrics make."""
        return {
            **self.counts,
            **{name: estimate.to_json() for name, estimate in self.estimates.items()},
            "confusion": {"labels": list(self.labels.both), "counts": [list(row) for row in self.confusion]},
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "MetricSet":
        """Read what `to_json` wrote; further keys are passed over, a metric that was not saved has no value.

        Raises:
            KeyError: If a count is missing.
            ValueError, TypeError: If a value is not what it should be.
        """
        confusion = json_object(values["confusion"], "confusion")
        if tuple(array(confusion["labels"], "labels", string)) != LABELS:
            raise ValueError(f"the confusion matrix must have labels {LABELS}, got {confusion['labels']}")
        (ff, fm), (mf, mm) = array(confusion["counts"], "counts", lambda row, name: array(row, name, integer))
        estimates = {
            metric.name: _kind(metric).from_json(values[metric.name])
            if metric.name in values
            else _kind(metric)(None, reason=_NOT_SAVED)
            for metric in metrics_for(GENDER)
        }
        found = cls(((ff, fm), (mf, mm)), estimates)
        saved = {name: integer(values[name], name) for name in found.counts}
        if saved != found.counts:
            raise ValueError(f"counts must add up, got {saved} and {found.confusion}")
        return found


def measure(
    is_first: ArrayLike, p: ArrayLike, clear: ArrayLike, threshold: float, labels: Labels = GENDER
) -> MetricSet:
    """Metrics of n faces.

    Args:
        is_first: bool (n,), whether a face has the first label.
        p: (n,) calibrated probabilities of the first label, in [0, 1].
        clear: bool (n,), False where the app would not answer however sure the model is.
        threshold: Confidence from which a face is answered, in [0.5, 1).
        labels: Which two they are.

    Raises:
        ValueError: If shapes differ or a number is outside its range.
    """
    truth, good = np.asarray(is_first, dtype=bool), np.asarray(clear, dtype=bool)
    return measure_answers(Answers(truth, np.asarray(p, dtype=np.float64), good, threshold, labels))


def measure_frame(
    predictions: "pd.DataFrame", threshold: float, child_threshold: float | None = DEFAULT_CHILD_THRESHOLD
) -> MetricSet:
    """Metrics of rows of predictions.csv; see `Answers.from_frame`."""
    return measure_answers(Answers.from_frame(predictions, threshold, child_threshold))


def measure_answers(answers: Answers) -> MetricSet:
    """Metrics of a model's answers; see `measure`."""
    resampler, n = Resampler(answers), len(answers.p)
    tally, metrics = resampler.tally(np.ones((1, n))), metrics_for(answers.labels)
    batches = [] if too_few(n) else [resampler(weights) for weights in draws(answers.is_first)]
    numbers = int(tally.positives[0]), int(tally.negatives[0])
    estimates: dict[str, Estimate] = {}
    for metric in metrics:
        if metric.kind is Kind.PROPORTION:
            hits, trials = (int(counted[0]) for counted in metric.function(tally))
            estimates[metric.name] = share(hits, trials, metric.empty)
        else:
            estimates[metric.name] = _bootstrapped(metric, float(metric.values(tally)[0]), batches, numbers, answers)
    ff, fm, mf, mm = (int(counted[0]) for counted in tally[:4])
    return MetricSet(((ff, fm), (mf, mm)), estimates, answers.labels)


def _bootstrapped(
    metric: Metric, value: float, batches: list[dict[str, Any]], numbers: tuple[int, int], answers: Answers
) -> Estimate:
    kind = _kind(metric)
    if np.isnan(value):
        return kind(None, reason=_missing(metric, numbers, answers.labels))
    if reason := too_few(metric.faces_behind(*numbers)):
        return kind(value, reason=reason)
    resampled = np.concatenate([batch[metric.name] for batch in batches])
    return percentile_interval(value, resampled, kind, centred=metric.grows)


def _kind(metric: Metric) -> type[Estimate]:
    return Difference if metric.signed else Estimate


def _missing(metric: Metric, numbers: tuple[int, int], labels: Labels) -> str:
    """Why a metric has no value: it needs faces of a label that is not there."""
    first, second = numbers
    if first == second == 0 and metric.needs not in (Needs.FIRST, Needs.SECOND):
        return "no faces"
    without = first == 0 if metric.needs is not Needs.SECOND else False
    return f"no {labels.firsts if without else labels.seconds}"
