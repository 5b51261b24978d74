"""Figures as dots on their 95 % intervals: of test sets, of groups."""

from typing import Any, Literal

import altair as alt
import pandas as pd

from core.evaluation.names import MEASURE_NAMES, VARIANT_NAMES
from core.report.charts import palette
from core.report.charts.base import GENDER_LOOKS, TOP_LEGEND, finish, legend_of, scale, share_tooltip

_LOOKS = (
    (palette.VERMILION, "diamond"),
    (palette.BLUE, "circle"),
    (palette.GREEN, "triangle-up"),
    (palette.PURPLE, "square"),
)
_VARIANT_LOOKS = dict(zip(VARIANT_NAMES.values(), _LOOKS, strict=True))
_OTHER_LOOK = (palette.GREY, "cross")
SMALL = "too few faces"


def interval_dots(table: pd.DataFrame, measure: str) -> alt.LayerChart:
    """One dot a test set with its 95 % interval, in the order of the table.

    Args:
        table: As `core.report.tables.measure_by_set` makes it; at least one row, and no value missing.
        measure: A key of `MEASURE_NAMES`.
    """
    order, title = list(table["name"]), MEASURE_NAMES[measure]
    variants = list(dict.fromkeys(table["variant"]))
    looks = {name: _VARIANT_LOOKS.get(name, _OTHER_LOOK) for name in variants}
    base = alt.Chart(table).encode(
        y=alt.Y(
            "name:N",
            sort=order,
            title=None,
            axis=alt.Axis(labelExpr="split(datum.label, ' · ')", labelLimit=0, labelFontSize=12, labelOffset=-9),
        ),
        color=alt.Color("variant:N", legend=None, scale=scale({name: look[0] for name, look in looks.items()})),
        tooltip=[
            alt.Tooltip("name:N", title="test set"),
            alt.Tooltip("label:N", title=title),
            alt.Tooltip("interval:N", title="95 % interval"),
            alt.Tooltip("n:Q", title="faces", format=","),
        ],
    )
    axis = alt.Axis(format=".1f" if measure == "roc_auc" else ".0%", tickCount=5)
    shapes = scale({name: look[1] for name, look in looks.items()})
    layers = _dots(base, table, title, axis, alt.Shape("variant:N", legend=None, scale=shapes))
    words = "; ".join(f"{name}: {label}" for name, label in zip(table["name"], table["label"], strict=True))
    # A height in pixels: Streamlit fits charts to their frame, which a height by steps would undo.
    return finish(layers, 46 * len(order) + 60, f"{title} by test set. {words}.")


def group_dots(table: pd.DataFrame) -> alt.LayerChart:
    """Recall of every gender and group with its interval, in the order of the table; small cells are grey.

    Args:
        table: As `core.report.tables.group_cells` makes it; at least one row.
    """
    order = list(table["name"])
    kinds = table["gender"].where(~table["small"], SMALL)
    looks = {name: look for name, look in {**GENDER_LOOKS, SMALL: _OTHER_LOOK}.items() if name in set(kinds)}
    legend = legend_of(len(looks)) or TOP_LEGEND
    base = alt.Chart(table.assign(kind=kinds)).encode(
        y=alt.Y(
            "name:N",
            sort=order,
            title=None,
            axis=alt.Axis(
                labelExpr="split(datum.label, ', ')",
                labelLimit=0,
                labelFontSize=12,
                labelOffset=-9,
                ticks=False,
                domain=False,
            ),
        ),
        color=alt.Color("kind:N", legend=legend, scale=scale({name: look[0] for name, look in looks.items()})),
        tooltip=[
            alt.Tooltip("name:N", title="group"),
            share_tooltip("recall", "recall"),
            share_tooltip("low", "95 % interval from"),
            share_tooltip("high", "to"),
            alt.Tooltip("n:Q", title="faces", format=","),
        ],
    )
    shapes = scale({name: look[1] for name, look in looks.items()})
    axis, shape = alt.Axis(format=".0%", tickCount=5), alt.Shape("kind:N", legend=legend, scale=shapes)
    layers = _dots(base, table.rename(columns={"recall": "value"}), "recall", axis, shape, "recall")
    words = "; ".join(f"{name}: {label}" for name, label in zip(table["name"], table["label"], strict=True))
    return finish(layers, 36 * len(order) + 150, f"Recall by group, the worst first. {words}.")


def _dots(
    base: alt.Chart, table: pd.DataFrame, title: str, axis: alt.Axis, shape: alt.Shape, field: str = "value"
) -> list[Any]:
    """Intervals, dots and the figures above them; the axis begins at a half unless something lies below."""
    lowest = min(0.5, *table["value"], *table["low"].dropna())
    x_scale = alt.Scale(domain=[lowest, 1.0], nice=False)
    x = alt.X(f"{field}:Q", title=title, scale=x_scale, axis=axis)
    whiskers = base.mark_rule(strokeWidth=2.5).encode(x=alt.X("low:Q", scale=x_scale, title=title), x2=alt.X2("high:Q"))
    dots = base.mark_point(filled=True, size=100, opacity=1).encode(x=x, shape=shape)
    # Each begins or ends at its dot, on the side where there is room: centred ones are cut where a phone ends.
    left = alt.datum[field] < (lowest + 1) / 2
    sides: tuple[tuple[Literal["left", "right"], int, Any], ...] = (("left", -6, left), ("right", 6, ~left))
    numbers = [
        base.mark_text(dy=-12, dx=dx, align=side, fontSize=12, fontWeight=600)
        .transform_filter(there)
        .encode(x=x, text=alt.Text("label:N"), color=alt.ColorValue(palette.PAGE_TEXT))
        for side, dx, there in sides
    ]
    return [whiskers, dots, *numbers]
