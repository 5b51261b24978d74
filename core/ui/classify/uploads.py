"""Pictures on their way in: dropped, browsed for or pasted; and their way through the model."""

from collections.abc import Iterator
from pathlib import Path

import streamlit as st

from core.classify.archives import is_archive, read_archive
from core.classify.sources import Upload, is_video
from core.errors import ArchiveError
from core.files import is_clutter
from core.settings import ArchiveLimits, ImageLimits, SessionLimits
from core.ui import state
from core.ui.classify.collection import Collection, Entry, tidy_name
from core.ui.given import own_name
from core.ui.loaders import Ready
from core.ui.wording import counted
from core.vision.pictures.formats import FORMAT_NAMES

HELP = (
    f"As many as you like: {FORMAT_NAMES}, or a ZIP of them. Copied pictures can be pasted with Ctrl+V (⌘V) anywhere "
    "on this page. A file that is not a picture is listed and skipped."
)
_PICTURE, _ARCHIVE, _SESSION = ImageLimits(), ArchiveLimits(), SessionLimits()
LIMITS = (
    f"Pictures up to {_PICTURE.max_bytes // 2**20} MB and {_PICTURE.max_pixels // 10**6} megapixels, a ZIP up to "
    f"{_ARCHIVE.max_bytes // 2**20} MB; {_SESSION.max_pictures} pictures and {_SESSION.max_bytes // 2**20} MB in all. "
    "Videos open under *Live video*."
)
# The widget says what the largest file may be, a ZIP; what holds for pictures is said below it.
_OWN_LIMITS = """<style>
[class*="st-key-uploader_"] [data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
</style>"""
FOLDER_HELP = (
    "Choose a folder instead of files: everything in it and in its subfolders is read. Hidden files are skipped."
)
_ROUND, _FOLDER = "uploader_round", "uploader_folder"
_TAKEN = "uploader_taken"
_CROWD = 50  # looks at faces from which on a picture is told to take its time
_PASTE_SCRIPT = Path(__file__).with_name("paste.js").read_text(encoding="utf-8")


def drop_zone() -> None:
    """The uploader. What it takes goes into the session's collection, where it outlives the widget.

    No file type is asked for: whatever is no picture is refused with its own sentence.
    """
    st.html(f"<script>{_PASTE_SCRIPT}</script>", unsafe_allow_javascript=True)
    st.html(_OWN_LIMITS)
    whole_folder = bool(st.session_state.get(_FOLDER, False))
    key = f"uploader_{st.session_state.setdefault(_ROUND, 0)}{'_folder' * whole_folder}"
    files = st.file_uploader(
        "Choose a folder of pictures" if whole_folder else "Drop pictures here, paste them, or browse",
        accept_multiple_files="directory" if whole_folder else True,
        help=FOLDER_HELP if whole_folder else HELP,
        key=key,
        on_change=_take,
        args=(key, whole_folder),
    )
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        st.caption(LIMITS, width="stretch")
        st.toggle("A whole folder", key=_FOLDER, help=FOLDER_HELP, persist_state="session")
    if not files:
        st.session_state[_TAKEN] = {}  # drawn anew after a change of page: what it held before is not removed by it


def _take(uploader: str, whole_folder: bool) -> None:
    """Follow the uploader: its new files come in, those that were removed from it go out.

    What stayed outside is remembered too (without a key), so that it is said once.
    """
    files = st.session_state[uploader]
    taken: dict[str, tuple[int, ...]] = st.session_state[_TAKEN]
    gone = {key for file_id in taken.keys() - {file.file_id for file in files} for key in taken.pop(file_id)}
    for key in gone - {key for keys in taken.values() for key in keys}:  # the same picture may be listed twice
        state.uploaded().remove(key)
    first = None
    for file in files:
        if file.file_id not in taken:
            name, data = own_name(file.name), file.getvalue()
            if is_video(name, data):
                from core.ui.classify import video  # which needs much memory

                taken[file.file_id] = ()
                video.hold(tidy_name(name), data)
                state.tell(f"'{tidy_name(name)}' is a video: it opens under Live video.")
                st.session_state[state.TAB] = state.LIVE
                continue
            taken[file.file_id] = () if whole_folder and is_clutter(name) else _keys_of(name, data)
            first = first or next(iter(taken[file.file_id]), None)
    if first is not None:
        state.choose_face(first)


def _keys_of(name: str, data: bytes) -> tuple[int, ...]:
    """Take in a file, which may be an archive of many; returns the keys of the pictures that it is or holds."""
    keys = []
    for upload in _opened(name, data) if is_archive(data) else [Upload(name, data)]:
        entry = take_in(upload.name, upload.data) or state.uploaded().find(upload.name, upload.data)
        if entry is not None:
            keys.append(entry.key)
    return tuple(keys)


def _opened(name: str, data: bytes) -> Iterator[Upload]:
    """The files in an archive; what is left out is told."""
    member = None
    try:
        for member in read_archive(data, tidy_name(name)):
            if isinstance(member, Upload):
                yield member
            else:
                state.tell(member.message)
        if member is None:
            state.tell(f"'{tidy_name(name)}' contains no files. Choose a ZIP with pictures.")
    except ArchiveError as error:
        state.tell(error.message)


def take_in(name: str, data: bytes) -> Entry | None:
    """Add one picture to the session's; None, and a sentence for the user, where it stays outside."""
    outcome = state.uploaded().add(name, data)
    if isinstance(outcome, str):
        state.tell(outcome)
        return None
    return outcome


def remove(key: int) -> None:
    """Forget one picture; the next one takes its place on the page, or the last where it was the last."""
    keys = [entry.key for entry in state.uploaded()]
    state.uploaded().remove(key)
    _empty_uploader()
    rest = [other for other in keys if other != key]
    if key in keys and rest:
        state.choose_face(rest[min(keys.index(key), len(rest) - 1)], focus=True)


def clear() -> None:
    """Forget all uploaded pictures."""
    state.uploaded().clear()
    _empty_uploader()


def bring_back() -> None:
    """Undo the last removal."""
    first = next(iter(state.uploaded().forgotten), None)
    state.uploaded().bring_back()
    if first is not None:
        state.choose_face(first.key)


def offer_to_bring_back() -> None:
    """Say what was removed last, with a way back."""
    number = len(state.uploaded().forgotten)
    if number:
        with st.container(horizontal=True, vertical_alignment="center", key="removed"):
            st.markdown(f"{counted(number, 'picture was', 'pictures were')} removed.", width="content")
            st.button("Undo", icon=":material/undo:", key="bring_back", on_click=bring_back)


def _empty_uploader() -> None:
    """Let the uploader forget its files, which a new key does: it must not list what has been removed."""
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.session_state[_TAKEN] = {}
    state.ask_to_draw_all()


def answer(collection: Collection, model: Ready) -> None:
    """Let the model answer what it has not answered yet, with progress; an interrupted run goes on later."""
    waiting = collection.pending(model.fingerprint)
    if not waiting:
        return
    if collection.stopped:
        _offer_to_go_on(collection, len(waiting))
        return
    place = st.empty()
    with place.container(key="answering"):
        bar = st.progress(0.0, text=_progress_text(0, len(waiting)))
        stop = st.empty()
    drawn = False

    def offer_to_stop() -> None:
        """A click ends this run of the page at the next step of the bar: what is answered stays answered."""
        nonlocal drawn
        if not drawn:
            stop.button("Stop", icon=":material/stop_circle:", key="stop_answering", on_click=collection.stop)
            drawn = True

    def meanwhile(name: str, beats: int) -> None:
        offer_to_stop()
        bar.progress(done / len(waiting), text=_progress_text(done, len(waiting), beats))

    if len(waiting) > 1:
        offer_to_stop()
    done = 0
    for whole in (False, True):
        group = [entry for entry in waiting if entry.whole is whole]
        sources = [entry.source() for entry in group]
        answers = model.classifier.classify_many(sources, assume_crop=whole, meanwhile=meanwhile)
        for entry, result in zip(group, answers, strict=True):
            entry.answer(result, model.fingerprint)
            done += 1
            bar.progress(done / len(waiting), text=_progress_text(done, len(waiting)))
    place.empty()


def _offer_to_go_on(collection: Collection, waiting: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="stopped"):
        st.markdown(f"Stopped: {counted(waiting, 'picture was', 'pictures were')} not analysed.", width="content")
        st.button("Continue", icon=":material/play_circle:", key="go_on", on_click=collection.go_on)


def _progress_text(done: int, total: int, looks: int = 0) -> str:
    crowd = f", {looks:,} faces examined in this one" if looks >= _CROWD else ""
    return f"Analysing pictures: {done:,} of {total:,}{crowd}"
