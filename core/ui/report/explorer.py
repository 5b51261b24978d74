"""The report's sections on one set of faces, which follow one threshold: matrix, curves, groups, mistakes.

They are one fragment: when the slider moves or a cell is clicked, nothing else of the page runs.
"""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from core.report import chart_files
from core.report.blocks import Chart
from core.report.charts.confusion import CELL
from core.report.sections import OF_FACES, OfFaces, View, groups, matrix
from core.report.sections.faces import MATRIX
from core.ui.components import address
from core.ui.components.chart_frame import spec_of
from core.ui.components.contents import Contents
from core.ui.report.choice import PAGE, Choice
from core.ui.report.data import groupings_of, section_of
from core.ui.report.mistakes import MISTAKES, cell_of, chosen_cell, mistakes, take_cell
from core.ui.report.render import draw_blocks
from core.ui.saved_runs import forget_unless_in

_THRESHOLD, _EVERY = "report_threshold", "every"
_OPTIONS = (_EVERY, *map(str, range(50, 100)))


@st.fragment
def explorer(choice: Choice, contents: Contents) -> None:
    """All that can be seen in the predictions of the chosen faces, of which there is at least one."""
    asked: dict[OfFaces, Callable[[Choice, View], View]] = {matrix: _ask_threshold, groups: _ask_grouping}
    view = View()
    for row in OF_FACES:
        places = st.columns(len(row), gap="medium") if len(row) > 1 else [st.container()]
        for place, build in zip(places, row, strict=True):
            with place:
                heading = st.container()
                if build in asked:
                    view = asked[build](choice, view)
                found = section_of(choice, build, view)
                with heading:
                    contents.header(found.title)
                draw_blocks(found.blocks, choice.about, {MATRIX: _matrix_to_click})
    contents.header(MISTAKES)
    mistakes(choice, view.threshold)
    address.write(PAGE)


def _ask_threshold(choice: Choice, view: View) -> View:
    """Let the user choose the confidence from which a face counts as answered, or that every face is called."""
    own = round(100 * choice.thresholds.gender)
    st.caption(
        f"At *every face*, all are called female or male, as in the figures above. At 50 % or more, only faces that "
        f"reach this confidence and are clearly visible are answered, as on the Classify page (default: {own} %). The "
        "matrix, curves, groups and mistakes below follow this slider."
    )
    st.session_state[_THRESHOLD] = address.begin(PAGE, "threshold", _THRESHOLD, _OPTIONS, _EVERY)
    percent = st.select_slider(
        "Answer when at least this sure",
        _OPTIONS,
        key=_THRESHOLD,
        format_func=lambda value: "every face" if value == _EVERY else f"{value} %",
    )
    address.keep(PAGE, "threshold", percent, _EVERY)
    threshold = None if percent == _EVERY else int(percent) / 100
    return replace(view, threshold=threshold, marked=threshold)


def _ask_grouping(choice: Choice, view: View) -> View:
    """Let the user choose by what the faces are divided."""
    offered = groupings_of(choice)
    if not offered:
        return view
    forget_unless_in("report_groups", offered)
    by = st.segmented_control(
        "Group women and men by",
        offered,
        default=offered[0],
        required=True,
        key="report_groups",
        wrap=True,
        persist_state="session",
    )
    return replace(view, groupings=(by or offered[0],))


def _matrix_to_click(chart: Chart, about: tuple[str, ...]) -> None:
    """The confusion matrix; a click on a cell shows its faces."""
    st.caption(f"{chart.caption} Click a cell to see its faces under *Mistakes*.")
    framed = chosen_cell()
    # Another key for another cell: a new chart forgets the last click, so that the same cell can be clicked again.
    key = f"report_matrix_{cell_of(*framed) if framed else ''}"
    st.vega_lite_chart(
        chart_files.named(spec_of(chart.build, *chart.arguments, framed), chart.title, about),
        key=key,
        on_select=lambda: take_cell(st.session_state[key].selection.get(CELL)),
        selection_mode=CELL,
    )
