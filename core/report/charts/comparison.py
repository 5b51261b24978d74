"""Charts of the page that compares models (Altair), each with its meaning in words as `description`.

Each contender has a colour and a shape of its own; both follow the order of the table.
"""

from typing import Any

import altair as alt
import pandas as pd

from core.report.charts import palette
from core.report.charts.base import either, finish, legend_of, scale

_LOOKS = (
    (palette.BLUE, "circle"),
    (palette.VERMILION, "diamond"),
    (palette.GREEN, "triangle-up"),
    (palette.PURPLE, "square"),
    (palette.GREY, "cross"),
)
_ROW_PX, _NAME_PX = 30, 18


def differences(table: pd.DataFrame, first: str) -> alt.LayerChart:
    """Differences to the first with their intervals; an interval that holds 0 crosses the line.

    Args:
        table: As `core.report.comparison.drawn_differences` makes it, at least one row.
        first: The contender that the others are compared with.
    """
    names, figures = list(dict.fromkeys(table["name"])), list(dict.fromkeys(table["figure"]))
    looks = {name: _LOOKS[place % len(_LOOKS)] for place, name in enumerate(names)}
    legend = legend_of(len(names))
    colours = scale({name: look[0] for name, look in looks.items()})
    shapes = scale({name: look[1] for name, look in looks.items()})
    base = alt.Chart(table).encode(
        y=alt.Y("figure:N", sort=figures, title=None, axis=alt.Axis(labelFontSize=12, labelLimit=0, grid=False)),
        yOffset=alt.YOffset("name:N", sort=names),
        color=alt.Color("name:N", sort=names, legend=legend, scale=colours),
        tooltip=[
            alt.Tooltip("name:N", title="compared"),
            alt.Tooltip("figure:N", title="figure"),
            alt.Tooltip("label:N", title="difference"),
            alt.Tooltip("interval:N", title="95 % interval"),
            alt.Tooltip("verdict:N", title="verdict"),
        ],
    )
    title = "points more than the first"
    axis = alt.Axis(tickCount=7)
    whiskers = base.mark_rule(strokeWidth=2.5).encode(x=alt.X("low:Q", title=title, axis=axis), x2=alt.X2("high:Q"))
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(
        x=alt.X("value:Q", title=title, axis=axis), shape=alt.Shape("name:N", sort=names, legend=legend, scale=shapes)
    )
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 4], color=palette.PAGE_TEXT)
    words = "; ".join(
        f"{row['name']}, {row['figure']}: {row['label']} ({row['interval']}), {row['verdict']}"
        for _, row in table.iterrows()
    )
    height = (_ROW_PX + _NAME_PX * (len(names) - 1)) * len(figures) + 70
    return finish([zero.encode(x=alt.X("value:Q")), whiskers, dots], height, f"Differences to {first}. {words}.")


def agreement(cells: pd.DataFrame, first: str, other: str) -> alt.LayerChart:
    """Who is right, counted: the first downwards, the other across.

    Args:
        cells: As `core.report.comparison.agreement_cells` makes it.
        first: Name of the first.
        other: Name of the other.
    """
    order = ["right", "wrong"]
    looks: dict[str, Any] = {"labelFontSize": 13, "titlePadding": 8, "labelPadding": 6}
    base = alt.Chart(cells.assign(shade=cells["share"].fillna(0))).encode(
        x=alt.X("other:N", sort=order, title=other, axis=alt.Axis(orient="top", labelAngle=0, **looks)),
        y=alt.Y("first:N", sort=order, title=first, axis=alt.Axis(labelAngle=-90, **looks)),
        tooltip=[
            alt.Tooltip("first:N", title=first),
            alt.Tooltip("other:N", title=other),
            alt.Tooltip("count:Q", title="faces", format=","),
            alt.Tooltip("text:N", title="share"),
        ],
    )
    fills = alt.Scale(type="threshold", domain=list(palette.SHARE_LIMITS), range=list(palette.SHARE_FILLS))
    is_dark = alt.datum.shade >= palette.WHITE_TEXT_FROM
    ink = either(alt.ColorValue, is_dark, palette.WHITE_TEXT, palette.DARK_TEXT)
    boxes = base.mark_rect(cornerRadius=4, stroke=palette.PAGE_TEXT, strokeOpacity=0.15)
    counts = base.mark_text(fontSize=20, fontWeight=600, dy=-9).encode(text=alt.Text("count:Q", format=","), color=ink)
    shares = base.mark_text(fontSize=12, dy=14).encode(text=alt.Text("text:N"), color=ink)
    layers = [boxes.encode(color=alt.Color("shade:Q", scale=fills, legend=None)), counts, shares]
    words = "; ".join(
        f"{first} {one}, {other} {two}: {count}"
        for one, two, count in zip(cells["first"], cells["other"], cells["count"], strict=True)
    )
    return finish(layers, 280, f"Where the two agree, in faces. {words}.")


def accuracy_against_time(table: pd.DataFrame) -> alt.LayerChart:
    """Balanced accuracy against milliseconds a face; up and left is better.

    Args:
        table: Rows of `core.report.comparison.speed_and_size` with both, at least one.
    """
    names = list(table["name"])
    looks = {name: _LOOKS[place % len(_LOOKS)] for place, name in enumerate(names)}
    low, slowest = float(table["balanced"].min()), float(table["litert_ms"].max())
    base = alt.Chart(table).encode(
        x=alt.X(
            "litert_ms:Q",
            title="milliseconds a face, one core",
            scale=alt.Scale(domain=[0, 1.25 * slowest]),
            axis=alt.Axis(tickCount=6, grid=False),
        ),
        y=alt.Y(
            "balanced:Q",
            title="balanced accuracy, %",
            scale=alt.Scale(domain=[max(0.0, min(95.0, low) - 5), 100], nice=False),
            axis=alt.Axis(tickCount=5),
        ),
        color=alt.Color("name:N", legend=None, scale=scale({name: look[0] for name, look in looks.items()})),
        tooltip=[
            alt.Tooltip("name:N", title="model"),
            alt.Tooltip("balanced:Q", title="balanced accuracy, %", format=".1f"),
            alt.Tooltip("litert_ms:Q", title="ms a face", format=".2f"),
            alt.Tooltip("litert_mb:Q", title="MB", format=".1f"),
        ],
    )
    shapes = scale({name: look[1] for name, look in looks.items()})
    dots = base.mark_point(filled=True, size=130, opacity=1)
    labels = base.mark_text(dy=-14, fontSize=12).encode(
        text=alt.Text("name:N"), color=alt.ColorValue(palette.PAGE_TEXT)
    )
    words = "; ".join(
        f"{row['name']}: {row['balanced']:.1f} % in {row['litert_ms']:.2f} ms" for _, row in table.iterrows()
    )
    layers = [dots.encode(shape=alt.Shape("name:N", legend=None, scale=shapes)), labels]
    return finish(layers, 300, f"Balanced accuracy against time a face. {words}.")
