"""Standard output and error as a command needs them: there, and no reason to lose what it does."""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO


class Stream(io.TextIOBase):
    """A standard stream; what its reader does not want any more, or there is no room for, is dropped.

    A training or a run of hours is not to end because nobody reads its progress.

    Attributes:
        closed_before: Whether it was closed when the program began, as by `>&-`.
        failure: What the system said when something could not be written; None where the reader just left.
    """

    def __init__(self, inner: TextIO | None) -> None:
        self._inner = inner
        self._nobody_reads = self.closed_before = inner is None
        self.failure: OSError | None = None
        if isinstance(inner, io.TextIOWrapper):
            inner.reconfigure(errors="backslashreplace")  # file names need not be text

    @property
    def is_read(self) -> bool:
        """Whether what is written arrives, as far as is known."""
        return not self._nobody_reads

    def write(self, text: str) -> int:
        """Write what can be; never raises for the sake of the reader."""
        if self._inner is not None and not self._nobody_reads:
            try:
                self._inner.write(text)
            except OSError as error:
                self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """Hand all to the system."""
        if self._inner is not None and not self._nobody_reads:
            try:
                self._inner.flush()
            except OSError as error:
                self._give_up(error)

    def isatty(self) -> bool:
        """Whether a person sits there."""
        return self._inner is not None and self._inner.isatty()

    def _give_up(self, error: OSError) -> None:
        self._nobody_reads = True
        if error.errno != errno.EPIPE:
            self.failure = error
        with suppress(OSError, io.UnsupportedOperation):
            assert self._inner is not None
            # What is still in the buffer must not raise again when the interpreter closes.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._inner.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@contextmanager
def standard_streams() -> Iterator[Stream]:
    """Let both streams be forgiving until the block ends; gives standard output.

    A closed one's number would else be that of the next file that is opened, and whatever a library
    writes to standard error would end up in it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # which takes the lowest free number
    before = sys.stdout, sys.stderr
    out, told = Stream(sys.stdout), Stream(sys.stderr)
    sys.stdout, sys.stderr = out, told
    try:
        yield out
    finally:
        out.flush()
        told.flush()
        sys.stdout, sys.stderr = before
