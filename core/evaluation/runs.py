"""A saved run: metadata, history, metrics and predictions of a model folder.

Each part is read by itself. A part that is missing, damaged or of another schema becomes a
`RunError` whose message can be shown; the other parts stand.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import NoReturn, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import ModelError, RunError
from core.evaluation.explanations import ExplanationReport, read_explanations
from core.evaluation.metrics import CALLED_FEMALE_FROM, LABELS
from core.evaluation.schema import (
    FACE_PX,
    FURTHER_ANSWERS,
    HISTORY_COLUMNS,
    HISTORY_FILE,
    METRICS_FILE,
    METRICS_SCHEMA,
    PREDICTION_COLUMNS,
    PREDICTIONS_FILE,
    MetricsReport,
    OtherSchema,
)
from core.metadata import FILE_NAME as METADATA_FILE
from core.metadata import ModelMetadata

Part = TypeVar("Part")
_FLAGS = ("masked", "found")
_SILENT = ("p_mask", "p_child")  # probabilities that not every model gives


@dataclass(frozen=True, slots=True, eq=False)
class RunRecord:
    """What is saved of one model; every part is there, or a `RunError` in its place says why not.

    Attributes:
        name: Name of the folder.
        metadata: What the model is and how it was trained.
        history: One row an epoch, columns `HISTORY_COLUMNS` (and possibly more): `epoch` integers
            from 1, ascending; the others finite floats.
        metrics: The saved figures.
        predictions: One row a face, columns `PREDICTION_COLUMNS`, `FURTHER_ANSWERS`, `FACE_PX` (and
            possibly more): `masked` and `found` integers 0 or 1, `p_female`, `p_mask` and `p_child`
            floats in [0, 1], the latter two NaN where the model does not say, `face_px` float or NaN,
            `gender` "female" or "male", the others strings, "" for unknown.
        explanations: What the model looks at.
        notes: Sentences about rows that were left out and parts that do not belong together.
    """

    name: str
    metadata: ModelMetadata | RunError
    history: pd.DataFrame | RunError
    metrics: MetricsReport | RunError
    predictions: pd.DataFrame | RunError
    explanations: ExplanationReport | RunError
    notes: tuple[str, ...] = ()


def list_runs(models_dir: Path | str) -> list[str]:
    """Names of the folders that hold a finished model or a finished evaluation, sorted.

    metadata.json and metrics.json are each written last, so a training under way is not listed.
    """
    root = Path(models_dir)
    folders = {path.parent.name for file in (METADATA_FILE, METRICS_FILE) for path in root.glob(f"[!.]*/{file}")}
    return sorted(folders)


def load_run(folder: Path | str) -> RunRecord:
    """Read all parts of a model folder; never raises for what is in it."""
    folder = Path(folder)
    notes: list[str] = []
    metadata = _part(lambda: _read_metadata(folder))
    history = _part(lambda: _read_history(folder / HISTORY_FILE, notes))
    metrics = _part(lambda: _read_metrics(folder / METRICS_FILE))
    predictions = _part(lambda: _read_predictions(folder / PREDICTIONS_FILE, notes))
    explanations = _part(lambda: read_explanations(folder))
    if isinstance(explanations, ExplanationReport) and isinstance(metadata, ModelMetadata):
        notes += explanations.outdated(metadata.files)
    if isinstance(metrics, MetricsReport):
        again = f"Evaluate the model again: {_evaluate_command(folder.name)}."
        if isinstance(metadata, ModelMetadata) and (changed := _changed_files(metadata, metrics)):
            notes.append(f"The saved figures are of an earlier state of this model: {changed} has changed. {again}")
        if isinstance(predictions, pd.DataFrame) and not _agree(metrics, predictions):
            notes.append(f"The saved figures do not come from the saved predictions. {again}")
    return RunRecord(folder.name, metadata, history, metrics, predictions, explanations, tuple(notes))


def _changed_files(metadata: ModelMetadata, metrics: MetricsReport) -> str:
    return ", ".join(name for name, digest in sorted(metrics.files.items()) if metadata.files.get(name) != digest)


def _agree(metrics: MetricsReport, predictions: pd.DataFrame) -> bool:
    """Whether every confusion matrix is that of the predictions."""
    called = np.where(predictions["p_female"] >= CALLED_FEMALE_FROM, *LABELS)
    counted = predictions.groupby(["set", "split", "variant", "gender", called]).size().to_dict()
    saved = {
        (entry.set, entry.split, entry.variant, truth, label): count
        for entry in metrics.sets
        for truth, row in zip(LABELS, entry.metrics.confusion, strict=True)
        for label, count in zip(LABELS, row, strict=True)
        if count
    }
    return bool(counted == saved)


def _part(read: Callable[[], Part]) -> Part | RunError:
    try:
        return read()
    except RunError as error:
        return error


def _read_metadata(folder: Path) -> ModelMetadata:
    try:
        return ModelMetadata.load(folder)
    except ModelError as error:
        raise RunError("damaged" if (folder / METADATA_FILE).exists() else "missing", error.message) from error


def _read_metrics(path: Path) -> MetricsReport:
    try:
        return MetricsReport.from_json(json.loads(_read_text(path), parse_constant=_refuse_constant))
    except OtherSchema as error:
        newer = isinstance(error.found, int) and error.found > METRICS_SCHEMA
        again = f"python -m core evaluate {path.parent.name} --from-predictions"
        cure = "Update this program." if newer else f"Evaluate the model again: {again}."
        raise RunError("wrong_schema", f"{_named(path)} cannot be read: {error}. {cure}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        _damaged(path, f"{type(error).__name__}: {error}", error)


def _read_history(path: Path, notes: list[str]) -> pd.DataFrame:
    table = _read_table(path, HISTORY_COLUMNS)
    for column in HISTORY_COLUMNS:
        table[column] = pd.to_numeric(table[column], errors="coerce")
    usable = np.isfinite(table[list(HISTORY_COLUMNS)].to_numpy(dtype=np.float64)).all(axis=1)
    usable &= table["epoch"].to_numpy() >= 1
    table = _keep(path, table, usable, "epochs", notes).astype({"epoch": int})
    # A training that was stopped and gone on with may have written an epoch twice: the later one holds.
    return table.drop_duplicates("epoch", keep="last").sort_values("epoch", ignore_index=True)


def _read_predictions(path: Path, notes: list[str]) -> pd.DataFrame:
    table = _read_table(path, PREDICTION_COLUMNS)
    table = table.reindex(columns=list(dict.fromkeys([*table.columns, *FURTHER_ANSWERS, FACE_PX])), fill_value="")
    silent = {column: table[column] == "" for column in _SILENT}
    for column in (*_FLAGS, "p_female", *_SILENT, FACE_PX):
        table[column] = pd.to_numeric(table[column], errors="coerce")
    usable = table["p_female"].between(0, 1) & table["gender"].isin(LABELS)
    for column in _SILENT:
        usable &= table[column].between(0, 1) | silent[column]
    for column in _FLAGS:
        usable &= table[column].isin([0, 1])
    return _keep(path, table, usable.to_numpy(), "faces", notes).astype(dict.fromkeys(_FLAGS, int))


def _read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """A CSV as strings, with at least these columns and one row."""
    text = _read_text(path)
    try:
        # The missing cells of a line that was cut off are "" too, and found invalid later.
        table = pd.read_csv(StringIO(text), dtype=str, keep_default_na=False, index_col=False)
    except pd.errors.EmptyDataError as error:
        _damaged(path, "it is empty", error)
    except ValueError as error:
        _damaged(path, str(error), error)
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise RunError(
            "wrong_schema",
            f"{_named(path)} has no column {', '.join(missing)}: it was written by another version. {_cure(path)}",
        )
    if table.empty:
        _damaged(path, "it has no rows")
    return table


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RunError("missing", f"{_named(path)} is missing. {_cure(path)}") from error
    except (OSError, UnicodeDecodeError) as error:
        _damaged(path, str(error), error)


def _keep(path: Path, table: pd.DataFrame, usable: NDArray[np.bool_], things: str, notes: list[str]) -> pd.DataFrame:
    kept = int(np.count_nonzero(usable))
    if not kept:
        _damaged(path, f"none of its {len(table)} {things} has valid values")
    if kept < len(table):
        notes.append(
            f"{_named(path)}: {len(table) - kept} of {len(table)} {things} have invalid or missing values and are "
            "left out."
        )
    return table.loc[usable].reset_index(drop=True)


def _damaged(path: Path, what: str, cause: Exception | None = None) -> NoReturn:
    what = " ".join(what.split()).rstrip(".")
    raise RunError("damaged", f"{_named(path)} is damaged ({what}). {_cure(path)}") from cause


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _named(path: Path) -> str:
    return f"{path.name} of '{path.parent.name}'"


def _cure(path: Path) -> str:
    if path.name == HISTORY_FILE:
        return "The learning curves come back when the file is restored or the model is trained again."
    return f"Restore it, or evaluate the model again: {_evaluate_command(path.parent.name)}."


def _evaluate_command(name: str) -> str:
    return f"python -m core evaluate {name} --prepared FOLDER"
