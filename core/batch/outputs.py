"""Where `classify` puts its results beside the file: a folder of annotated pictures, the screen."""

import contextlib
import io
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.batch.workers import Outcome
from core.classify.exports import safe_name
from core.errors import OutputError
from core.files import told_as_output_error
from core.results import Status

FILE_WIDTH = 40
LINE = f"{{:<{FILE_WIDTH}}}  {{:>4}}  {{:<9}}  {{:>8}}  {{}}"


def check_apart(folder: Path, inputs: Iterable[str], files: Iterable[Path]) -> None:
    """Make sure that annotated pictures do not take the place of the pictures that they show.

    Args:
        folder: Where annotated pictures are to go.
        inputs: The files and folders that the user named.
        files: The files that they stand for.

    Raises:
        OutputError: `not_writable` if the folder is a named one, or holds one of the files.
    """
    places = {os.path.realpath(path) for path in inputs} | {os.path.realpath(path.parent) for path in files}
    if os.path.realpath(folder) in places:
        raise OutputError(
            "not_writable",
            f"Annotated pictures cannot go to {folder}: it holds pictures that are to be classified, and would lose "
            "them. Choose another folder.",
        )


class AnnotatedFolder:
    """One annotated picture for every file that could be decoded."""

    def __init__(self, folder: Path) -> None:
        """Make the folder.

        Raises:
            OutputError: `not_writable` or `disk_full`.
        """
        self._folder = folder
        self._taken: set[str] = set()
        with told_as_output_error(folder):
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".writable"
            probe.write_bytes(b"")
            probe.unlink()

    def take(self, outcome: Outcome) -> None:
        """Save the picture of an outcome that has one.

        Raises:
            OutputError: `not_writable` or `disk_full`.
        """
        if outcome.annotated is None:
            return
        name = safe_name(outcome.rows[0]["file"], self._taken, ".jpg")
        with told_as_output_error(self._folder / name):
            (self._folder / name).write_bytes(outcome.annotated)

    def reserve(self, outcome: Outcome) -> None:
        """Keep the name of a picture that an earlier run has saved, so that the next ones get theirs."""
        if outcome.rows[0]["status"] != Status.REFUSED:
            safe_name(outcome.rows[0]["file"], self._taken, ".jpg")


class ScreenTable:
    """A line a face on standard output, as soon as it is known."""

    def __init__(self) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        self._started = False

    def take(self, outcome: Outcome) -> None:
        """Print an outcome; file names cannot move the cursor or forge a line."""
        if not self._started:
            print(LINE.format("file", "face", "label", "p_female", "reason"))
            self._started = True
        for row in outcome.rows:
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
