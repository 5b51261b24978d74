"""What the report works out from saved predictions: once for all sessions, until a file changes."""

from pathlib import Path

import pandas as pd
import streamlit as st

from core.evaluation import groups
from core.evaluation.metrics import MetricSet, measure_answers
from core.evaluation.runs import RunRecord
from core.heads import GENDER
from core.model.metadata import ModelMetadata
from core.report.blocks import Figure, Section
from core.report.sections import Faces, OfFaces, OfRun, View
from core.report.sections.groups import worst_group
from core.settings import model_folder
from core.ui.report.choice import Choice
from core.ui.saved_runs import Fingerprint, fingerprint, saved_run

_KEPT = 32


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def faces_of(choice: Choice) -> Faces | None:
    """The chosen faces; None where the predictions cannot be read or hold none of them."""
    run = saved_run(Path(choice.folder))
    if not isinstance(run.predictions, pd.DataFrame):
        return None
    rows = choice.test_set.rows(run.predictions)
    if choice.family:
        rows = rows[rows["mask_family"] == choice.family]
    if rows.empty:
        return None
    temperature = run.metadata.heads[GENDER].temperature if isinstance(run.metadata, ModelMetadata) else 1.0
    return Faces(rows.reset_index(drop=True), choice.thresholds, temperature)


@st.cache_data(max_entries=_KEPT, show_spinner="Working out intervals …")
def figures_of(choice: Choice) -> MetricSet | None:
    """The figures of the chosen faces with intervals; None without predictions."""
    faces = faces_of(choice)
    return None if faces is None else measure_answers(faces.answers)


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def groupings_of(choice: Choice) -> list[str]:
    """By what the chosen faces can be divided."""
    return groups.groupings(there(choice).predictions)


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def worst_of(choice: Choice) -> Figure | None:
    """The group with the lowest recall; None without predictions, or where every group is small."""
    faces = faces_of(choice)
    return None if faces is None else worst_group(faces)


def run_section(run: RunRecord, build: OfRun) -> Section:
    """A section on the model."""
    folder = model_folder(run.name)
    return _run_section(str(folder), fingerprint(folder), build.__name__, run, build)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _run_section(folder: str, fingerprint: Fingerprint, name: str, _run: RunRecord, _build: OfRun) -> Section:
    """Worked out again only when one of the model's files changes."""
    return _build(_run)


def section_of(choice: Choice, build: OfFaces, view: View) -> Section:
    """A section on the chosen faces, of which there is at least one."""
    return _section(choice, build.__name__, view, build)


@st.cache_resource(max_entries=8 * _KEPT, show_spinner=False)
def _section(choice: Choice, name: str, view: View, _build: OfFaces) -> Section:
    return _build(there(choice), view)


def there(choice: Choice) -> Faces:
    """The chosen faces, of which there is at least one."""
    faces = faces_of(choice)
    if faces is None:
        raise ValueError(f"there are no predictions of {choice.name}")
    return faces
