"""Every metric of answers that are one of two labels, each one object: what it is called, what it is, how it is made.

Measuring, intervals, comparisons, tables, charts, the card and the command line loop over `metrics_for`. To add a
metric, add it to `_further` and describe it in docs/artefacts.md, which a test demands.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Flag, StrEnum, auto
from functools import cache
from typing import Any

import numpy as np

from core.evaluation.intervals import Estimate
from core.evaluation.tally import CALIBRATION_BINS, Tally, Values, calibration_bins
from core.labels import GENDER, Labels


class Kind(StrEnum):
    """What a metric's value is."""

    PROPORTION = "proportion"
    """Hits of trials, in [0, 1], with Wilson's interval; shown in per cent. Its function gives both counts."""
    SHARE = "share"
    """In [0, 1]; shown in per cent."""
    NUMBER = "number"
    """In [0, 1]; shown as it is."""


class Needs(StrEnum):
    """Which faces a metric rests on."""

    ANY = "any"
    FIRST = "first"
    SECOND = "second"
    BOTH = "both"


class Shown(Flag):
    """Where a metric is shown besides metrics.json and comparisons, which hold all of them."""

    NOWHERE = 0
    HEADLINE = auto()
    """Large, at the head of the report."""
    SETS = auto()
    """In tables of all test sets."""
    CHART = auto()
    """As a chart of all test sets."""
    LINE = auto()
    """Where there is room for few: on a terminal, in the chart of differences."""
    EVERYWHERE = HEADLINE | SETS | CHART | LINE


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        name: Stable key, as in metrics.json.
        title: What people call it.
        function: Works it out for many resamples at once, (resamples,), NaN where it is not defined; for a
            proportion hits and trials.
        help: What it says, in one sentence.
        kind: What its value is.
        needs: Which faces it rests on.
        higher_is_better: Else lower is, of a signed one the nearer to 0.
        signed: Whether it lies in [-1, 1].
        of_labels: Whether it can be told where labels alone are known, and no probabilities.
        grows: Whether resampling itself makes it larger, so that its interval is moved back onto the value.
        empty: Why a proportion has no value where there are no trials.
        shown: Where it is shown.
        card: Which table of the model card it is in; "" for none.
        short: A title short enough for a phone, where the title is not.
    """

    name: str
    title: str
    function: Callable[[Tally], Any]
    help: str
    kind: Kind = Kind.SHARE
    needs: Needs = Needs.ANY
    higher_is_better: bool = True
    signed: bool = False
    of_labels: bool = True
    grows: bool = False
    empty: str = "no faces"
    shown: Shown = Shown.NOWHERE
    card: str = ""
    short: str = ""

    @property
    def heading(self) -> str:
        """The title at the head of a column or row."""
        return f"{self.title[0].upper()}{self.title[1:]}"

    @property
    def is_number(self) -> bool:
        """Whether it is written as it is, and not in per cent."""
        return self.kind is Kind.NUMBER

    def values(self, tally: Tally) -> Values:
        """The metric of every resample, (resamples,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.kind is Kind.PROPORTION:
                hits, trials = self.function(tally)
                return np.asarray(hits / trials)
            return np.asarray(self.function(tally))

    def faces_behind(self, first: int, second: int) -> int:
        """The number of faces that limits how well it is known, of so many of both labels."""
        numbers = {Needs.FIRST: first, Needs.SECOND: second, Needs.BOTH: min(first, second)}
        return numbers.get(self.needs, first + second)


@cache
def metrics_for(labels: Labels) -> tuple[Metric, ...]:
    """The metrics of answers that are one of two labels, the most telling first."""
    words = labels.first, labels.second, labels.firsts, labels.seconds
    return *_telling(*words), *_further(*words)


# fmt: off
def _telling(first: str, second: str, firsts: str, seconds: str) -> tuple[Metric, ...]:
    return (
        Metric(
            "balanced_accuracy", "balanced accuracy", lambda tally: (_recall(tally) + _recall_second(tally)) / 2,
            f"The mean of the two recalls: guessing gives 50 %, whatever the share of {firsts}.",
            needs=Needs.BOTH, shown=Shown.EVERYWHERE, card="every face",
        ),
        Metric(
            f"recall_{first}", f"recall {firsts}", lambda tally: (tally.tp, tally.positives),
            f"Share of the {firsts} called {first} when every face is answered.",
            Kind.PROPORTION, Needs.FIRST, empty=f"no {firsts}", shown=Shown.EVERYWHERE, card="every face",
        ),
        Metric(
            f"recall_{second}", f"recall {seconds}", lambda tally: (tally.tn, tally.negatives),
            f"Share of the {seconds} called {second} when every face is answered.",
            Kind.PROPORTION, Needs.SECOND, empty=f"no {seconds}", shown=Shown.EVERYWHERE, card="every face",
        ),
        Metric(
            "roc_auc", "ROC AUC", _roc_auc,
            "Chance that a woman gets a higher probability of *female* than a man: 0.5 is guessing, 1 perfect."
            if first == GENDER.first else f"Chance that one of the {firsts} gets a higher p than one of the {seconds}.",
            Kind.NUMBER, Needs.BOTH, of_labels=False, shown=Shown.HEADLINE | Shown.SETS | Shown.CHART, card="answered",
        ),
        Metric(
            "answered", "answered", lambda tally: (tally.answered, tally.faces),
            "Share of the faces answered at the model's default threshold; the others are *uncertain*.",
            Kind.PROPORTION, of_labels=False, shown=Shown.HEADLINE | Shown.SETS, card="answered",
        ),
        Metric(
            "accuracy_answered", "right among answered", lambda tally: (tally.answered_right, tally.answered),
            "Share of the answered faces that are answered correctly.",
            Kind.PROPORTION, of_labels=False, empty="no face was answered", shown=Shown.HEADLINE | Shown.SETS,
            card="answered", short="right answers",
        ),
        Metric(
            "ece", "calibration error", _calibration_error,
            "Mean distance of the probabilities from how often they are right (expected calibration error); 0 is best.",
            Kind.NUMBER, higher_is_better=False, of_labels=False, grows=True, shown=Shown.HEADLINE, card="calibration",
        ),
    )


def _further(first: str, second: str, firsts: str, seconds: str) -> tuple[Metric, ...]:
    return (
        Metric(
            "accuracy", "accuracy", lambda tally: (tally.tp + tally.tn, tally.faces), "Share called right.",
            Kind.PROPORTION, shown=Shown.SETS | Shown.LINE,
        ),
        Metric(
            "recall_difference", f"recall {firsts} minus {seconds}",
            lambda tally: _recall(tally) - _recall_second(tally),
            f"Recall of the {firsts} minus that of the {seconds}.",
            needs=Needs.BOTH, higher_is_better=False, signed=True,
        ),
        Metric(
            f"precision_{first}", f"precision {firsts}", lambda tally: (tally.tp, tally.tp + tally.fp),
            f"Share of {firsts} among those called {first}.",
            Kind.PROPORTION, Needs.FIRST, empty=f"no face was called {first}",
        ),
        Metric(
            f"precision_{second}", f"precision {seconds}", lambda tally: (tally.tn, tally.fn + tally.tn),
            f"Share of {seconds} among those called {second}.",
            Kind.PROPORTION, Needs.SECOND, empty=f"no face was called {second}",
        ),
        Metric(
            f"f1_{first}", f"F1 {firsts}", lambda tally: _f1(tally.tp, tally.positives, tally),
            f"Harmonic mean of precision and recall of the {firsts}.", needs=Needs.FIRST,
        ),
        Metric(
            f"f1_{second}", f"F1 {seconds}", lambda tally: _f1(tally.tn, tally.negatives, tally),
            f"Harmonic mean of precision and recall of the {seconds}.", needs=Needs.SECOND,
        ),
        Metric(
            "average_precision", "average precision", _average_precision,
            f"Mean precision over the {firsts} as p falls.", Kind.NUMBER, Needs.BOTH, of_labels=False,
        ),
        Metric(
            "brier", "Brier score", lambda tally: tally.squared / tally.faces,
            "Mean squared distance of p from the label (Brier 1950); 0 is perfect.",
            Kind.NUMBER, higher_is_better=False, of_labels=False, card="calibration",
        ),
    )
# fmt: on


def _recall(tally: Tally) -> Values:
    return tally.tp / tally.positives


def _recall_second(tally: Tally) -> Values:
    return tally.tn / tally.negatives


def _f1(right: Values, those: Values, tally: Tally) -> Values:
    return np.where(those > 0, 2 * right / (2 * right + tally.fn + tally.fp), np.nan)


def _roc_auc(tally: Tally) -> Values:
    """Chance that one of the first has a larger p than one of the second, ties counted half."""
    below = np.cumsum(tally.at_second, axis=1) - tally.at_second
    wins = (tally.at_first * (below + tally.at_second / 2)).sum(axis=1)
    return np.asarray(wins / (tally.positives * tally.negatives))


def _average_precision(tally: Tally) -> Values:
    """As in scikit-learn; ties count as one threshold."""
    first, second = tally.at_first, tally.at_second
    called_first = tally.positives[:, None] - (np.cumsum(first, axis=1) - first)
    called_second = tally.negatives[:, None] - (np.cumsum(second, axis=1) - second)
    precision = called_first / np.maximum(called_first + called_second, 1)
    return np.where(tally.negatives > 0, (first * precision).sum(axis=1) / tally.positives, np.nan)


def _calibration_error(tally: Tally) -> Values:
    """Naeini et al. 2015: mean distance of p from the share of the first, in bins of equally many faces."""
    faces = tally.at_first + tally.at_second
    resamples = len(faces)
    places = calibration_bins(faces) + CALIBRATION_BINS * np.arange(resamples)[:, None]
    gaps = np.bincount(
        places.ravel(), (faces * tally.p - tally.at_first).ravel(), minlength=CALIBRATION_BINS * resamples
    )
    return np.asarray(np.abs(gaps).reshape(resamples, -1).sum(axis=1) / tally.faces)


METRICS = metrics_for(GENDER)
METRIC_BY_NAME = {metric.name: metric for metric in METRICS}
MISSING = "\u2013"


def shown_in(place: Shown) -> tuple[Metric, ...]:
    """The metrics that are shown in a place, in order."""
    return tuple(metric for metric in METRICS if place in metric.shown)


def figure_text(estimate: Estimate, metric: Metric | None = None) -> str:
    """A figure for people: shares in per cent, numbers as they are; a dash where there is none.

    Args:
        estimate: The figure.
        metric: Whose it is; None for a share.
    """
    if estimate.value is None:
        return MISSING
    return f"{estimate.value:.3f}" if metric is not None and metric.is_number else f"{100 * estimate.value:.1f} %"


def interval_text(estimate: Estimate, metric: Metric | None = None) -> str:
    """The 95 % interval, such as "92.1 to 94.0 %", or why there is none; see `figure_text`."""
    if estimate.low is None or estimate.high is None:
        return f"no interval: {estimate.reason}"
    if metric is not None and metric.is_number:
        return f"{estimate.low:.3f} to {estimate.high:.3f}"
    return f"{100 * estimate.low:.1f} to {100 * estimate.high:.1f} %"


def estimate_text(estimate: Estimate, metric: Metric | None = None) -> str:
    """A figure with its interval in brackets."""
    return f"{figure_text(estimate, metric)} ({interval_text(estimate, metric)})"
