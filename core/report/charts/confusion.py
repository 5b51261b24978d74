"""The confusion matrix."""

from typing import Literal

import altair as alt
import pandas as pd

from core.report.charts import palette
from core.report.charts.base import either, finish

# The selection that a click on a cell makes: fields `truth` and `answer`.
CELL = "cell"


def confusion_heatmap(table: pd.DataFrame, chosen: tuple[str, str] | None = None) -> alt.LayerChart:
    """Counts and shares of the row: truth downwards, answers across.

    Args:
        table: One row a cell, as `core.report.tables.confusion_cells` makes it.
        chosen: Truth and answer of the cell to frame.
    """
    rows, columns = (list(dict.fromkeys(table[name])) for name in ("truth", "answer"))
    framed = (table["truth"] + table["answer"]) == "".join(chosen or ())
    base = alt.Chart(table.assign(shade=table["share"].fillna(0), framed=framed.astype(int))).encode(
        x=alt.X("answer:N", sort=columns, title="the model's answer", axis=_axis("top", 0)),
        y=alt.Y("truth:N", sort=rows, title="labelled", axis=_axis("left", -90)),
        tooltip=[
            alt.Tooltip("truth:N", title="labelled"),
            alt.Tooltip("answer:N", title="answered"),
            alt.Tooltip("count:Q", title="faces", format=","),
            alt.Tooltip("text:N", title="share of the row"),
        ],
    )
    fills = alt.Scale(type="threshold", domain=list(palette.SHARE_LIMITS), range=list(palette.SHARE_FILLS))
    is_dark = alt.datum.shade >= palette.WHITE_TEXT_FROM
    ink = either(alt.ColorValue, is_dark, palette.WHITE_TEXT, palette.DARK_TEXT)
    is_framed = alt.datum.framed == 1
    cells = base.mark_rect(cornerRadius=4, cursor="pointer").encode(
        fill=alt.Fill("shade:Q", scale=fills, legend=None),
        stroke=either(alt.StrokeValue, is_framed, palette.VERMILION, palette.PAGE_TEXT),
        strokeOpacity=either(alt.StrokeOpacityValue, is_framed, 1, 0.15),
        strokeWidth=either(alt.StrokeWidthValue, is_framed, 4, 1),
    )
    cells = cells.add_params(alt.selection_point(CELL, fields=["truth", "answer"]))
    counts = base.mark_text(fontSize=22, fontWeight=600, dy=-9, cursor="pointer")
    counts = counts.encode(text=alt.Text("count:Q", format=","), color=ink)
    shares = base.mark_text(fontSize=13, dy=15, cursor="pointer").encode(text=alt.Text("text:N"), color=ink)
    words = "; ".join(
        f"{count} labelled {truth}, answered {answer}"
        for count, truth, answer in zip(table["count"], table["truth"], table["answer"], strict=True)
    )
    return finish([cells, counts, shares], 280, f"Confusion matrix: {words}.")


def _axis(orient: Literal["top", "left"], angle: int) -> alt.Axis:
    return alt.Axis(orient=orient, labelAngle=angle, labelFontSize=14, titlePadding=8, labelPadding=6)
