"""A power cut, imagined: what a disk may hold if the power goes at any moment of a run.

The layer notes every call by which a program changes names or asks for content to be kept, and knows
what the disk is bound to hold: the content of a file as it was when it was last synced, and the
names in a folder as they were when that was last synced. All that came later may be on the disk or
not, so at each of those moments three disks are imagined:

    late     no name has changed since its folder was synced
    early    all names have changed at once, as journalled file systems may write them
    torn     what was removed is gone, but nothing that was renamed has its new name yet

None of them holds any content that was not synced. A rename is one change: it happened or it did not.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

View = dict[str, bytes]
_Id = tuple[int, int]  # device and number: of a file or folder, whatever its name
_Names = dict[_Id, dict[str, _Id]]
_CHANGES = ("replace", "rename", "unlink", "remove", "link", "rmdir", "mkdir")


class Disk:
    """What may be on the disk below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._held: list[int] = []  # so that no number of a file is given to another one
        self._contents: dict[_Id, bytes] = {}
        self._names: _Names = {}
        for folder, _, files in os.walk(root):
            for place in (folder, *(os.path.join(folder, file) for file in files)):
                handle = os.open(place, os.O_RDONLY)
                self.synced(handle)
                os.close(handle)

    def synced(self, handle: int) -> None:
        """A file or a folder was synced, by any of its descriptors."""
        place = f"/proc/self/fd/{handle}"
        if not os.readlink(place).startswith(str(self._root)):
            return
        held = os.open(place, os.O_RDONLY)
        self._held.append(held)
        found = os.fstat(held)
        if stat.S_ISDIR(found.st_mode):
            self._names[_id(found)] = _names_in(place)
        else:
            self._contents[_id(found)] = os.pread(held, found.st_size, 0)

    def views(self) -> Iterator[View]:
        """What may be found after a power cut at this moment: content by path below the root."""
        now = {_id(os.stat(folder)): _names_in(folder) for folder, _, _ in os.walk(self._root)}
        there = {known for names in now.values() for known in names.values()}
        torn = {
            folder: {name: known for name, known in names.items() if known in there or name in now.get(folder, {})}
            for folder, names in self._names.items()
        }
        for names in (self._names, now, torn):
            yield dict(self._files(names, set(now) | set(self._names), _id(os.stat(self._root)), ""))

    def _files(self, names: _Names, folders: set[_Id], folder: _Id, above: str) -> Iterator[tuple[str, bytes]]:
        for name, known in names.get(folder, {}).items():
            if known in folders:
                yield from self._files(names, folders, known, f"{above}{name}/")
            else:
                yield f"{above}{name}", self._contents.get(known, b"")

    def close(self) -> None:
        """Let go of all files."""
        for handle in self._held:
            os.close(handle)


def _id(found: os.stat_result) -> _Id:
    return found.st_dev, found.st_ino


def _names_in(folder: str) -> dict[str, _Id]:
    return {entry.name: _id(os.stat(entry.path, follow_symlinks=False)) for entry in os.scandir(folder)}


@contextmanager
def power_cuts(root: Path, look: Callable[[View], object]) -> Iterator[None]:
    """Look at every disk that a power cut might leave below `root`, at every moment of the block and after it."""
    disk = Disk(root)
    cuts = 0

    def cut() -> None:
        nonlocal cuts
        cuts += 1
        for view in disk.views():
            look(view)

    with pytest.MonkeyPatch.context() as patch:
        fsync = os.fsync

        def syncing(handle: int) -> None:
            fsync(handle)
            disk.synced(handle)
            cut()

        def told(change: Callable[..., Any]) -> Callable[..., Any]:
            def changing(*arguments: Any, **options: Any) -> Any:
                done = change(*arguments, **options)
                cut()
                return done

            return changing

        patch.setattr(os, "fsync", syncing)
        for name in _CHANGES:
            patch.setattr(os, name, told(getattr(os, name)))
        try:
            yield
            cut()
        finally:
            disk.close()
    assert cuts > 1, "something was written"
