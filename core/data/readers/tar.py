"""Reads a tar of pictures and the table beside it."""

import csv
import io
import tarfile
from pathlib import Path, PurePosixPath

from core.data.readers.words import gender_of, split_of
from core.data.samples import FACTS, Dropped, Sample, TarStore
from core.errors import DatasetError
from core.files import is_clutter
from core.vision.pictures.decode import PICTURE_SUFFIXES

_NEEDED = ("file", "split", "gender")
_DELIMITERS = (",", ";", "\t", "|")
_FLAGS = {
    **dict.fromkeys(("", "0", "0.0", "false", "no"), False),
    **dict.fromkeys(("1", "1.0", "true", "yes"), True),
}
_BYTE_ORDERS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_tar(tar: Path, table: Path, name: str) -> tuple[TarStore, list[Sample], list[Dropped]]:
    """The pictures of a tar that its table labels, in the table's order, and all others.

    Args:
        tar: Uncompressed.
        table: A CSV with at least the columns file, split and gender.
        name: Of the data set.

    Raises:
        DatasetError: `not_found`, `unknown_layout` or `bad_table`.
    """
    for path, other in ((tar, table), (table, tar)):
        if not path.exists():
            raise DatasetError("not_found", f"{other.name} needs a {path.name} beside it, and there is none.")
    try:
        store = TarStore.open(tar)
    except (tarfile.TarError, OSError) as error:
        raise DatasetError(
            "unknown_layout", f"{tar} cannot be read as an uncompressed tar ({error}). Copy it again, or unpack it."
        ) from error
    samples: dict[str, Sample] = {}
    dropped: list[Dropped] = []
    for row in _rows(table):
        read = _read_row(row, name, store)
        if isinstance(read, Sample) and read.file in samples:
            read = Dropped(read.file, "bad_row", "listed a second time")
        if isinstance(read, Sample):
            samples[read.file] = read
        else:
            dropped.append(read)
    named = samples.keys() | {item.file for item in dropped}
    dropped += [
        Dropped(file, "no_label", f"not in {table.name}")
        for file in store.places
        if file not in named and PurePosixPath(file).suffix.lower() in PICTURE_SUFFIXES and not is_clutter(file)
    ]
    return store, list(samples.values()), dropped


def _rows(table: Path) -> list[dict[str, str]]:
    """The rows of a table by column, its names in lower case."""
    try:
        text = _text(table.read_bytes())
        if text[:4].lower() == "sep=":  # a spreadsheet's own note
            text = text.partition("\n")[2]
        header = next(iter(text.splitlines()), "")
        delimiter = max(_DELIMITERS, key=lambda sign: len(set(_NEEDED) & set(_columns(header, sign))))
        columns = _columns(header, delimiter)
        missing = [column for column in _NEEDED if columns.count(column) != 1]
        if missing:
            found = ", ".join(repr(column) for column in columns[:12]) or "nothing"
            raise DatasetError(
                "bad_table",
                f"{table} needs one column {' and one column '.join(missing)}. Its first line names {found}.",
            )
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        next(reader)
        return [dict(zip(columns, [*row, *[""] * len(columns)], strict=False)) for row in reader if any(row)]
    except (csv.Error, UnicodeError, OSError) as error:
        raise DatasetError("bad_table", f"{table} cannot be read as a CSV in UTF-8 ({error}).") from error


def _text(data: bytes) -> str:
    """UTF-8 with or without a mark, or UTF-16 with one."""
    encoding = next((name for mark, name in _BYTE_ORDERS.items() if data.startswith(mark)), "utf-8")
    return data.decode(encoding)


def _columns(header: str, delimiter: str) -> list[str]:
    first = next(csv.reader([header], delimiter=delimiter), [])
    return [column.strip().lower() for column in first]


def _read_row(row: dict[str, str], name: str, store: TarStore) -> Sample | Dropped:
    file = store.find(row["file"])
    split, gender = split_of(row["split"]), gender_of(row["gender"])
    masked = _FLAGS.get(row.get("masked", "").strip().lower())
    if split is None or gender is None or masked is None:
        got = f"split {row['split']!r}, gender {row['gender']!r}, masked {row.get('masked', '')!r}"
        return Dropped(file, "bad_row", f"its row has {got}")
    if file not in store.places:
        return Dropped(file, "missing_file", "listed, but not in the tar")
    extra = {column: row.get(column, "").strip() for column in FACTS}
    return Sample(file, name, split, gender, masked=masked, **extra)
