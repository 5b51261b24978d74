"""How a training went, epoch by epoch."""

import math
from collections.abc import Mapping
from typing import Any, cast

import altair as alt
import numpy as np
import pandas as pd

from core.report.charts import palette
from core.report.charts.base import (
    either,
    finish,
    legend_of,
    looks_of,
    marked_line,
    nearest_on,
    share_format,
    whole_axis,
)
from core.wording import counted

_MOST_EPOCHS = 1000
TRAINING, VALIDATION = "training", "validation"
_LOOKS = (
    (palette.VERMILION, [5, 3]),
    (palette.BLUE, [1, 0]),
    (palette.GREEN, [8, 3, 2, 3]),
    (palette.PURPLE, [2, 2]),
    (palette.GREY, [10, 4]),
)


def learning_curve(history: pd.DataFrame, measure: str, best_epoch: int | None) -> alt.LayerChart:
    """Training and validation by epoch, with the values of both under the pointer.

    Args:
        history: One row an epoch, finite: columns epoch, `measure`, val_`measure`, learning_rate.
        measure: "accuracy" (a share, shown in per cent) or "loss".
        best_epoch: The epoch to mark, or None.
    """
    series = {TRAINING: measure, VALIDATION: f"val_{measure}"}
    return _by_epoch(history, measure.capitalize(), series, best_epoch, share=measure == "accuracy")


def further_curves(history: pd.DataFrame, series: Mapping[str, str], best_epoch: int | None) -> alt.LayerChart:
    """Further shares of the validation by epoch, in per cent.

    Args:
        history: One row an epoch; NaN where an epoch has no value.
        series: Columns to draw by the names to give them, five at most.
        best_epoch: The epoch to mark, or None.
    """
    return _by_epoch(history, "Further validation figures", series, best_epoch, share=True)


def learning_rate(history: pd.DataFrame, best_epoch: int | None) -> alt.LayerChart:
    """The learning rate by epoch."""
    return _by_epoch(history, "Learning rate", {"learning rate": "learning_rate"}, best_epoch, share=False)


def _by_epoch(
    history: pd.DataFrame, title: str, series: Mapping[str, str], best_epoch: int | None, *, share: bool
) -> alt.LayerChart:
    """One line a column, the best epoch, and all values of an epoch under the pointer."""
    looks = dict(zip(series, _LOOKS if len(series) > 1 else _LOOKS[1:], strict=False))
    drawn = _thinned(history, best_epoch)
    long = drawn.rename(columns={column: name for name, column in series.items()})
    long = long.melt("epoch", list(series), var_name="part", value_name="value").dropna()
    first, last = int(history["epoch"].min()), int(history["epoch"].max())
    span = _value_range(long["value"], 1.0 if share else math.inf)
    if "learning_rate" in series.values():
        span = [0.0, span[1]]
    base = alt.Chart(long).encode(
        x=_epochs(first, last),
        y=alt.Y(
            "value:Q",
            title=None,
            scale=alt.Scale(domain=span, nice=False),
            axis=alt.Axis(format=share_format(span) if share else "", tickCount=5),
        ),
    )
    colour, dash = looks_of("part", looks, legend_of(len(series)), alt.StrokeDash)
    line = base.mark_line(strokeWidth=2).encode(color=colour, strokeDash=dash)
    points = base.mark_point(size=28, filled=True, opacity=1).encode(color=_point_colour(looks))
    layers = [line, points]
    if best_epoch is not None:
        in_right_half = best_epoch > (first + last) / 2
        layers += marked_line("epoch", best_epoch, f"best epoch {best_epoch}", right_half=in_right_half)
    layers.append(_hover_layer(drawn, series, ".1%" if share else ".3~g"))
    return finish(layers, 280, _describe(history, title, series, best_epoch))


def _thinned(history: pd.DataFrame, best_epoch: int | None) -> pd.DataFrame:
    """Epochs that can be told apart on a screen, evenly spread, with the last and the best one."""
    step = -(-len(history) // _MOST_EPOCHS)
    kept = (np.arange(len(history)) % step == 0) | (history["epoch"] == best_epoch)
    kept.iloc[-1:] = True
    drawn: pd.DataFrame = history[kept]
    return drawn


def _point_colour(looks: Mapping[str, tuple[str, list[int]]]) -> Any:
    """Points take their colours without a scale, so that the legend shows the lines alone, dashes and all."""
    (first, (colour, _)), *others = looks.items()
    choice: Any = alt.when(alt.datum.part == first).then(alt.value(colour))
    for name, (colour, _) in others:
        choice = choice.when(alt.datum.part == name).then(alt.value(colour))
    return choice


def _epochs(first: int, last: int) -> alt.X:
    lone = 0.5 if first == last else 0.0
    return alt.X(
        "epoch:Q",
        title="epoch",
        scale=alt.Scale(domain=[first - lone, last + lone], nice=False),
        axis=whole_axis(first, last, grid=False),
    )


def _hover_layer(history: pd.DataFrame, series: Mapping[str, str], number: str) -> alt.Chart:
    """A line that snaps to the nearest epoch and tells the values of all curves."""
    nearest = nearest_on("epoch")
    values = [alt.Tooltip(f"{column}:Q", title=name, format=number) for name, column in series.items()]
    if "learning_rate" not in series.values():
        values.append(alt.Tooltip("learning_rate:Q", title="learning rate", format=".2g"))
    columns = list(dict.fromkeys(["epoch", *series.values(), "learning_rate"]))
    chart = (
        alt.Chart(history[columns])
        .mark_rule(color=palette.PAGE_TEXT, strokeWidth=8)
        .encode(
            x=alt.X("epoch:Q"),
            opacity=either(alt.OpacityValue, nearest, 0.15, 0),
            tooltip=[alt.Tooltip("epoch:Q", title="epoch", format="d"), *values],
        )
    )
    return cast(alt.Chart, chart.add_params(nearest))


def _describe(history: pd.DataFrame, title: str, series: Mapping[str, str], best_epoch: int | None) -> str:
    first, last = history.iloc[0], history.iloc[-1]
    parts = [f"{title} over {counted(len(history), 'epoch')}."]
    for name, column in series.items():
        parts.append(f"{name.capitalize()}: {first[column]:.3g} at first, {last[column]:.3g} at the end.")
    if best_epoch is not None:
        parts.append(f"Best epoch: {best_epoch}.")
    return " ".join(parts)


def _value_range(values: "pd.Series[float]", ceiling: float) -> list[float]:
    """Lower and upper end of a value axis, with room round the curves."""
    if values.empty:
        return [0.0, 1.0]
    low, high = float(values.min()), float(values.max())
    room = (high - low) or 0.1 * abs(high) or 0.1
    return [max(0.0, low - 0.08 * room), min(ceiling, high + 0.08 * room)]
