"""Charts of the page that compares models (Altair), each with its meaning in words as `description`.

Each contender has a colour and a shape of its own; both follow the order of the table.
"""

import altair as alt
import pandas as pd

from core.report.charts import palette
from core.report.charts.base import finish, legend_of, looks_of

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
        table: As `core.report.tables.drawn_differences` makes it, at least one row.
        first: The contender that the others are compared with.
    """
    names, figures = list(dict.fromkeys(table["name"])), list(dict.fromkeys(table["figure"]))
    looks = {name: _LOOKS[place % len(_LOOKS)] for place, name in enumerate(names)}
    legend = legend_of(len(names))
    colour, shape = looks_of("name", looks, legend)
    base = alt.Chart(table).encode(
        y=alt.Y("figure:N", sort=figures, title=None, axis=alt.Axis(labelFontSize=12, labelLimit=0, grid=False)),
        yOffset=alt.YOffset("name:N", sort=names),
        color=colour,
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
        x=alt.X("value:Q", title=title, axis=axis), shape=shape
    )
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 4], color=palette.PAGE_TEXT)
    words = "; ".join(
        f"{row['name']}, {row['figure']}: {row['label']} ({row['interval']}), {row['verdict']}"
        for _, row in table.iterrows()
    )
    height = (_ROW_PX + _NAME_PX * (len(names) - 1)) * len(figures) + 70
    return finish([zero.encode(x=alt.X("value:Q")), whiskers, dots], height, f"Differences to {first}. {words}.")


def accuracy_against_time(table: pd.DataFrame) -> alt.LayerChart:
    """Balanced accuracy against milliseconds a face of the file that answers; up and left is better.

    Args:
        table: Rows of `core.report.tables.speed_and_size` with both, at least one.
    """
    names = list(table["name"])
    looks = {name: _LOOKS[place % len(_LOOKS)] for place, name in enumerate(names)}
    colour, shape = looks_of("name", looks, None)
    low, slowest = float(table["balanced"].min()), float(table["served_ms"].max())
    base = alt.Chart(table).encode(
        x=alt.X(
            "served_ms:Q",
            title="milliseconds per face, one core",
            scale=alt.Scale(domain=[0, 1.25 * slowest]),
            axis=alt.Axis(tickCount=6, grid=False),
        ),
        y=alt.Y(
            "balanced:Q",
            title="balanced accuracy, %",
            scale=alt.Scale(domain=[max(0.0, min(95.0, low) - 5), 100], nice=False),
            axis=alt.Axis(tickCount=5),
        ),
        color=colour,
        tooltip=[
            alt.Tooltip("name:N", title="model"),
            alt.Tooltip("balanced:Q", title="balanced accuracy, %", format=".1f"),
            alt.Tooltip("served_ms:Q", title="ms per face", format=".2f"),
        ],
    )
    dots = base.mark_point(filled=True, size=130, opacity=1)
    labels = base.mark_text(dy=-14, fontSize=12).encode(
        text=alt.Text("name:N"), color=alt.ColorValue(palette.PAGE_TEXT)
    )
    words = "; ".join(
        f"{row['name']}: {row['balanced']:.1f} % in {row['served_ms']:.2f} ms" for _, row in table.iterrows()
    )
    layers = [dots.encode(shape=shape), labels]
    return finish(layers, 300, f"Balanced accuracy against time per face. {words}.")
