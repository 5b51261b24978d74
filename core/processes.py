"""What every worker process of ours does, and what does not survive `fork`: threads, and whatever waits for them."""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing import parent_process
from typing import Generic, TypeVar

_MMAP_THRESHOLD, _TRIM_THRESHOLD, _ARENA_MAX = -3, -1, -8
_MALLOC = {_MMAP_THRESHOLD: 2**20, _TRIM_THRESHOLD: 2**24, _ARENA_MAX: 2}
"""glibc's `mallopt` for a worker. It raises the size from which memory is given back at once to that of the largest
picture so far, and then keeps what pictures took: two workers held 450 MB, and 310 so, for 3 % more time."""


def become_worker() -> None:
    """Make this process, which was started by another one of ours, a worker of that."""
    _give_memory_back()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it too, but its parent says when to stop
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _give_memory_back() -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:  # other C libraries have none
        for option, value in _MALLOC.items():
            mallopt(option, value)


def _end_with_parent() -> None:
    """A parent that is killed cannot tell its workers, and they would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


Thing = TypeVar("Thing")


class PerProcess(Generic[Thing]):
    """A thing of which every process has its own; the first is made at once, a child's when it is asked for."""

    def __init__(self, make: Callable[[], Thing]) -> None:
        self._make = make
        self._process, self._thing = os.getpid(), make()

    def get(self) -> Thing:
        """This process's own."""
        if self._process != os.getpid():
            # The parent's is never freed here: that would wait for threads that the child does not have.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._thing))
            self._process, self._thing = os.getpid(), self._make()
        return self._thing
