"""What a long run has done so far, on disk: a run that is killed loses nothing and can go on from it."""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.classify.exports import Row, json_line
from core.errors import OutputError, told_as_output_error
from core.files import is_at, open_alone, sync_folder

SYNC_SECONDS = 2.0
"""After a power cut, what was done in the last so many seconds is done again."""
_SETTINGS = "settings"
_ROWS = "rows"
_BLOCK = 2**20


class Journal:
    """A line for the settings of the run, then a line for each file with all of its rows, as JSON.

    All rows of a file are on one line, so that what was being written when the run was killed is
    known by its missing end, dropped and done again. Lines are at once with the system, which a
    killed program does not take with it, and on the disk after `SYNC_SECONDS`.
    """

    def __init__(self, path: Path) -> None:
        """Name a journal, to read it or, after `claim`, to write it."""
        self.path = path
        self.count = 0
        self._handle: int | None = None
        self._end = 0
        self._synced = 0.0

    def claim(self) -> bool:
        """Be, from now to `close`, the only run that writes this journal; what is in it stays.

        Returns:
            Whether there was none before.

        Raises:
            OutputError: `in_use`, `not_writable` or `disk_full`.
        """
        fresh = not os.path.lexists(self.path)
        self._handle = open_alone(self.path, f"results by way of {self.path}")
        return fresh

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Start anew; an earlier run's lines are gone.

        Raises:
            OutputError: `in_use`, `disk_full` or `not_writable`.
        """
        self.count = 0
        self._cut(0)
        self._append({_SETTINGS: settings})
        self.sync()
        with told_as_output_error(self.path):
            sync_folder(self.path.parent)

    def resume(
        self,
        settings: Mapping[str, Any],
        files: Iterable[Path | str],
        holds: Callable[[list[dict[str, Any]]], bool] = lambda rows: True,
        check: Callable[[dict[str, Any]], None] = lambda row: None,
    ) -> int:
        """Go on after the lines that are whole and about the first of `files`, in their order.

        `count` says afterwards how many they are. All that follows them is dropped: a line that was
        torn, and what stands after a file that has come, gone or been renamed since.

        Args:
            settings: What the answers depend on, as plain JSON values.
            files: All files of the run.
            holds: Whether what else was made of a file, whose rows it is told, is there still.
            check: Told a row of the file from which on the list is another one, or of the last; may raise.

        Returns:
            How many whole lines were dropped.

        Raises:
            OutputError: `other_settings` if the lines were made with others; `in_use`, `disk_full` or `not_writable`.
        """
        lines = self._lines()
        made_with = next(lines, None)
        if made_with is None or _SETTINGS not in made_with[0]:
            self.begin(settings)
            return 0
        _check_same(made_with[0][_SETTINGS], settings)
        self.count, end, dropped = 0, made_with[1], 0
        remaining, last = iter(files), dict[str, Any]()
        for line, after in lines:
            rows = line.get(_ROWS)
            if not rows:
                break
            if dropped or rows[0].get("file") != str(next(remaining, None)) or not holds(rows):
                last, dropped = last if dropped else rows[0], dropped + 1
            else:
                self.count, end, last = self.count + 1, after, rows[0]
        if last:
            check(last)
        self._cut(end)
        return dropped

    def append(self, rows: Sequence[Row]) -> None:
        """Add the rows of one file and hand them to the system.

        Raises:
            OutputError: `vanished` if the journal is not in its place any more; `disk_full` or
                `not_writable`; what was written before stays whole.
        """
        self.check_in_place()
        self._append({_ROWS: rows})
        self.count += 1
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def check_in_place(self) -> None:
        """Make sure that what is written can be found again.

        Raises:
            OutputError: `vanished`.
        """
        if not self.in_place():
            raise OutputError(
                "vanished",
                f"{self.path}, which records what the run has done, was removed or replaced while it was being "
                "written: is the disk still connected?",
            )

    def in_place(self) -> bool:
        """Whether the file that is written is the one that stands in the journal's place."""
        return self._handle is not None and is_at(self._handle, self.path)

    def sync(self) -> None:
        """Bring all lines to the disk itself.

        Raises:
            OutputError: `disk_full` or `not_writable`.
        """
        assert self._handle is not None, "claim comes first"
        with told_as_output_error(self.path):
            os.fsync(self._handle)
        self._synced = time.monotonic()

    def outcomes(self) -> Iterator[list[dict[str, Any]]]:
        """The rows of each file, in order, read one file at a time; also of a claimed journal that was removed."""
        for line, _ in self._lines():
            if _ROWS in line:
                yield line[_ROWS]

    def close(self, *, remove: bool) -> None:
        """End the writing; `remove` says that nobody will go on from here."""
        if self._handle is None:
            return
        with suppress(OSError):
            if remove and self.in_place():  # and not the journal of somebody else
                self.path.unlink()
                sync_folder(self.path.parent)
        os.close(self._handle)
        self._handle = None

    def _cut(self, end: int) -> None:
        if self._handle is None:
            self.claim()
        assert self._handle is not None
        with told_as_output_error(self.path):
            os.ftruncate(self._handle, end)
        self._end = end

    def _append(self, line: Mapping[str, Any]) -> None:
        assert self._handle is not None, "begin or resume comes first"
        left, end = memoryview((json_line(line) + "\n").encode()), self._end
        with told_as_output_error(self.path):
            while left:
                written = os.pwrite(self._handle, left, end)
                left, end = left[written:], end + written
        self._end = end

    def _lines(self) -> Iterator[tuple[dict[str, Any], int]]:
        """The lines up to the first that is torn or damaged, each with the place where it ends."""
        end = 0
        for raw in self._raw_lines():
            end += len(raw) + 1
            try:
                line = json.loads(raw)  # not strictly: a file's name need not be one that UTF-8 can write
            except (ValueError, RecursionError):
                return
            if not isinstance(line, dict):
                return
            yield line, end

    def _raw_lines(self) -> Iterator[bytes]:
        """What stands before each line break; the place of reading is not that of writing."""
        if self._handle is None and not os.path.isfile(self.path):
            return
        handle = os.open(self.path, os.O_RDONLY) if self._handle is None else os.dup(self._handle)
        try:
            place, rest = 0, b""
            while block := os.pread(handle, _BLOCK, place):
                place += len(block)
                *whole, rest = (rest + block).split(b"\n")
                yield from whole
        finally:
            os.close(handle)


def _check_same(made_with: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    other = [f"{name} {made_with.get(name)}, now {value}" for name, value in settings.items()
             if made_with.get(name) != value]  # fmt: skip
    if other:
        raise OutputError(
            "other_settings",
            f"The unfinished run was started with other settings ({'; '.join(other)}), so its rows would not match. "
            "Use the same settings, or start over without --resume.",
        )
