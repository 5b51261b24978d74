"""What `classify` tells on standard error while it works and at the end."""

import sys
import time
from collections import Counter
from collections.abc import Sequence

from core.batch.workers import Outcome
from core.progress import Bar
from core.results import Label, Status
from core.wording import counted


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
            print(f"resumed: {kept:,} of {counted(total, 'file')} were done already", file=sys.stderr)

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
            f"{seconds:.1f} s, {(files - self._kept) / max(seconds, 1e-9):.1f} files a second",
            file=sys.stderr,
        )
