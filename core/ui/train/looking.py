"""The look at pictures before a training: what is read, checked and unpacked for it, and for how long that is kept.

Knows nothing of Streamlit.
"""

import atexit
import hashlib
import itertools
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from core.data.readers.dataset import read_source
from core.data.samples import stable_number
from core.errors import AppError, InputError
from core.settings import trainings_dir
from core.training.jobs.check import DataCheck, check
from core.training.jobs.control import UNPACKED, forget_room
from core.training.jobs.staging import unpack, with_test_split
from core.ui.given import named_folder
from core.ui.task import Telling
from core.wording import counted

_READING = "Reading the pictures"


class Room:
    """A folder for what is made of some pictures: links, and what a ZIP held.

    All who look at the same pictures share it. It goes with the last of them, unless a training is to use it.
    """

    _all: ClassVar["weakref.WeakValueDictionary[Path, Room]"] = weakref.WeakValueDictionary()
    _lock = threading.RLock()  # the end of a room may come within its own making

    def __init__(self, path: Path) -> None:
        """Keep `path`, which may not exist yet."""
        self.path = path
        weakref.finalize(self, Room._forget, path)

    @classmethod
    def of(cls, words: str) -> "Room":
        """The room of pictures that `words` stand for: no other ones share it."""
        path = trainings_dir() / UNPACKED / f"{stable_number(words):016x}"
        with cls._lock:
            room = cls._all.get(path)
            if room is None:
                room = cls._all[path] = cls(path)
            return room

    @classmethod
    def forget_all(cls) -> None:
        """Remove those of pages that are still open, as the program ends."""
        with cls._lock:
            for path in list(cls._all):
                forget_room(path)

    @classmethod
    def _forget(cls, path: Path) -> None:
        with cls._lock:
            if path not in cls._all:
                forget_room(path)


atexit.register(Room.forget_all)


@dataclass(frozen=True, slots=True)
class Given:
    """What is to be looked at.

    Attributes:
        name: Of the ZIP, or the folder as it was typed.
        archive: The ZIP; None for a folder.
        size: Side of the network's crops, pixels.
        masked: The people in the pictures wear real masks.
    """

    name: str
    archive: bytes | None
    size: int
    masked: bool


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """Pictures that have been looked at.

    Attributes:
        folder: What `prepare` is to read.
        given: The folder that the user named, or the ZIP.
        held_out: Pictures put aside for the test.
        notes: Sentences on what was not taken.
        found: What was found.
        masked: The people in them wear real masks.
        room: Kept as long as this is.
    """

    folder: Path
    given: str
    held_out: int
    notes: tuple[str, ...]
    found: DataCheck
    masked: bool
    room: Room


def look_at(given: Given) -> Callable[[Telling], Checked]:
    """The work of looking at pictures; it raises an `AppError` where nothing is found."""

    def look(telling: Telling) -> Checked:
        try:
            return _from_zip(given, given.archive, telling) if given.archive is not None else _folder(given, telling)
        except OSError as error:
            reason = error.strerror or error
            raise InputError("vanished", f"The pictures cannot be read: {reason}. Choose others.") from error

    return look


def _from_zip(given: Given, data: bytes, telling: Telling) -> Checked:
    room = Room.of(hashlib.sha256(data).hexdigest())
    place, notes = unpack(
        data, given.name, room.path / "pictures", lambda number: telling.say(f"Unpacking: {counted(number, 'file')}", 0)
    )
    try:
        return _checked(place, room, given.name, tuple(notes), given, telling)
    except AppError as error:
        # Where a ZIP was unpacked to is nothing that its owner knows.
        raise type(error)(error.code, error.message.replace(str(place), given.name)) from error


def _folder(given: Given, telling: Telling) -> Checked:
    place = named_folder(given.name)
    return _checked(place, Room.of(str(place)), str(place), (), given, telling)


def _checked(folder: Path, room: Room, name: str, notes: tuple[str, ...], given: Given, telling: Telling) -> Checked:
    looks = itertools.count(1)

    def read() -> None:
        telling.say(f"{_READING}: {next(looks):,} files and folders", 0)

    source = read_source(folder, masked=given.masked, meanwhile=read)
    tree, held_out = with_test_split(source, room.path / "split")
    if held_out:
        source = replace(read_source(tree, masked=given.masked, meanwhile=read), dropped=source.dropped)

    def say(what: str, done: int, total: int) -> None:
        telling.say(f"{what}: {done:,} of {total:,}", done / max(total, 1))

    return Checked(tree, name, held_out, notes, check(source, given.size, say), given.masked, room)
