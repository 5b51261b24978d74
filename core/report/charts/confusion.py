"""Counts in cells: the confusion matrix, and where two models agree."""

from typing import Any

import altair as alt
import pandas as pd

from core.report.charts import palette
from core.report.charts.base import either, finish

# The selection that a click on a cell makes: fields `truth` and `answer`.
CELL = "cell"


def confusion_heatmap(table: pd.DataFrame, chosen: tuple[str, str] | None = None) -> alt.LayerChart:
    """Counts and shares of the row: truth downwards, answers across; a cell can be clicked.

    Args:
        table: One row a cell, as `core.report.tables.confusion_cells` makes it.
        chosen: Truth and answer of the cell to frame.
    """
    words = "; ".join(
        f"{count} labelled {truth}, answered {answer}"
        for count, truth, answer in zip(table["count"], table["truth"], table["answer"], strict=True)
    )
    framed = (table["truth"] + table["answer"]) == "".join(chosen or ())
    down, across = ("truth", "labelled", "labelled"), ("answer", "the model's answer", "answered")
    rows = table.assign(framed=framed.astype(int))
    cells, *texts = _cells(rows, down, across, "share of the row")
    is_framed = alt.datum.framed == 1
    cells = cells.encode(
        stroke=either(alt.StrokeValue, is_framed, palette.VERMILION, palette.PAGE_TEXT),
        strokeOpacity=either(alt.StrokeOpacityValue, is_framed, 1, 0.15),
        strokeWidth=either(alt.StrokeWidthValue, is_framed, 4, 1),
    )
    cells = cells.add_params(alt.selection_point(CELL, fields=["truth", "answer"]))
    return finish([cells, *texts], 280, f"Confusion matrix: {words}.")


def agreement(cells: pd.DataFrame, first: str, other: str) -> alt.LayerChart:
    """Who is right, counted: the first downwards, the other across.

    Args:
        cells: As `core.report.tables.agreement_cells` makes it.
        first: Name of the first.
        other: Name of the other.
    """
    words = "; ".join(
        f"{first} {one}, {other} {two}: {count}"
        for one, two, count in zip(cells["first"], cells["other"], cells["count"], strict=True)
    )
    layers = _cells(cells, ("first", first, first), ("other", other, other), "share", cursor="default")
    return finish(layers, 280, f"Where the two agree, in faces. {words}.")


def _cells(
    table: pd.DataFrame, down: tuple[str, str, str], across: tuple[str, str, str], share: str, cursor: Any = "pointer"
) -> list[Any]:
    """Cells shaded by `share`, their counts and their `text`; `down` and `across` are field, title and tooltip."""
    looks: dict[str, Any] = {"labelFontSize": 14, "titlePadding": 8, "labelPadding": 6}
    (row, row_title, row_tip), (column, column_title, column_tip) = down, across
    top, left = alt.Axis(orient="top", labelAngle=0, **looks), alt.Axis(orient="left", labelAngle=-90, **looks)
    order = {name: list(dict.fromkeys(table[name])) for name in (row, column)}
    base = alt.Chart(table.assign(shade=table["share"].fillna(0))).encode(
        x=alt.X(f"{column}:N", sort=order[column], title=column_title, axis=top),
        y=alt.Y(f"{row}:N", sort=order[row], title=row_title, axis=left),
        tooltip=[
            alt.Tooltip(f"{row}:N", title=row_tip),
            alt.Tooltip(f"{column}:N", title=column_tip),
            alt.Tooltip("count:Q", title="faces", format=","),
            alt.Tooltip("text:N", title=share),
        ],
    )
    fills = alt.Scale(type="threshold", domain=list(palette.SHARE_LIMITS), range=list(palette.SHARE_FILLS))
    is_dark = alt.datum.shade >= palette.WHITE_TEXT_FROM
    ink = either(alt.ColorValue, is_dark, palette.WHITE_TEXT, palette.DARK_TEXT)
    cells = base.mark_rect(cornerRadius=4, cursor=cursor, stroke=palette.PAGE_TEXT, strokeOpacity=0.15)
    counts = base.mark_text(fontSize=22, fontWeight=600, dy=-9, cursor=cursor)
    shares = base.mark_text(fontSize=13, dy=15, cursor=cursor).encode(text=alt.Text("text:N"), color=ink)
    return [
        cells.encode(fill=alt.Fill("shade:Q", scale=fills, legend=None)),
        counts.encode(text=alt.Text("count:Q", format=","), color=ink),
        shares,
    ]
