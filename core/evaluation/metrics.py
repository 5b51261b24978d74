"""Figures of one set of faces: shares called right, ranking, calibration, answered faces.

A face counts as called *female* from p = 0.5 on (as in `core.classify.decision`); it counts as
answered when the detector found it, nothing is wrong with its quality, it is not judged a child's,
and the likelier gender reaches the threshold: as in the app.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from core.evaluation.figures import CALLED_FEMALE_FROM, ESTIMATES, LABELS, Answers, Figures
from core.evaluation.intervals import Difference, Estimate, draws, percentile_interval, share, too_few
from core.settings import DEFAULT_CHILD_THRESHOLD
from core.strict_json import array, string, table, whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CALLED_FEMALE_FROM", "ESTIMATES", "LABELS", "MetricSet", "measure", "measure_answers", "measure_frame"]

# How an estimate is read; all others are shares.
_KINDS: dict[str, type[Estimate]] = {"recall_difference": Difference}
_BOOTSTRAPPED = (
    "balanced_accuracy", "recall_difference", "f1_female", "f1_male", "roc_auc", "average_precision", "brier", "ece",
)  # fmt: skip
_OF_BOTH = frozenset({"balanced_accuracy", "recall_difference", "roc_auc", "average_precision"})


@dataclass(frozen=True, slots=True)
class MetricSet:
    """The figures of one set of faces; estimates have 95 % intervals.

    Attributes:
        n: Number of faces.
        n_female: Women among them, by label.
        n_male: Men among them.
        accuracy: Share called right.
        balanced_accuracy: Mean of the two recalls.
        recall_female: Share of the women called female.
        recall_male: Share of the men called male.
        recall_difference: Recall of the women minus that of the men, in [-1, 1].
        precision_female: Share of women among those called female.
        precision_male: Share of men among those called male.
        f1_female: Harmonic mean of precision and recall.
        f1_male: The same for men.
        roc_auc: Chance that a woman has a larger p than a man, ties counted half.
        average_precision: Mean precision over the women as p falls (`sklearn.metrics`), women as positives.
        brier: Mean squared distance of p from the label (Brier 1950); 0 is perfect.
        ece: Expected calibration error (Naeini et al. 2015): mean distance of p from the share of women
            in 15 bins of equally many faces; 0 is perfect.
        answered: Share answered at the threshold.
        accuracy_answered: Share called right among the answered.
        confusion: Counts ((ff, fm), (mf, mm)): rows truth female, male; columns called so at p 0.5.
    """

    n: int
    n_female: int
    n_male: int
    accuracy: Estimate
    balanced_accuracy: Estimate
    recall_female: Estimate
    recall_male: Estimate
    recall_difference: Difference
    precision_female: Estimate
    precision_male: Estimate
    f1_female: Estimate
    f1_male: Estimate
    roc_auc: Estimate
    average_precision: Estimate
    brier: Estimate
    ece: Estimate
    answered: Estimate
    accuracy_answered: Estimate
    confusion: tuple[tuple[int, int], tuple[int, int]]

    def __post_init__(self) -> None:
        rows = [sum(row) for row in self.confusion]
        if rows != [self.n_female, self.n_male] or sum(rows) != self.n:
            raise ValueError(f"counts must add up, got n {self.n}, {self.n_female}, {self.n_male}, {self.confusion}")
        if min(min(row) for row in self.confusion) < 0:
            raise ValueError(f"counts cannot be negative, got {self.confusion}")

    def to_json(self) -> dict[str, Any]:
        """The part of a metrics.json entry that these figures make."""
        counts = [list(row) for row in self.confusion]
        return {
            **{key: getattr(self, key) for key in ("n", "n_female", "n_male")},
            **{key: getattr(self, key).to_json() for key in ESTIMATES},
            "confusion": {"labels": list(LABELS), "counts": counts},
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "MetricSet":
        """Read what `to_json` wrote; further keys are passed over.

        Raises:
            KeyError: If a key is missing.
            ValueError, TypeError: If a value is not what it should be.
        """
        confusion = table(values["confusion"], "confusion")
        if tuple(array(confusion["labels"], "labels", string)) != LABELS:
            raise ValueError(f"the confusion matrix must have labels {LABELS}, got {confusion['labels']}")
        (ff, fm), (mf, mm) = array(confusion["counts"], "counts", lambda row, name: array(row, name, whole))
        read: dict[str, Any] = {key: _KINDS.get(key, Estimate).from_json(values[key]) for key in ESTIMATES}
        read |= {key: whole(values[key], key) for key in ("n", "n_female", "n_male")}
        return cls(**read, confusion=((ff, fm), (mf, mm)))


def measure(is_female: ArrayLike, p_female: ArrayLike, clear: ArrayLike, threshold: float) -> MetricSet:
    """Figures of n faces.

    Args:
        is_female: bool (n,), the label.
        p_female: (n,) calibrated probabilities of *female*, in [0, 1].
        clear: bool (n,), False where the app would not answer however sure the model is.
        threshold: Confidence from which a face is answered, in [0.5, 1).

    Raises:
        ValueError: If shapes differ or a number is outside its range.
    """
    truth, good = np.asarray(is_female, dtype=bool), np.asarray(clear, dtype=bool)
    return measure_answers(Answers(truth, np.asarray(p_female, dtype=np.float64), good, threshold))


def measure_frame(
    predictions: "pd.DataFrame", threshold: float, child_threshold: float | None = DEFAULT_CHILD_THRESHOLD
) -> MetricSet:
    """Figures of rows of predictions.csv; see `Answers.from_frame`."""
    return measure_answers(Answers.from_frame(predictions, threshold, child_threshold))


def measure_answers(answers: Answers) -> MetricSet:
    """Figures of a model's answers; see `measure`."""
    truth, called = answers.is_female, answers.called_female
    ff, fm, mf, mm = (
        int(np.count_nonzero((truth == female) & (called == as_female)))
        for female in (True, False)
        for as_female in (True, False)
    )
    answered, right = answers.answered, answers.right
    n, n_answered = len(truth), int(answered.sum())
    return MetricSet(
        n=n,
        n_female=ff + fm,
        n_male=mf + mm,
        accuracy=share(ff + mm, n),
        recall_female=share(ff, ff + fm, "no women"),
        recall_male=share(mm, mf + mm, "no men"),
        precision_female=share(ff, ff + mf, "no face was called female"),
        precision_male=share(mm, fm + mm, "no face was called male"),
        answered=share(n_answered, n),
        accuracy_answered=share(int((answered & right).sum()), n_answered, "no face was answered"),
        confusion=((ff, fm), (mf, mm)),
        **_bootstrapped(answers, ff + fm, mf + mm),
    )


def faces_behind(name: str, n_female: int, n_male: int) -> int:
    """The number of faces that limits how well a figure of `ESTIMATES` is known."""
    of_one_gender = {"female": n_female, "male": n_male}.get(name.rpartition("_")[2])
    if of_one_gender is not None:
        return of_one_gender
    return min(n_female, n_male) if name in _OF_BOTH else n_female + n_male


def _bootstrapped(answers: Answers, n_female: int, n_male: int) -> dict[str, Any]:
    figures, n = Figures(answers), n_female + n_male
    values = figures(np.ones((1, n)))
    batches = [] if too_few(n) else [figures(weights) for weights in draws(answers.is_female)]
    made = {}
    for name in _BOOTSTRAPPED:
        kind, value, behind = _KINDS.get(name, Estimate), float(values[name][0]), faces_behind(name, n_female, n_male)
        if np.isnan(value):
            made[name] = kind(None, reason=_missing(name, n_female, n_male))
        elif reason := too_few(behind):
            made[name] = kind(value, reason=reason)
        else:
            resampled = np.concatenate([batch[name] for batch in batches])
            made[name] = percentile_interval(value, resampled, kind, centred=name == "ece")
    return made


def _missing(name: str, n_female: int, n_male: int) -> str:
    """Why a figure has no value: it needs faces of a gender that is not there."""
    if name.startswith("f1"):
        return "no women" if name == "f1_female" else "no men"
    return "no faces" if n_female == n_male == 0 else "no women" if n_female == 0 else "no men"
