"""Work in a thread of its own: it goes on when the page changes, and ends with the session that it is for."""

import threading
import time
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

from core.ui.wording import counted

_TELLING = 0.03
Outcome = TypeVar("Outcome")


class StoppedError(Exception):
    """The user, or the end of the session, stopped the work."""


class Telling:
    """What the work says of itself, and what it is told.

    Attributes:
        words: What is done at this moment.
        share: How much of it is done, in [0, 1].
        stopped: It is to end.
    """

    def __init__(self, words: str) -> None:
        """Begin with nothing done of what `words` say."""
        self.words, self.share = words, 0.0
        self.stopped = threading.Event()

    def say(self, words: str, share: float) -> None:
        """Say how far it is.

        Raises:
            StoppedError: If it is to end.
        """
        if self.stopped.is_set():
            raise StoppedError
        self.words, self.share = words, min(max(share, 0.0), 1.0)


class Task(Generic[Outcome]):
    """Some work under way.

    Attributes:
        telling: How far it is.
    """

    def __init__(self, work: Callable[[Telling], Outcome], words: str) -> None:
        """Begin; `work` must not hold the task itself, whose end is the sign that nobody waits for it any more."""
        self.telling = Telling(words)
        self._began = time.monotonic()
        self._done = list[Outcome | Exception]()
        self._thread = threading.Thread(target=_work, args=(work, self.telling, self._done), name=words, daemon=True)
        weakref.finalize(self, self.telling.stopped.set)
        self._thread.start()

    def stop(self) -> None:
        """Let it end soon."""
        self.telling.stopped.set()

    def wait(self, seconds: float) -> bool:
        """Wait for a while; returns whether it is still at work."""
        self._thread.join(seconds)
        return self._thread.is_alive()

    def outcome(self) -> Outcome:
        """What came of it, once it has ended; raises what it raised."""
        (done,) = self._done
        if isinstance(done, Exception):
            raise done
        return done

    @property
    def time_left(self) -> str:
        """How long it will take, as the end of a sentence; "" where that cannot be told yet."""
        share = self.telling.share
        if share < _TELLING:
            return ""
        left = (time.monotonic() - self._began) * (1 - share) / share
        return f", about {counted(max(1, round(left)), 'second', 'seconds')} left"


def _work(work: Callable[[Telling], Outcome], telling: Telling, done: list[Outcome | Exception]) -> None:
    try:
        done.append(work(telling))
    except Exception as error:  # raised again where it is asked for
        done.append(error)
