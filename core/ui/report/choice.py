"""Which faces the report is about: a test set, what its faces wear, and perhaps one family of masks."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from core.evaluation.runs import RunRecord
from core.evaluation.schema import MetricsReport, SetMetrics
from core.evaluation.test_sets import TestSet, hardest, in_order, sets_in
from core.heads import Thresholds
from core.labels import family_words
from core.model.metadata import ModelMetadata
from core.report.tables import worst_set
from core.settings import model_folder
from core.ui.components import address
from core.ui.saved_runs import Fingerprint, fingerprint

ALL_FAMILIES = "all"
PAGE = "report"
"""Whose address holds the choices."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The faces that the report is about, and the state of the files that hold them.

    Attributes:
        folder: Folder of the model.
        fingerprint: Changes with the model's saved files.
        test_set: Whose faces they are.
        family: Family of the drawn masks, as in predictions.csv; "" for all faces.
        thresholds: From which probabilities on the model answers by default.
    """

    folder: str
    fingerprint: Fingerprint
    test_set: TestSet
    family: str
    thresholds: Thresholds

    @property
    def name(self) -> str:
        """As people read it."""
        return f"{self.test_set.title}, {family_words(self.family)}" if self.family else self.test_set.title

    @property
    def about(self) -> tuple[str, str]:
        """Model and faces, for titles and names of files."""
        return Path(self.folder).name, self.name


def test_sets_of(run: RunRecord) -> list[TestSet]:
    """What the model was tested on, in order, from whatever file can be read."""
    if isinstance(run.metrics, MetricsReport):
        return in_order({entry.test_set for entry in run.metrics.sets})
    return sets_in(run.predictions) if isinstance(run.predictions, pd.DataFrame) else []


def choose_faces(run: RunRecord, found: list[TestSet]) -> Choice:
    """Let the user choose a test set, the hardest one at first, and a family of masks."""
    names, usual = [test_set.title for test_set in found], hardest_of(run, found).title
    st.session_state["report_set"] = address.begin(PAGE, "set", "report_set", names, usual)
    name = st.selectbox("Test set", names, key="report_set")
    address.keep(PAGE, "set", name, usual)
    test_set = found[names.index(name)]
    folder = model_folder(run.name)
    family = _choose_family(families(run, test_set))
    return Choice(str(folder), fingerprint(folder), test_set, family, thresholds_of(run))


def hardest_of(run: RunRecord, found: list[TestSet]) -> TestSet:
    """The test set with the lowest balanced accuracy; the first of all where no figure is known."""
    if isinstance(run.metrics, MetricsReport):
        worst = worst_set(run.metrics.sets, "balanced_accuracy")
        return found[0] if worst is None else worst.test_set
    return (isinstance(run.predictions, pd.DataFrame) and hardest(run.predictions)) or found[0]


def families(run: RunRecord, test_set: TestSet) -> list[str]:
    """Families of masks on the faces of a set, the frequent ones first; empty where there are no two."""
    if not isinstance(run.predictions, pd.DataFrame):
        return []
    counts = test_set.rows(run.predictions)["mask_family"].value_counts()
    named = [str(family) for family in counts.index if family]
    return named if len(named) > 1 else []


def thresholds_of(run: RunRecord) -> Thresholds:
    """The thresholds that the saved figures were made with, else the model's own, else the usual ones."""
    own = run.metadata.thresholds if isinstance(run.metadata, ModelMetadata) else Thresholds()
    if isinstance(run.metrics, MetricsReport):
        return Thresholds(run.metrics.threshold, own.mask, run.metrics.child_threshold)
    return own


def saved_entry(run: RunRecord, choice: Choice) -> SetMetrics | None:
    """The saved figures of the chosen faces; None where they must be worked out."""
    if choice.family or not isinstance(run.metrics, MetricsReport):
        return None
    return run.metrics.find(choice.test_set.set, choice.test_set.variant, choice.test_set.split)


def _choose_family(offered: list[str]) -> str:
    if not offered:
        address.keep(PAGE, "masks", ALL_FAMILIES, ALL_FAMILIES)
        return ""
    options = [ALL_FAMILIES, *offered]
    st.session_state["report_family"] = address.begin(PAGE, "masks", "report_family", options, ALL_FAMILIES)
    chosen = st.segmented_control(
        "Mask family",
        options,
        required=True,
        key="report_family",
        format_func=family_words,
        wrap=True,
    )
    address.keep(PAGE, "masks", str(chosen), ALL_FAMILIES)
    return "" if chosen == ALL_FAMILIES else str(chosen)
