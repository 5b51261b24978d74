"""Figures as dots on their 95 % intervals: of test sets, of groups, of several kinds a row."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import altair as alt
import pandas as pd

from core.evaluation.test_sets import VARIANT_TITLES
from core.report.charts import palette
from core.report.charts.base import (
    GENDER_LOOKS,
    TOP_LEGEND,
    finish,
    interval_tooltips,
    legend_of,
    looks_of,
    share_tooltip,
    texts_beside,
)

_LOOKS = (
    (palette.VERMILION, "diamond"),
    (palette.BLUE, "circle"),
    (palette.GREEN, "triangle-up"),
    (palette.PURPLE, "square"),
)
_VARIANT_LOOKS = dict(zip(VARIANT_TITLES.values(), _LOOKS, strict=True))
_OTHER_LOOK = (palette.GREY, "cross")
SMALL = "too few faces"
# Two cycles of different length: many kinds, and no two of them alike.
_COLOURS = (palette.VERMILION, palette.BLUE, palette.GREEN, palette.PURPLE, palette.GREY)
_SHAPES = ("diamond", "circle", "triangle-up", "square", "cross", "triangle-down")
_STEP = 16
# Two names beside one another have room on a phone, also where long words of the rows take a third of it.
_LEGEND = alt.Legend(
    title=None, orient="top", labelFontSize=12, symbolSize=110, labelLimit=0, columns=2, columnPadding=2
)


def interval_dots(table: pd.DataFrame, title: str, is_share: bool = True) -> alt.LayerChart:
    """One dot a test set with its 95 % interval, in the order of the table.

    Args:
        table: As `core.report.tables.measure_by_set` makes it; at least one row, and no value missing.
        title: What the values are.
        is_share: Whether they are written in per cent.
    """
    looks = {name: _VARIANT_LOOKS.get(name, _OTHER_LOOK) for name in dict.fromkeys(table["variant"])}
    axis = alt.Axis(format=".0%" if is_share else ".1f", tickCount=5)
    tooltip = [
        alt.Tooltip("name:N", title="test set"),
        alt.Tooltip("label:N", title=title),
        alt.Tooltip("interval:N", title="95 % interval"),
        alt.Tooltip("n:Q", title="faces", format=","),
    ]
    layers = _dots(table, " · ", ("variant", looks, None), tooltip, title, axis)
    # A height in pixels: Streamlit fits charts to their frame, which a height by steps would undo.
    return finish(layers, 46 * len(table) + 60, f"{title} by test set. {_words(table)}.")


def group_dots(table: pd.DataFrame) -> alt.LayerChart:
    """Recall of every gender and group with its interval, in the order of the table; small cells are grey.

    Args:
        table: As `core.report.tables.group_cells` makes it; at least one row.
    """
    kinds = table["gender"].where(~table["small"], SMALL)
    looks = {name: look for name, look in {**GENDER_LOOKS, SMALL: _OTHER_LOOK}.items() if name in set(kinds)}
    tooltip = [alt.Tooltip("name:N", title="group"), share_tooltip("value", "recall"), *interval_tooltips()]
    rows = table.assign(kind=kinds).rename(columns={"recall": "value"})
    legend, axis = legend_of(len(looks)) or TOP_LEGEND, alt.Axis(format=".0%", tickCount=5)
    layers = _dots(rows, ", ", ("kind", looks, legend), tooltip, "recall", axis)
    return finish(layers, 36 * len(table) + 150, f"Recall by group, the worst first. {_words(table)}.")


def dots_by_kind(table: pd.DataFrame, title: str, limit: float = 1.0) -> alt.LayerChart:
    """One dot with its 95 % interval a row and kind, in the order of the table.

    Args:
        table: Columns `row` and `kind` (words), `value` (share in [0, 1]), `low`, `high` (the same or NaN),
            `n` (faces behind it) and `label` (value in words); at least one row.
        title: What the shares are of.
        limit: Where the axis ends, unless something lies beyond, in (0, 1].
    """
    rows, kinds = list(dict.fromkeys(table["row"])), list(dict.fromkeys(table["kind"]))
    looks = dict(zip(kinds, zip(cycle(_COLOURS), cycle(_SHAPES), strict=False), strict=False))
    colour, shape = looks_of("kind", looks, _LEGEND)
    x_scale = alt.Scale(domain=[0.0, max(limit, *table["value"], *table["high"].dropna())], nice=False)
    axis = alt.Axis(format=".0%", tickCount=5)
    base = alt.Chart(table).encode(
        y=alt.Y(
            "row:N",
            sort=rows,
            title=None,
            axis=alt.Axis(labelExpr="split(datum.label, ' · ')", labelLimit=0, labelFontSize=12, ticks=False),
        ),
        yOffset=alt.YOffset("kind:N", sort=kinds),
        color=colour,
        tooltip=[
            alt.Tooltip("row:N", title=" "),
            alt.Tooltip("kind:N", title="of"),
            share_tooltip("value", title),
            *interval_tooltips(),
        ],
    )
    whiskers = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", scale=x_scale, title=title, axis=axis), x2=alt.X2("high:Q")
    )
    dots = base.mark_point(filled=True, size=80, opacity=1).encode(
        x=alt.X("value:Q", scale=x_scale, title=title, axis=axis),
        shape=shape,
    )
    words = "; ".join(
        f"{row}, {kind}: {label}" for row, kind, label in table[["row", "kind", "label"]].itertuples(index=False)
    )
    height = len(rows) * (_STEP * len(kinds) + 12) + 130
    return finish([whiskers, dots], height, f"{title[0].upper()}{title[1:]}. {words}.")


def _words(table: pd.DataFrame) -> str:
    return "; ".join(f"{name}: {label}" for name, label in zip(table["name"], table["label"], strict=True))


def _dots(
    table: pd.DataFrame,
    parted: str,
    kinds: tuple[str, Mapping[str, tuple[Any, ...]], alt.Legend | None],
    tooltip: list[alt.Tooltip],
    title: str,
    axis: alt.Axis,
) -> list[Any]:
    """Intervals, dots and the figures above them; the axis begins at a half unless something lies below.

    Args:
        table: Columns `name`, `value`, `low`, `high`, `label`, `n` and that of the kinds.
        parted: At what the rows' names are parted into lines.
        kinds: Column of what has a look of its own, the looks, and their legend.
        tooltip: What is told of a dot.
        title: What the values are.
        axis: How they are written.
    """
    colour, shape = looks_of(*kinds)
    lines = f"split(datum.label, '{parted}')"
    rows = alt.Axis(labelExpr=lines, labelLimit=0, labelFontSize=12, labelOffset=-9, ticks=False, domain=False)
    base = alt.Chart(table).encode(
        y=alt.Y("name:N", sort=list(table["name"]), title=None, axis=rows),
        color=colour,
        tooltip=tooltip,
    )
    lowest = min(0.5, *table["value"], *table["low"].dropna())
    x_scale = alt.Scale(domain=[lowest, 1.0], nice=False)
    x = alt.X("value:Q", title=title, scale=x_scale, axis=axis)
    whiskers = base.mark_rule(strokeWidth=2.5).encode(x=alt.X("low:Q", scale=x_scale, title=title), x2=alt.X2("high:Q"))
    dots = base.mark_point(filled=True, size=100, opacity=1).encode(x=x, shape=shape)
    # Each begins or ends at its dot, on the side where there is room: centred ones are cut where a phone ends.
    numbers = texts_beside(base.encode(x=x), "label", alt.datum.value < (lowest + 1) / 2, -6, -12)
    return [whiskers, dots, *numbers]
