"""Tables behind the report's charts and lists: plain functions from saved figures to pandas."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from core.evaluation.metrics import LABELS, MetricSet
from core.evaluation.names import MEASURE_NAMES, MISSING, TEST, figure_text, interval_text, set_name, variant_name
from core.evaluation.schema import SetMetrics
from core.evaluation.training_record import crop_counts, dropped_counts, training_facts
from core.metadata import ModelMetadata

# Kept in a table of its own, or in the head of the page.
_NOT_LISTED = ("data", "dropped")
_DIGEST = re.compile(r"[0-9a-f]{40,}")


def confusion_cells(metrics: MetricSet) -> pd.DataFrame:
    """One row a cell: truth, answer, count, share (of the row; NaN for an empty row), text of the share."""
    rows: list[dict[str, Any]] = []
    for truth, line in zip(LABELS, metrics.confusion, strict=True):
        for answer, count in zip(LABELS, line, strict=True):
            share = count / sum(line) if sum(line) else float("nan")
            words = f"{100 * share:.1f} %" if sum(line) else MISSING
            text = f"recall {words}" if truth == answer else words
            rows.append({"truth": truth, "answer": answer, "count": count, "share": share, "text": text})
    return pd.DataFrame(rows)


def measure_by_set(sets: Sequence[SetMetrics], measure: str) -> pd.DataFrame:
    """One row a set that has the figure: name, variant, value, low and high (NaN: no interval), label, interval, n."""
    rows = []
    for entry in sets:
        estimate = getattr(entry.metrics, measure)
        if estimate.value is not None:
            rows.append(
                {
                    "name": set_name(entry.set, entry.variant, entry.split),
                    "variant": variant_name(entry.variant),
                    "value": estimate.value,
                    "low": estimate.low,
                    "high": estimate.high,
                    "label": figure_text(measure, estimate),
                    "interval": interval_text(measure, estimate),
                    "n": entry.metrics.n,
                }
            )
    columns = ["name", "variant", "value", "low", "high", "label", "interval", "n"]
    return pd.DataFrame(rows, columns=columns).astype({"value": float, "low": float, "high": float})


def figures_by_set(sets: Sequence[SetMetrics]) -> pd.DataFrame:
    """All figures of all sets for reading: one row a set; shares in per cent; NaN where there is none."""
    rows = []
    for entry in sets:
        row: dict[str, Any] = {
            "set": set_name(entry.set, entry.variant, entry.split),
            "faces": entry.metrics.n,
            "women": entry.metrics.n_female,
            "men": entry.metrics.n_male,
            "not found": entry.not_found,
        }
        for measure, name in MEASURE_NAMES.items():
            estimate = getattr(entry.metrics, measure)
            # Rounded here, as `figure_text` does: the browser would round 86.25 to another figure than the cards show.
            scale, digits = (1.0, 3) if measure == "roc_auc" else (100.0, 1)
            row[name] = float("nan") if estimate.value is None else round(scale * estimate.value, digits)
            row[f"{name}: 95 % interval"] = interval_text(measure, estimate)
        rows.append(row)
    return pd.DataFrame(rows)


def worst_set(sets: Sequence[SetMetrics], measure: str) -> SetMetrics | None:
    """The test set with the lowest figure; None where no test set has it."""
    having = [entry for entry in sets if entry.split == TEST and getattr(entry.metrics, measure).value is not None]
    return min(having, key=lambda entry: getattr(entry.metrics, measure).value, default=None)


def data_counts(metadata: ModelMetadata) -> pd.DataFrame:
    """Crops that the training used: one row for each set, split and variant; empty if not recorded."""
    rows = [(name, split, variant_name(variant), crops) for name, split, variant, crops in crop_counts(metadata)]
    return pd.DataFrame(rows, columns=["set", "split", "faces", "crops"])


def dropped_files(metadata: ModelMetadata) -> pd.DataFrame:
    """Files that were left out before training, by set and reason; empty if none or not recorded."""
    rows = [(name, reason.replace("_", " "), files) for name, reason, files in dropped_counts(metadata)]
    return pd.DataFrame(rows, columns=["set", "reason", "files"])


def model_facts(metadata: ModelMetadata) -> dict[str, str]:
    """Settings, versions and duration as pairs of name and text, in the order of reading."""
    training = training_facts(metadata)
    facts = {"network": metadata.network, "trained": when(metadata.created) if metadata.created else MISSING}
    if isinstance(training.get("seconds"), int | float):
        facts["duration"] = duration(float(training["seconds"]))
    crop = metadata.crop
    facts["input"] = f"{crop.size} by {crop.size} pixels, {crop.margin:g} times the face box, padding {crop.padding}"
    facts["answers from"] = f"{100 * metadata.threshold:.0f} % confidence (default)"
    for name, head in metadata.heads.items():
        facts[f"head {name}"] = f"{', '.join(head.labels)}; temperature {head.temperature:g}"
    listed = {key: value for key, value in training.items() if key not in (*_NOT_LISTED, "seconds")}
    facts |= {name: _text(value) for name, value in _flat(listed)}
    return facts | {f"version of {name}": version for name, version in metadata.versions.items()}


def _flat(values: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves of nested dictionaries, named by their way, such as "augmentation: zoom"."""
    for key, value in values.items():
        name = f"{above}{key.replace('_', ' ')}"
        if isinstance(value, dict):
            # "settings" says nothing beside what it holds.
            yield from _flat(value, "" if key == "settings" else f"{name}: ")
        else:
            yield name, value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value) or MISSING
    if value is None:
        return MISSING
    text = str(value)
    return f"{text[:12]} …" if _DIGEST.fullmatch(text) else text


def duration(seconds: float) -> str:
    """A time span in words, such as "1 h 23 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def when(created: str) -> str:
    """An ISO 8601 time in words; what is no such time is shown as it is."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return created
    zone = " UTC" if moment.utcoffset() is not None and not moment.utcoffset() else ""
    return f"{moment.day} {moment:%B %Y, %H:%M}{zone}"
