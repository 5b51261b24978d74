"""What the report works out from saved predictions: once for all sessions, until a file changes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation import curves, decisions, groups
from core.evaluation.figures import Answers, Figures
from core.evaluation.groups import UNKNOWN
from core.evaluation.metrics import MetricSet, measure_answers
from core.heads import GENDER
from core.model.metadata import ModelMetadata
from core.ui.report.choice import Choice, rows_of
from core.ui.saved_runs import saved_run

_KEPT = 32


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """The chosen faces: rows of predictions.csv and the same as answers; shared, so never written to."""

    predictions: pd.DataFrame
    answers: Answers


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """The curves of the chosen faces; see `core.evaluation.curves`.

    Attributes:
        roc: May be empty: it needs both genders.
        precision_recall: The same.
        risk_coverage: Never empty.
        sweep: A row a threshold.
        reliability: Of the probabilities as the app has them.
        uncalibrated: Of those before the temperature; None where there was none.
        ece: Expected calibration error.
        ece_uncalibrated: The same before the temperature.
        temperature: That of the gender head; 1 where it is not known.
        histogram: Faces by probability.
    """

    roc: pd.DataFrame
    precision_recall: pd.DataFrame
    risk_coverage: pd.DataFrame
    sweep: pd.DataFrame
    reliability: pd.DataFrame
    uncalibrated: pd.DataFrame | None
    ece: float
    ece_uncalibrated: float | None
    temperature: float
    histogram: pd.DataFrame


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def faces_of(choice: Choice) -> Faces | None:
    """The chosen faces; None where the predictions cannot be read or hold none of them."""
    predictions = saved_run(Path(choice.folder)).predictions
    if not isinstance(predictions, pd.DataFrame):
        return None
    rows = rows_of(predictions, choice.place)
    if choice.family:
        rows = rows[rows["mask_family"] == choice.family]
    if rows.empty:
        return None
    rows = rows.reset_index(drop=True)
    return Faces(rows, _answers(rows, choice, choice.thresholds.gender))


@st.cache_data(max_entries=_KEPT, show_spinner="Working out intervals …")
def figures_of(choice: Choice) -> MetricSet | None:
    """The figures of the chosen faces with intervals; None without predictions."""
    faces = faces_of(choice)
    return None if faces is None else measure_answers(faces.answers)


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def curves_of(choice: Choice) -> Curves:
    """The curves of the chosen faces, of which there is at least one."""
    faces = _there(choice)
    answers, temperature = faces.answers, _temperature(choice)
    raw = None
    if temperature != 1:
        p = curves.before_temperature(answers.p_female, temperature)
        raw = Answers(answers.is_female, p, answers.clear, answers.threshold)
    return Curves(
        roc=curves.roc(answers),
        precision_recall=curves.precision_recall(answers),
        risk_coverage=curves.risk_coverage(answers),
        sweep=curves.threshold_sweep(answers),
        reliability=curves.reliability(answers),
        uncalibrated=None if raw is None else curves.reliability(raw),
        ece=_ece(answers),
        ece_uncalibrated=None if raw is None else _ece(raw),
        temperature=temperature,
        histogram=decisions.histogram(answers),
    )


def decided(choice: Choice, threshold: float | None) -> pd.DataFrame:
    """The chosen faces with what is said of each; None calls every face."""
    faces = _there(choice)
    answers = _answers(faces.predictions, choice, threshold or choice.thresholds.gender)
    return decisions.decide(faces.predictions, answers, every_face=threshold is None)


@st.cache_data(max_entries=4 * _KEPT, show_spinner=False)
def groups_of(choice: Choice, by: str, threshold: float | None) -> pd.DataFrame:
    """Recall of every gender and group among the faces that are answered; see `core.evaluation.groups.by_group`."""
    said = decided(choice, threshold)
    return groups.by_group(said[said["answer"] != decisions.UNCERTAIN], by)


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def groupings_of(choice: Choice) -> list[str]:
    """By what the chosen faces can be divided."""
    return groups.groupings(_there(choice).predictions)


def worst_group(choice: Choice) -> tuple[str, pd.Series] | None:
    """The gender and group with the lowest recall over all groupings, and its grouping; small ones are passed over."""
    worst: tuple[str, pd.Series] | None = None
    for by in groupings_of(choice):
        table = groups_of(choice, by, None)
        cells = table[~table["small"] & (table["group"] != UNKNOWN)]
        if len(cells) and (worst is None or cells.iloc[0]["recall"] < worst[1]["recall"]):
            worst = by, cells.iloc[0]
    return worst


def _there(choice: Choice) -> Faces:
    faces = faces_of(choice)
    if faces is None:
        raise ValueError(f"there are no predictions of {choice.name}")
    return faces


def _answers(rows: pd.DataFrame, choice: Choice, threshold: float) -> Answers:
    return Answers.from_frame(rows, threshold, choice.thresholds.child)


def _temperature(choice: Choice) -> float:
    metadata = saved_run(Path(choice.folder)).metadata
    return metadata.heads[GENDER].temperature if isinstance(metadata, ModelMetadata) else 1.0


def _ece(answers: Answers) -> float:
    return float(Figures(answers)(np.ones((1, len(answers.p_female))))["ece"][0])
