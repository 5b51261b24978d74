"""The files that a user means by a list of files and folders."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.clutter import is_clutter


class FileList:
    """Every file that is named or lies below a named folder, each once, in order.

    In folders: sorted by name; hidden files and what systems add are left out; links are followed, but no
    folder is entered twice, so a loop of links ends. Everything but special files (devices, pipes)
    is listed, pictures or not, so that each gets an outcome. So are a named input that does not
    exist, a dangling link and a folder that cannot be read.

    The folders are walked anew by each iteration, and no more than the names of the folders on the
    way is in memory: their files may be any number. `len` walks them once.
    """

    def __init__(self, inputs: Iterable[Path | str], skip: Iterable[Path | str] = ()) -> None:
        """Remember what is to be listed.

        Args:
            inputs: Files and folders.
            skip: Files and folders that are not listed, such as the program's own results.
        """
        self._inputs = [Path(given) for given in inputs]
        self._left_out = {os.path.realpath(path) for path in skip}
        self._count: int | None = None

    def __len__(self) -> int:
        if self._count is None:
            self._count = sum(1 for _ in self)
        return self._count

    def __iter__(self) -> Iterator[Path]:
        entered: set[str] = set()
        named: set[str] = set()
        for given in self._inputs:
            if os.path.isdir(given):
                yield from self._below(given, entered, named)
                continue
            place = os.path.abspath(given)
            seen = place in named or (os.path.dirname(place) in entered and not is_clutter(given.name))
            named.add(place)
            if not seen:
                yield given

    def _below(self, folder: Path, entered: set[str], named: set[str]) -> Iterator[Path]:
        """What lies below a folder but for the files in `named`, which were listed by name."""
        real = os.path.realpath(folder)
        if real in entered or real in self._left_out:
            return
        try:
            children = sorted(os.listdir(folder))
        except OSError:
            place = os.path.abspath(folder)
            if place not in named:
                named.add(place)
                yield folder
            return
        entered.add(real)
        for name in children:
            # os.path's questions are answered with False, not with an exception, where access is denied.
            if is_clutter(name) or os.path.join(real, name) in self._left_out:
                continue
            child = folder / name
            if os.path.isdir(child):
                yield from self._below(child, entered, named)
            elif (os.path.isfile(child) or not os.path.exists(child)) and os.path.abspath(child) not in named:
                yield child
