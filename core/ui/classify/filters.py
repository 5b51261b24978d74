"""The faces of all pictures as one list: which of them are shown, and in what order; knows nothing of Streamlit."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, cast

from core.heads import BINARY, HeadSpec
from core.results import FaceResult, ImageResult
from core.ui.classify.collection import Entry

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One face, or one picture that has none.

    Attributes:
        entry: The picture.
        result: Its answers.
        number: The face's number in its picture, from 1; 0 for a picture without one.
    """

    entry: Entry
    result: ImageResult
    number: int

    @property
    def place(self) -> tuple[int, int]:
        """The picture's key and the face's number: names the row in its session."""
        return self.entry.key, self.number

    @property
    def face(self) -> FaceResult | None:
        """The face; None for a picture without one."""
        return self.result.faces[self.number - 1] if self.number else None

    @property
    def said(self) -> str | None:
        """What the user says of the face, of `collection.CORRECTIONS`; None where nothing."""
        return self.entry.corrections.get(self.number)

    def kept(self, make: Callable[..., Made], *of: object) -> Made:
        """What `make` makes of this row and `of`: made anew only when those, the answer or what is said change.

        A click among hundreds of faces draws all of them anew.
        """
        place, state = (make.__qualname__, self.number), (self.said, *of)
        found = self.entry.kept.get(place)
        if found is None or found[0] is not self.result or found[1] != state:
            found = self.entry.kept[place] = self.result, state, make(self, *of)
        return cast(Made, found[2])


def rows_of(answered: Sequence[tuple[Entry, ImageResult]]) -> list[Row]:
    """All faces in order; a picture without one has a row too, so that none gets lost."""
    return [
        Row(entry, result, number)
        for entry, result in answered
        for number in (range(1, len(result.faces) + 1) if result.faces else (0,))
    ]


def _answers(head: HeadSpec, answer: str, face: FaceResult, said: str | None) -> bool:
    return head.answer(face.prediction, face.decision) == answer


# Name → kind, and whether it keeps a face. Of one kind any may apply, of different kinds all must.
FILTERS: dict[str, tuple[str, Callable[[FaceResult, str | None], bool]]] = {
    **{
        word.capitalize(): (head.name, partial(_answers, head, answer))
        for head in BINARY
        for answer, word in head.words.items()
    },
    "Low quality": ("quality", lambda face, said: bool(face.quality.reasons)),
    "Corrected": ("check", lambda face, said: said not in (None, face.label.value)),
    "Right": ("check", lambda face, said: said == face.label.value),
    "Not checked": ("check", lambda face, said: said is None),
}

ORDERS: dict[str, Callable[[Row], tuple[bool, float | str]]] = {
    "In the order added": lambda row: (False, 0.0),
    "Least sure first": lambda row: (row.face is None, row.face.confidence if row.face else 0.0),
    "Most sure first": lambda row: (row.face is None, -row.face.confidence if row.face else 0.0),
    "Female to male": lambda row: (row.face is None, -row.face.p_female if row.face else 0.0),
    "By name": lambda row: (False, row.entry.name.casefold()),
}
"""Ways to sort, by name; the first leaves everything as it is. Pictures without a face come last where faces count."""


def useful(rows: Sequence[Row]) -> list[str]:
    """The filters that keep some of the faces and not all."""
    passed = [row.kept(_passes) for row in rows if row.face is not None]
    counts = Counter(name for names in passed for name in names)
    return [name for name in FILTERS if 0 < counts[name] < len(passed)]


def shown(rows: Sequence[Row], chosen: Collection[str], order: str) -> list[Row]:
    """The rows that the chosen filters keep, sorted by one of `ORDERS`; pictures without a face go with any filter."""
    return sorted((row for row in rows if _keeps(row, chosen)), key=ORDERS[order])


def _passes(row: Row) -> frozenset[str]:
    """The filters that keep a row's face."""
    face, said = row.face, row.said
    return frozenset(name for name, (_, keep) in FILTERS.items() if face is not None and keep(face, said))


def _keeps(row: Row, chosen: Collection[str]) -> bool:
    if not chosen:
        return True
    passed, kinds = row.kept(_passes), dict[str, bool]()
    for name in chosen:
        kind, _ = FILTERS[name]
        kinds[kind] = kinds.get(kind, False) or name in passed
    return all(kinds.values())
