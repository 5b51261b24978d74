"""Charts of answers: of many faces, of a video over time, and of one face, with what it rests on."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from core.report.charts import palette
from core.report.charts.base import (
    ANSWER_LOOKS,
    TOP_LEGEND,
    either,
    finish,
    looks_of,
    marked_line,
    scale,
    share_tooltip,
    share_x,
    share_y,
    whole_axis,
)
from core.wording import counted

_COLOURS = {answer.capitalize(): colour for answer, (colour, _) in ANSWER_LOOKS.items()}
_INKS = "#FFFFFF", "#000000"  # on the bar of Male, on the others
_BAR = 34
_AROUND = 70  # legend and axis, which the height includes


def answer_counts(table: pd.DataFrame, groups: Sequence[str]) -> alt.LayerChart:
    """A bar for each group of faces, parted by answer, each part with its number.

    Args:
        table: `group`, `answer` (Female, Male or Uncertain) and `faces`, the number of them, above 0.
        groups: The groups from top to bottom.
    """
    ranks = {answer: rank for rank, answer in enumerate(_COLOURS)}
    table = table.assign(rank=table["answer"].map(ranks)).sort_values("rank")
    ends = table.groupby("group", sort=False)["faces"].cumsum()
    table = table.assign(start=ends - table["faces"], end=ends, middle=ends - table["faces"] / 2)
    base = alt.Chart(table).encode(
        y=alt.Y("group:N", sort=list(groups), title=None, axis=alt.Axis(labelLimit=0, ticks=False)),
        tooltip=[
            alt.Tooltip("group:N", title="faces"),
            alt.Tooltip("answer:N"),
            alt.Tooltip("faces:Q", title="number"),
        ],
    )
    bars = base.mark_bar(height=_BAR - 10).encode(
        x=alt.X("start:Q", title=None, axis=whole_axis(0, int(ends.max()), grid=False)),
        x2=alt.X2("end:Q"),
        color=alt.Color("answer:N", scale=scale(_COLOURS), legend=TOP_LEGEND),
    )
    numbers = base.mark_text(fontWeight=600).encode(
        x=alt.X("middle:Q"),
        text=alt.Text("faces:Q"),
        color=either(alt.ColorValue, alt.datum.answer == "Male", *_INKS),  # on its bar; 4.5:1 and more
    )
    parts = zip(table["group"], table["answer"], table["faces"], strict=True)
    words = "; ".join(f"{group}: {number} {str(answer).lower()}" for group, answer, number in parts)
    return finish([bars, numbers], _BAR * len(groups) + _AROUND, f"Faces by answer. {words}.")


def vote_timeline(table: pd.DataFrame, seconds: float) -> alt.LayerChart:
    """The vote of every person: a line a person, with points coloured and shaped by the answer.

    Args:
        table: Columns `second`, `p_female` in [0, 1], `person` (words) and `answer` (female, male or uncertain).
        seconds: Length of the video.
    """
    colour, shape = looks_of("answer", ANSWER_LOOKS, TOP_LEGEND)
    base = alt.Chart(table).encode(
        x=alt.X("second:Q", title="second"),
        y=share_y("p_female", "probability of female"),
    )
    lines = base.mark_line(color=palette.GREY, strokeWidth=1).encode(detail=alt.Detail("person:N"))
    points = base.mark_point(filled=True, size=28, opacity=1).encode(
        color=colour,
        shape=shape,
        tooltip=[
            alt.Tooltip("person:N"),
            alt.Tooltip("second:Q"),
            share_tooltip("p_female", "probability of female"),
            alt.Tooltip("answer:N"),
        ],
    )
    people = table["person"].nunique()
    over = f"{counted(people, 'person', 'people')} over {counted(round(seconds), 'second')}"
    return finish([lines, points], 260, f"The vote of {over}, from male (0 %) to female (100 %).")


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
    # Neither gender's colour: evidence for one would read as an answer of the other.
    bars = base.mark_bar(color=palette.GREEN, height=16).encode(x=share_x("share", "share of the evidence"))
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
