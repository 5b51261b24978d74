"""What all charts share: locale, legends, looks, words.

Colours come from `core.report.charts.palette`; fonts, axes and grid follow Streamlit's theme.
Sort orders are explicit lists: a sort by field leaves layered charts empty without a message.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import altair as alt
import pandas as pd

from core.report.charts import palette

TOP_LEGEND = alt.Legend(title=None, orient="top", labelFontSize=13, symbolSize=200, symbolStrokeWidth=2.5, labelLimit=0)
_TWO_COLUMNS = TOP_LEGEND.copy()
_TWO_COLUMNS.columns = 2
GENDER_LOOKS = {"female": (palette.VERMILION, "diamond"), "male": (palette.BLUE, "circle")}
ANSWER_LOOKS = GENDER_LOOKS | {"uncertain": (palette.GREY, "square")}
SHARE = ".1%"
_FEW_TICKS = 4
# Per cent with a thin gap, as in the text around the charts.
_LOCALE = alt.Locale(
    number=alt.NumberLocale(decimal=".", thousands=",", grouping=[3], currency=["", ""], percent="\u202f%")
)

# 4.5:1 and more on both pages (WCAG 2.2, 1.4.3), where Streamlit's own axes and legends have 4.2:1 on the light one.
_WORDS: dict[str, Any] = dict.fromkeys(("labelColor", "titleColor"), palette.PAGE_TEXT)
_WORDS |= dict.fromkeys(("labelOpacity", "titleOpacity"), 0.85)
_CONFIG = alt.Config(locale=_LOCALE, axis=alt.AxisConfig(**_WORDS), legend=alt.LegendConfig(**_WORDS))


def _plain(data: Any) -> dict[str, Any]:
    """The rows of a DataFrame of numbers and texts, all that charts have here: far quicker than Altair's own way.

    It takes any number of them, where Altair's own refuses more than 5,000: how much is worth drawing is up to each
    chart.
    """
    return {"values": json.loads(data.to_json(orient="records", double_precision=15))}


alt.data_transformers.register("plain_tables", _plain)
# Once, as it holds for the whole process: pages, files and commands alike.
alt.data_transformers.enable("plain_tables")


def scale(looks: Mapping[str, Any]) -> alt.Scale:
    """A scale that gives each name its own look."""
    return alt.Scale(domain=list(looks), range=list(looks.values()))


def looks_of(
    field: str, looks: Mapping[str, tuple[Any, ...]], legend: alt.Legend | None, other: type[Any] = alt.Shape
) -> tuple[alt.Color, Any]:
    """Colour and a second channel, which tells the names of a field apart without colour, in the order of the names.

    Args:
        field: A column of names.
        looks: Colour and that channel's value by name.
        legend: One for both.
        other: The second channel.
    """
    first, second = ({name: look[place] for name, look in looks.items()} for place in (0, 1))
    shown: dict[str, Any] = {"sort": list(looks), "legend": legend}
    return alt.Color(f"{field}:N", scale=scale(first), **shown), other(f"{field}:N", scale=scale(second), **shown)


def legend_of(names: int) -> alt.Legend | None:
    """A legend at the top: none for one name; two names a row, as three are too wide for a phone."""
    if names < 2:
        return None
    return TOP_LEGEND if names == 2 else _TWO_COLUMNS


def share_format(domain: Sequence[float]) -> str:
    """Per cent, with a decimal where two whole ones would stand beside one another."""
    return ".1%" if domain[1] - domain[0] < 0.08 else ".0%"


def share_x(field: str, title: str, domain: Sequence[float] = (0.0, 1.0)) -> alt.X:
    """A horizontal axis of shares in per cent."""
    return alt.X(
        f"{field}:Q",
        title=title,
        scale=alt.Scale(domain=list(domain), nice=False),
        axis=alt.Axis(format=share_format(domain), tickCount=5, grid=False),
    )


def share_y(field: str, title: str | None, domain: Sequence[float] = (0.0, 1.0)) -> alt.Y:
    """A vertical axis of shares in per cent."""
    return alt.Y(
        f"{field}:Q",
        title=title,
        scale=alt.Scale(domain=list(domain), nice=False),
        axis=alt.Axis(format=share_format(domain), tickCount=5),
    )


def whole_axis(first: int, last: int, **looks: Any) -> alt.Axis:
    """An axis of whole numbers: of few, each has its tick, as halves between them would be written as whole ones."""
    if last - first < _FEW_TICKS:
        looks["values"] = list(range(first, last + 1))
    return alt.Axis(**{"format": "d", "tickMinStep": 1, **looks})


def share_tooltip(field: str, title: str) -> alt.Tooltip:
    """A share in per cent under the pointer."""
    return alt.Tooltip(f"{field}:Q", title=title, format=SHARE)


def interval_tooltips() -> list[alt.Tooltip]:
    """The ends of an interval, and the faces behind it."""
    low, high = share_tooltip("low", "95 % interval from"), share_tooltip("high", "to")
    return [low, high, alt.Tooltip("n:Q", title="faces", format=",")]


def nearest_on(field: str) -> alt.Parameter:
    """Selects what is nearest to the pointer along a field."""
    return alt.selection_point(nearest=True, on="pointerover", clear="pointerout", fields=[field], empty=False)


def either(channel: type[Any], test: Any, yes: object, no: object) -> Any:
    """One of two fixed looks. A dictionary would do, but Altair seeks its channel in the whole schema, each time.

    Args:
        channel: Such as `alt.OpacityValue`.
        test: A parameter or an expression.
        yes: The look where it holds.
        no: The look elsewhere.
    """
    return channel(**alt.when(test).then(alt.value(yes)).otherwise(alt.value(no)))


def marked_line(
    field: str, value: float, label: str, *, right_half: bool, from_foot: int | None = None
) -> list[alt.Chart]:
    """A dashed vertical line and its label: above the plot, where no curve is, or so many pixels above its foot."""
    base = alt.Chart(pd.DataFrame({field: [value], "label": [label]})).encode(x=alt.X(f"{field}:Q"))
    rule = base.mark_rule(strokeDash=[4, 4], color=palette.PAGE_TEXT, opacity=0.7)
    side: Literal["left", "right"] = "right" if right_half else "left"
    gap = -6 if right_half else 6
    place: Any = alt.YValue(0 if from_foot is None else "height")  # type: ignore[no-untyped-call]
    above = 3 if from_foot is None else from_foot
    text = base.mark_text(align=side, baseline="bottom", dx=gap, dy=-above, fontSize=12, color=palette.PAGE_TEXT)
    return [rule, text.encode(y=place, text=alt.Text("label:N"))]


def texts_beside(marks: alt.Chart, field: str, to_the_right: Any, dx: int, dy: int = 0) -> list[Any]:
    """Texts to the right of the marks for which a condition holds, else to the left: where there is room for them."""
    sides: tuple[tuple[Literal["left", "right"], int, Any], ...] = (
        ("left", dx, to_the_right), ("right", -dx, ~to_the_right),
    )  # fmt: skip
    return [
        marks.mark_text(align=align, dx=shift, dy=dy, fontSize=12, fontWeight=600)
        .transform_filter(there)
        .encode(text=alt.Text(f"{field}:N"), color=alt.ColorValue(palette.PAGE_TEXT))
        for align, shift, there in sides
    ]


def diagonal() -> alt.Chart:
    """A dotted line from corner to corner of two axes of shares."""
    ends = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    line = alt.Chart(ends).mark_line(strokeDash=[2, 4], color=palette.PAGE_TEXT, opacity=0.6, strokeWidth=1.5)
    return cast(alt.Chart, line.encode(x=alt.X("x:Q"), y=alt.Y("y:Q")))


def finish(layers: Sequence[alt.Chart], height: int, description: str) -> alt.LayerChart:
    """The layers as one chart with its meaning in words."""
    # All at once: each later change would copy every layer.
    chart = alt.layer(*layers, height=height, description=description, config=_CONFIG)
    return cast(alt.LayerChart, chart)
