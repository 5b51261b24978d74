"""A saved run: metadata, history, metrics and predictions of a model folder.

Each part is read by itself. A part that is missing, damaged or of another schema becomes a
`RunError` whose message can be shown; the other parts stand.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import NoReturn, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import ModelError, RunError
from core.evaluation.answers import CALLED_FEMALE_FROM, LABELS
from core.evaluation.explanations import ExplanationReport, changed_files, read_explanations
from core.evaluation.schema import (
    FACE_PX,
    HISTORY_COLUMNS,
    HISTORY_FILE,
    METRICS_FILE,
    METRICS_SCHEMA,
    PREDICTION_COLUMNS,
    PREDICTIONS_FILE,
    MetricsReport,
    OtherSchema,
)
from core.heads import FURTHER_ANSWERS, PROBABILITIES
from core.model.metadata import FILE_NAME as METADATA_FILE
from core.model.metadata import ModelMetadata, folders_with
from core.strict_json import is_integer, parse_json, read_plain

Part = TypeVar("Part")
_LONGEST_NUMBER = 40
_MAX_BYTES = 256 * 2**20
_LAST_EPOCH, _LARGEST = 1_000_000, 1e12  # no training comes near; charts cannot be drawn far beyond
_FLAGS = ("masked", "found")
_SILENT = PROBABILITIES[1:]  # what not every model gives


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
    return folders_with(Path(models_dir), METADATA_FILE, METRICS_FILE)


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
        if isinstance(metadata, ModelMetadata) and (changed := changed_files(metrics.files, metadata.files)):
            notes.append(f"The saved figures are of an earlier state of this model: {changed} has changed. {again}")
        if isinstance(predictions, pd.DataFrame) and not _agree(metrics, predictions):
            notes.append(f"The saved figures do not come from the saved predictions. {again}")
    return RunRecord(folder.name, metadata, history, metrics, predictions, explanations, tuple(notes))


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
        return MetricsReport.from_json(parse_json(_read_text(path)))
    except OtherSchema as error:
        newer = is_integer(error.found) and error.found > METRICS_SCHEMA
        again = f"python -m core evaluate {path.parent.name} --from-predictions"
        cure = "Update this program." if newer else f"Evaluate the model again: {again}."
        raise RunError("wrong_schema", f"{_named(path)} cannot be read: {error}. {cure}") from error
    except (ValueError, KeyError) as error:
        _damaged(path, f"{type(error).__name__}: {error}", error)


def _read_history(path: Path, notes: list[str]) -> pd.DataFrame:
    table = _read_table(path, HISTORY_COLUMNS)
    for column in HISTORY_COLUMNS:
        table[column] = _numbers(table[column])
    values = table[list(HISTORY_COLUMNS)].to_numpy()
    usable = (np.abs(values) <= _LARGEST).all(axis=1)  # NaN is not
    usable &= (values[:, 0] >= 1) & (values[:, 0] <= _LAST_EPOCH) & (values[:, 0] % 1 == 0)
    table = _keep(path, table, usable, "epochs", notes).astype({"epoch": int})
    # A training that was stopped and gone on with may have written an epoch twice: the later one holds.
    return table.drop_duplicates("epoch", keep="last").sort_values("epoch", ignore_index=True)


def _read_predictions(path: Path, notes: list[str]) -> pd.DataFrame:
    table = _read_table(path, PREDICTION_COLUMNS)
    table = table.reindex(columns=list(dict.fromkeys([*table.columns, *FURTHER_ANSWERS, FACE_PX])), fill_value="")
    silent = {column: table[column] == "" for column in _SILENT}
    for column in (*_FLAGS, "p_female", *_SILENT, FACE_PX):
        table[column] = _numbers(table[column])
    usable = table["p_female"].between(0, 1) & table["gender"].isin(LABELS)
    for column in _SILENT:
        usable &= table[column].between(0, 1) | silent[column]
    for column in _FLAGS:
        usable &= table[column].isin([0, 1])
    return _keep(path, table, usable.to_numpy(), "faces", notes).astype(dict.fromkeys(_FLAGS, int))


def _numbers(texts: "pd.Series[str]") -> "pd.Series[float]":
    """Texts as finite floats, NaN where one is none; to pandas 400 digits are a number, too large for a float."""
    numbers = pd.to_numeric(texts.where(texts.str.len() <= _LONGEST_NUMBER, ""), errors="coerce").astype(np.float64)
    return numbers.where(np.isfinite(numbers))


def _read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """A CSV as strings, with at least these columns and one row."""
    text = _read_text(path)
    try:
        header, *rows = [row for row in csv.reader(StringIO(text), strict=True) if row] or [[]]
    except csv.Error as error:
        _damaged(path, str(error), error)
    if not header:
        _damaged(path, "it is empty")
    if len(set(header)) < len(header):
        _damaged(path, "two of its columns have one name")
    if any(len(row) > len(header) for row in rows):
        _damaged(path, "a line of it has more cells than there are columns")
    # The missing cells of a line that was cut off are "" too, and found invalid later.
    cells = [row + [""] * (len(header) - len(row)) for row in rows]
    table = pd.DataFrame(cells, columns=header, dtype=str)
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
        data = read_plain(path, _MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            _damaged(path, f"it is larger than {_MAX_BYTES // 2**20} MB")
        return data.decode("utf-8-sig").replace("\r\n", "\n")
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


def _named(path: Path) -> str:
    return f"{path.name} of '{path.parent.name}'"


def _cure(path: Path) -> str:
    if path.name == HISTORY_FILE:
        return "The learning curves come back when the file is restored or the model is trained again."
    return f"Restore it, or evaluate the model again: {_evaluate_command(path.parent.name)}."


def _evaluate_command(name: str) -> str:
    return f"python -m core evaluate {name} --prepared FOLDER"
