"""What a report is made of before anybody draws it.

`core.report.sections` builds sections from saved artefacts; the page, the HTML file and the card's Markdown
are three thin renderers of them. Words are Markdown; names and messages, which may hold anything, stand apart
so that each renderer makes them safe in its own way.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pandas as pd
from PIL import Image

from core.errors import RunError
from core.evaluation.registry import MISSING
from core.types import Pixels

if TYPE_CHECKING:
    import altair as alt

PERCENT = "%.1f %%"


class Tone(StrEnum):
    """What a paragraph is for."""

    TEXT = "text"
    CAPTION = "caption"
    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph.

    Attributes:
        text: Markdown, with "{}" for each name.
        names: Texts that are shown as they are.
        tone: What it is for.
    """

    text: str
    names: tuple[str, ...] = ()
    tone: Tone = Tone.TEXT

    def filled(self, escape: Callable[[str], str]) -> str:
        """The paragraph as Markdown, with its names made safe by `escape`."""
        parts = zip_longest(self.text.split("{}"), map(escape, self.names), fillvalue="")
        return "".join(f"{part}{name}" for part, name in parts)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows for people.

    Attributes:
        title: What it shows, for those who do not see it.
        rows: Numbers and texts.
        names: Headings by column; without one the column's name is its heading.
        shares: Columns of shares in [0, 1], which are shown in per cent.
        forms: How other numbers are written, by column: as for the % operator.
        right: Columns that are aligned to the right where text is all there is.
        folded: Whether it opens on a click.
    """

    title: str
    rows: pd.DataFrame
    names: Mapping[str, str] = field(default_factory=dict)
    shares: Sequence[str] = ()
    forms: Mapping[str, str] = field(default_factory=dict)
    right: Sequence[str] = ()
    folded: bool = False

    @property
    def shown(self) -> pd.DataFrame:
        """The rows with shares in per cent, rounded here: a browser would round 86.25 to another figure."""
        return self.rows.assign(**{column: (100 * self.rows[column]).round(1) for column in self.shares})

    @property
    def formats(self) -> dict[str, str]:
        """How numbers are written, by column, those of `shown`."""
        return dict.fromkeys(self.shares, PERCENT) | dict(self.forms)

    @property
    def headings(self) -> list[str]:
        """One for each column."""
        return [self.names.get(str(column), str(column)) for column in self.rows.columns]

    def cells(self) -> list[list[str]]:
        """The rows as texts."""
        shown, forms = self.shown, self.formats
        columns = [[_cell(value, forms.get(str(name))) for value in shown[name].tolist()] for name in shown.columns]
        return [list(row) for row in zip(*columns, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A chart, drawn when it is shown, with its numbers.

    Attributes:
        title: Which one it is.
        build: A function of `core.report.charts`; the description of what it makes says the chart in words.
        arguments: What to call it with.
        table: Its numbers.
        caption: How to read it, in Markdown.
        headed: Whether its title stands above it on the page too, where several are side by side.
    """

    title: str
    build: "Callable[..., alt.LayerChart]"
    arguments: tuple[Any, ...]
    table: Table | None = None
    caption: str = ""
    headed: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they stand for; `further` ones are for those who ask."""

    title: str
    values: Mapping[str, str]
    further: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, large.

    Attributes:
        name: What it is.
        value: In words.
        below: What stands below it: interval, number of faces.
        about: Whose it is, where that is to be said; "" else.
        help: What it means.
    """

    name: str
    value: str
    below: str
    about: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures beside one another."""

    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a data URI, and what it shows in words; `words` stand below it."""

    source: str
    alt: str
    words: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures beside one another."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """Columns of blocks, where there is room."""

    columns: "tuple[tuple[Block, ...], ...]"


Block = Words | Table | Chart | Facts | Figures | Pictures | Beside


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report with its heading.

    Attributes:
        title: The heading.
        blocks: What it holds, in order.
    """

    title: str
    blocks: tuple[Block, ...]


def notice(error: RunError) -> Words:
    """Why a part cannot be shown: calmly where it was never made, as a warning where it is broken."""
    return Words("{}", (error.message,), Tone.INFO if error.code == "missing" else Tone.WARNING)


def caption(text: str, *names: str) -> Words:
    """How to read what follows."""
    return Words(text, names, Tone.CAPTION)


def glossary(meanings: Mapping[str, str]) -> tuple[Words, ...]:
    """What names mean, as one caption; none where there are none."""
    text = "; ".join(["**{}**: {}"] * len(meanings))
    return (caption(f"{text}.", *(word for pair in meanings.items() for word in pair)),) if meanings else ()


def info(text: str, *names: str) -> Words:
    """What is missing."""
    return Words(text, names, Tone.INFO)


def data_uri(pixels: Pixels, side: int, quality: int = 85) -> str:
    """A picture, uint8 RGB (height, width, 3), with a longest side of at most `side` pixels, for a page or a file."""
    small, encoded = Image.fromarray(pixels), BytesIO()
    small.thumbnail((side, side))
    small.save(encoded, "JPEG", quality=quality)
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.getvalue()).decode()}"


def _cell(value: Any, form: str | None) -> str:
    if value is None or value != value:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return form % value if form else f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
    return str(value)
