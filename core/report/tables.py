"""Tables behind the report's charts: plain functions from figures to pandas."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from core.evaluation.answers import LABELS
from core.evaluation.groups import cell_name
from core.evaluation.intervals import Estimate
from core.evaluation.registry import MISSING, Metric, estimate_text, figure_text, interval_text
from core.evaluation.schema import HISTORY_COLUMNS, SetMetrics
from core.evaluation.test_sets import TEST, variant_title
from core.report.blocks import Table
from core.wording import counted as with_noun

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


def measure_by_set(sets: Sequence[SetMetrics], metric: Metric) -> pd.DataFrame:
    """One row a set that has the figure: name, variant, value, low and high (NaN: no interval), label, interval, n."""
    rows = []
    for entry in sets:
        estimate = entry.metrics[metric]
        if estimate.value is not None:
            rows.append(
                {
                    "name": entry.place.title,
                    "variant": variant_title(entry.variant),
                    "value": estimate.value,
                    "low": estimate.low,
                    "high": estimate.high,
                    "label": figure_text(estimate, metric),
                    "interval": interval_text(estimate, metric),
                    "n": entry.metrics.n,
                }
            )
    columns = ["name", "variant", "value", "low", "high", "label", "interval", "n"]
    return pd.DataFrame(rows, columns=columns).astype({"value": float, "low": float, "high": float})


def estimates_by_set(sets: Sequence[SetMetrics], metrics: Sequence[Metric], *, counted: bool = True) -> Table:
    """Figures with their intervals as texts, one row a set; they break between the two alone.

    Args:
        sets: The sets, in order.
        metrics: What the columns hold.
        counted: Whether faces, women and men have columns of their own, else the faces stand with the set's name.
    """
    rows = []
    for entry in sets:
        found, name = entry.metrics, entry.place.title
        row: dict[str, Any] = {"Test set": f"{name}, {with_noun(found.n, 'face')}"}
        if counted:
            row = {"set": name, "faces": found.n, "women": found.n_female, "men": found.n_male}
            row["not found"] = entry.not_found
        rows.append(
            row | {metric.title if counted else metric.heading: _estimate(found[metric], metric) for metric in metrics}
        )
    table = pd.DataFrame(rows)
    return Table("Figures of every test set", table, right=[str(name) for name in table.columns[1:]])


def _estimate(estimate: Estimate, metric: Metric) -> str:
    return estimate_text(estimate, metric).replace(" ", "\u00a0").replace("\u00a0(", " (", 1)


def worst_set(sets: Sequence[SetMetrics], measure: str) -> SetMetrics | None:
    """The test set with the lowest figure; None where no test set has it."""
    having = [entry for entry in sets if entry.split == TEST and entry.metrics[measure].value is not None]
    return min(having, key=lambda entry: entry.metrics[measure].value or 0.0, default=None)


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
