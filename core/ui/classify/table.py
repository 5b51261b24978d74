"""All faces of all pictures in one table; a click on a row shows its picture."""

import zlib
from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core.classify.exports import csv_cell
from core.results import ImageResult
from core.ui.classify import filters
from core.ui.classify.collection import CORRECTIONS, Entry
from core.ui.classify.results import Answered, choose
from core.ui.wording import (
    LABEL_WORDS,
    STATUS_WORDS,
    age_words,
    counted,
    description,
    explanation,
    label_of,
    mask_word,
    whole_percent,
)

_TABLE = "faces_table"
_MAX_HEIGHT = 420
_COLUMNS = {
    "Picture": st.column_config.TextColumn(width="medium"),
    "Face": st.column_config.NumberColumn(width="small", help="Number of the face in its picture"),
    "Answer": st.column_config.TextColumn(width="small"),
    "Sure": st.column_config.ProgressColumn(
        width="small", min_value=0, max_value=100, format="%d %%", help="Probability of the likelier gender"
    ),
    "Mask": st.column_config.TextColumn(width="small"),
    "Age": st.column_config.TextColumn(width="small", help="Likeliest age band, as the face looks"),
    "Remark": st.column_config.TextColumn(width="large"),
}
_OF_SOME_MODELS = ("Mask", "Age")
_FILTER = "faces_filter"
_CORRECTING = "Write what is right beside the answers; the downloads then hold both."
_WORDS = dict(zip(CORRECTIONS, (*LABEL_WORDS.values(), "Not a face"), strict=True))


def rows_of(entry: Entry, result: ImageResult, threshold: float) -> list[dict[str, object]]:
    """The table's rows of one picture: one a face, or one that says why there is none.

    Keys are the columns' names; what does not apply to the row is missing.

    Texts are as in the CSV, a name such as "=1+1" with an apostrophe: the table can be copied and
    saved from its own toolbar, and must be as safe in a spreadsheet.
    """
    name = csv_cell(entry.name)
    if not result.faces:
        state, why = STATUS_WORDS[result.status], csv_cell(result.message)
        return [{"Picture": name, "Answer": state, "Remark": why}]
    return [
        {
            "Picture": name,
            "Face": number,
            "Answer": label_of(face),
            "Sure": whole_percent(face.confidence),
            "Mask": mask_word(face),
            "Age": age_words(face),
            "Remark": " ".join(filter(None, [explanation(face, threshold), description(face)])),
        }
        for number, face in enumerate(result.faces, start=1)
    ]


def faces_table(answered: Answered, threshold: float) -> None:
    """The table with its filters, to look at or to correct; sorting, searching and full screen are the widget's own."""
    faces = [face for _, result in answered for face in result.faces]
    offered = filters.useful(faces)
    with st.container(horizontal=True, vertical_alignment="bottom", key="table_head"):
        chosen = st.pills("Show only", offered, selection_mode="multi", key=_FILTER) if offered else []
        editing = st.toggle("Correct the answers", key="correcting", help=_CORRECTING) if faces else False
    rows = [
        (entry, face, row)
        for entry, result in answered
        for face, row in zip(result.faces or (None,), rows_of(entry, result, threshold), strict=True)
        if filters.keeps(face, chosen) and not (editing and face is None)
    ]
    said = [name for name in _COLUMNS if name not in _OF_SOME_MODELS or any(row.get(name) for *_, row in rows)]
    frame = pd.DataFrame([row for *_, row in rows], columns=said).astype({"Face": "Int64", "Sure": "Int64"})
    if editing:
        _editor(frame, [(entry, int(str(row["Face"]))) for entry, _, row in rows])
        return
    st.caption(f"{counted(len(rows), 'row', 'rows')}. Click one to see its picture, a column's name to sort.")
    st.dataframe(
        frame,
        hide_index=True,
        column_config=_COLUMNS,
        height="auto" if len(rows) <= 10 else _MAX_HEIGHT,
        key=_TABLE,
        on_select=partial(_jump, [entry.key for entry, *_ in rows]),
        selection_mode="single-cell",
        placeholder="",
        alt="All faces of all pictures with their answers",
    )


def _jump(keys: Sequence[int]) -> None:
    cells = st.session_state[_TABLE].selection.cells
    if cells and cells[0][0] < len(keys):
        choose(keys[cells[0][0]])


def _editor(frame: pd.DataFrame, faces: Sequence[tuple[Entry, int]]) -> None:
    """The table with a column to write in."""
    words = [_WORDS.get(entry.corrections.get(number, "")) for entry, number in faces]
    frame = frame.assign(Corrected=pd.Series(words, frame.index, "object"))
    # Streamlit keeps edits by their rows' places: another set of rows is another widget.
    key = f"corrections_{zlib.crc32(repr([(entry.key, number) for entry, number in faces]).encode())}"
    st.caption("Choose what is right in the last column. The downloads have it as a column of their own.")
    st.data_editor(
        frame,
        hide_index=True,
        column_config={**_COLUMNS, "Corrected": st.column_config.SelectboxColumn(options=list(_WORDS.values()))},
        disabled=[name for name in _COLUMNS if name in frame],
        height="auto" if len(frame) <= 10 else _MAX_HEIGHT,
        key=key,
        on_change=lambda: correct(faces, st.session_state[key]["edited_rows"]),
    )


def correct(faces: Sequence[tuple[Entry, int]], edits: Mapping[int, Mapping[str, str | None]]) -> None:
    """Keep what the user wrote.

    Args:
        faces: Entry and number of the face in each row.
        edits: By row, the edited columns with their new values, as the data editor gives them.
    """
    values = {word: value for value, word in _WORDS.items()}
    for place, edit in edits.items():
        entry, number = faces[place]
        word = edit.get("Corrected")
        entry.correct(number, None if word is None else values[word])
