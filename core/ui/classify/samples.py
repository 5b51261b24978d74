"""Sample pictures with their answers beside them: the page is never empty."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import streamlit as st

from core.classify.decision import apply_thresholds
from core.classify.pipeline import Classifier
from core.classify.sources import Upload
from core.results import ImageResult
from core.sample_pictures import SAMPLES_DIR, SamplePicture, read_samples
from core.ui import state
from core.ui.classify import uploads
from core.ui.classify.cards import one_picture
from core.ui.classify.collection import Collection, Entry, digest_of
from core.ui.components import gallery
from core.ui.loaders import Ready
from core.ui.sidebar import AnswerSettings
from core.ui.wording import plain
from core.vision.pictures.decode import load_picture

PROVENANCE = SAMPLES_DIR / "README.md"
_GENERATED = "All masks are drawn, and most of these people do not exist: their portraits are generated."
_CHOSEN, _SHOWN = "chosen_sample", "shown_sample"
_HEIGHT = 440


def samples() -> list[SamplePicture]:
    """The sample pictures of the manifest, in its order."""
    return [sample for sample in read_samples() if sample.file.is_file()]


def offer(settings: AnswerSettings, collection: Collection) -> None:
    """The samples and the chosen one's answers; open until the session has a picture."""
    offered = samples()
    if not offered:
        return
    empty = not len(collection)
    panel = st.expander(
        "Try a sample",
        icon=":material/photo_library:",
        expanded=empty,
        key=f"samples_{'alone' if empty else 'beside'}",  # it closes when the first picture comes
        on_change="rerun",
    )
    if panel.open:
        with panel:
            st.fragment(_samples)(settings, offered)


def _samples(settings: AnswerSettings, offered: list[SamplePicture]) -> None:
    state.draw_all_where_asked()
    names = [sample.file.name for sample in offered]
    chosen = st.session_state.get(_CHOSEN)
    place = names.index(chosen) if chosen in names else 0
    sample = offered[place]
    left, right = st.columns([2, 7], gap="small")
    with left:
        cells = [
            gallery.Cell(one.file.name, one.title, "", f"{one.title} (sample)", image=_thumbnail(*_state(one.file)))
            for one in offered
        ]
        gallery.show("samples_grid", "Samples", cells, sample.file.name, _choose, shows=_SHOWN, height=_HEIGHT, cell=80)
    with right, st.container(key=_SHOWN):
        entry, answered = _answered(sample, -1 - place, settings.model)
        result = apply_thresholds(answered, settings.thresholds)
        st.markdown(f"**{plain(sample.title)}**" + (f": {plain(sample.note)}" if sample.note else ""))
        one_picture(entry, result, settings.thresholds.gender, settings.model, checks=False, height=_HEIGHT)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(_GENERATED, width="content")
        st.button(
            f"Use all {len(offered)} as my pictures",
            icon=":material/library_add:",
            key="take_samples",
            on_click=_take_all,
            args=(offered,),
        )
        with st.popover("Where these pictures come from", type="tertiary", icon=":material/info:"):
            st.markdown(_provenance())


def _choose(event: gallery.Event) -> None:
    st.session_state[_CHOSEN] = event.chosen


def _take_all(offered: list[SamplePicture]) -> None:
    for sample in offered:
        data = sample.file.read_bytes()
        if state.uploaded().find(sample.file.name, data) is None:
            uploads.take_in(sample.file.name, data)
    state.ask_to_draw_all()


def _answered(sample: SamplePicture, key: int, model: Ready) -> tuple[Entry, ImageResult]:
    data = sample.file.read_bytes()
    entry = Entry(key, sample.file.name, sample.file.name, data, digest_of(data))
    return entry, _answer(entry.digest, model.fingerprint, sample.file.name, data, model.classifier)


# Shared by all sessions: samples are nobody's own pictures.
@st.cache_resource(max_entries=64, show_spinner=False)
def _answer(digest: str, fingerprint: str, name: str, _data: bytes, _classifier: Classifier) -> ImageResult:
    return replace(_classifier.classify(Upload(name, _data)), picture=None)


def _provenance() -> str:
    """The folder's README without its title."""
    text = PROVENANCE.read_text(encoding="utf-8") if PROVENANCE.is_file() else ""
    return "\n".join(line for line in text.splitlines() if not line.startswith("# "))


def _state(file: Path) -> tuple[str, int]:
    return str(file), file.stat().st_mtime_ns


@st.cache_data(max_entries=64, show_spinner=False)
def _thumbnail(file: str, changed: int) -> str:
    """The picture's middle square; `changed` makes a new file a new entry."""
    pixels = load_picture(file).pixels
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    return gallery.thumbnail(np.ascontiguousarray(pixels[top : top + side, left : left + side]))
