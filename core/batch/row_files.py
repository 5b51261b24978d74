"""A table of any length as a file, written row by row: memory stays bounded."""

import csv
import errno
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from core.classify.exports import Row, csv_cell, encodable, json_line
from core.errors import OutputError, told_as_output_error
from core.files import replacing
from core.heads import PROBABILITIES, THRESHOLD_COLUMNS
from core.results import ROW_COLUMNS

_ROW_GROUP = 10_000
_HEAD = 2**20  # characters of a file that are looked at
_WHOLE = ("face", "left", "top", "right", "bottom")
_REAL = ("score", *PROBABILITIES, *THRESHOLD_COLUMNS)


def check_place(path: Path) -> None:
    """Make sure, before any work, that a table can be written to `path`; its folder is made.

    Raises:
        OutputError: `unknown_format`, `not_writable` or `disk_full`.
    """
    if path.suffix.lower() not in FORMATS:
        raise OutputError("unknown_format", f"The results cannot be written to {path}: use {', '.join(FORMATS)}.")
    with told_as_output_error(path):
        if path.is_dir():  # told now, not when the file is to be put in its place
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        path.parent.mkdir(parents=True, exist_ok=True)


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write a table with the columns `ROW_COLUMNS`.

    An earlier file is replaced at the end and at once, or stays as it was where something failed.

    Args:
        path: Its suffix, in any case, decides the format: one of `FORMATS`.
        rows: Rows of plain Python values; taken one at a time.

    Raises:
        OutputError: `unknown_format`, `not_writable` or `disk_full`.
    """
    check_place(path)
    with replacing(path) as new:
        FORMATS[path.suffix.lower()].write(new, rows)


def holds_rows(path: Path) -> bool:
    """Whether a table may be written to `path`: what stands there is an earlier one, empty, or nothing."""
    if not path.exists():
        return True
    if not path.is_file():
        return False
    if not path.stat().st_size:
        return True
    try:
        return {"file", "status"} <= set(FORMATS[path.suffix.lower()].columns(path))
    except (OSError, ValueError, TypeError, csv.Error):
        return False


def _columns_of_csv(path: Path) -> Iterable[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader([file.readline(_HEAD)]), [])


def _columns_of_json(path: Path) -> Iterable[str]:
    with path.open(encoding="utf-8") as file:
        first = file.readline(_HEAD)
        line = file.readline(_HEAD) if first.strip() == "[" else first
    return ROW_COLUMNS if line.strip() == "]" else dict(json.loads(line.rstrip().removesuffix(",")))


def _columns_of_parquet(path: Path) -> Iterable[str]:
    import pyarrow.parquet as pq

    return [str(name) for name in pq.read_schema(path).names]


def _write_csv(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(ROW_COLUMNS)
        table.writerows([csv_cell(row.get(column)) for column in ROW_COLUMNS] for row in rows)


def _write_json(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("[")
        for number, row in enumerate(rows):
            file.write(("," if number else "") + "\n" + json_line(row))
        file.write("\n]\n")


def _write_jsonl(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(json_line(row) + "\n" for row in rows)


def _write_parquet(path: Path, rows: Iterable[Row]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = dict.fromkeys(_WHOLE, pa.int32()) | dict.fromkeys(_REAL, pa.float64())
    schema = pa.schema([(column, types.get(column, pa.string())) for column in ROW_COLUMNS])
    left = iter(rows)
    with pq.ParquetWriter(path, schema) as writer:
        while group := list(islice(left, _ROW_GROUP)):
            writer.write_table(pa.Table.from_pylist([_encodable(row) for row in group], schema=schema))


def _encodable(row: Row) -> Row:
    return {column: encodable(value) if isinstance(value, str) else value for column, value in row.items()}


@dataclass(frozen=True, slots=True)
class TableFormat:
    """A format that results can be written in.

    Attributes:
        write: Makes a file of rows, which are taken one at a time.
        columns: The columns of such a file; raises OSError, ValueError, TypeError or csv.Error for any other.
    """

    write: Callable[[Path, Iterable[Row]], None]
    columns: Callable[[Path], Iterable[str]]


# By the suffix of the file.
FORMATS = {
    ".csv": TableFormat(_write_csv, _columns_of_csv),
    ".json": TableFormat(_write_json, _columns_of_json),
    ".jsonl": TableFormat(_write_jsonl, _columns_of_json),
    ".parquet": TableFormat(_write_parquet, _columns_of_parquet),
}
