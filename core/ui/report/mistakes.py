"""The report's gallery: the mistakes, or the faces of one cell of the confusion matrix, the surest first."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.classify.exports import csv_cell
from core.evaluation import decisions
from core.evaluation.answers import LABELS
from core.labels import family_words
from core.report.blocks import Table
from core.ui.components.chart_frame import show_table
from core.ui.components.contents import anchor_of, bring_into_view
from core.ui.report.choice import Choice
from core.ui.report.data import there
from core.ui.report.pictures import ask_pictures, show_picture
from core.ui.saved_runs import forget_unless_in
from core.ui.wording import counted, whole_percent

ALL = "all mistakes"
MISTAKES = "Mistakes"
"""Title of the section."""
_FILTER, _BRING = "report_filter", "report_bring"
_PER_PAGE = 12
_MOST_ROWS = 500
_UNMASKED = ("drawn", "held_out")
_COLUMNS = {
    "file": "file",
    "gender": "labelled",
    "answer": "answered",
    "confidence": "sure",
    "age": "age",
    "ethnicity": "ethnicity",
    "mask_family": "mask family",
    "found": "found by the detector",
    "quality": "quality",
}


def cell_of(truth: str, answer: str) -> str:
    """The name of a cell among the choices."""
    return f"labelled {truth}, answered {answer}"


def chosen_cell() -> tuple[str, str] | None:
    """Truth and answer of the cell whose faces are shown; None where it is all mistakes."""
    return _cells(with_uncertain=True).get(st.session_state.get(_FILTER, ALL))


def take_cell(picked: Sequence[dict[str, Any]] | None) -> None:
    """Bring the faces of the cell that was clicked into view; a click beside the cells shows all mistakes."""
    st.session_state[_FILTER] = cell_of(picked[0]["truth"], picked[0]["answer"]) if picked else ALL
    st.session_state[_BRING] = bool(picked)


def mistakes(choice: Choice, threshold: float | None) -> None:
    """The chosen faces as pictures where they are at hand, else as a table of file names."""
    cells = _cells(with_uncertain=threshold is not None)
    options = [ALL, *cells]
    if st.session_state.pop(_BRING, False):
        bring_into_view(anchor_of(MISTAKES))
    forget_unless_in(_FILTER, options)
    chosen = st.selectbox("Show", options, key=_FILTER)
    said = there(choice).decided(threshold)
    rows = decisions.cell(said, *cells[chosen]) if chosen in cells else decisions.mistakes(said)
    if rows.empty:
        st.info("There are no such faces.", icon=":material/info:")
        return
    st.caption(
        f"{counted(len(rows), 'face', 'faces')}, most confident first. Labels can be wrong too, and perceived gender "
        "is not always clear."
    )
    store = ask_pictures(choice.test_set.set, list(rows["file"].head(_PER_PAGE)))
    if store is None:
        _table(rows)
        return
    if choice.test_set.variant in _UNMASKED:
        st.caption("Pictures as in the data set, without the mask that was drawn for the test.")
    pages = math.ceil(len(rows) / _PER_PAGE)
    page = st.pagination(pages, key=f"report_page_{chosen}_{pages}") if pages > 1 else 1
    with st.grid(6, min_column_width=140, gap="small") as grid:
        for row in rows.iloc[(page - 1) * _PER_PAGE : page * _PER_PAGE].itertuples():
            with grid.cell():
                show_picture(store, str(row.file), _caption(row))
    with st.expander("As a table", icon=":material/table:"):
        _table(rows)


def _cells(*, with_uncertain: bool) -> dict[str, tuple[str, str]]:
    answers = (*LABELS, decisions.UNCERTAIN) if with_uncertain else LABELS
    return {cell_of(truth, answer): (truth, answer) for truth in LABELS for answer in answers}


def _caption(row: Any) -> str:
    known = [
        f"{row.age} years" if row.age else "",
        row.ethnicity,
        family_words(row.mask_family),
        str(row.quality).replace("_", " "),
    ]
    said = f"labelled {row.gender}, answered {row.answer}, {whole_percent(row.confidence)} % sure"
    return " · ".join([said, *filter(None, known)])


def _table(rows: pd.DataFrame) -> None:
    """File names are made safe for spreadsheets, as the table can be saved from its toolbar."""
    if len(rows) > _MOST_ROWS:
        st.caption(f"The {_MOST_ROWS} most confident of {len(rows):,}.")
    shown = rows.head(_MOST_ROWS)[list(_COLUMNS)].astype({"found": bool})
    sure = [whole_percent(value) for value in shown["confidence"]]
    files, families = shown["file"].map(csv_cell), shown["mask_family"].map(family_words)
    shown = shown.assign(confidence=sure, file=files, mask_family=families)
    title = "The faces, one row each, most confident first"
    show_table(Table(title, shown, _COLUMNS, forms={"confidence": "%d %%"}))
