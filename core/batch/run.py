"""A run of `classify` that writes a file: what is done is kept whatever ends it, and can be gone on from."""

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.batch.journal import Journal
from core.batch.row_files import check_place, write_rows
from core.batch.workers import Outcome
from core.errors import OutputError


class ResultsFile:
    """The file of results; use it in a `with` block.

    Outcomes go to the journal, a hidden `.<name>.part` beside the file. When the block ends, also
    when the user or an error ended it, the file is written from the journal. The journal of a run
    that came to its end goes; that of any other stays, for `--resume`.
    """

    def __init__(self, path: Path) -> None:
        """Make sure, before any work, that the file can be written.

        Raises:
            OutputError: `unknown_format`, `not_writable` or `disk_full`.
        """
        check_place(path)
        self._path = path
        self._journal = Journal(path.with_name(f".{path.name}.part"))
        self._begun = False

    def begin(
        self,
        settings: Mapping[str, Any],
        files: Iterable[Path],
        *,
        resume: bool,
        takers: Iterable[Callable[[Outcome], None]],
    ) -> int:
        """Begin the run, or go on with one that was stopped.

        Args:
            settings: What the answers depend on.
            files: All files of the run.
            resume: Keep what an earlier run has done.
            takers: Who is told each outcome that is kept.

        Returns:
            How many of the files, from the first on, are done.

        Raises:
            OutputError: `other_settings`, `disk_full` or `not_writable`.
        """
        if resume:
            self._journal.resume(settings, files)
        else:
            self._journal.begin(settings)
        self._begun = True
        for rows in self._journal.outcomes() if resume else ():
            for take in takers:
                take(Outcome(rows))
        return self._journal.count

    def take(self, outcome: Outcome) -> None:
        """Keep an outcome.

        Raises:
            OutputError: `disk_full` or `not_writable`.
        """
        self._journal.append(outcome.rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        done = self._journal.count
        if not self._begun:
            self._journal.close(remove=False)
        elif kind is None or done:
            if not isinstance(error, OutputError):  # where no row could be written, no table can
                write_rows(self._path, (row for rows in self._journal.outcomes() for row in rows))
            self._journal.close(remove=kind is None)
            if kind is not None:
                print(
                    f"stopped: {done} {'file is' if done == 1 else 'files are'} done and kept; the same command with "
                    "--resume goes on from there",
                    file=sys.stderr,
                )
        else:
            self._journal.close(remove=True)
