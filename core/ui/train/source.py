"""The pictures to learn from: a folder on this machine or a ZIP, and what is to be known of them."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from core.data.readers.dataset import read_source
from core.data.samples import stable_number
from core.errors import AppError
from core.settings import trainings_dir
from core.training.jobs.check import DataCheck, check
from core.training.jobs.control import UNPACKED
from core.training.jobs.staging import unpack, with_test_split
from core.ui.wording import plain

_FOLDER, _CHECKED, _ZIP = "train_folder", "train_checked", "train_zip"
LAYOUT = (
    "A folder that contains the folders **Female** and **Male**. To choose yourself which pictures are used for what, "
    "put such a pair into each of **Training**, **Validation** and **Testing**; otherwise some pictures are set aside "
    "for validation and testing."
)


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """Pictures that have been looked at.

    Attributes:
        folder: What `prepare` is to read.
        given: The folder that the user named, or the ZIP.
        held_out: Pictures put aside for the test.
        notes: Sentences on what was not taken.
        found: What was found.
        masked: The people in them wear real masks.
    """

    folder: Path
    given: str
    held_out: int
    notes: tuple[str, ...]
    found: DataCheck
    masked: bool


def choose(size: int) -> Checked | None:
    """Let the user name the pictures and have them looked at; None until that is done."""
    st.caption(LAYOUT)
    folder, archive = st.columns(2, gap="medium")
    with folder:
        typed = st.text_input(
            "Folder on this machine", key=_FOLDER, placeholder="/home/me/pictures", persist_state="session"
        )
    with archive:
        dropped = st.file_uploader(
            "Or drop a ZIP",
            key=_ZIP,
            help="Up to 400 MB, unpacked on this machine until you remove the training.",
        )
    masked = st.toggle(
        "The people wear real masks",
        key="train_masked",
        help="Off: masks of six kinds are drawn on the faces, so that no pictures of masked people are needed.",
        persist_state="session",
    )
    if st.button("Check the pictures", key="train_check", type="primary", disabled=not (typed or dropped)):
        st.session_state[_CHECKED] = None
        place = None
        try:
            if dropped is not None:
                data = dropped.getvalue()
                room = _room(hashlib.sha256(data).hexdigest())
                place, notes = unpack(data, dropped.name, room / "pictures")
                st.session_state[_CHECKED] = _look(place, room, dropped.name, tuple(notes), size, masked)
            else:
                place = Path(typed).expanduser().resolve()
                st.session_state[_CHECKED] = _look(place, _room(str(place)), str(place), (), size, masked)
        except AppError as error:
            # Where a ZIP was unpacked to is nothing that its owner knows.
            words = error.message.replace(str(place), dropped.name) if dropped and place else error.message
            st.error(plain(words), icon=":material/error:")
        except (OSError, RuntimeError) as error:  # the latter of "~name" for a user who is not there
            st.error(plain(f"The pictures cannot be read: {error}."), icon=":material/error:")
    checked: Checked | None = st.session_state.get(_CHECKED)
    if checked is not None and not checked.folder.is_dir():
        st.warning(f"{plain(checked.given)} is no longer there. Choose the pictures again.", icon=":material/warning:")
        return None
    return checked


def _look(folder: Path, room: Path, given: str, notes: tuple[str, ...], size: int, masked: bool) -> Checked:
    bar = st.progress(0.0, text="Reading the folder")

    def show(what: str, done: int, total: int) -> None:
        if done % 5 == 0 or done == total:
            bar.progress(done / total, text=f"{what}: {done:,} of {total:,}")

    try:
        source = read_source(folder, masked=masked)
        tree, held_out = with_test_split(source, room / "split")
        if held_out:
            source = replace(read_source(tree, masked=masked), dropped=source.dropped)
        found = check(source, size, show)
    finally:
        bar.empty()
    return Checked(tree, given, held_out, notes, found, masked)


def _room(words: str) -> Path:
    """Where what is made of these pictures goes: no other ones share it."""
    return trainings_dir() / UNPACKED / f"{stable_number(words):016x}"
