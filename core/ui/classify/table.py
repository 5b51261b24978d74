"""All faces of all pictures in one table; a click on a row shows its picture."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core.classify.exports import csv_cell
from core.heads import TRAITS
from core.ui import state
from core.ui.classify.checks import SAID_WORDS
from core.ui.classify.filters import Row
from core.ui.wording import (
    STATUS_WORDS,
    SURE_HELP,
    counted,
    description,
    explanation,
    label_of,
    trait,
    whole_percent,
)

_TABLE = "faces_table"
_MAX_HEIGHT = 420
_COLUMNS = {
    "Picture": st.column_config.TextColumn(width="medium"),
    "Face": st.column_config.NumberColumn(width="small", help="Number of the face in its picture"),
    "Answer": st.column_config.TextColumn(width="small"),
    "Sure": st.column_config.NumberColumn(width="small", format="%d %%", help=SURE_HELP),
    **{head.name.capitalize(): st.column_config.TextColumn(width="small", help=head.help) for head in TRAITS},
    "You say": st.column_config.TextColumn(width="small", help="Your correction on the card or in the gallery"),
    "Remark": st.column_config.TextColumn(width="large"),
}
_OF_SOME = (*(head.name.capitalize() for head in TRAITS), "You say")


def row_of(row: Row, threshold: float) -> dict[str, object]:
    """One row of the table: a face, or why there is none.

    Keys are the columns' names; what does not apply to the row is missing.

    Texts are as in the CSV, a name such as "=1+1" with an apostrophe: the table can be copied and
    saved from its own toolbar, and must be as safe in a spreadsheet.
    """
    name, face = csv_cell(row.entry.name), row.face
    if face is None:
        why, words = csv_cell(row.result.message), STATUS_WORDS[row.result.status]
        return {"Picture": name, "Answer": words, "Remark": why}
    return {
        "Picture": name,
        "Face": row.number,
        "Answer": label_of(face),
        "Sure": whole_percent(face.confidence),
        **{head.name.capitalize(): trait(face, head) for head in TRAITS},
        "You say": SAID_WORDS.get(row.said or "", ""),
        "Remark": " · ".join(filter(None, [explanation(face, threshold), description(face)])),
    }


def faces_table(rows: Sequence[Row], threshold: float) -> None:
    """The rows that the filters keep; sorting, searching and full screen are the widget's own."""
    written = [row.kept(row_of, threshold) for row in rows]
    said = [name for name in _COLUMNS if name not in _OF_SOME or any(row.get(name) for row in written)]
    frame = pd.DataFrame(written, columns=said).astype({"Face": "Int64", "Sure": "Int64"})
    st.caption(f"{counted(len(written), 'row', 'rows')}. Click a row to see its picture, a column name to sort.")
    st.dataframe(
        frame,
        hide_index=True,
        column_config=_COLUMNS,
        height="auto" if len(written) <= 10 else _MAX_HEIGHT,
        key=_TABLE,
        on_select=partial(_jump, [row.place for row in rows]),
        selection_mode="single-cell",
        placeholder="",
        alt="All faces of all pictures with their answers",
    )


def _jump(places: Sequence[tuple[int, int]]) -> None:
    cells = st.session_state[_TABLE].selection.cells
    if cells and cells[0][0] < len(places):
        state.choose_face(*places[cells[0][0]], reveal=True)
