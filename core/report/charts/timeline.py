"""The answers of a video over time."""

import altair as alt
import pandas as pd

from core.report.charts import palette
from core.report.charts.base import ANSWER_LOOKS, TOP_LEGEND, finish, scale


def vote_timeline(table: pd.DataFrame, seconds: float) -> alt.LayerChart:
    """The vote of every person: a line a person, with points coloured and shaped by the answer.

    Args:
        table: Columns `second`, `p_female` in [0, 1], `person` (words) and `answer` (female, male or uncertain).
        seconds: Length of the video.
    """
    colours, shapes = ({answer: look[part] for answer, look in ANSWER_LOOKS.items()} for part in (0, 1))
    base = alt.Chart(table).encode(
        x=alt.X("second:Q", title="second"),
        y=alt.Y("p_female:Q", title="probability of female", scale=alt.Scale(domain=[0, 1])),
    )
    lines = base.mark_line(color=palette.GREY, strokeWidth=1).encode(detail=alt.Detail("person:N"))
    points = base.mark_point(filled=True, size=28).encode(
        color=alt.Color("answer:N", scale=scale(colours), legend=TOP_LEGEND),
        shape=alt.Shape("answer:N", scale=scale(shapes), legend=TOP_LEGEND),
        tooltip=[alt.Tooltip(field) for field in ("person:N", "second:Q", "p_female:Q", "answer:N")],
    )
    people = table["person"].nunique()
    who = f"{people} {'person' if people == 1 else 'people'}"
    return finish([lines, points], 260, f"The vote of {who} over {seconds:.0f} seconds, from male (0) to female (1).")
