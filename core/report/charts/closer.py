"""Charts of one face: where the evidence lies, and what the answer would be in other masks."""

from typing import Any

import altair as alt
import pandas as pd

from core.report.charts import palette
from core.report.charts.base import ANSWER_LOOKS, finish, looks_of, marked_line, share_tooltip, share_x


def region_bars(table: pd.DataFrame) -> alt.LayerChart:
    """The share of the evidence on each region as a bar, with a tick at the region's share of the area.

    Args:
        table: Columns `region` (words), `share`, `area` (shares in [0, 1]) and `label` (the share in words).
    """
    order = list(table["region"])
    base = alt.Chart(table).encode(
        y=alt.Y("region:N", sort=order, title=None, axis=alt.Axis(labelLimit=0, ticks=False, domain=False)),
        tooltip=[
            alt.Tooltip("region:N", title="region"),
            share_tooltip("share", "share of the evidence"),
            share_tooltip("area", "share of the crop's area"),
        ],
    )
    bars = base.mark_bar(color=palette.BLUE, height=16).encode(x=share_x("share", "share of the evidence"))
    ticks = base.mark_tick(color=palette.PAGE_TEXT, thickness=2, height=22).encode(x=alt.X("area:Q"))
    ends = table.assign(end=table[["share", "area"]].max(axis=1))
    numbers = alt.Chart(ends).mark_text(align="left", dx=6, fontSize=12, fontWeight=600)
    numbers = numbers.encode(
        x=alt.X("end:Q"),
        y=alt.Y("region:N", sort=order),
        text=alt.Text("label:N"),
        color=alt.ColorValue(palette.PAGE_TEXT),
    )
    words = "; ".join(f"{name}: {label}" for name, label in zip(order, table["label"], strict=True))
    return finish([bars, ticks, numbers], 34 * len(order) + 50, f"Share of the evidence by region. {words}.")


def what_if_dots(table: pd.DataFrame, threshold: float) -> alt.LayerChart:
    """The probability of *female* in every mask, with lines from which on something is answered.

    Args:
        table: Columns `mask` (words), `p_female`, `answer` ("female", "male" or "uncertain") and `label`
            (the probability in words).
        threshold: Smallest confidence that is answered, in [0.5, 1).
    """
    order = list(table["mask"])
    base = alt.Chart(table).encode(
        x=share_x("p_female", "probability of female"),
        y=alt.Y(
            "mask:N",
            sort=order,
            title=None,
            scale=alt.Scale(padding=0.9),
            axis=alt.Axis(labelLimit=0, ticks=False, domain=False, grid=True, gridOpacity=0.5),
        ),
        tooltip=[
            alt.Tooltip("mask:N", title="mask"),
            share_tooltip("p_female", "probability of female"),
            alt.Tooltip("answer:N", title="answer"),
        ],
    )
    looks = {name: look for name, look in ANSWER_LOOKS.items() if name in set(table["answer"])}
    colour, shape = looks_of("answer", looks, None)
    dots = base.mark_point(filled=True, size=110, opacity=1).encode(color=colour, shape=shape)
    lines = [
        *marked_line("p_female", 1 - threshold, "\u2190 male", right_half=False),
        *marked_line("p_female", threshold, "female \u2192", right_half=True),
    ]
    words = "; ".join(
        f"{name}: {label}, {answer}" for name, label, answer in zip(order, table["label"], table["answer"], strict=True)
    )
    # In a column of their own: beside the dots, the lines would cross them.
    at_the_end: Any = alt.XValue("width")  # type: ignore[no-untyped-call]
    numbers = base.mark_text(align="left", dx=8, fontSize=12, fontWeight=600).encode(
        x=at_the_end, text=alt.Text("label:N"), color=alt.ColorValue(palette.PAGE_TEXT)
    )
    return finish([*lines, dots, numbers], 32 * len(order) + 70, f"Probability of female by mask. {words}.")
