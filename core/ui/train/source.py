"""The pictures to learn from, a folder on this machine or a ZIP, and what was found in them before any training."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from core.data.readers.dataset import read_source
from core.data.samples import stable_number
from core.errors import AppError
from core.settings import trainings_dir
from core.training.jobs.check import STOPS, WARNS, DataCheck, Finding, check
from core.training.jobs.control import UNPACKED
from core.training.jobs.staging import unpack, with_test_split
from core.types import Pixels
from core.ui.wording import counted, plain

_FOLDER, _CHECKED, _ZIP = "train_folder", "train_checked", "train_zip"
LAYOUT = (
    "A folder that contains the folders **Female** and **Male**. To choose yourself which pictures are used for what, "
    "put such a pair into each of **Training**, **Validation** and **Testing**; otherwise some pictures are set aside "
    "for validation and testing."
)
_SPLITS = {"train": "training", "val": "validation (chooses the best epoch)", "test": "test"}
_THUMBNAIL = 80


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


def choose_pictures(size: int) -> Checked | None:
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


def show_findings(checked: Checked) -> None:
    """Counts, findings and contact sheets."""
    found = checked.found
    st.subheader("Data check", anchor=False)
    st.markdown(f"**{counted(found.pictures, 'picture')}** in {plain(checked.given)} can be used.")
    if checked.held_out:
        who = counted(checked.held_out, "of them is", "of them are")
        st.caption(
            f"{who} set aside for testing, as the folder has no test pictures of its own. "
            "If some people appear in several pictures, make the split yourself: otherwise the same person may be in "
            "training and in the test."
        )
    counts = found.counts.assign(split=found.counts["split"].map(_SPLITS))
    st.dataframe(counts, hide_index=True, width="content", alt="Pictures by split and gender")
    for note in checked.notes[:5]:
        st.caption(plain(note))
    if len(checked.notes) > 5:
        st.caption(f"{counted(len(checked.notes) - 5, 'more file was', 'more files were')} skipped.")
    for finding in found.findings:
        _finding(finding)
    if not found.findings:
        st.success("No problems found.", icon=":material/check_circle:")
    bare, masked = st.columns(2, gap="medium")
    with bare:
        _sheet("Bare faces, as the network sees them", found.bare)
    with masked:
        title = "Faces in real masks" if checked.masked else "The same faces with drawn masks"
        _sheet(title, found.masked)


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


def _finding(finding: Finding) -> None:
    words = plain(finding.sentence)
    if finding.weight == STOPS:
        st.error(words, icon=":material/block:")
    elif finding.weight == WARNS:
        st.warning(words, icon=":material/warning:")
    else:
        st.info(words, icon=":material/info:")
    if finding.examples:
        with st.expander("Examples"):
            st.markdown("\n".join(f"- {plain(example)}" for example in finding.examples))


def _sheet(title: str, crops: Pixels) -> None:
    if not len(crops):
        return
    st.markdown(f"**{title}**")
    alts = [f"{title}: face {number}" for number in range(1, len(crops) + 1)]
    st.image(list(crops), width=_THUMBNAIL, alt=alts)
