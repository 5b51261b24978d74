"""Models and peers on the same faces: figures of each, paired differences, and where two disagree.

Models that answer the same faces err on many of the same ones. Comparing face by face takes that
out, so that a difference shows which two separate intervals would hide.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.evaluation.answers import CALLED_FEMALE_FROM, LABELS, Answers, Resampler
from core.evaluation.intervals import Difference, draws, percentile_interval, too_few
from core.evaluation.metrics import MetricSet, measure_answers
from core.evaluation.registry import METRICS, Metric
from core.heads import Thresholds

# A face is the same where its label is as well: else the two were not asked the same question.
KEYS = ("set", "split", "variant", "file", "gender")
_FACTS = ("file", "set", "split", "variant", "gender", "age", "ethnicity", "mask_family")
TIE, BETTER, WORSE = "a tie", "better", "worse"


@dataclass(frozen=True, slots=True, eq=False)
class Contender:
    """A model or a peer in a comparison.

    Attributes:
        name: What to call it.
        predictions: Rows of predictions.csv.
        thresholds: From which probabilities on it answers.
        labels_only: Its p_female is 0 or 1 throughout, so that it has no confidence to speak of.
    """

    name: str
    predictions: pd.DataFrame
    thresholds: Thresholds
    labels_only: bool = False

    @property
    def answers(self) -> Answers:
        """What it says of its faces."""
        return Answers.from_frame(self.predictions, self.thresholds.gender, self.thresholds.child)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Those that can be told of it."""
        return tuple(metric for metric in METRICS if metric.of_labels or not self.labels_only)


@dataclass(frozen=True, slots=True)
class PairedFigure:
    """One figure of two models on the same faces.

    Attributes:
        metric: Which one; of one that should be near 0 all values are absolute.
        first: The figure of the first; None where it is not defined.
        other: The figure of the other.
        difference: Other minus first, with a paired bootstrap interval.
    """

    metric: Metric
    first: float | None
    other: float | None
    difference: Difference

    @property
    def verdict(self) -> str:
        """How the other does: `TIE` (the interval holds 0), `BETTER`, `WORSE`, or "" where it cannot be told."""
        low, high = self.difference.low, self.difference.high
        if low is None or high is None:
            return TIE if self.difference.value == 0 else ""
        if low <= 0 <= high:
            return TIE
        return BETTER if (low > 0) == self.metric.higher_is_better else WORSE


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two contenders do on the same faces, counted.

    Attributes:
        both: Faces that both call right.
        only_first: Faces that the first alone calls right.
        only_other: Faces that the other alone calls right.
        neither: Faces that both call wrong.
    """

    both: int
    only_first: int
    only_other: int
    neither: int

    @property
    def p(self) -> float:
        """McNemar's exact test (1947): how likely two that err equally often differ at least as much, in [0, 1]."""
        from scipy.stats import binomtest

        trials = self.only_first + self.only_other
        return float(binomtest(self.only_first, trials).pvalue) if trials else 1.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the faces that both answered.

    Attributes:
        first: Name of the one to compare with.
        other: Name of the one that is compared.
        n: Number of faces that they share.
        left_out: Faces of the first, and of the other, that the respective other has not answered.
        figures: The figures of both, in the order of the metrics.
        agreement: On how many of them they are right.
    """

    first: str
    other: str
    n: int
    left_out: tuple[int, int]
    figures: tuple[PairedFigure, ...]
    agreement: Agreement

    def figure(self, measure: str) -> PairedFigure:
        """One figure by its name; raises KeyError where the two cannot be compared by it."""
        return {figure.metric.name: figure for figure in self.figures}[measure]


def on_shared_faces(contenders: Sequence[Contender]) -> tuple[Contender, ...]:
    """The contenders with the faces alone that all of them answered, in the same order."""
    tables = [contender.predictions.drop_duplicates(list(KEYS)) for contender in contenders]
    shared = tables[0][list(KEYS)]
    for table in tables[1:]:
        shared = shared.merge(table[list(KEYS)], on=list(KEYS))
    return tuple(
        replace(contender, predictions=shared.merge(table, on=list(KEYS), how="left"))
        for contender, table in zip(contenders, tables, strict=True)
    )


def compare(first: Contender, other: Contender) -> Comparison:
    """Compare two contenders on the faces that they share; with none, no figure has a value."""
    pair = on_shared_faces((first, other))
    n = len(pair[0].predictions)
    one, two = (contender.answers for contender in pair)
    counts = (one.right & two.right, one.right & ~two.right, ~one.right & two.right, ~one.right & ~two.right)
    return Comparison(
        first.name,
        other.name,
        n,
        (len(first.predictions) - n, len(other.predictions) - n),
        _figures(one, two, [metric for metric in first.metrics if metric in other.metrics]),
        Agreement(*(int(np.count_nonzero(part)) for part in counts)),
    )


def disagreements(first: Contender, other: Contender) -> pd.DataFrame:
    """The shared faces that two contenders call differently, the furthest apart first.

    Returns:
        Columns file, set, split, variant, gender, age, ethnicity, mask_family, `p_first`, `p_other`
        and `right`: the name of the one that is right.
    """
    one, two = (contender.predictions for contender in on_shared_faces((first, other)))
    table = one[list(_FACTS)].assign(p_first=one["p_female"].to_numpy(), p_other=two["p_female"].to_numpy())
    called = np.where(table["p_first"] >= CALLED_FEMALE_FROM, *LABELS)
    table["right"] = np.where(called == table["gender"], first.name, other.name)
    table = table[called != np.where(table["p_other"] >= CALLED_FEMALE_FROM, *LABELS)]
    furthest = (table["p_first"] - table["p_other"]).abs().sort_values(ascending=False, kind="stable").index
    ordered: pd.DataFrame = table.loc[furthest].reset_index(drop=True)
    return ordered


@dataclass(frozen=True, slots=True, eq=False)
class SideBySide:
    """Two or more contenders on the faces that all of them answered.

    Attributes:
        contenders: With these faces alone, in the same order.
        left_out: How many further faces each of them answered.
        figures: The figures of each.
        comparisons: Each but the first, compared with the first.
    """

    contenders: tuple[Contender, ...]
    left_out: tuple[int, ...]
    figures: tuple[MetricSet, ...]
    comparisons: tuple[Comparison, ...]

    @property
    def n(self) -> int:
        """Number of faces that all share."""
        return self.figures[0].n


def side_by_side(contenders: Sequence[Contender]) -> SideBySide:
    """Measure and compare two or more contenders; with no face in common every figure is empty."""
    shared = on_shared_faces(contenders)
    return SideBySide(
        shared,
        tuple(len(own.predictions) - len(part.predictions) for own, part in zip(contenders, shared, strict=True)),
        tuple(measure_answers(contender.answers) for contender in shared),
        tuple(compare(shared[0], other) for other in shared[1:]),
    )


def _figures(one: Answers, two: Answers, metrics: Sequence[Metric]) -> tuple[PairedFigure, ...]:
    n, n_female = len(one.is_first), int(one.is_first.sum())
    makers = Resampler(one), Resampler(two)
    whole = [make(np.ones((1, n))) for make in makers]
    # Both see the same draws: that is what makes the bootstrap a paired one.
    batches = [] if too_few(n) else [[make(weights) for make in makers] for weights in draws(one.is_first)]
    made = []
    for metric in metrics:
        name, form = metric.name, np.abs if metric.signed and not metric.higher_is_better else np.asarray
        first, other = (float(form(values[name][0])) for values in whole)
        if np.isnan(first) or np.isnan(other):
            difference = Difference(None, reason=f"one of the two has no {metric.title} here")
        elif reason := too_few(metric.faces_behind(n_female, n - n_female)):
            difference = Difference(other - first, reason=reason)
        else:
            resampled = np.concatenate([form(batch[1][name]) - form(batch[0][name]) for batch in batches])
            difference = percentile_interval(other - first, resampled, Difference, centred=metric.grows)
        made.append(PairedFigure(metric, _defined(first), _defined(other), difference))
    return tuple(made)


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else value
