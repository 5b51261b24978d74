"""Shares as dots on their intervals, several of different kinds in each row."""

from itertools import cycle

import altair as alt
import pandas as pd

from core.report.charts import palette
from core.report.charts.base import finish, interval_tooltips, looks_of, share_tooltip

# Two cycles of different length: many kinds, and no two of them alike.
_COLOURS = (palette.VERMILION, palette.BLUE, palette.GREEN, palette.PURPLE, palette.GREY)
_SHAPES = ("diamond", "circle", "triangle-up", "square", "cross", "triangle-down")
_STEP = 16
# Two names beside one another have room on a phone, also where long words of the rows take a third of it.
_LEGEND = alt.Legend(
    title=None, orient="top", labelFontSize=12, symbolSize=110, labelLimit=0, columns=2, columnPadding=2
)


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
