"""How a model did on people who really wear masks, at the threshold that the user has chosen."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from core.evaluation.runs import load_run
from core.evaluation.schema import MetricsReport
from core.metadata import ModelMetadata

TEST_SET = "worldwide"
VARIANT = "real"


@dataclass(frozen=True, slots=True)
class Measured:
    """Answers on the test set of real masks.

    Attributes:
        faces: All faces of the set.
        answered: Those found, well seen and confident enough.
        right: Those of the answered whose label is the true one.
    """

    faces: int
    answered: int
    right: int


def measure(table: pd.DataFrame, threshold: float) -> Measured | None:
    """Count answers in a table of predictions (columns as in predictions.csv); None without the test set.

    A face that the detector missed or that is too poor to judge counts as not answered, as it
    would on this page.
    """
    table = table[(table["set"] == TEST_SET) & (table["variant"] == VARIANT)]
    if table.empty:
        return None
    female = table["p_female"]
    sure = (female >= threshold) | (1 - female >= threshold)
    answered = table[sure & (table["found"] == 1) & (table["quality"] == "")]
    right = (answered["p_female"] >= threshold) == (answered["gender"] == "female")
    return Measured(len(table), len(answered), int(right.sum()))


def sentence(measured: Measured) -> str:
    """The figures in words, with n."""
    share = f"{measured.answered / measured.faces:.0%}".replace("%", " %")
    if not measured.answered:
        return f"At this setting it answered none of {measured.faces} test faces in real masks."
    right = f"{measured.right / measured.answered:.0%}".replace("%", " %")
    return (
        f"Tested on {measured.faces} faces in real masks: at this setting it answered {share} of them, "
        f"and {right} of those {measured.answered} answers were right."
    )


@st.cache_data(max_entries=4, show_spinner=False)
def predictions(folder: str, fingerprint: str) -> pd.DataFrame | None:
    """Saved predictions of a model's real-mask test; None unless they are of these very files."""
    run = load_run(Path(folder))
    if not (isinstance(run.metadata, ModelMetadata) and isinstance(run.metrics, MetricsReport)):
        return None
    tested = run.metrics.files
    of_these_files = bool(tested) and tested.items() <= run.metadata.files.items()
    if not of_these_files or not isinstance(run.predictions, pd.DataFrame):
        return None
    return run.predictions[run.predictions["variant"] == VARIANT]
