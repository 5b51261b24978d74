"""Sections of a report on the page."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from core.report.blocks import Beside, Block, Chart, Facts, Figures, Section, Table, Tone, Words
from core.ui.components.chart_frame import show, show_table, spec_of, tools
from core.ui.components.contents import Contents
from core.ui.wording import plain

Own = Mapping[str, Callable[[Chart, tuple[str, ...]], None]]
"""How the page draws charts that can be asked, by title."""
_ICONS = {Tone.INFO: ":material/info:", Tone.WARNING: ":material/warning:"}


def draw(found: Section, contents: Contents, about: tuple[str, ...]) -> None:
    """A section under its heading.

    Args:
        found: The section.
        contents: Where its heading stands in the list of sections.
        about: What its charts are about, for their titles and files: model, set.
    """
    contents.header(found.title)
    draw_blocks(found.blocks, about)


def draw_blocks(blocks: Sequence[Block], about: tuple[str, ...], own: Own | None = None) -> None:
    """What a section holds; see `draw` and `Own`."""
    for block in blocks:
        match block:
            case Words():
                _words(block)
            case Table() if block.folded:
                tools(block.title, about, table=block)
            case Table():
                show_table(block)
            case Chart():
                _chart(block, about, own or {})
            case Facts():
                _facts(block)
            case Figures():
                _figures(block)
            case Beside():
                with st.grid(len(block.columns), min_column_width=260, gap="medium") as grid:
                    for column in block.columns:
                        with grid.cell():
                            draw_blocks(column, about, own)


def _words(block: Words) -> None:
    text = block.filled(plain)
    if block.tone in _ICONS:
        note = st.info if block.tone is Tone.INFO else st.warning
        note(text, icon=_ICONS[block.tone])
    elif block.tone is Tone.CAPTION:
        st.caption(text)
    else:
        st.markdown(text)


def _chart(chart: Chart, about: tuple[str, ...], own: Own) -> None:
    if chart.headed:
        st.markdown(f"**{chart.title}**")
    if chart.title not in own:
        if chart.caption:
            st.caption(chart.caption)
        show(chart, about)
    else:
        own[chart.title](chart, about)
        tools(chart.title, about, spec_of(chart.build, *chart.arguments), chart.table)


def _facts(block: Facts) -> None:
    values = {plain(name): plain(text) for name, text in block.values.items()}
    if not block.further:
        st.markdown(f"**{block.title}**")
        st.table(values, border="horizontal", alt=block.title)
        return
    with st.expander(block.title):
        st.table(values, border="horizontal", alt=block.title)


def _figures(block: Figures) -> None:
    with st.grid(4, min_column_width=150, border=True) as grid:  # cells of a row are as tall as the tallest
        for one in block.figures:
            with grid.cell(), st.container(gap=None):
                st.metric(one.name, one.value, help=one.help)
                if one.about:
                    st.caption(plain(one.about))
                st.caption(one.below)
