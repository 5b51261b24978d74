"""The pictures of one session: encoded bytes and results, in memory only; knows nothing of Streamlit."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from core.classify.decision import apply_thresholds
from core.classify.sources import Upload
from core.heads import Thresholds
from core.results import ImageResult, Label
from core.settings import SessionLimits

NAMELESS = "picture"
NOT_A_FACE = "not_a_face"
CORRECTIONS = (*(label.value for label in Label), NOT_A_FACE)

Kept = tuple[ImageResult, tuple[object, ...], object]


@dataclass(slots=True, eq=False)
class Entry:
    """One picture of the session.

    Attributes:
        key: Its number in this session; never used twice.
        name: Its name, unlike that of every other entry.
        given_name: The name that it came with.
        data: The encoded file.
        digest: sha256 of `data`.
        whole: The user asked to treat the whole picture as a face where none is found.
        result: The model's answer with the small crops, without the decoded picture; None until there is one.
        answered_by: Fingerprint of the model that gave `result`.
        corrections: What the user says of faces, by their numbers; of `CORRECTIONS`.
        thumbnails: The faces as small pictures, data URIs, made when they are first shown.
        decided: The thresholds that `result` was last decided by, `result` itself, and what came of it.
        kept: What was made of its rows (`filters.Row.kept`), and of what.
    """

    key: int
    name: str
    given_name: str
    data: bytes = field(repr=False)
    digest: str
    whole: bool = False
    result: ImageResult | None = field(default=None, repr=False)
    answered_by: str = ""
    corrections: dict[int, str] = field(default_factory=dict)
    thumbnails: tuple[str, ...] | None = field(default=None, repr=False)
    decided: tuple[Thresholds, ImageResult, ImageResult] | None = field(default=None, repr=False)
    kept: dict[tuple[str, int], Kept] = field(default_factory=dict, repr=False)

    def source(self) -> Upload:
        """What the classifier reads."""
        return Upload(self.name, self.data)

    def answer(self, result: ImageResult, model: str) -> None:
        """Keep an answer, without the decoded picture: it may hold 150 MB."""
        if self.result is not None and len(self.result.faces) != len(result.faces):
            self.corrections.clear()  # their numbers mean other faces now
        self.result = replace(result, picture=None)
        self.answered_by = model
        self.thumbnails = None

    def ask_again(self, *, whole: bool) -> None:
        """Forget the answer; `whole` says whether the whole picture may be taken as a face."""
        self.whole = whole
        self.result = None
        self.corrections.clear()

    def decide(self, result: ImageResult, thresholds: Thresholds) -> ImageResult:
        """The entry's `result`, decided by `thresholds`: the very same object as long as neither changes."""
        if self.decided is None or self.decided[0] != thresholds or self.decided[1] is not result:
            self.decided = thresholds, result, apply_thresholds(result, thresholds)
        return self.decided[2]

    def correct(self, face: int, answer: str | None) -> None:
        """Keep what the user says of a face, or with None forget it."""
        if answer is None:
            self.corrections.pop(face, None)
        else:
            self.corrections[face] = answer


@dataclass(slots=True)
class Collection:
    """Pictures in the order in which they came.

    Attributes:
        limits: How many there may be.
        stopped: The user does not want those that wait to be answered.
        forgotten: What the last `remove` or `clear` took out, until `bring_back` or the next picture.
    """

    limits: SessionLimits
    stopped: bool = False
    forgotten: tuple[Entry, ...] = ()
    _entries: dict[int, Entry] = field(default_factory=dict)
    _next_key: int = 1

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def add(self, name: str, data: bytes) -> Entry | str:
        """Take a picture in; returns its entry, or a sentence why it stays outside.

        The same file under the same name is taken once. Another file under a name that is taken
        gets a number: "photo.jpg", "photo (2).jpg".
        """
        name = tidy_name(name)
        if self.find(name, data) is not None:
            return f"'{name}' is already here."
        if len(self) >= self.limits.max_pictures:
            return f"'{name}' was not added: a session can hold {self.limits.max_pictures} pictures. Remove some first."
        if sum(len(entry.data) for entry in self) + len(data) > self.limits.max_bytes:
            megabytes = self.limits.max_bytes // 2**20
            return f"'{name}' was not added: a session can hold {megabytes} MB of pictures. Remove some first."
        entry = Entry(self._next_key, self._free_name(name), name, data, digest_of(data))
        self._next_key += 1
        self._entries[entry.key] = entry
        self.stopped = False
        self.forgotten = ()
        return entry

    def find(self, name: str, data: bytes) -> Entry | None:
        """The entry of this very file under this name, if it is here."""
        name, digest = tidy_name(name), digest_of(data)
        return next((entry for entry in self if entry.digest == digest and entry.given_name == name), None)

    def _free_name(self, name: str) -> str:
        taken = {entry.name for entry in self}
        path, number, free = PurePath(name), 1, name
        while free in taken:
            number += 1
            free = f"{name.removesuffix(path.suffix)} ({number}){path.suffix}"
        return free

    def remove(self, key: int) -> None:
        """Take one picture out; nothing happens where it is gone already."""
        if key in self._entries:
            self.forgotten = (self._entries.pop(key),)

    def clear(self) -> None:
        """Take all pictures out."""
        if self._entries:
            self.forgotten = tuple(self)
            self._entries.clear()

    def bring_back(self) -> None:
        """Undo the last `remove` or `clear`: the pictures return to their places, with answers and corrections."""
        entries = sorted([*self, *self.forgotten], key=lambda entry: entry.key)
        self._entries = {entry.key: entry for entry in entries}
        self.forgotten = ()

    def stop(self) -> None:
        """Leave what waits unanswered until the user goes on or brings another picture."""
        self.stopped = True

    def go_on(self) -> None:
        """Answer what waits after all."""
        self.stopped = False

    def pending(self, model: str) -> list[Entry]:
        """Entries that the model with this fingerprint has not answered."""
        return [entry for entry in self if entry.result is None or entry.answered_by != model]

    def decided(self, thresholds: Thresholds) -> list[tuple[Entry, ImageResult]]:
        """Every answered entry with its result, decided by `thresholds`; the model is not asked again."""
        return [(entry, entry.decide(entry.result, thresholds)) for entry in self if entry.result is not None]


def digest_of(data: bytes) -> str:
    """sha256 of a file's content."""
    return hashlib.sha256(data).hexdigest()


def tidy_name(name: str) -> str:
    """A file's name on one line: control characters become spaces; never empty."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split()) or NAMELESS
