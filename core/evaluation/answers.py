"""A model's answers for faces of two labels, and their metrics for any number of resamples."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.classify.decision import is_clear, is_sure
from core.evaluation.registry import metrics_for
from core.evaluation.tally import Tally
from core.labels import GENDER, Labels
from core.settings import DEFAULT_CHILD_THRESHOLD

if TYPE_CHECKING:
    import pandas as pd

LABELS = GENDER.both
CALLED_FEMALE_FROM = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a model said of n faces.

    Attributes:
        is_first: bool (n,), whether a face has the first label.
        p: float (n,), calibrated probabilities of the first label, in [0, 1].
        clear: bool (n,), False where the app would not answer however sure the model is.
        threshold: Confidence from which a face is answered, in [0.5, 1).
        labels: Which two they are.
    """

    is_first: NDArray[np.bool_]
    p: NDArray[np.float64]
    clear: NDArray[np.bool_]
    threshold: float
    labels: Labels = GENDER

    def __post_init__(self) -> None:
        shapes = self.is_first.shape, self.p.shape, self.clear.shape
        if not (self.p.ndim == 1 and len(set(shapes)) == 1):
            raise ValueError(f"expected three arrays (n,), got {', '.join(map(str, shapes))}")
        if not ((self.p >= 0) & (self.p <= 1)).all():
            raise ValueError(f"p_{self.labels.first} lies in [0, 1]")
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
        return cls(predictions["gender"].to_numpy() == GENDER.first, p, clear, threshold)

    @property
    def called_first(self) -> NDArray[np.bool_]:
        """Where the first label is called, bool (n,): from p = 0.5 on, as in `core.classify.decision`."""
        return self.p >= CALLED_FEMALE_FROM

    @property
    def right(self) -> NDArray[np.bool_]:
        """Where a face is called what its label says, bool (n,)."""
        return np.equal(self.is_first, self.called_first)

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Where a face is clear and the likelier label reaches the threshold, bool (n,)."""
        return self.clear & is_sure(self.p, self.threshold)

    @property
    def confidence(self) -> NDArray[np.float64]:
        """The probability of the likelier label, (n,)."""
        return np.maximum(self.p, 1 - self.p)


class Resampler:
    """Works out the metrics of one model's answers for any number of resamples."""

    def __init__(self, answers: Answers) -> None:
        """Sort the faces by p, once."""
        truth, called, p = answers.is_first, answers.called_first, answers.p
        columns = (
            truth & called, truth & ~called, ~truth & called, ~truth & ~called,
            answers.answered, answers.answered & answers.right, (p - truth) ** 2,
        )  # fmt: skip
        self._columns = np.column_stack(columns).astype(np.float64)
        self._order, self._truth = np.argsort(p, kind="stable"), truth.astype(np.float64)
        self._p, self._starts = np.unique(p[self._order], return_index=True)
        self._metrics = metrics_for(answers.labels)

    def tally(self, weights: NDArray[np.float64]) -> Tally:
        """Everything that metrics are worked out from.

        Args:
            weights: (resamples, n), how often each face counts: whole numbers.
        """
        # Not `@`: the threads of BLAS wait busily for one another longer than they work here.
        tp, fn, fp, tn, answered, right, squared = np.einsum("rn,nk->kr", weights, self._columns)
        faces, first = self._at_each_p(weights), self._at_each_p(weights * self._truth)
        return Tally(tp, fn, fp, tn, answered, right, squared, self._p, first, faces - first)

    def _at_each_p(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of (resamples, n) weights at each of d different values of p, (resamples, d)."""
        if not len(self._p):
            return np.empty((len(weights), 0))
        return np.add.reduceat(np.take(weights, self._order, axis=1), self._starts, axis=1)

    def __call__(self, weights: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Every metric by name, (resamples,); NaN where it is not defined. See `tally`."""
        tally = self.tally(weights)
        return {metric.name: metric.values(tally) for metric in self._metrics}
