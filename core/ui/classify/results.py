"""The answers: counts, one picture with a card for each of its faces, and a pager."""

from collections import Counter
from collections.abc import Callable, Sequence

import streamlit as st

from core.results import FaceResult, ImageResult, Label, MaskState, Status
from core.ui.classify import closer_look, rendering
from core.ui.classify.collection import Entry
from core.ui.loaders import Ready
from core.ui.wording import alternative, counted, description, explanation, label_of, percent, plain, traits

Answered = Sequence[tuple[Entry, ImageResult]]

_COLOURS = {Label.FEMALE: "orange", Label.MALE: "blue", Label.UNCERTAIN: "gray"}
_CROP_PX = 92
_MANY_FACES = 5
_CARDS_HEIGHT = 640
_CHOSEN = "chosen_picture"


def summary(answered: Answered) -> None:
    """Counts of pictures, faces and answers; what did not happen is left out."""
    faces = Counter(face.label for _, result in answered for face in result.faces)
    masks = Counter(face.mask for _, result in answered for face in result.faces if face.mask is not None)
    states = Counter(result.status for _, result in answered)
    counts = [
        ("Pictures", len(answered)),
        ("Faces", faces.total()),
        ("Female", faces[Label.FEMALE]),
        ("Male", faces[Label.MALE]),
        ("Uncertain", faces[Label.UNCERTAIN]),
    ]
    if masks:
        counts.append(("Masked", masks[MaskState.WORN]))
    rest = [("Without a face", states[Status.NO_FACE]), ("Not read", states[Status.REFUSED])]
    with st.container(horizontal=True, gap="medium", key="summary"):
        for name, count in [*counts, *((name, count) for name, count in rest if count)]:
            st.metric(name, count, width="content")


def choose(key: int) -> None:
    """Make the entry with this key the one that is shown."""
    st.session_state[_CHOSEN] = key


def pager(answered: Answered, clear: Callable[[], None]) -> tuple[Entry, ImageResult]:
    """Previous, "3 of 12", next, clear all; returns the entry that is shown: the chosen one, else the first."""
    keys = [entry.key for entry, _ in answered]
    chosen = st.session_state.get(_CHOSEN)
    index = keys.index(chosen) if chosen in keys else 0
    if len(keys) > 1:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="pager"):
            _turn("Previous", ":material/chevron_left:", keys, index - 1)
            st.markdown(f"**{index + 1}** of **{len(keys)}**", width="content")
            _turn("Next", ":material/chevron_right:", keys, index + 1)
            st.markdown(plain(answered[index][0].name), width="stretch")
            st.button("Clear all", icon=":material/delete_sweep:", key="clear", type="tertiary", on_click=clear)
    return answered[index]


def _turn(word: str, icon: str, keys: Sequence[int], to: int) -> None:
    there = 0 <= to < len(keys)
    st.button(
        word,
        icon=icon,
        icon_position="right" if word == "Next" else "left",
        key=f"turn_{word}",
        disabled=not there,
        on_click=choose,
        args=(keys[to] if there else 0,),
    )


def one_picture(
    entry: Entry, result: ImageResult, threshold: float, remove: Callable[[int], None], model: Ready, *, wide: bool
) -> None:
    """A picture and what was found in it: side by side where `wide`, else one below the other.

    `remove` forgets the picture with the key that it is given; `model` is the one that answered.
    """
    if result.status is Status.REFUSED:
        st.warning(plain(result.message), title=f"{plain(entry.name)} was not read", icon=":material/broken_image:")
        _remove_button(entry, remove)
        return
    left, right = st.columns([3, 2], gap="medium") if wide else (st.container(), st.container())
    with left:
        picture, width = rendering.on_screen(entry, result)
        st.image(picture, width=width, alt=alternative(result))
        for note in result.notes:
            st.caption(f":material/info: {plain(note)}")
    with right:
        if result.status is Status.NO_FACE:
            _offer_whole_picture(entry)
        else:
            _cards(entry, result, threshold, model)
        _remove_button(entry, remove)


def _cards(entry: Entry, result: ImageResult, threshold: float, model: Ready) -> None:
    many = len(result.faces) > _MANY_FACES
    with st.container(height=_CARDS_HEIGHT if many else "content", border=False):
        for number, face in enumerate(result.faces, start=1):
            _card(entry, number, face, threshold, model)
    if entry.whole and not any(face.face.detected for face in result.faces):
        st.button(
            "Undo: look for faces only",
            icon=":material/undo:",
            key=f"undo_{entry.key}",
            type="tertiary",
            on_click=entry.ask_again,
            kwargs={"whole": False},
        )


def _card(entry: Entry, number: int, face: FaceResult, threshold: float, model: Ready) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.image(face.crop, width=_CROP_PX, alt=f"Face {number} as the model saw it")
            with st.container(gap="xsmall", width="stretch"):
                badge = f":{_COLOURS[face.label]}-badge[{label_of(face)}]"
                st.markdown(f"**{number}** &ensp; {badge} &ensp; {percent(face.confidence)}")
                st.progress(face.confidence)
                if line := traits(face):
                    st.caption(line)
                st.caption(" ".join(filter(None, [explanation(face, threshold), description(face)])))
                chosen = closer_look.choose(entry, number)
        if chosen:
            closer_look.open_look(chosen, entry, number, face, threshold, model)


def _offer_whole_picture(entry: Entry) -> None:
    with st.container(border=True):
        st.markdown("**No face found**")
        st.caption(
            "Faces that are very small, turned away or mostly covered can be missed. If this picture is one "
            "face, cut out closely, the whole of it can be taken as the face."
        )
        st.button(
            "Treat the whole picture as a face",
            icon=":material/crop_free:",
            key=f"whole_{entry.key}",
            on_click=entry.ask_again,
            kwargs={"whole": True},
        )


def offer_whole_pictures(answered: Answered) -> None:
    """The same offer for all pictures without a face at once, where there are several."""
    faceless = [entry for entry, result in answered if result.status is Status.NO_FACE]
    if len(faceless) > 1:
        st.button(
            f"Treat {len(faceless)} pictures without a face as face crops",
            icon=":material/crop_free:",
            key="whole_all",
            on_click=_take_all_whole,
            args=(faceless,),
        )


def _take_all_whole(entries: Sequence[Entry]) -> None:
    for entry in entries:
        entry.ask_again(whole=True)


def _remove_button(entry: Entry, remove: Callable[[int], None]) -> None:
    st.button(
        "Remove this picture",
        icon=":material/delete:",
        key=f"remove_{entry.key}",
        type="tertiary",
        on_click=remove,
        args=(entry.key,),
    )


def problems(answered: Answered) -> None:
    """Every file that could not be read, each with its sentence."""
    refused = [result for _, result in answered if result.status is Status.REFUSED]
    if not refused:
        return
    title = f"{counted(len(refused), 'file was', 'files were')} not read"
    with st.expander(title, icon=":material/broken_image:", expanded=len(refused) <= _MANY_FACES):
        for result in refused:
            name = "" if result.name in result.message else f"**{plain(result.name)}**: "
            st.markdown(f"- {name}{plain(result.message)}")
