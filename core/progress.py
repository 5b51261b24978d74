"""Progress on the command line: tqdm's bar on a terminal, and a line now and then in a log."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from tqdm import tqdm

TERMINAL_SECONDS, LOG_SECONDS = 0.2, 5.0
tqdm.monitor_interval = 0  # no thread of its own beside processes that fork
tqdm.set_lock(threading.RLock())  # and no semaphore between them: one process alone tells


class _Log:
    """Standard error for text that is meant to go over what stood there before: each on a line of its own."""

    def write(self, text: str) -> None:
        if line := text.strip():
            print(line, file=sys.stderr)

    def flush(self) -> None:
        sys.stderr.flush()


if TYPE_CHECKING:
    _Tqdm = tqdm[NoReturn]
else:
    _Tqdm = tqdm  # which has no type arguments when it runs


class Bar(_Tqdm):
    """How many of some things are done, how many a second, and how long the rest takes."""

    def __init__(self, total: int, unit: str, name: str = "", done: int = 0) -> None:
        """Start the clock.

        Args:
            total: How many there are.
            unit: What they are, in the plural.
            name: What is done with them.
            done: Those that were done before.
        """
        terminal = sys.stderr.isatty()
        super().__init__(
            desc=name or None,
            total=total,
            initial=done,
            unit=f" {unit}",
            file=sys.stderr if terminal else _Log(),
            leave=False,
            miniters=1,
            mininterval=TERMINAL_SECONDS if terminal else LOG_SECONDS,
            delay=0 if terminal else 1e-9,  # nothing is said of what has only begun
            dynamic_ncols=True,
            bar_format=None if terminal else "{said}",
        )

    @property
    def format_dict(self) -> dict[str, Any]:
        """What tqdm fills its forms with, and the line of a log."""
        known = super().format_dict
        rate = (known["n"] - known["initial"]) / max(known["elapsed"], 1e-3)
        left = self.format_interval((known["total"] - known["n"]) / rate) if rate else "an unknown time"
        begin = f"{self.desc.removesuffix(': ')} " if self.desc else ""
        done = f"{known['n']:,} of {known['total']:,}{self.unit}"
        return {**known, "said": f"{begin}{done} · {rate:.1f} per second · {left} left"}


class Bars:
    """A bar for each of several things that are done one after the other."""

    def __init__(self, unit: str) -> None:
        """Name what is counted, in the plural."""
        self._unit = unit
        self._bar: Bar | None = None

    def __call__(self, name: str, done: int, total: int) -> None:
        """Tell how many are done; the last one is always told."""
        if self._bar is None:
            self._bar = Bar(total, self._unit, name)
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._bar.refresh()
            self._bar.close()
            self._bar = None


@contextmanager
def told(*rooms: str) -> Iterator[None]:
    """While the block lasts, what rooms of the program note (`logging`, from INFO on) is printed, a line each.

    Args:
        rooms: Names of their packages, such as "core.training".
    """
    handler = logging.StreamHandler(sys.stdout)
    loggers = [logging.getLogger(room) for room in rooms]
    former = [(logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False  # TensorFlow's libraries print once more what reaches the root
    try:
        yield
    finally:
        for logger, (level, passed_on) in zip(loggers, former, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = passed_on
