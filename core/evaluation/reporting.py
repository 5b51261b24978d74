"""From predictions to metrics.json: after testing a model, or again from what was saved then."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from core.errors import RunError
from core.evaluation.intervals import INTERVAL_METHOD
from core.evaluation.metrics import measure_frame
from core.evaluation.outcomes import measure_outcomes
from core.evaluation.runs import RunRecord, load_run
from core.evaluation.schema import METRICS_FILE, PREDICTIONS_FILE, MetricsReport, SetMetrics
from core.evaluation.test_sets import TEST
from core.files import write_text
from core.heads import Thresholds
from core.model.metadata import ModelMetadata
from core.strict_json import read_json, strings, table


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
    sets.sort(key=lambda entry: entry.place.rank)
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


def _former_files(path: Path) -> dict[str, str]:
    """The digests in a metrics.json of any schema; empty where there are none to be read."""
    try:
        return strings(table(read_json(path), "the document")["files"], "files")
    except (OSError, ValueError, KeyError):
        return {}
