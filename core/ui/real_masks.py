"""How a model did on people who really wear masks, at the thresholds that the user has chosen."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from core.evaluation.answers import Answers
from core.evaluation.runs import RunRecord
from core.evaluation.schema import MetricsReport
from core.evaluation.test_sets import TEST, set_words
from core.heads import Thresholds
from core.model.metadata import ModelMetadata
from core.ui.wording import counted, percent

VARIANT = "real"


@dataclass(frozen=True, slots=True)
class RealMaskFigures:
    """Answers on a test set of real masks.

    Attributes:
        faces: All faces of the set.
        answered: Those found, well seen, not judged a child's, and confident enough.
        right: Those of the answered whose label is the true one.
    """

    faces: int
    answered: int
    right: int

    @property
    def right_share(self) -> float:
        """Share of the answers that are right; 0 where there is none."""
        return self.right / self.answered if self.answered else 0.0


def measure(table: pd.DataFrame, thresholds: Thresholds) -> dict[str, RealMaskFigures]:
    """Count answers in a table of predictions (columns as in predictions.csv), by test set of real masks.

    A face that the detector missed, that is too poor to judge or that is judged a child's counts as
    not answered, as it would on this page.
    """
    real = table[(table["variant"] == VARIANT) & (table["split"] == TEST)]
    return {str(name): _count(faces, thresholds) for name, faces in real.groupby("set", sort=True)}


def _count(table: pd.DataFrame, thresholds: Thresholds) -> RealMaskFigures:
    answers = Answers.from_frame(table, thresholds.gender, thresholds.child)
    return RealMaskFigures(len(table), int(answers.answered.sum()), int((answers.answered & answers.right).sum()))


def sentence(sets: Mapping[str, RealMaskFigures]) -> str:
    """The figures of all sets together in words, with n, and beside them those of the hardest one."""
    together = RealMaskFigures(
        *(sum(getattr(one, part) for one in sets.values()) for part in RealMaskFigures.__slots__)
    )
    share = percent(together.answered / together.faces)
    if not together.answered:
        return f"At this setting it answered none of {counted(together.faces, 'test face')} in real masks."
    words = (
        f"Tested on {counted(together.faces, 'face')} in real masks: at this setting it answered {share} of them, "
        f"and was right in {percent(together.right / together.answered)} of the {counted(together.answered, 'answer')}."
    )
    if len(sets) < 2:
        return words
    name, hard = min(sets.items(), key=lambda item: (item[1].right_share, item[0]))
    figures = (
        f"{percent(hard.answered / hard.faces)} answered, {percent(hard.right_share)} of those right"
        if hard.answered
        else "none answered"
    )
    return f"{words} The hardest of the {len(sets)} sets, {set_words(name)}: {figures}."


def predictions(run: RunRecord) -> pd.DataFrame | None:
    """A model's saved predictions on real masks; None unless they are of the model's present files."""
    if not (isinstance(run.metadata, ModelMetadata) and isinstance(run.metrics, MetricsReport)):
        return None
    tested = run.metrics.files
    of_these_files = bool(tested) and tested.items() <= run.metadata.files.items()
    if not of_these_files or not isinstance(run.predictions, pd.DataFrame):
        return None
    return run.predictions[run.predictions["variant"] == VARIANT]
