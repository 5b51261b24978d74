"""What `classify` gives out beside the file: annotated pictures, a table on the screen, and how the work goes."""

import hashlib
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from core.batch.journal import SYNC_SECONDS
from core.batch.workers import Outcome
from core.classify.file_names import safe_name
from core.errors import OutputError, told_as_output_error
from core.files import replacing, sync_folder, write_new
from core.progress import Bar
from core.results import Label, Status
from core.streams import Stream
from core.wording import counted

FILE_WIDTH = 40
LINE = f"{{:<{FILE_WIDTH}}}  {{:>4}}  {{:<9}}  {{:>8}}  {{}}"
_MARK = b"Above the Mask, annotated: "
_MARK_BYTES = 32  # of the digest that follows, as hex digits


def check_apart(folder: Path, inputs: Iterable[Path], files: Iterable[Path]) -> None:
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
            f"Annotated pictures cannot go to {folder}: it holds pictures to be classified, which would be "
            "overwritten. Choose another folder.",
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
        self._names: dict[str, str] = {}
        self._synced = time.monotonic()
        with told_as_output_error(folder):
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
            for entry in os.scandir(folder):
                self._taken.add(entry.name.casefold())
                if entry.is_file(follow_symlinks=False) and (mark := _mark_in(Path(entry.path))):
                    self._names[mark] = entry.name

    def take(self, outcome: Outcome) -> None:
        """Save the picture of an outcome that has one, and name it in the outcome's rows.

        Raises:
            OutputError: `not_writable` or `disk_full`.
        """
        if outcome.annotated is None:
            return
        mark = mark_of(outcome.rows[0]["file"])
        picture = with_mark(outcome.annotated, mark)
        name = self._names.get(mark)
        if name is not None:
            with replacing(self._folder / name) as new:  # which makes no folder that is gone anew
                new.write_bytes(picture)
        else:
            name = self._write_new(outcome.rows[0]["file"], picture)
            self._names[mark] = name
        for row in outcome.rows:
            row["annotated"] = name
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def _write_new(self, file: str, picture: bytes) -> str:
        while True:
            name = safe_name(file, self._taken, ".jpg")
            with suppress(FileExistsError):  # of another run, since the folder was looked at
                write_new(self._folder / name, picture)
                return name

    def holds(self, rows: list[dict[str, Any]]) -> bool:
        """Whether the picture that an earlier run has saved for these rows is there, if there was one."""
        name = rows[0].get("annotated")
        return rows[0]["status"] == Status.REFUSED or (
            name is not None and self._names.get(mark_of(rows[0]["file"])) == name
        )

    def sync(self) -> None:
        """Bring the names of all pictures to the disk; their contents are there."""
        with told_as_output_error(self._folder):
            sync_folder(self._folder)
        self._synced = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *stopped: object) -> None:
        if stopped[0] is None:
            self.sync()


def mark_of(file: str) -> str:
    """What an annotated picture carries to be known by: a digest of the path of the picture that it shows."""
    return hashlib.sha256(os.fsencode(os.path.abspath(file))).hexdigest()[:_MARK_BYTES]


def with_mark(picture: bytes, mark: str) -> bytes:
    """A JPEG with a comment (ITU T.81, B.2.4.5) after its JFIF header, which stands first."""
    comment = _MARK + mark.encode()
    place = 4 + int.from_bytes(picture[4:6]) if picture[2:4] == b"\xff\xe0" else 2
    return picture[:place] + b"\xff\xfe" + (2 + len(comment)).to_bytes(2) + comment + picture[place:]


def _mark_in(path: Path) -> str:
    """The mark of a picture of ours; "" for any other file."""
    with path.open("rb") as file:
        _, found, mark = file.read(64 + len(_MARK) + _MARK_BYTES).partition(_MARK)
    return mark[:_MARK_BYTES].decode("ascii", "replace") if found else ""


class ScreenTable:
    """A line a face on standard output, as soon as it is known."""

    def __init__(self) -> None:
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
        sys.stdout.flush()
        if isinstance(sys.stdout, Stream) and not sys.stdout.is_read:
            raise BrokenPipeError


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """End the block quietly where the reader of standard output, such as `head`, has seen enough."""
    with suppress(BrokenPipeError):
        yield


def printable(text: str) -> str:
    """The text with every control character written out."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


class Reporter:
    """Counts outcomes, shows progress, sums up."""

    def __init__(self, notes: Sequence[str], *, show_progress: bool) -> None:
        """Tell the notes on the model.

        Args:
            notes: Sentences about how the model was loaded.
            show_progress: False where the results themselves run over the same screen.
        """
        self._show_progress = show_progress
        self._statuses: Counter[str] = Counter()
        self._codes: Counter[str] = Counter()
        self._labels: Counter[str] = Counter()
        self._kept = 0
        self._bar: Bar | None = None
        self._start = time.monotonic()
        for note in notes:
            print(f"note: {note}", file=sys.stderr)

    def begin(self, kept: int, total: int) -> None:
        """Start the clock.

        Args:
            kept: Files that an earlier run has done.
            total: Files in all.
        """
        self._kept = kept
        self._start = time.monotonic()
        self._bar = Bar(total, "files", done=kept) if self._show_progress else None
        if kept:
            print(f"resumed: {kept:,} of {counted(total, 'file')} were already done", file=sys.stderr)

    def take(self, outcome: Outcome) -> None:
        """Count an outcome."""
        first = outcome.rows[0]
        self._statuses[first["status"]] += 1
        self._labels.update(row["label"] for row in outcome.rows if row["label"] is not None)
        if first["status"] == Status.REFUSED:
            self._codes[first["code"]] += 1

    def progress(self) -> None:
        """Say how far the work is, now and then."""
        if self._bar is not None:
            self._bar.update()

    def summary(self) -> None:
        """Sum up the run; the rate is that of this run alone."""
        if self._bar is not None:
            self._bar.close()
        seconds = time.monotonic() - self._start
        files, faces = self._statuses.total(), self._labels.total()
        refused = f"{self._statuses[Status.REFUSED]} refused"
        if self._codes:
            refused += f" ({', '.join(f'{code} {count}' for code, count in self._codes.most_common())})"
        print(
            f"{counted(files, 'file')}: {self._statuses[Status.OK]} ok, {self._statuses[Status.NO_FACE]} without a "
            f"face, {refused}\n"
            f"{counted(faces, 'face')}: {', '.join(f'{self._labels[label]} {label}' for label in Label)}\n"
            f"{seconds:.1f} s, {(files - self._kept) / max(seconds, 1e-9):.1f} files per second",
            file=sys.stderr,
        )
