"""Where `classify` puts its results: a file, a folder of annotated pictures, the screen."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.errors import OutputError
from core.inference.exports import encode_annotated, rows_to_csv, rows_to_json, rows_to_jsonl, safe_name
from core.results import ImageResult

WRITERS = {".csv": rows_to_csv, ".json": rows_to_json, ".jsonl": rows_to_jsonl}
FILE_WIDTH = 40
LINE = f"{{:<{FILE_WIDTH}}}  {{:>4}}  {{:<9}}  {{:>8}}  {{}}"


class ResultFile:
    """The table of results; written when the block ends, also when the user or an error ended it."""

    def __init__(self, path: Path) -> None:
        """Make sure, before any work, that the file can be written.

        Raises:
            OutputError: `not_writable`.
        """
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        self._rows: list[dict[str, Any]] = []
        if path.is_dir():
            raise OutputError("not_writable", f"The results cannot be written to {path}: it is a folder.")
        with _told(path):
            self._part.write_bytes(b"")

    def take(self, result: ImageResult) -> None:
        """Remember the rows of a result."""
        self._rows.extend(result.to_rows())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None and not self._rows:  # nothing was done: an earlier file stays
            self._part.unlink(missing_ok=True)
            return
        with _told(self._path):
            self._part.write_text(WRITERS[self._path.suffix.lower()](self._rows), encoding="utf-8", newline="")
            self._part.replace(self._path)


class AnnotatedFolder:
    """One annotated picture for every file that could be decoded."""

    def __init__(self, folder: Path) -> None:
        """Make the folder.

        Raises:
            OutputError: `not_writable`.
        """
        self._folder = folder
        self._taken: set[str] = set()
        with _told(folder):
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".writable"
            probe.write_bytes(b"")
            probe.unlink()

    def take(self, result: ImageResult) -> None:
        """Save the picture of a result that kept it.

        Raises:
            OutputError: `not_writable`.
        """
        if result.picture is None:
            return
        name = safe_name(result.name, self._taken, ".jpg")
        with _told(self._folder / name):
            (self._folder / name).write_bytes(encode_annotated(result))


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say what is wrong with `path` in a sentence."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            "not_writable",
            f"The results cannot be written to {path}: {error.strerror or error}. Choose another place or make room.",
        ) from error


class ScreenTable:
    """A line a face on standard output, as soon as it is known."""

    def __init__(self) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        self._started = False

    def take(self, result: ImageResult) -> None:
        """Print a result; file names cannot move the cursor or forge a line."""
        if not self._started:
            print(LINE.format("file", "face", "label", "p_female", "reason"))
            self._started = True
        for row in result.to_rows():
            name = printable(row["file"])
            name = name if len(name) <= FILE_WIDTH else f"…{name[1 - FILE_WIDTH :]}"
            p_female = "" if row["p_female"] is None else f"{row['p_female']:.3f}"
            why = " ".join(filter(None, (row["reason"], row["code"] and f"{row['code']}:", row["message"])))
            print(
                LINE.format(name, row["face"] or "", row["label"] or row["status"], p_female, printable(why)).rstrip()
            )


@contextlib.contextmanager
def reader_may_leave() -> Iterator[None]:
    """End the block quietly where the reader of standard output, such as `head`, has seen enough."""
    try:
        yield
    except BrokenPipeError:
        # What is still in the buffer must not raise again when the interpreter closes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def printable(text: str) -> str:
    """The text with every control character written out."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
