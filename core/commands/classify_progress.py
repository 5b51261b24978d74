"""What `classify` tells on standard error while it works and at the end."""

import sys
import time
from collections import Counter
from collections.abc import Sequence

from core.results import ImageResult, Label, Status

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
        self._statuses: Counter[Status] = Counter()
        self._codes: Counter[str] = Counter()
        self._labels: Counter[Label] = Counter()
        self._terminal = sys.stderr.isatty()
        self._start = self._told = time.monotonic()
        for note in notes:
            print(f"note: {note}", file=sys.stderr)

    def take(self, result: ImageResult) -> None:
        """Count a result."""
        self._statuses[result.status] += 1
        self._labels.update(face.label for face in result.faces)
        if result.status is Status.REFUSED:
            self._codes[result.code] += 1

    def progress(self, done: int, total: int | None, name: str) -> None:
        """Say how far the work is, now and then; matches `core.inference.pipeline.Progress`."""
        now = time.monotonic()
        if not self._show_progress or now - self._told < (TERMINAL_SECONDS if self._terminal else LOG_SECONDS):
            return
        self._told = now
        rate = done / (now - self._start)
        text = f"{done} of {total} files, {rate:.1f} a second"
        if self._terminal:
            print(f"\r{text}", end="\x1b[K", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr)

    def summary(self) -> None:
        """Sum up the run."""
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
            f"{seconds:.1f} s, {files / max(seconds, 1e-9):.1f} files a second",
            file=sys.stderr,
        )


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
