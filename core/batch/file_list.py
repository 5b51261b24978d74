"""The files that a user means by a list of files and folders."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.errors import InputError
from core.files import is_clutter
from core.vision.pictures.decode import PICTURE_SUFFIXES

_Identity = tuple[int, int]  # device and number of a folder, whatever path leads to it


class FileList:
    """Every file that is named or lies below a named folder, each once, in order.

    In folders: sorted by name; hidden files and what systems add are left out; links are followed, but no
    folder is entered twice, so a loop of links ends. Everything is listed, pictures or not, so that
    each gets an outcome, but for special files (devices, pipes) and empty folders that do not even
    have a picture's name. So are a named input that does not exist, a dangling link and a folder
    that cannot be read.

    The folders are walked anew by each iteration, and no more than the names in the folders on the
    way is in memory: there may be any number, of any depth. `len` walks them once. Folders that go
    away between or during walks are told from files that do.
    """

    def __init__(self, inputs: Iterable[Path | str], skip: Iterable[Path | str] = ()) -> None:
        """Remember what is to be listed.

        Args:
            inputs: Files and folders.
            skip: Files and folders that are not listed, such as the program's own results.
        """
        self._inputs = [Path(given) for given in inputs]
        self._left_out = [os.path.realpath(path) for path in skip]
        self._count: int | None = None
        self._counted: set[_Identity] = set()
        self._entered: set[_Identity] = set()
        # As they are now: a file that is named and not there is one thing, a folder that goes away another.
        parents = {os.path.dirname(given) or "." for given in self._inputs}
        self._parents = {parent: _identity(parent) for parent in parents}

    def __len__(self) -> int:
        if self._count is None:
            self._count = sum(1 for _ in self)
            self._counted = self._entered
        return self._count

    def __iter__(self) -> Iterator[Path]:
        walk = _Walk(self._left_out)
        self._entered = walk.entered
        named: set[str] = set()
        for given in self._inputs:
            if os.path.isdir(given):
                for path in walk.below(given):
                    if not named or os.path.abspath(path) not in named:
                        yield path
                continue
            place = os.path.abspath(given)
            seen = place in named or walk.has_listed(place)
            named.add(place)
            if not seen:
                yield given

    def check_is_there(self, file: str, *, found: bool) -> None:
        """Make sure that a listed file that could not be read fails by itself, and not with its folder.

        Args:
            file: The file.
            found: Whether it was there when it was to be read.

        Raises:
            InputError: `vanished` if its folder went away, or came back meanwhile.
        """
        folder = os.path.dirname(file) or "."
        there = _identity(folder)
        known = self._entered | self._counted | set(self._parents.values())
        never_was = folder in self._parents and self._parents[folder] is None
        if (not found and os.path.exists(file)) or not (there in known or never_was):
            raise InputError(
                "vanished",
                f"{folder} disappeared while its files were being read: is the disk or network share still connected? "
                "Restore it and continue.",
            )

    def check_all_walked(self) -> None:
        """Make sure, after an iteration, that every folder that was counted was met again.

        Raises:
            InputError: `vanished`.
        """
        if missing := len(self._counted - self._entered):
            raise InputError(
                "vanished",
                f"{missing} of the folders that existed when the run began {'is' if missing == 1 else 'are'} gone, "
                "with all files in them. Restore them and continue.",
            )


class _Walk:
    """One walk through folders.

    Attributes:
        entered: The folders whose files were listed.
    """

    def __init__(self, left_out: Iterable[str]) -> None:
        self.entered: set[_Identity] = set()
        self._closed: set[_Identity | None] = set()
        self._left_out = {(_identity(os.path.dirname(path)), os.path.basename(path)) for path in left_out}
        self._left_out_folders = {_identity(path) for path in left_out if os.path.isdir(path)}

    def below(self, top: Path) -> Iterator[Path]:
        """What lies below a folder, without recursion, since folders may be deeper than Python's stack."""
        ways = [iter([(top, True)])]
        while ways:
            path, is_folder = next(ways[-1], (None, False))
            if path is None:
                ways.pop()
            elif is_folder and (children := self._children(path)) is not None:
                ways.append(iter(children))
            else:
                yield path

    def has_listed(self, place: str) -> bool:
        """Whether a file, by its absolute path, came with its folder already."""
        folder, name = os.path.split(place)
        known = _identity(folder) in self.entered and not is_clutter(name) and os.path.lexists(place)
        return known and _is_listed(Path(place), _kind(Path(place)))

    def _children(self, folder: Path) -> list[tuple[Path, bool]] | None:
        """What a folder holds, in order, with whether it is a folder; None where the folder itself is to be listed.

        What each is is asked at once: a picture that becomes something else before its turn keeps its outcome.
        """
        here = _identity(folder)
        if here in self.entered or here in self._closed or here in self._left_out_folders:
            return []
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            names = None
        if here is None or names is None:
            self._closed.add(here)
            return None
        self.entered.add(here)
        if not names and folder.suffix.lower() in PICTURE_SUFFIXES:
            return None
        children = []
        for name in names:
            if not is_clutter(name) and (here, name) not in self._left_out:
                kind = _kind(path := folder / name)
                if _is_listed(path, kind):
                    children.append((path, kind is not None and stat.S_ISDIR(kind)))
        return children


def _is_listed(path: Path, kind: int | None) -> bool:
    """Whether what has this mode is a file, a folder, unknown, or has at least a picture's name."""
    return kind is None or stat.S_ISDIR(kind) or stat.S_ISREG(kind) or path.suffix.lower() in PICTURE_SUFFIXES


def _kind(path: Path) -> int | None:
    """The mode of what a path leads to; None where that cannot be asked."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return None


def _identity(folder: Path | str) -> _Identity | None:
    try:
        found = os.stat(folder)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
