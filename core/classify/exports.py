"""Results as files: tables for spreadsheets and programs, annotated pictures, a ZIP of both.

Rows are dictionaries of plain Python values, keyed by `core.results.ROW_COLUMNS` and further columns.
"""

import csv
import json
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any, Literal

from PIL import Image

from core.classify.file_names import safe_name
from core.results import ROW_COLUMNS, ImageResult, Status
from core.types import Pixels
from core.vision.annotate.draw import annotate

BYTE_ORDER_MARK = "\ufeff"
JPEG_QUALITY = 92
JPEG_MAX_SIDE = 65_500  # of libjpeg, which refuses longer ones
Row = Mapping[str, Any]

# What spreadsheets take for a formula, after quotes and spaces too (OWASP, "CSV Injection"); the last four are the
# full-width forms that some of them convert.
_FORMULA = re.compile(r"'*(\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])")


def rows_to_csv(rows: Iterable[Row], first: Sequence[str] = ROW_COLUMNS, *, byte_order_mark: bool = False) -> str:
    r"""A table as CSV (RFC 4180), safe to open in a spreadsheet.

    Text that a spreadsheet would run as a formula gets a leading apostrophe; numbers stay numbers,
    negative ones too. Line breaks in names are kept, in quotes. To get the original text back, take
    one apostrophe from cells that match ``^'+\s*[=+\-@]`` or ``^'+[\t\r\n]``.

    Args:
        rows: None and missing values become empty cells.
        first: Columns that come first, in this order.
        byte_order_mark: Begin with U+FEFF, without which Excel takes UTF-8 for the system's old
            encoding. For files that people open; programs may take the mark for a part of the header.

    Returns:
        Header and rows, `first`, then further columns as they come; encodable as UTF-8.
    """
    rows = list(rows)
    text = StringIO(newline="")
    writer = csv.writer(text)
    columns = all_columns(rows, first)
    writer.writerow(columns)
    writer.writerows([csv_cell(row.get(column)) for column in columns] for row in rows)
    return (BYTE_ORDER_MARK if byte_order_mark else "") + text.getvalue()


def rows_to_json(rows: Iterable[Row]) -> str:
    """A table as a JSON array with one object on a line; numbers that JSON has no form for become null."""
    return "[\n" + ",\n".join(json_line(row) for row in rows) + "\n]\n"


def all_columns(rows: Sequence[Row], first: Sequence[str] = ROW_COLUMNS) -> list[str]:
    """`first`, then every further column in order of appearance."""
    return list(dict.fromkeys([*first, *(column for row in rows for column in row)]))


def csv_cell(value: Any) -> Any:
    """A value as the csv module takes it; see `rows_to_csv`."""
    if isinstance(value, (list, tuple)):
        value = "; ".join(str(part) for part in value)
    if not isinstance(value, str):
        return value
    text = encodable(value)
    return f"'{text}" if _FORMULA.match(text) else text


def json_line(row: Row) -> str:
    """One row as a JSON object on one line."""
    values = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()
    }
    return encodable(json.dumps(values, ensure_ascii=False, allow_nan=False))


def encodable(text: str) -> str:
    r"""Text with undecodable parts of a file name (lone surrogates) written out, as in ``\udcff``."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def encode_picture(pixels: Pixels, format: Literal["JPEG", "PNG"] = "JPEG") -> bytes:
    """A picture, uint8 RGB (height, width, 3), as a file's content; shrunk where a JPEG cannot be as long."""
    encoded = BytesIO()
    image = Image.fromarray(pixels)
    if format == "JPEG":
        image.thumbnail((JPEG_MAX_SIDE, JPEG_MAX_SIDE))
    # Full colour resolution, without which coloured letters and lines get fringes.
    options = {"quality": JPEG_QUALITY, "subsampling": 0} if format == "JPEG" else {}
    image.save(encoded, format, **options)
    return encoded.getvalue()


def encode_annotated(result: ImageResult) -> bytes:
    """The picture of a result with its answers drawn in, as JPEG.

    Raises:
        ValueError: If the result did not keep its picture.
    """
    if result.picture is None:
        raise ValueError(f"the result of {result.name!r} has no picture; classify with keep_pictures=True")
    return encode_picture(annotate(result.picture.pixels, result.faces))


def annotated_zip(pictures: Iterable[tuple[str, bytes]], rows: Iterable[Row]) -> bytes:
    """A ZIP of annotated pictures with the table of their answers.

    Args:
        pictures: Name of the original file, and the annotated picture as JPEG or PNG, of each file that
            was not refused; taken one at a time. The names are made safe and unique, with the suffix of the content.
        rows: The table, in the same order, stored as results.csv (with a byte order mark) and results.json;
            the column `annotated` says which picture belongs to a row.

    Returns:
        The ZIP's content; no two names in it differ only in case.
    """
    rows = list(rows)
    taken: set[str] = set()
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        as_csv, as_json = safe_name("results.csv", taken), safe_name("results.json", taken)
        names = []
        for name, data in pictures:
            suffix = ".png" if data.startswith(b"\x89PNG") else ".jpg"
            names.append(safe_name(name, taken, suffix))
            # Packed pictures do not get smaller by packing them again.
            archive.writestr(names[-1], data, zipfile.ZIP_STORED)
        rows = list(_with_pictures(rows, names))
        archive.writestr(as_csv, rows_to_csv(rows, byte_order_mark=True))
        archive.writestr(as_json, rows_to_json(rows))
    return packed.getvalue()


def _with_pictures(rows: Iterable[Row], names: Iterable[str]) -> Iterator[Row]:
    """The rows with the name of the annotated picture of each; refused files have none."""
    remaining, name = iter(names), None
    for row in rows:
        if row.get("face") in (None, 1):  # the first row of a file
            name = None if row.get("status") == Status.REFUSED else next(remaining, None)
        yield {**row, "annotated": name}
