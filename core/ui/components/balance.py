"""A bar between male and female: which way a face leans, how far, and from where on it is answered."""

import streamlit as st

from core.report.colours import BLUE, GREY, VERMILION
from core.results import FaceResult, Label
from core.ui.wording import leaning, percent

_FILLS = {Label.FEMALE: VERMILION, Label.MALE: BLUE, Label.UNCERTAIN: GREY}
_BAR = (
    '<div style="display:flex;align-items:center;gap:0.5rem;font-size:0.8rem;line-height:1.2" '
    'role="img" aria-label="{words}" title="{words}">'
    '<span aria-hidden="true">Male</span>'
    '<div style="position:relative;flex:1;height:0.75rem" aria-hidden="true">{parts}</div>'
    '<span aria-hidden="true">Female</span></div>'
)
_PART = '<div style="position:absolute;left:{left:.1f}%;width:{width};top:{top};bottom:{top};{style}"></div>'


def bar(face: FaceResult, threshold: float) -> None:
    """Draw the bar of one face; what it shows is also its text."""
    st.html(markup(face, threshold))


def markup(face: FaceResult, threshold: float) -> str:
    """The bar as HTML.

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
