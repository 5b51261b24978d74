"""Every figure of faces that may count several times: one definition for values and for resamples.

A bootstrap resample is a number of times that each face counts. The figures of many resamples are
worked out at once, which scikit-learn cannot do; with every face counted once they equal its own.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.classify.decision import is_clear, is_sure
from core.settings import DEFAULT_CHILD_THRESHOLD

if TYPE_CHECKING:
    import pandas as pd

LABELS = ("female", "male")
CALLED_FEMALE_FROM = 0.5
CALIBRATION_BINS = 15
ESTIMATES = (
    "accuracy", "balanced_accuracy", "recall_female", "recall_male", "recall_difference", "precision_female",
    "precision_male", "f1_female", "f1_male", "roc_auc", "average_precision", "brier", "ece", "answered",
    "accuracy_answered",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a model said of n faces.

    Attributes:
        is_female: bool (n,), the label.
        p_female: float (n,), calibrated probabilities of *female*, in [0, 1].
        clear: bool (n,), False where the app would not answer however sure the model is.
        threshold: Confidence from which a face is answered, in [0.5, 1).
    """

    is_female: NDArray[np.bool_]
    p_female: NDArray[np.float64]
    clear: NDArray[np.bool_]
    threshold: float

    def __post_init__(self) -> None:
        shapes = self.is_female.shape, self.p_female.shape, self.clear.shape
        if not (self.p_female.ndim == 1 and len(set(shapes)) == 1):
            raise ValueError(f"expected three arrays (n,), got {', '.join(map(str, shapes))}")
        if not ((self.p_female >= 0) & (self.p_female <= 1)).all():
            raise ValueError("p_female lies in [0, 1]")
        if not 0.5 <= self.threshold < 1:
            raise ValueError(f"a threshold lies in [0.5, 1), got {self.threshold}")

    @classmethod
    def from_frame(
        cls, predictions: "pd.DataFrame", threshold: float, child_threshold: float | None = DEFAULT_CHILD_THRESHOLD
    ) -> "Answers":
        """The answers in rows of predictions.csv; a face judged a child's is not clear, as in the app.

        Args:
            predictions: Columns gender, p_female, found, quality, and p_child where the model says it.
            threshold: Confidence from which a face is answered.
            child_threshold: Probability from which on a face counts as a child's; None: none does.
        """
        p_child = predictions.get("p_child", np.nan)
        clear = is_clear((predictions["found"] == 1) & (predictions["quality"] == ""), p_child, child_threshold)
        p = predictions["p_female"].to_numpy(dtype=np.float64)
        return cls(predictions["gender"].to_numpy() == LABELS[0], p, clear, threshold)

    @property
    def called_female(self) -> NDArray[np.bool_]:
        """Where *female* is called, bool (n,): from p = 0.5 on, as in `core.classify.decision`."""
        return self.p_female >= CALLED_FEMALE_FROM

    @property
    def right(self) -> NDArray[np.bool_]:
        """Where a face is called what its label says, bool (n,)."""
        return np.equal(self.is_female, self.called_female)

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Where a face is clear and the likelier gender reaches the threshold, bool (n,)."""
        return self.clear & is_sure(self.p_female, self.threshold)


def calibration_bins(counts: NDArray[np.float64], bins: int = CALIBRATION_BINS) -> NDArray[np.intp]:
    """Bins of equal mass for faces in the order of their p.

    Faces of the same p stay together, in the bin of their middle: without ties the bins differ by
    one face at most, and their order never matters.

    Args:
        counts: (resamples, d), how many faces have each of d ascending values of p.
        bins: Number of bins.

    Returns:
        (resamples, d), the bin of each value, 0 to `bins` - 1.
    """
    through = np.cumsum(counts, axis=1)
    middle = through - (counts + 1) / 2
    return (bins * middle / np.maximum(through[:, -1:], 1)).astype(np.intp)


class Figures:
    """Works out the figures of one model's answers for any number of resamples."""

    def __init__(self, answers: Answers) -> None:
        """Sort the faces by p, once."""
        truth, called, p = answers.is_female, answers.called_female, answers.p_female
        columns = (
            truth & called, truth & ~called, ~truth & called, ~truth & ~called,
            answers.answered, answers.answered & answers.right, (p - truth) ** 2,
        )  # fmt: skip
        self._columns = np.column_stack(columns).astype(np.float64)
        self._order = np.argsort(p, kind="stable")
        self._truth = truth[self._order].astype(np.float64)
        self._p, self._starts = np.unique(p[self._order], return_index=True)

    def __call__(self, weights: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Every figure of `ESTIMATES`; NaN where it is not defined.

        Args:
            weights: (resamples, n), how often each face counts: whole numbers.

        Returns:
            Arrays (resamples,).
        """
        # Not `@`: the threads of BLAS wait busily for one another longer than they work here.
        ff, fm, mf, mm, answered, right, squared = np.einsum("rn,nk->kr", weights, self._columns)
        with np.errstate(divide="ignore", invalid="ignore"):
            recalls = ff / (ff + fm), mm / (mf + mm)
            shares = {
                "accuracy": (ff + mm) / (ff + fm + mf + mm),
                "balanced_accuracy": (recalls[0] + recalls[1]) / 2,
                "recall_female": recalls[0],
                "recall_male": recalls[1],
                "recall_difference": recalls[0] - recalls[1],
                "precision_female": ff / (ff + mf),
                "precision_male": mm / (fm + mm),
                "f1_female": np.where(ff + fm > 0, 2 * ff / (2 * ff + fm + mf), np.nan),
                "f1_male": np.where(mf + mm > 0, 2 * mm / (2 * mm + fm + mf), np.nan),
                "brier": squared / (ff + fm + mf + mm),
                "answered": answered / (ff + fm + mf + mm),
                "accuracy_answered": right / answered,
            }
            return shares | self._ranked(weights, ff + fm, mf + mm)

    def _ranked(
        self, weights: NDArray[np.float64], women: NDArray[np.float64], men: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        """The figures that depend on the order of the faces by p; ties count as one threshold."""
        if not len(self._p):
            return dict.fromkeys(("roc_auc", "average_precision", "ece"), np.full(len(weights), np.nan))
        ordered = np.take(weights, self._order, axis=1)
        faces = np.add.reduceat(ordered, self._starts, axis=1)
        at_women = np.add.reduceat(ordered * self._truth, self._starts, axis=1)
        at_men = faces - at_women
        women_below, men_below = np.cumsum(at_women, axis=1) - at_women, np.cumsum(at_men, axis=1) - at_men
        called_women, called_men = women[:, None] - women_below, men[:, None] - men_below
        precision = called_women / np.maximum(called_women + called_men, 1)
        bins = calibration_bins(faces)
        places = bins + CALIBRATION_BINS * np.arange(len(weights))[:, None]
        gaps = np.bincount(
            places.ravel(), (faces * self._p - at_women).ravel(), minlength=CALIBRATION_BINS * len(weights)
        )
        return {
            "roc_auc": (at_women * (men_below + at_men / 2)).sum(axis=1) / (women * men),
            "average_precision": np.where(men > 0, (at_women * precision).sum(axis=1) / women, np.nan),
            "ece": np.abs(gaps).reshape(len(weights), -1).sum(axis=1) / (women + men),
        }
