"""What `classify` tells on standard error while it works and at the end."""

import sys
import time
from collections import Counter
from collections.abc import Sequence

from core.batch.workers import Outcome
from core.results import Label, Status

TERMINAL_SECONDS = 0.2
LOG_SECONDS = 5.0


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
        self._terminal = sys.stderr.isatty()
        self._kept = self._total = 0
        self._start = self._told = time.monotonic()
        for note in notes:
            print(f"note: {note}", file=sys.stderr)

    def begin(self, kept: int, total: int) -> None:
        """Start the clock.

        Args:
            kept: Files that an earlier run has done.
            total: Files in all.
        """
        self._kept, self._total = kept, total
        self._start = self._told = time.monotonic()
        if kept:
            print(f"resumed: {kept:,} of {_many(total, 'file')} were done already", file=sys.stderr)

    def take(self, outcome: Outcome) -> None:
        """Count an outcome."""
        first = outcome.rows[0]
        self._statuses[first["status"]] += 1
        self._labels.update(row["label"] for row in outcome.rows if row["label"] is not None)
        if first["status"] == Status.REFUSED:
            self._codes[first["code"]] += 1

    def progress(self) -> None:
        """Say how far the work is, now and then."""
        now = time.monotonic()
        if not self._show_progress or now - self._told < (TERMINAL_SECONDS if self._terminal else LOG_SECONDS):
            return
        self._told = now
        done = self._statuses.total()
        rate = (done - self._kept) / (now - self._start)
        left = duration((self._total - done) / rate) if rate else "an unknown time"
        text = f"{done:,} of {self._total:,} files, {rate:.1f} a second, {left} left"
        if self._terminal:
            print(f"\r{text}", end="\x1b[K", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr)

    def summary(self) -> None:
        """Sum up the run; the rate is that of this run alone."""
        if self._terminal and self._show_progress:
            print("\r\x1b[K", end="", file=sys.stderr)
        seconds = time.monotonic() - self._start
        files, faces = self._statuses.total(), self._labels.total()
        refused = f"{self._statuses[Status.REFUSED]} refused"
        if self._codes:
            refused += f" ({', '.join(f'{code} {count}' for code, count in self._codes.most_common())})"
        print(
            f"{_many(files, 'file')}: {self._statuses[Status.OK]} ok, {self._statuses[Status.NO_FACE]} without a "
            f"face, {refused}\n"
            f"{_many(faces, 'face')}: {', '.join(f'{self._labels[label]} {label}' for label in Label)}\n"
            f"{seconds:.1f} s, {(files - self._kept) / max(seconds, 1e-9):.1f} files a second",
            file=sys.stderr,
        )


def duration(seconds: float) -> str:
    """A time in its two largest units, such as "2 min 5 s"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
