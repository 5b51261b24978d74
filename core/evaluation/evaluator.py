"""Tests a model on prepared faces: one prediction a face, and the figures of every set, also again from those saved.

Test faces are judged in every variant that was prepared (bare, drawn, held-out, real masks),
validation faces in all but the held-out masks. The crops are those that `core.data.preparation` cut with the
app's own detector and crop, and the answers come from the engine that serves the app.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.data.prepared import BARE, DRAWN, REAL, Prepared, Selection
from core.errors import DatasetError, ModelError, RunError
from core.evaluation.answers import LABELS
from core.evaluation.intervals import INTERVAL_METHOD
from core.evaluation.metrics import measure_frame
from core.evaluation.outcomes import measure_outcomes
from core.evaluation.runs import RunRecord, load_run
from core.evaluation.schema import (
    FACE_PX,
    METRICS_FILE,
    PREDICTION_COLUMNS,
    PREDICTIONS_FILE,
    MetricsReport,
    SetMetrics,
)
from core.evaluation.test_sets import TEST
from core.files import write_text
from core.heads import FURTHER_ANSWERS, PROBABILITIES, Thresholds
from core.model.calibration import predictions_of
from core.model.loaded import LoadedModel
from core.model.metadata import ModelMetadata
from core.results import Prediction
from core.settings import CropRecipe
from core.strict_json import json_object, read_json, strings

# Rounded before anything is measured, so that the saved predictions give exactly the saved figures.
DECIMALS = 6
BATCH = 256
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """The outcome of testing one model.

    Attributes:
        predictions: One row a face, columns `PREDICTION_COLUMNS`, `FURTHER_ANSWERS` and `FACE_PX`, in the
            order of the prepared sets.
        metrics: The figures of every set, split and variant.
        unlabelled: Faces that were left out because their gender is not known.
    """

    predictions: pd.DataFrame
    metrics: MetricsReport
    unlabelled: int = 0

    def save(self, folder: Path) -> None:
        """Write predictions.csv and then metrics.json into a model's folder, each whole or not at all.

        Raises:
            OutputError: `disk_full` or `not_writable`.
        """
        write_text(folder / PREDICTIONS_FILE, self.predictions.to_csv(index=False, lineterminator="\n"))
        save_report(self.metrics, folder)


def evaluate(model: LoadedModel, prepared: Prepared, progress: Progress | None = None) -> Evaluation:
    """Test a model on the test and validation faces of a prepared folder.

    The same model and folder give the same answer every time, but for the time in `created`.

    Args:
        model: The model; its metadata's threshold decides what counts as answered.
        prepared: Crops cut by the model's own recipe.
        progress: Called with the number of faces done and their total.

    Raises:
        DatasetError: `not_prepared` if the crops were cut by another recipe, `no_pictures` if there
            is no test or validation face with a gender.
        ModelError: `not_loadable` if the model cannot answer.
    """
    check_recipe(prepared, model.metadata.crop, model.metadata.name)
    selections = _selections(prepared)
    total = sum(len(selection) for selection in selections)
    answers: list[Prediction] = []
    done = 0
    for selection in selections:
        for crops in selection.batches(BATCH):
            answers += _answer(model, crops)
            done += len(crops)
            if progress is not None:
                progress(done, total)
    faces = pd.concat([selection.index for selection in selections], ignore_index=True)
    faces[FACE_PX] = np.minimum(faces["right"] - faces["left"], faces["bottom"] - faces["top"]).round(1)
    predictions = pd.concat([faces, _columns(answers)], axis=1)[[*PREDICTION_COLUMNS, *FURTHER_ANSWERS, FACE_PX]]
    predictions = predictions[predictions["gender"].isin(LABELS)].reset_index(drop=True)
    if predictions.empty:
        raise DatasetError("no_pictures", f"No face in {prepared.folder} is labelled female or male.")
    metadata = model.metadata
    report = make_report(predictions, metadata.name, metadata.thresholds, metadata.files)
    return Evaluation(predictions, report, total - len(predictions))


def check_recipe(prepared: Prepared, crop: CropRecipe, name: str) -> None:
    """Make sure that crops were cut as the model needs them.

    Raises:
        DatasetError: `not_prepared`, with the options that prepare the right ones.
    """
    if prepared.crop == crop:
        return
    raise DatasetError(
        "not_prepared",
        f"{prepared.folder} holds crops of {_words(prepared.crop)}, but the model '{name}' takes {_words(crop)}. "
        f"Prepare others: python -m core prepare SOURCE... {crop.options} --output OTHER_FOLDER",
    )


def make_report(
    predictions: pd.DataFrame, model: str, thresholds: Thresholds, files: Mapping[str, str]
) -> MetricsReport:
    """The figures of every set, split and variant.

    Args:
        predictions: Rows of predictions.csv.
        model: Name of the model.
        thresholds: From which probabilities on the model answers.
        files: sha256 of the model's files that gave the predictions, by name.
    """
    sets = []
    for place, rows in predictions.groupby(["set", "split", "variant"], sort=False):
        name, split, variant = (str(part) for part in place)
        figures = measure_frame(rows, thresholds.gender, thresholds.child)
        not_found = int((rows["found"] == 0).sum())
        sets.append(SetMetrics(name, split, variant, not_found, figures))
    sets.sort(key=lambda entry: entry.test_set.rank)
    measured = {(entry.set, entry.variant): entry.metrics for entry in sets if entry.split == TEST}
    return MetricsReport(
        model=model,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        threshold=thresholds.gender,
        child_threshold=thresholds.child,
        interval=INTERVAL_METHOD,
        sets=tuple(sets),
        files=dict(files),
        goals=measure_outcomes(predictions, thresholds, measured),
    )


def tested(run: RunRecord) -> tuple[ModelMetadata, pd.DataFrame]:
    """Metadata and predictions of a run that was tested.

    Raises:
        RunError: If one of them is missing, damaged or of another version.
    """
    if isinstance(run.metadata, RunError):
        raise run.metadata
    if isinstance(run.predictions, RunError):
        raise run.predictions
    return run.metadata, run.predictions


def measure_again(folder: Path) -> tuple[MetricsReport, tuple[str, ...]]:
    """The figures of a model folder anew from its predictions.csv; neither faces nor the model are asked.

    Returns:
        The report, and notes about rows that were left out.

    Raises:
        RunError: If predictions.csv or metadata.json is missing, damaged or of another version.
    """
    run = load_run(folder)
    metadata, predictions = tested(run)
    # Only the former document knows which state of the model gave the predictions.
    report = make_report(predictions, run.name, metadata.thresholds, _former_files(folder / METRICS_FILE))
    return report, tuple(note for note in run.notes if PREDICTIONS_FILE in note)


def save_report(report: MetricsReport, folder: Path) -> None:
    """Write metrics.json into a model's folder, whole or not at all.

    Raises:
        OutputError: `disk_full` or `not_writable`.
    """
    document = json.dumps(report.to_json(), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(folder / METRICS_FILE, f"{document}\n")


def _words(crop: CropRecipe) -> str:
    return f"{crop.size} px, margin {crop.margin}, padding {crop.padding}"


def _selections(prepared: Prepared) -> list[Selection]:
    found = []
    for split, variants in (("test", None), ("val", (BARE, DRAWN, REAL))):
        try:
            found.append(prepared.select(splits=(split,), variants=variants))
        except DatasetError as error:
            if error.code != "no_pictures":
                raise
    if not found:
        raise DatasetError("no_pictures", f"{prepared.folder} holds no test and no validation faces.")
    return found


def _answer(model: LoadedModel, crops: NDArray[np.uint8]) -> list[Prediction]:
    try:
        return predictions_of(model.answer(crops), model.metadata.heads)
    except ValueError as error:
        raise ModelError(
            "not_loadable", f"The model '{model.metadata.name}' cannot answer the prepared crops: {error}."
        ) from error


def _columns(answers: list[Prediction]) -> pd.DataFrame:
    """One row a face: rounded probabilities, NaN or "" where the model does not say."""
    answered = pd.DataFrame(answers)
    words = [column for column in answered.columns if column not in PROBABILITIES]
    return answered.fillna(dict.fromkeys(words, "")).astype(dict.fromkeys(PROBABILITIES, float)).round(DECIMALS)


def _former_files(path: Path) -> dict[str, str]:
    """The digests in a metrics.json of any schema; empty where there are none to be read."""
    try:
        return strings(json_object(read_json(path), "the document")["files"], "files")
    except (OSError, ValueError, KeyError):
        return {}
