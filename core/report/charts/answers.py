"""How many faces got which answer, and the answers of a video over time."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.report.charts import palette
from core.report.charts.base import ANSWER_LOOKS, TOP_LEGEND, finish, looks_of, scale
from core.wording import counted

_COLOURS = {answer.capitalize(): colour for answer, (colour, _) in ANSWER_LOOKS.items()}
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
        x=alt.X("start:Q", title=None, axis=alt.Axis(tickMinStep=1, grid=False, format="d")),
        x2=alt.X2("end:Q"),
        color=alt.Color("answer:N", scale=scale(_COLOURS), legend=TOP_LEGEND),
    )
    numbers = base.mark_text(color="white", fontWeight=600).encode(x=alt.X("middle:Q"), text=alt.Text("faces:Q"))
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
        y=alt.Y("p_female:Q", title="probability of female", scale=alt.Scale(domain=[0, 1])),
    )
    lines = base.mark_line(color=palette.GREY, strokeWidth=1).encode(detail=alt.Detail("person:N"))
    points = base.mark_point(filled=True, size=28).encode(
        color=colour,
        shape=shape,
        tooltip=[alt.Tooltip(field) for field in ("person:N", "second:Q", "p_female:Q", "answer:N")],
    )
    people = table["person"].nunique()
    over = f"{counted(people, 'person', 'people')} over {counted(round(seconds), 'second')}"
    return finish([lines, points], 260, f"The vote of {over}, from male (0) to female (1).")
