"""Tables behind the charts of the report and of comparisons: plain functions from figures to pandas."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from core.evaluation.answers import LABELS
from core.evaluation.comparison import BETTER, TIE, WORSE, Agreement, Comparison, PairedFigure, SideBySide
from core.evaluation.groups import cell_name
from core.evaluation.intervals import Estimate
from core.evaluation.registry import METRICS, MISSING, Metric, Shown, estimate_text, figure_text, interval_text
from core.evaluation.schema import HISTORY_COLUMNS, SetMetrics
from core.evaluation.speed import FILES, Speed
from core.evaluation.test_sets import TEST, variant_title
from core.report.blocks import Table
from core.wording import counted as with_noun

# What trainings write of every epoch, as people read it, and what that means where the name does not say it.
_HISTORY = {
    "loss": ("training loss", ""),
    "accuracy": ("training accuracy", ""),
    "val_loss": ("validation loss", "how far the probabilities are from the labels (cross-entropy); lower is better"),
    "val_accuracy": ("validation accuracy", "share of masked validation faces whose gender is called right"),
    "learning_rate": ("learning rate", "how far one step may move the weights"),
    "val_balanced": ("balanced accuracy", "mean of the shares of women and of men called right, masked faces"),
    "val_gap": ("women minus men", "difference of those two shares"),
    "val_real": ("real masks", "balanced accuracy on faces in real masks"),
    "val_real_auc": ("ROC AUC, real masks", "how well women rank above men there; 0.5 is guessing, 1 perfect"),
    "val_drawn": ("drawn masks", "balanced accuracy on faces with drawn masks"),
    "val_drawn_auc": ("ROC AUC, drawn masks", "the same there"),
    "val_bare": ("bare faces", "accuracy of gender on faces without a mask"),
    "val_mask": ("mask worn or not", "accuracy of that answer"),
    "val_age": ("age band", "accuracy of that answer"),
}
_MOST_CURVES = 5
_OF_DIFFERENCES = ("figure", "difference", "95 % interval", "verdict")
UNCERTAIN = "undetermined"
VERDICTS = {TIE: "a tie", BETTER: "better", WORSE: "worse", "": UNCERTAIN}
MEASURE_COMMAND = "python -m core benchmark --save"


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
                    "name": entry.test_set.title,
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
        found, name = entry.metrics, entry.test_set.title
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
        column by what people read. Columns that are no shares of faces are left as they are.
    """
    numbers: dict[str, pd.Series] = {}
    for column in history.columns:
        is_share = str(column).startswith("val_") and not str(column).endswith(("_auc", "_gap"))
        if is_share and column not in HISTORY_COLUMNS and len(numbers) < _MOST_CURVES:
            values = pd.to_numeric(history[column], errors="coerce").astype(float)
            if values.notna().any() and values.dropna().between(0, 1).all():
                numbers[str(column)] = values
    return history.assign(**numbers), {history_name(column): column for column in numbers}


def every_epoch(history: pd.DataFrame, further: Mapping[str, str]) -> tuple[Table, dict[str, str]]:
    """A history as `further_figures` gives it with the names, as a table, and what its columns mean, by name."""
    forms = {"loss": "%.4f", "val_loss": "%.4f", "learning_rate": "%.2e"}
    names = {str(column): history_name(str(column)) for column in history.columns}
    shares = ("accuracy", "val_accuracy", *further.values())
    meanings = {name: _HISTORY[column][1] for column, name in names.items() if _HISTORY.get(column, ("", ""))[1]}
    return Table("Every epoch", history, names, shares, forms, folded=True), meanings


def history_name(column: str) -> str:
    """What people read for a column of a history."""
    return _HISTORY[column][0] if column in _HISTORY else column.removeprefix("val_").replace("_", " ")


def figures_table(side: SideBySide) -> pd.DataFrame:
    """A row a figure, a column a contender: the figure with its interval; a dash where it cannot be told."""
    columns: dict[str, list[str]] = {"figure": [metric.heading for metric in METRICS]}
    for contender, figures in zip(side.contenders, side.figures, strict=True):
        columns[_heading(contender.name, columns)] = [
            _with_interval(metric, figures[metric]) if metric in contender.metrics else MISSING for metric in METRICS
        ]
    return pd.DataFrame(columns)


def differences_table(comparison: Comparison) -> pd.DataFrame:
    """A row a figure: that of the first, of the other, their difference with interval, and who is better."""
    first = _heading(comparison.first, _OF_DIFFERENCES)
    other = _heading(comparison.other, (*_OF_DIFFERENCES, first))
    rows = [
        (
            figure.metric.heading,
            _value(figure.metric, figure.first),
            _value(figure.metric, figure.other),
            difference_text(figure),
            difference_interval(figure),
            VERDICTS[figure.verdict],
        )
        for figure in comparison.figures
    ]
    head, *tail = _OF_DIFFERENCES
    return pd.DataFrame(rows, columns=[head, first, other, *tail])


def _heading(name: str, taken: Collection[str]) -> str:
    """A contender's name as that of a column: a model may be called "figure"."""
    while name in taken:
        name = f"{name} (model)"
    return name


def drawn_differences(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """A row for each contender and share of the few that there is room for, where it has a difference.

    Returns:
        Columns name, figure, value, low, high (points of per cent; NaN: no interval), label,
        interval and verdict.
    """
    rows = []
    for comparison in comparisons:
        for figure in _drawable(comparison):
            ends = (figure.difference.value, figure.difference.low, figure.difference.high)
            value, low, high = (float("nan") if end is None else 100 * end for end in ends)
            texts = difference_text(figure), difference_interval(figure), VERDICTS[figure.verdict]
            rows.append((comparison.other, figure.metric.title, value, low, high, *texts))
    columns = ["name", "figure", "value", "low", "high", "label", "interval", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def _drawable(comparison: Comparison) -> list[PairedFigure]:
    few = [found for found in comparison.figures if Shown.LINE in found.metric.shown]
    return [found for found in few if found.difference.value is not None]


def difference_text(figure: PairedFigure) -> str:
    """A difference with its sign, such as "+1.3 points"; a dash where there is none."""
    value = figure.difference.value
    if value is None:
        return MISSING
    text = f"{value:+.3f}" if figure.metric.is_number else f"{100 * value:+.1f} points"
    return text.replace("-", "\u2212")


def difference_interval(figure: PairedFigure) -> str:
    """The interval of a difference, in the same unit, or why there is none."""
    low, high = figure.difference.low, figure.difference.high
    if low is None or high is None:
        return f"no interval: {figure.difference.reason}"
    ends = f"{low:+.3f} to {high:+.3f}" if figure.metric.is_number else f"{100 * low:+.1f} to {100 * high:+.1f}"
    return ends.replace("-", "\u2212")


def agreement_cells(counts: Agreement) -> pd.DataFrame:
    """The matrix of who is right, a row a cell: first and other ("right", "wrong"), count, share of all, text."""
    numbers = (counts.both, counts.only_first, counts.only_other, counts.neither)
    cells = [(first, other) for first in ("right", "wrong") for other in ("right", "wrong")]
    table = pd.DataFrame(cells, columns=["first", "other"]).assign(count=numbers)
    total = sum(numbers)
    table["share"] = table["count"] / total if total else float("nan")
    table["text"] = [f"{100 * share:.1f} % of all" if total else MISSING for share in table["share"]]
    return table


def speed_and_size(side: SideBySide, folders: Mapping[str, Path], speeds: Mapping[str, Speed | None]) -> pd.DataFrame:
    """A row a model: accuracy on these faces, milliseconds a face on one core, and megabytes of its files.

    Args:
        side: What is compared; contenders without a folder, which peers are, are passed over.
        folders: Folders of the models by name.
        speeds: What was measured of each; None where nothing was.

    Returns:
        Columns name, balanced (per cent), litert_ms, int8_ms, litert_mb, int8_mb, served_ms; NaN where there is none.
    """
    rows = []
    for contender, figures in zip(side.contenders, side.figures, strict=True):
        if contender.name not in folders:
            continue
        speed, value = speeds.get(contender.name), figures.balanced_accuracy.value
        row: dict[str, object] = {"name": contender.name, "balanced": None if value is None else 100 * value}
        for key, file in FILES.items():
            path = folders[contender.name] / file
            row[key] = None if speed is None else getattr(speed, key)
            row[key.replace("_ms", "_mb")] = path.stat().st_size / 1e6 if path.is_file() else None
        row["served_ms"] = None if speed is None else speed.served_ms
        rows.append(row)
    columns = ["name", "balanced", *FILES, *(key.replace("_ms", "_mb") for key in FILES), "served_ms"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[1:], float))


def _with_interval(metric: Metric, estimate: Estimate) -> str:
    return MISSING if estimate.value is None else estimate_text(estimate, metric).replace("-", "\u2212")


def _value(metric: Metric, value: float | None) -> str:
    return MISSING if value is None else figure_text(Estimate(value, reason="shown with the difference"), metric)
