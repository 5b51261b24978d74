"""Tables behind the report's charts: plain functions from figures to pandas."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from core.evaluation.groups import cell_name
from core.evaluation.metrics import LABELS
from core.evaluation.names import MEASURE_NAMES, MISSING, TEST, figure_text, interval_text, set_name, variant_name
from core.evaluation.schema import HISTORY_COLUMNS, SetMetrics

# What trainings write of a validation beside the gender of masked faces, as people read it.
_FURTHER = {
    "val_balanced": "balanced accuracy",
    "val_bare": "accuracy, bare faces",
    "val_mask": "mask worn or not",
    "val_age": "age band",
}
_MOST_CURVES = 5


def confusion_cells(counts: Sequence[Sequence[int]], answers: Sequence[str] = LABELS) -> pd.DataFrame:
    """The cells of a confusion matrix.

    Args:
        counts: A row for those labelled female and one for male, a column an answer.
        answers: Names of the columns; the diagonal is called recall only where there are two.

    Returns:
        A row a cell: truth, answer, count, share (of the row; NaN for an empty row), text of the share.
    """
    rows: list[dict[str, Any]] = []
    for truth, line in zip(LABELS, counts, strict=True):
        for answer, count in zip(answers, line, strict=True):
            share = count / sum(line) if sum(line) else float("nan")
            words = f"{100 * share:.1f} %" if sum(line) else MISSING
            text = f"recall {words}" if truth == answer and len(answers) == len(LABELS) else words
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


def group_cells(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of `core.evaluation.groups.by_group` with `name` and `label` for a chart."""
    names = [cell_name(cell) for _, cell in table.iterrows()]
    labels = [f"{100 * recall:.1f} % of {n:,}" for recall, n in zip(table["recall"], table["n"], strict=True)]
    return table.assign(name=names, label=labels)


def further_figures(history: pd.DataFrame) -> tuple[pd.DataFrame, Mapping[str, str]]:
    """What a history holds of validation shares beyond `HISTORY_COLUMNS`.

    Returns:
        The history with those columns as numbers (NaN where an epoch has none), and their names:
        column by what people read. Columns that are no shares in [0, 1] are left as they are.
    """
    numbers: dict[str, pd.Series] = {}
    for column in history.columns:
        if str(column).startswith("val_") and column not in HISTORY_COLUMNS and len(numbers) < _MOST_CURVES:
            values = pd.to_numeric(history[column], errors="coerce").astype(float)
            if values.notna().any() and values.dropna().between(0, 1).all():
                numbers[str(column)] = values
    names = {_FURTHER.get(column, column.removeprefix("val_").replace("_", " ")): column for column in numbers}
    return history.assign(**numbers), names


def in_percent(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Shares as per cent, rounded as the page's cards are: the browser would round 86.25 otherwise."""
    return table.assign(**{column: (100 * table[column]).round(1) for column in columns})
