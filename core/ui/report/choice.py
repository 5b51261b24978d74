"""Which faces the report is about: a test set, what its faces wear, and perhaps one family of masks."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.evaluation.names import TEST, set_name, variant_rank
from core.evaluation.runs import RunRecord
from core.evaluation.schema import MetricsReport, SetMetrics
from core.model.metadata import ModelMetadata
from core.settings import Thresholds, models_dir
from core.ui import measured
from core.ui.saved_runs import Fingerprint, fingerprint, forget_unless_in

ALL_FAMILIES = "all"


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
    """Let the user choose a test set, the one of real masks from many countries at first, and a family of masks."""
    names = [place.name for place in found]
    first = set_name(measured.TEST_SET, measured.VARIANT)
    forget_unless_in("report_set", names)  # another model may have been tested on other sets
    index = names.index(first) if first in names else 0
    name = st.selectbox("Test set", names, index=index, key="report_set", persist_state="session")
    place = found[names.index(name)]
    folder = models_dir() / run.name
    family = _choose_family(families(run, place))
    return Choice(str(folder), fingerprint(folder), place, family, thresholds_of(run))


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
        return ""
    options = [ALL_FAMILIES, *offered]
    forget_unless_in("report_family", options)
    chosen = st.segmented_control(
        "Mask family",
        options,
        default=ALL_FAMILIES,
        required=True,
        key="report_family",
        wrap=True,
        persist_state="session",
    )
    return "" if chosen in (None, ALL_FAMILIES) else str(chosen)
