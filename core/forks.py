"""What does not survive `fork`, made anew in the child: threads, and whatever waits for them."""

import ctypes
import os
from collections.abc import Callable
from typing import Generic, TypeVar

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
