"""One picture and, beside it, a card for each of its faces."""

from collections.abc import Callable

import streamlit as st

from core.report.colours import BLUE, GREY, VERMILION
from core.results import FaceResult, ImageResult, Label, Status
from core.ui.classify import closer_look, rendering
from core.ui.classify.checks import RIGHT, SAID_WORDS
from core.ui.classify.collection import Entry
from core.ui.loaders import Ready
from core.ui.wording import alternative, description, explanation, label_of, leaning, percent, plain, traits

_COLOURS = {Label.FEMALE: "orange", Label.MALE: "blue", Label.UNCERTAIN: "gray"}
_CROP_PX = 92
_MANY_FACES = 5
_CARDS_HEIGHT = 640
_FILLS = {Label.FEMALE: VERMILION, Label.MALE: BLUE, Label.UNCERTAIN: GREY}
_BAR = (
    '<div style="display:flex;align-items:center;gap:0.5rem;font-size:0.8rem;line-height:1.2" '
    'role="img" aria-label="{words}" title="{words}">'
    '<span aria-hidden="true">Male</span>'
    '<div style="position:relative;flex:1;height:0.75rem" aria-hidden="true">{parts}</div>'
    '<span aria-hidden="true">Female</span></div>'
)
_PART = '<div style="position:absolute;left:{left:.1f}%;width:{width};top:{top};bottom:{top};{style}"></div>'


def one_picture(  # noqa: PLR0913 - how a picture is shown, by keyword
    entry: Entry,
    result: ImageResult,
    threshold: float,
    model: Ready,
    *,
    remove: Callable[[int], None] | None = None,
    first: int = 1,
    wide: bool = True,
    checks: bool = True,
    height: int = rendering.SCREEN_HEIGHT,
) -> None:
    """A picture and what was found in it.

    Args:
        entry: The picture.
        result: Its answers.
        threshold: Confidence from which on a face is answered.
        model: The one that answered.
        remove: Forgets the picture with the key that it is given; None: it cannot be removed.
        first: The face whose card stands first.
        wide: Picture and cards side by side, else one below the other.
        checks: Whether the user may say what is right.
        height: Pixels that the picture may take.
    """
    if result.status is Status.REFUSED:
        st.warning(plain(result.message), title=f"{plain(entry.name)} was not read", icon=":material/broken_image:")
        _remove_button(entry, remove)
        return
    left, right = st.columns([3, 2], gap="medium") if wide else (st.container(), st.container())
    with left:
        picture, width = rendering.on_screen(entry, result, height)
        st.image(picture, width=width, alt=alternative(result))
        for note in result.notes:
            st.caption(f":material/info: {plain(note)}")
    with right:
        if result.status is Status.NO_FACE:
            _offer_whole_picture(entry)
        else:
            _cards(entry, result, threshold, model, first, checks=checks)
        _remove_button(entry, remove)


def _cards(entry: Entry, result: ImageResult, threshold: float, model: Ready, first: int, *, checks: bool) -> None:
    many = len(result.faces) > _MANY_FACES
    with st.container(height=_CARDS_HEIGHT if many else "content", border=False, key=f"cards_{entry.key}_{many}"):
        numbered = sorted(enumerate(result.faces, start=1), key=lambda pair: pair[0] != first)
        for number, face in numbered:
            _card(entry, number, face, threshold, model, checks=checks)
    if entry.whole and not any(face.face.detected for face in result.faces):
        st.button(
            "Undo: look for faces only",
            icon=":material/undo:",
            key=f"undo_{entry.key}",
            type="tertiary",
            on_click=entry.ask_again,
            kwargs={"whole": False},
        )


def _card(entry: Entry, number: int, face: FaceResult, threshold: float, model: Ready, *, checks: bool) -> None:
    with st.container(border=True, key=f"card_{entry.key}_{number}"):
        with st.container(horizontal=True, vertical_alignment="top", gap="small", wrap=False):
            st.image(face.crop, width=_CROP_PX, alt=f"Face {number} as the model saw it")
            with st.container(gap="xsmall", width="stretch"):
                badge = f":{_COLOURS[face.label]}-badge[{label_of(face)}]"
                sure = "" if face.label is Label.UNCERTAIN else percent(face.confidence).replace(" ", "&nbsp;")
                st.markdown(f"**{number}** &ensp; {badge} &ensp; {sure}")
                if why := explanation(face, threshold):
                    st.markdown(why)
                st.caption(" · ".join(filter(None, [traits(face), description(face)])))
        st.html(_balance(face, threshold))
        if checks:
            _check(entry, number, face)
        chosen = closer_look.choose_question(entry, number)
        if chosen:
            closer_look.open_look(chosen, entry, number, face, threshold, model)


def _check(entry: Entry, number: int, face: FaceResult) -> None:
    """Ask whether the answer is right; what is said lives with the picture, not with this widget."""
    words = {RIGHT: face.label.value}
    words |= {word: value for value, word in SAID_WORDS.items() if value != face.label.value}
    key = f"check_{entry.key}_{number}_{face.label}"
    said = entry.corrections.get(number)
    st.session_state[key] = next((word for word, value in words.items() if value == said), None)
    st.pills(
        f"Is the answer for face {number} right?",
        list(words),
        key=key,
        label_visibility="collapsed",
        on_change=lambda: entry.correct(number, words.get(st.session_state[key])),
    )


def _offer_whole_picture(entry: Entry) -> None:
    with st.container(border=True):
        st.markdown("**No face found**")
        st.caption(
            "Faces that are very small, turned away or mostly covered can be missed. If this picture is a tight crop "
            "of one face, the whole picture can be taken as the face."
        )
        st.button(
            "Treat the whole picture as a face",
            icon=":material/crop_free:",
            key=f"whole_{entry.key}",
            on_click=entry.ask_again,
            kwargs={"whole": True},
        )


def _remove_button(entry: Entry, remove: Callable[[int], None] | None) -> None:
    if remove is not None:
        st.button(
            "Remove this picture",
            icon=":material/delete:",
            key=f"remove_{entry.key}",
            type="tertiary",
            on_click=remove,
            args=(entry.key,),
        )


def _balance(face: FaceResult, threshold: float) -> str:
    """A bar between male and female as HTML: which way a face leans, and how far.

    It is filled from its middle, even odds, to the probability of *female*; two marks stand where answers begin.

    Args:
        face: The face, with its answer.
        threshold: Confidence in [0.5, 1) from which on a face is answered.
    """
    position = 100 * face.p_female
    left, width = min(position, 50.0), abs(position - 50)
    track = "background:currentColor;opacity:0.16;border-radius:0.4rem"
    parts = [
        _PART.format(left=0, width="100%", top="0.15rem", style=track),
        _PART.format(left=left, width=f"{width:.1f}%", top="0.15rem", style=f"background:{_FILLS[face.label]}"),
    ]
    for mark in (1 - threshold, threshold):
        parts.append(_PART.format(left=100 * mark, width="2px", top="-0.1rem", style="background:currentColor"))
    words = f"Leans {leaning(face)}; the marks at {percent(threshold)} are where answers begin"
    return _BAR.format(words=words, parts="".join(parts))
