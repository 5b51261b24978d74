"""The pictures to learn from, a folder on this machine or a ZIP, and what was found in them before any training."""

import streamlit as st

from core.errors import AppError
from core.settings import trainings_dir
from core.training.jobs.check import STOPS, WARNS, Finding
from core.training.jobs.staging import lost_pictures
from core.types import Pixels
from core.ui import state
from core.ui.given import own_name
from core.ui.task import Task
from core.ui.train.looking import Checked, Given, look_at
from core.ui.wording import counted, plain

_LOOKING, _REFUSED, _LOOK_SECONDS = "train_looking", "train_refused", 1.0
_FOLDER, _CHECKED, _ZIP = "train_folder", "train_checked", "train_zip"
LAYOUT = (
    "A folder that contains the folders **Female** and **Male**. To choose yourself which pictures are used for what, "
    "put such a pair into each of **Training**, **Validation** and **Testing**; otherwise some pictures are set aside "
    "for validation and testing."
)
_SPLITS = {"train": "training", "val": "validation (chooses the best epoch)", "test": "test"}
_THUMBNAIL = 80


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
    if typed and dropped is not None:
        st.caption("The ZIP will be checked, not the folder: remove the ZIP to use the folder.")
    if st.button("Check the pictures", key="train_check", type="primary", disabled=not (typed or dropped)):
        if dropped is not None:
            given = Given(own_name(dropped.name), dropped.getvalue(), size, masked)
        else:
            given = Given(str(typed), None, size, masked)
        stop()
        st.session_state[_LOOKING] = Task(look_at(given), "Reading the pictures")
        st.session_state[_CHECKED] = st.session_state[_REFUSED] = None
        st.session_state[state.HELD_CHECK] = True
    return _outcome()


def stop() -> None:
    """End the look at pictures, if there is one."""
    looking: Task[Checked] | None = st.session_state.pop(_LOOKING, None)
    if looking is not None:
        looking.stop()
        st.session_state.pop(state.HELD_CHECK, None)


def _outcome() -> Checked | None:
    """What came of the look at pictures, which goes on by itself until it has ended."""
    looking: Task[Checked] | None = st.session_state.get(_LOOKING)
    if looking is not None:
        if looking.wait(_LOOK_SECONDS / 2):
            _look_on()
            return None
        del st.session_state[_LOOKING]
        try:
            st.session_state[_CHECKED] = looking.outcome()
        except AppError as error:
            st.session_state[_REFUSED] = error
    refused: AppError | None = st.session_state.get(_REFUSED)
    if refused is not None:
        st.session_state.pop(state.HELD_CHECK, None)
        st.error(plain(in_words(refused)), icon=":material/error:")
    checked: Checked | None = st.session_state.get(_CHECKED)
    if checked is not None and not checked.folder.exists():
        st.warning(f"{plain(checked.given)} is no longer there. Choose the pictures again.", icon=":material/warning:")
        return None
    if checked is not None and (lost := lost_pictures(checked.folder)) is not None:
        words = f"The pictures are no longer in {lost}. Put them back, or choose others."
        st.warning(plain(words), icon=":material/warning:")
        return None
    return checked


@st.fragment(run_every=_LOOK_SECONDS)
def _look_on() -> None:
    """How far the look is, drawn by itself: the rest of the page can be used meanwhile."""
    looking: Task[Checked] | None = st.session_state.get(_LOOKING)
    if looking is None or not looking.wait(0):
        st.rerun()
    st.progress(looking.telling.share, text=plain(looking.telling.words))
    st.button("Stop", icon=":material/stop_circle:", key="train_check_stop", on_click=stop)


def in_words(error: AppError) -> str:
    """An error as it is to be said on this page, where nobody runs a command again."""
    if error.code == "disk_full":
        return f"The disk is full: there is no space left in {trainings_dir().parent}. Free some space and try again."
    return error.message


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
