"""A run of `classify` that writes a file: what is done is kept whatever ends it, and can be gone on from."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.batch.journal import Journal
from core.batch.row_files import check_place, holds_rows, write_rows
from core.batch.workers import Outcome
from core.classify.exports import Row
from core.errors import InputError, OutputError
from core.wording import counted


class ResultsFile:
    """The file of results; use it in a `with` block.

    Outcomes go to the journal, a hidden `.<name>.part` beside the file, which one run alone writes.
    When the block ends, also when the user or an error ended it, the file is written from the
    journal, and what stands in it is counted. The journal of a run that came to its end goes; that
    of any other stays, for `--resume`.
    """

    def __init__(self, path: Path) -> None:
        """Make sure, before any work, that the file can be written, and keep other runs away from it.

        Raises:
            OutputError: `unknown_format`, `not_writable`, `in_use` or `disk_full`.
        """
        check_place(path)
        self._path = path
        self._journal = Journal(path.with_name(f".{path.name}.part"))
        self._fresh = self._journal.claim()
        self._begun = False

    def begin(
        self,
        settings: Mapping[str, Any],
        files: Iterable[Path],
        *,
        resume: bool,
        takers: Iterable[Callable[[Outcome], None]],
        holds: Callable[[list[dict[str, Any]]], bool] = lambda rows: True,
    ) -> int:
        """Begin the run, or go on with one that was stopped.

        Args:
            settings: What the answers depend on.
            files: All files of the run.
            resume: Keep what an earlier run has done.
            takers: Who is told each outcome that is kept.
            holds: Whether what else was made of a file, whose rows it is told, is there still.

        Returns:
            How many of the files, from the first on, are done.

        Raises:
            OutputError: `other_settings`, `disk_full`, or `not_writable` if the place holds no results.
            InputError: `vanished`.
        """
        self._check_replaceable()
        if resume:
            self._journal.check_in_place()
            dropped = self._journal.resume(settings, files, holds, _check_folder)
            again = "done again, because it or files before it were" if dropped == 1 else (
                "done again, because they or files before them were"
            )  # fmt: skip
            if dropped:
                print(
                    f"note: {counted(dropped, 'file is', 'files are')} {again} added, removed or changed since",
                    file=sys.stderr,
                )
        else:
            left = 0 if self._fresh else sum(1 for _ in self._journal.outcomes())
            if left:
                words = f"an unfinished run with {counted(left, 'file is', 'files are')} done is started over"
                print(f"note: {words}, as --resume was not given", file=sys.stderr)
            self._journal.begin(settings)
        self._begun = True
        for rows in self._journal.outcomes() if resume else ():
            for take in takers:
                take(Outcome(rows))
        return self._journal.count

    def take(self, outcome: Outcome) -> None:
        """Keep an outcome.

        Raises:
            OutputError: `vanished`, `disk_full` or `not_writable`.
        """
        self._journal.append(outcome.rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        finished = False
        try:
            if self._begun and kind is None:
                self._journal.check_in_place()
                self._write()
                finished = True
            elif self._begun and self._journal.count and _can_be_written(error, self._path.parent):
                self._write()
        finally:
            done = self._journal.count if self._begun else 0
            stays = self._journal.in_place()
            self._journal.close(remove=finished or (not done and (self._begun or self._fresh)))
            if done and not finished:
                print(f"stopped: {counted(done, 'file is', 'files are')} done and {_kept(stays)}", file=sys.stderr)

    def _check_replaceable(self) -> None:
        if not holds_rows(self._path):
            raise OutputError(
                "not_writable",
                f"{self._path} holds something other than results of this program, which would be lost. "
                "Choose another name, or move it away.",
            )

    def _write(self) -> None:
        self._check_replaceable()  # again: a run may take hours, and others write there too
        write_rows(self._path, self._counted_rows())

    def _counted_rows(self) -> Iterator[Row]:
        """All rows of the journal; raises at the end, before the file takes its place, where some are missing."""
        count = 0
        for rows in self._journal.outcomes():
            count += 1
            yield from rows
        if count != self._journal.count:
            done = counted(self._journal.count, "file is", "files are")
            raise OutputError(
                "lost_rows",
                f"{done} done, but the rows of only {count} can be read from {self._journal.path}: "
                "something else has written there, or the disk is damaged.",
            )


def _can_be_written(error: BaseException | None, folder: Path) -> bool:
    """Whether a table can be where a row could not, or was not to."""
    return folder.is_dir() and (not isinstance(error, OutputError) or error.code == "vanished")


def _kept(stays: bool) -> str:
    if stays:
        return "kept; run the same command with --resume to continue from there"
    return "the journal that --resume would continue from is gone"


def _check_folder(row: Mapping[str, Any]) -> None:
    """A share that is not mounted is no reason to forget what was done; the empty folder of its place looks like it."""
    file = str(row.get("file"))
    folder = os.path.dirname(file) or "."
    if row.get("code") == "not_found" or os.path.lexists(file):
        return
    try:
        empty = not os.listdir(folder)
    except OSError:
        empty = True
    if empty:
        raise InputError(
            "vanished",
            f"The unfinished run has rows of files in {folder}, which is gone or empty. Restore it, or start over "
            "without --resume.",
        )
