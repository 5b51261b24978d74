"""What a long run has done so far, on disk: a run that is killed loses nothing and can go on from it."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any

from core.classify.exports import Row, json_line
from core.errors import OutputError
from core.files import told_as_output_error

_SETTINGS = "settings"
_ROWS = "rows"


class Journal:
    """A line for the settings of the run, then a line for each file with all of its rows, as JSON.

    All rows of a file are on one line, so that what was being written when the run was killed is
    known by its missing end, dropped and done again.
    """

    def __init__(self, path: Path) -> None:
        """Make sure, before any work, that the journal can be written; what is in it stays.

        Raises:
            OutputError: `not_writable` or `disk_full`.
        """
        self.path = path
        self.count = 0
        with told_as_output_error(path):
            fresh = not path.exists()
            path.open("ab").close()
            if fresh:
                path.unlink()
        self._file: FileIO | None = None

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Start anew; an earlier run's lines are gone.

        Raises:
            OutputError: `disk_full` or `not_writable`.
        """
        self.count = 0
        with told_as_output_error(self.path):
            self._file = FileIO(self.path, "w")
        self._append({_SETTINGS: settings})

    def resume(self, settings: Mapping[str, Any], files: Iterable[Path | str]) -> None:
        """Go on after the lines that are whole and about the first of `files`, in their order.

        `count` says afterwards how many they are. All that follows them is dropped: a line that was
        torn, and what stands after a file that has come, gone or been renamed since.

        Args:
            settings: What the answers depend on, as plain JSON values.
            files: All files of the run.

        Raises:
            OutputError: `other_settings` if the lines were made with others; `disk_full` or `not_writable`.
        """
        lines = self._lines()
        made_with = next(lines, None)
        if made_with is None or _SETTINGS not in made_with[0]:
            self.begin(settings)
            return
        _check_same(made_with[0][_SETTINGS], settings)
        self.count, end = 0, made_with[1]
        for (line, after), file in zip(lines, files, strict=False):
            rows = line.get(_ROWS)
            if not rows or rows[0].get("file") != str(file):
                break
            self.count, end = self.count + 1, after
        with told_as_output_error(self.path):
            self._file = FileIO(self.path, "r+")
            self._file.truncate(end)
            self._file.seek(end)

    def append(self, rows: Sequence[Row]) -> None:
        """Add the rows of one file and hand them to the system.

        Raises:
            OutputError: `disk_full` or `not_writable`; what was written before stays whole.
        """
        self._append({_ROWS: rows})
        self.count += 1

    def outcomes(self) -> Iterator[list[dict[str, Any]]]:
        """The rows of each file, in order, read from the disk one file at a time."""
        for line, _ in self._lines():
            if _ROWS in line:
                yield line[_ROWS]

    def close(self, *, remove: bool) -> None:
        """End the writing; `remove` says that nobody will go on from here."""
        if self._file is not None:
            self._file.close()
        if remove:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)

    def _append(self, line: Mapping[str, Any]) -> None:
        assert self._file is not None, "begin or resume comes first"
        left = memoryview((json_line(line) + "\n").encode())
        with told_as_output_error(self.path):
            while left:
                left = left[self._file.write(left) :]

    def _lines(self) -> Iterator[tuple[dict[str, Any], int]]:
        """The lines up to the first that is torn or damaged, each with the place where it ends."""
        if not os.path.isfile(self.path):
            return
        end = 0
        with self.path.open("rb") as file:
            for raw in file:
                end += len(raw)
                try:
                    line = json.loads(raw)  # not strictly: a file's name need not be one that UTF-8 can write
                except (ValueError, RecursionError):
                    return
                if not raw.endswith(b"\n") or not isinstance(line, dict):
                    return
                yield line, end


def _check_same(made_with: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    other = [f"{name} {made_with.get(name)}, now {value}" for name, value in settings.items()
             if made_with.get(name) != value]  # fmt: skip
    if other:
        raise OutputError(
            "other_settings",
            f"The unfinished run was made with other settings ({'; '.join(other)}), and its rows would not fit. "
            "Repeat them, or start anew without --resume.",
        )
