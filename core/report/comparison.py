"""Tables behind the page that compares models: plain functions from comparisons to pandas."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pandas as pd

from core.evaluation.comparison import BETTER, TIE, WORSE, Agreement, Comparison, PairedFigure, SideBySide
from core.evaluation.intervals import Estimate
from core.evaluation.registry import METRICS, MISSING, Metric, Shown, estimate_text, figure_text
from core.evaluation.speed import FILES, Speed

_OF_DIFFERENCES = ("figure", "difference", "95 % interval", "verdict")
UNCERTAIN = "cannot be told"
VERDICTS = {TIE: "a tie", BETTER: "better", WORSE: "worse", "": UNCERTAIN}
MEASURE_COMMAND = "python -m core benchmark --save"


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
        Columns name, balanced (per cent), litert_ms, int8_ms, litert_mb, int8_mb; NaN where there is none.
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
        rows.append(row)
    columns = ["name", "balanced", *FILES, *(key.replace("_ms", "_mb") for key in FILES)]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[1:], float))


def _with_interval(metric: Metric, estimate: Estimate) -> str:
    return MISSING if estimate.value is None else estimate_text(estimate, metric).replace("-", "\u2212")


def _value(metric: Metric, value: float | None) -> str:
    return MISSING if value is None else figure_text(Estimate(value, reason="shown with the difference"), metric)
