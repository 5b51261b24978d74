"""Figures of one set of faces: counts, shares, balanced accuracy, F1, ROC AUC, answered faces.

A face counts as called *female* from p = 0.5 on (as in `core.inference.decision`); it counts as
answered when the detector found it, nothing is wrong with its quality, and the likelier gender
reaches the threshold: as in the app.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.evaluation.intervals import Estimate, bootstrap_auc, bootstrap_counts, share

if TYPE_CHECKING:
    import pandas as pd

LABELS = ("female", "male")
CALLED_FEMALE_FROM = 0.5
ESTIMATES = (
    "accuracy", "balanced_accuracy", "recall_female", "recall_male", "precision_female", "precision_male",
    "f1_female", "f1_male", "roc_auc", "answered", "accuracy_answered",
)  # fmt: skip


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
        precision_female: Share of women among those called female.
        precision_male: Share of men among those called male.
        f1_female: Harmonic mean of precision and recall.
        f1_male: The same for men.
        roc_auc: Chance that a woman has a larger p than a man, ties counted half.
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
    precision_female: Estimate
    precision_male: Estimate
    f1_female: Estimate
    f1_male: Estimate
    roc_auc: Estimate
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
        if tuple(values["confusion"]["labels"]) != LABELS:
            raise ValueError(f"the confusion matrix must have labels {LABELS}, got {values['confusion']['labels']}")
        (ff, fm), (mf, mm) = values["confusion"]["counts"]
        read: dict[str, Any] = {key: Estimate.from_json(values[key]) for key in ESTIMATES}
        read |= {key: int(values[key]) for key in ("n", "n_female", "n_male")}
        return cls(**read, confusion=((int(ff), int(fm)), (int(mf), int(mm))))


def measure(is_female: ArrayLike, p_female: ArrayLike, clear: ArrayLike, threshold: float) -> MetricSet:
    """Figures of n faces.

    Args:
        is_female: bool (n,), the label.
        p_female: (n,) calibrated probabilities of *female*, in [0, 1].
        clear: bool (n,), False where the face was not found or its quality gives a reason not to answer.
        threshold: Confidence from which a face is answered, in [0.5, 1).

    Raises:
        ValueError: If shapes differ or a number is outside its range.
    """
    from sklearn.metrics import confusion_matrix

    truth, p, good = _checked(is_female, p_female, clear, threshold)
    called = p >= CALLED_FEMALE_FROM
    # With `labels` given, absent classes stay in the matrix as zeros.
    counts = confusion_matrix(truth, called, labels=[True, False]) if len(p) else np.zeros((2, 2), dtype=int)
    (ff, fm), (mf, mm) = ((int(row[0]), int(row[1])) for row in counts)
    answered = good & ((p >= threshold) | (1 - p >= threshold))
    right = int(np.count_nonzero(answered & (truth == called)))
    return MetricSet(
        n=len(p), n_female=ff + fm, n_male=mf + mm,
        accuracy=share(ff + mm, len(p)),
        balanced_accuracy=_balanced_accuracy(ff, fm, mf, mm),
        recall_female=share(ff, ff + fm, "no women"),
        recall_male=share(mm, mf + mm, "no men"),
        precision_female=share(ff, ff + mf, "no face was called female"),
        precision_male=share(mm, fm + mm, "no face was called male"),
        f1_female=_f1(ff, ff + fm, mm, mf + mm, "no women"),
        f1_male=_f1(mm, mf + mm, ff, ff + fm, "no men"),
        roc_auc=_roc_auc(truth, p),
        answered=share(int(answered.sum()), len(p)),
        accuracy_answered=share(right, int(answered.sum()), "no face was answered"),
        confusion=((ff, fm), (mf, mm)),
    )  # fmt: skip


def measure_frame(predictions: "pd.DataFrame", threshold: float) -> MetricSet:
    """Figures of rows of predictions.csv (columns gender, p_female, found, quality); see `measure`."""
    return measure(
        predictions["gender"].to_numpy() == "female",
        predictions["p_female"].to_numpy(dtype=np.float64),
        ((predictions["found"] == 1) & (predictions["quality"] == "")).to_numpy(),
        threshold,
    )


def _checked(
    is_female: ArrayLike, p_female: ArrayLike, clear: ArrayLike, threshold: float
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.bool_]]:
    truth, good = np.asarray(is_female, dtype=bool), np.asarray(clear, dtype=bool)
    p = np.asarray(p_female, dtype=np.float64)
    if not (p.ndim == 1 and truth.shape == p.shape == good.shape):
        raise ValueError(f"expected three arrays (n,), got {truth.shape}, {p.shape}, {good.shape}")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("p_female lies in [0, 1]")
    if not 0.5 <= threshold < 1:
        raise ValueError(f"a threshold lies in [0.5, 1), got {threshold}")
    return truth, p, good


def _missing_gender(n_female: int, n_male: int) -> str:
    if n_female + n_male == 0:
        return "no faces"
    return "no women" if n_female == 0 else "no men" if n_male == 0 else ""


def _balanced_accuracy(ff: int, fm: int, mf: int, mm: int) -> Estimate:
    n_female, n_male = ff + fm, mf + mm
    if missing := _missing_gender(n_female, n_male):
        return Estimate(None, reason=missing)
    return bootstrap_counts(
        (ff / n_female + mm / n_male) / 2, ff, n_female, mm, n_male,
        lambda women, men: (women / n_female + men / n_male) / 2, smallest=min(n_female, n_male),
    )  # fmt: skip


def _f1(hits: int, n: int, other_hits: int, n_other: int, empty: str) -> Estimate:
    """F1 of one gender: 2 TP / (2 TP + FP + FN), where TP + FN is the number of its faces."""
    if n == 0:
        return Estimate(None, reason=empty)

    def f1(own: Any, other: Any) -> Any:
        return 2 * own / (own + n + n_other - other)

    return bootstrap_counts(f1(hits, other_hits), hits, n, other_hits, n_other, f1, smallest=n)


def _roc_auc(truth: NDArray[np.bool_], p: NDArray[np.float64]) -> Estimate:
    from sklearn.metrics import roc_auc_score

    n_female = int(truth.sum())
    if missing := _missing_gender(n_female, len(p) - n_female):
        return Estimate(None, reason=missing)
    return bootstrap_auc(float(roc_auc_score(truth, p)), p[truth], p[~truth])
