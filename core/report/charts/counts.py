"""How many faces got which answer, with and without masks."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.report.charts.base import ANSWER_LOOKS, TOP_LEGEND, finish, scale

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
