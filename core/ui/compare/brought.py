"""Peers' predictions that the user has brought; they outlive the uploader, which forgets them when the page changes."""

from typing import NamedTuple

import streamlit as st

from core.ui import state
from core.ui.given import own_name
from core.ui.wording import plain

UPLOADER = "compare_uploads"
_LISTED = "compare_uploads_listed"
HELP = (
    "A CSV with the columns `file` (as in the table of file names below) and `p_female`, the probability of *female* "
    "(0 or 1 where only labels are known). It is compared on the faces it has an answer for, and stays in this "
    "session's memory."
)


class Brought(NamedTuple):
    """A file of predictions as it came: its name and its bytes."""

    name: str
    data: bytes


def brought() -> list[Brought]:
    """The uploader, and below it what it has forgotten and the session still holds; returns all of it."""
    files = st.file_uploader(
        "CSV with columns file and p_female",
        type="csv",
        accept_multiple_files=True,
        key=UPLOADER,
        help=HELP,
        on_change=_take,
    )
    listed = st.session_state[_LISTED] = {file.file_id for file in files}
    for ident, file in _held().items():
        if ident not in listed:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{plain(file.name)}**", width="content")
                st.button(
                    "Remove",
                    icon=":material/delete:",
                    key=f"compare_remove_{ident}",
                    type="tertiary",
                    on_click=_forget,
                    args=(ident,),
                )
    return list(_held().values())


def _take() -> None:
    """Follow the uploader: what was taken out of it goes, what it lost with the page stays."""
    files = {file.file_id: Brought(own_name(file.name), file.getvalue()) for file in st.session_state[UPLOADER]}
    for ident in st.session_state[_LISTED] - files.keys():
        _forget(ident)
    _held().update(files)


def _forget(ident: str) -> None:
    _held().pop(ident, None)


def _held() -> dict[str, Brought]:
    held: dict[str, Brought] = st.session_state.setdefault(state.HELD_PEERS, {})
    return held
