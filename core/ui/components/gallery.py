"""A grid of pictures to choose from, by mouse and by keyboard, as fast with 500 pictures as with five."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.report.blocks import data_uri
from core.types import Pixels

_HERE = Path(__file__).parent
_SIDE = 144  # pixels: sharp on screens of a higher density too
_HTML = '<div role="listbox"></div>'


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_grid = st.components.v2.component(
    "above_the_mask_gallery", html=_HTML, css=_text("gallery.css"), js=_text("gallery.js")
)
_store = st.components.v2.component("above_the_mask_pictures", js=_text("pictures.js"))


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of the grid.

    Attributes:
        id: Names it among the others.
        title: What stands below the picture.
        line: A second, smaller line.
        alt: All of it in words, for those who do not see the picture.
        tone: How the title is marked: a label's value, or "none".
        mark: What stands on the picture's corner; "" for nothing.
        image: The picture as a data URI; "" where `pictures` brings it.
    """

    id: str
    title: str
    line: str
    alt: str
    tone: str = "none"
    mark: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What the user did in a grid.

    Attributes:
        chosen: The cell that is to be shown.
        marks: Cells that a key was pressed on, with that key, in order.
    """

    chosen: str
    marks: tuple[tuple[str, str], ...] = ()


def pictures(sources: Mapping[str, str]) -> None:
    """Bring the pictures of the cells, data URIs by id: sent once, as long as they stay the same."""
    _store(data=dict(sources), key="gallery_pictures")


def show(  # noqa: PLR0913 - how the grid is drawn, by keyword
    key: str,
    label: str,
    cells: Sequence[Cell],
    chosen: str,
    on_event: Callable[[Event], None],
    *,
    shows: str,
    reveal: int = 0,
    focus: int = 0,
    height: int = 0,
    cell: int = 104,
    keys: Sequence[str] = (),
) -> None:
    """Draw a grid.

    Args:
        key: Of the component.
        label: What it is, for those who do not see it.
        cells: In order.
        chosen: Id of the chosen cell.
        on_event: Called, before the page runs again, with what the user did.
        shows: Key of the container that shows the chosen one.
        reveal: Whenever this number changes, that container is brought into view.
        focus: Whenever this number changes, the chosen cell gets the focus.
        height: Pixels from which on the grid scrolls in itself; 0: never.
        cell: Pixels across a cell, at the least.
        keys: Keys that the user may press on a cell.
    """
    seen = f"{key}_seen"

    def take() -> None:
        happened: dict[str, Any] | None = st.session_state[key]["event"]
        if happened:
            last = st.session_state.get(seen, 0)
            marks = [(cell, pressed) for number, cell, pressed in happened["marks"] if number > last]
            st.session_state[seen] = max([last, *(number for number, *_ in happened["marks"])])
            on_event(Event(happened["chosen"], tuple(marks)))

    # Not dataclasses.asdict, which copies every text of hundreds of cells.
    facts = [{part: getattr(one, part) for part in Cell.__slots__} for one in cells]
    data = {
        "label": label, "cells": facts, "chosen": chosen, "reveal": reveal, "focus": focus,
        "shows": shows, "height": height, "cell": cell, "keys": list(keys), "seen": st.session_state.get(seen, 0),
    }  # fmt: skip
    _grid(key=key, data=data, on_event_change=take)


def thumbnail(pixels: Pixels) -> str:
    """A picture, uint8 RGB (height, width, 3), shrunk to what a cell shows, as a data URI."""
    return data_uri(pixels, _SIDE, 80)
