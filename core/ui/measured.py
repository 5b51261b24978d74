"""How a model did on people who really wear masks, at the thresholds that the user has chosen."""

from dataclasses import dataclass

import pandas as pd

from core.evaluation.runs import RunRecord
from core.evaluation.schema import MetricsReport
from core.model.metadata import ModelMetadata
from core.settings import Thresholds
from core.ui.wording import percent

TEST_SET = "worldwide"
VARIANT = "real"


@dataclass(frozen=True, slots=True)
class Measured:
    """Answers on the test set of real masks.

    Attributes:
        faces: All faces of the set.
        answered: Those found, well seen, not judged a child's, and confident enough.
        right: Those of the answered whose label is the true one.
    """

    faces: int
    answered: int
    right: int


def measure(table: pd.DataFrame, thresholds: Thresholds) -> Measured | None:
    """Count answers in a table of predictions (columns as in predictions.csv); None without the test set.

    A face that the detector missed, that is too poor to judge or that is judged a child's counts as
    not answered, as it would on this page.
    """
    table = table[(table["set"] == TEST_SET) & (table["variant"] == VARIANT)]
    if table.empty:
        return None
    female = table["p_female"]
    answers = ((female >= thresholds.gender) | (1 - female >= thresholds.gender)) & (table["found"] == 1)
    answers &= table["quality"] == ""
    if thresholds.child is not None:
        answers &= ~(table["p_child"] >= thresholds.child)  # nobody is a child where the model does not say
    answered = table[answers]
    right = (answered["p_female"] >= thresholds.gender) == (answered["gender"] == "female")
    return Measured(len(table), len(answered), int(right.sum()))


def sentence(measured: Measured) -> str:
    """The figures in words, with n."""
    share = percent(measured.answered / measured.faces)
    if not measured.answered:
        return f"At this setting it answered none of {measured.faces} test faces in real masks."
    return (
        f"Tested on {measured.faces} faces in real masks: at this setting it answered {share} of them, "
        f"and {percent(measured.right / measured.answered)} of those {measured.answered} answers were right."
    )


def predictions(run: RunRecord) -> pd.DataFrame | None:
    """A model's saved predictions on real masks; None unless they are of the model's present files."""
    if not (isinstance(run.metadata, ModelMetadata) and isinstance(run.metrics, MetricsReport)):
        return None
    tested = run.metrics.files
    of_these_files = bool(tested) and tested.items() <= run.metadata.files.items()
    if not of_these_files or not isinstance(run.predictions, pd.DataFrame):
        return None
    return run.predictions[run.predictions["variant"] == VARIANT]
