"""Which faces the report is about: a test set, what its faces wear, and perhaps one family of masks."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from core.evaluation.hardest import hardest
from core.evaluation.names import TEST, set_name, variant_rank
from core.evaluation.runs import RunRecord
from core.evaluation.schema import MetricsReport, SetMetrics
from core.heads import Thresholds
from core.model.metadata import ModelMetadata
from core.report.tables import worst_set
from core.settings import model_folder
from core.ui.components import address
from core.ui.saved_runs import Fingerprint, fingerprint

ALL_FAMILIES = "all"
PAGE = "report"
"""Whose address holds the choices."""


@dataclass(frozen=True, slots=True)
class Place:
    """A set, split and variant; the names are those of predictions.csv."""

    set: str
    split: str
    variant: str

    @property
    def name(self) -> str:
        """As people read it."""
        return set_name(self.set, self.variant, self.split)


@dataclass(frozen=True, slots=True)
class Choice:
    """The faces that the report is about, and the state of the files that hold them.

    Attributes:
        folder: Folder of the model.
        fingerprint: Changes with the model's saved files.
        place: The test set.
        family: Family of the drawn masks, as in predictions.csv; "" for all faces.
        thresholds: From which probabilities on the model answers by default.
    """

    folder: str
    fingerprint: Fingerprint
    place: Place
    family: str
    thresholds: Thresholds

    @property
    def name(self) -> str:
        """As people read it."""
        return f"{self.place.name}, {self.family}" if self.family else self.place.name

    @property
    def about(self) -> tuple[str, str]:
        """Model and faces, for titles and names of files."""
        return Path(self.folder).name, self.name


def places(run: RunRecord) -> list[Place]:
    """What the model was tested on, test sets before validation, real masks first; from whatever file can be read."""
    if isinstance(run.metrics, MetricsReport):
        found = {Place(entry.set, entry.split, entry.variant) for entry in run.metrics.sets}
    elif isinstance(run.predictions, pd.DataFrame):
        rows = run.predictions[["set", "split", "variant"]].drop_duplicates()
        found = {Place(*row) for row in rows.itertuples(index=False)}
    else:
        found = set()
    return sorted(found, key=lambda place: (place.split != TEST, variant_rank(place.variant), place.set))


def choose_faces(run: RunRecord, found: list[Place]) -> Choice:
    """Let the user choose a test set, the hardest one at first, and a family of masks."""
    names, usual = [place.name for place in found], hardest_of(run, found).name
    st.session_state["report_set"] = address.begin(PAGE, "set", "report_set", names, usual)
    name = st.selectbox("Test set", names, key="report_set")
    address.keep(PAGE, "set", name, usual)
    place = found[names.index(name)]
    folder = model_folder(run.name)
    family = _choose_family(families(run, place))
    return Choice(str(folder), fingerprint(folder), place, family, thresholds_of(run))


def hardest_of(run: RunRecord, found: list[Place]) -> Place:
    """The test set with the lowest balanced accuracy; the first of all where no figure is known."""
    if isinstance(run.metrics, MetricsReport):
        worst = worst_set(run.metrics.sets, "balanced_accuracy")
        key = None if worst is None else (worst.set, worst.split, worst.variant)
    else:
        key = hardest(run.predictions) if isinstance(run.predictions, pd.DataFrame) else None
    return found[0] if key is None else Place(*key)


def families(run: RunRecord, place: Place) -> list[str]:
    """Families of masks on the faces of a set, the frequent ones first; empty where there are no two."""
    if not isinstance(run.predictions, pd.DataFrame):
        return []
    counts = rows_of(run.predictions, place)["mask_family"].value_counts()
    named = [str(family) for family in counts.index if family]
    return named if len(named) > 1 else []


def rows_of(predictions: pd.DataFrame, place: Place) -> pd.DataFrame:
    """The predictions of one set, split and variant."""
    wanted = (predictions["set"] == place.set) & (predictions["split"] == place.split)
    return predictions[wanted & (predictions["variant"] == place.variant)]


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
    return run.metrics.find(choice.place.set, choice.place.variant, choice.place.split)


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
        wrap=True,
    )
    address.keep(PAGE, "masks", str(chosen), ALL_FAMILIES)
    return "" if chosen == ALL_FAMILIES else str(chosen)
