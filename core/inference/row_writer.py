"""A table that grows on disk while a long run goes on: memory stays bounded, a crash loses nothing."""

import csv
import errno
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from core.errors import OutputError
from core.inference.exports import Row, csv_cell, json_line
from core.results import ROW_COLUMNS

OUTPUT_SUFFIXES = (".csv", ".json", ".jsonl")


class RowWriter:
    """Writes rows to a .csv, .json or .jsonl file; use it in a `with` block.

    Rows go to a hidden `.<name>.part` beside the file, which takes the file's place when the block
    ends, also when the user or an error ended it. Where no row was written, an ended block leaves an
    earlier file as it was; a process that is killed leaves the .part.
    """

    def __init__(self, path: Path, columns: Sequence[str] = ROW_COLUMNS) -> None:
        """Make sure, before any work, that the file can be written.

        Args:
            path: Its suffix, in any case, decides the format.
            columns: Columns of a CSV, in order; all rows must keep to them.

        Raises:
            OutputError: `unknown_format`, `not_writable` or `disk_full`.
        """
        self._format = path.suffix.lower()
        if self._format not in OUTPUT_SUFFIXES:
            raise OutputError(
                "unknown_format", f"The results cannot be written to {path}: use {', '.join(OUTPUT_SUFFIXES)}."
            )
        self._path = path
        self._columns = list(columns)
        self._part = path.with_name(f".{path.name}.part")
        self._count = 0
        with told_as_output_error(path):
            if path.is_dir():  # told now, not when the file is to be put in its place
                raise IsADirectoryError(errno.EISDIR, "it is a folder")
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._part.open("w", encoding="utf-8", newline="")
            self._table = csv.writer(self._file)

    def __enter__(self) -> Self:
        with told_as_output_error(self._path):
            if self._format == ".csv":
                self._table.writerow(self._columns)
            elif self._format == ".json":
                self._file.write("[")
        return self

    def write(self, rows: Iterable[Row]) -> None:
        """Append rows, such as those of one result, and hand them to the system.

        Raises:
            OutputError: `disk_full` or `not_writable`.
            ValueError: If a row of a CSV has a column that was not announced.
        """
        with told_as_output_error(self._path):
            for row in rows:
                self._write(row)
                self._count += 1
            self._file.flush()

    def _write(self, row: Row) -> None:
        if self._format == ".csv":
            unknown = [column for column in row if column not in self._columns]
            if unknown:
                raise ValueError(f"columns {unknown} were not announced; announced are {self._columns}")
            self._table.writerow([csv_cell(row.get(column)) for column in self._columns])
        elif self._format == ".json":
            self._file.write(("," if self._count else "") + "\n" + json_line(row))
        else:
            self._file.write(json_line(row) + "\n")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with told_as_output_error(self._path):
            if self._format == ".json":
                self._file.write("\n]\n")
            self._file.close()
            if kind is not None and not self._count:
                self._part.unlink(missing_ok=True)
            else:
                self._part.replace(self._path)


@contextmanager
def told_as_output_error(path: Path) -> Iterator[None]:
    """Turn what the system says about writing `path` into a sentence.

    Raises:
        OutputError: `disk_full` or `not_writable`.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OutputError(
                "disk_full", f"There is no room left to write {path}. Make room or choose another place."
            ) from error
        raise OutputError(
            "not_writable", f"{path} cannot be written: {error.strerror or error}. Choose another place."
        ) from error
