"""What the server does beside answering: it forgets closed pages, keeps uploads in memory, and survives a crowd.

It also spares the garbage collector what stays, see `Freezer`.
"""

import asyncio
import contextlib
import errno
import gc
import logging
import os
import resource
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Protocol

from starlette.formparsers import MultiPartParser
from streamlit import config, runtime

FORGET_AFTER = 30.0
"""Seconds after which a page that was closed, and did not come back, is forgotten."""

_SWEEP_EVERY = 10.0
_SAY_AGAIN_AFTER = 60.0
_FREEZE_AGAIN_AFTER = 300.0
_MOST_FILES = 65_536
_QUEUED = 4096  # connections that may wait to be accepted, and more than uvicorn lets
_OUT_OF = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_log = logging.getLogger("above_the_mask")


class Sessions(Protocol):
    """What is asked of Streamlit's sessions."""

    def list_sessions(self) -> Iterable[Any]:
        """All sessions; each item has a `session` with an `id`."""
        ...

    def is_active_session(self, session_id: str) -> bool:
        """Whether its page is open."""
        ...

    def close_session(self, session_id: str) -> None:
        """Forget it with its uploads and pictures."""
        ...


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Keep house while the server runs."""
    # A larger part of a form than this is written to the disk: none is.
    MultiPartParser.spool_max_size = 2**20 * (1 + int(config.get_option("server.maxUploadSize")))
    raise_file_limit()
    with Doorkeeper() as doorkeeper:
        asyncio.get_running_loop().set_exception_handler(doorkeeper.handle)
        sweeping = asyncio.create_task(_sweep())
        try:
            yield
        finally:
            sweeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sweeping


def raise_file_limit() -> None:
    """Allow this process as many open files as the system lets it have, up to a bound."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _sweep() -> None:
    sweeper, freezer = Sweeper(), Freezer()
    freezer.tend(closed=0)
    while True:
        await asyncio.sleep(_SWEEP_EVERY)
        instance = runtime.get_instance()
        closed = sweeper.sweep(instance._session_mgr)
        freezer.tend(closed)
        if closed:
            # Twice: what can be downloaded is only marked the first time.
            instance.media_file_mgr.remove_orphaned_files()
            instance.media_file_mgr.remove_orphaned_files()


class Sweeper:
    """Forgets sessions whose page was closed; Streamlit alone does so when somebody else comes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin; `clock` gives seconds."""
        self._clock = clock
        self._gone: dict[str, float] = {}

    def sweep(self, sessions: Sessions) -> int:
        """Close the sessions that were seen without a page for `FORGET_AFTER` seconds; returns how many."""
        now = self._clock()
        names = [info.session.id for info in sessions.list_sessions()]
        self._gone = {name: self._gone.get(name, now) for name in names if not sessions.is_active_session(name)}
        late = [name for name, since in self._gone.items() if now - since >= FORGET_AFTER]
        for name in late:
            sessions.close_session(name)
        return len(late)


class Freezer:
    """Spares the garbage collector what stays.

    Streamlit collects garbage after every run of a page, and live video runs a part of its page every two seconds.
    Looking at all that was imported then takes an eighth of a second, in which no thread can do anything: four frames
    of video. What is frozen is not looked at; it still goes when nobody refers to it, unless it refers to itself.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin; `clock` gives seconds."""
        self._clock = clock
        self._modules, self._at, self._closed = 0, float("-inf"), 0

    def tend(self, closed: int) -> bool:
        """Freeze what there is, if there is a reason to; returns whether there was.

        Args:
            closed: How many sessions were forgotten since: what they held may have been frozen with them. The next
                time it is done once more, for what a run that was still ending has held until then.
        """
        now = self._clock()
        unchanged = len(sys.modules) == self._modules and not closed and not self._closed
        self._closed = closed
        if unchanged and now - self._at < _FREEZE_AGAIN_AFTER:
            return False
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._modules, self._at = len(sys.modules), now
        return True


class Doorkeeper:
    """Handles the errors of an event loop: where no connection can be accepted any more, it says so once a minute.

    The loop itself logs a trace for every connection that waits, thousands a second, and tries again at once. Here one
    file is held in reserve. It makes room to accept those that wait and to close them, so that they need not wait for
    an answer that will not come; those that have one go on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin; `clock` gives seconds."""
        self._clock = clock
        self._said = float("-inf")
        self._reserve = -1

    def __enter__(self) -> "Doorkeeper":
        """Take the reserve."""
        self._reserve = os.open(os.devnull, os.O_RDONLY)
        return self

    def __exit__(self, *_: object) -> None:
        """Give the reserve back."""
        self._give_up_reserve()

    def handle(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The loop's exception handler."""
        error, listening = context.get("exception"), context.get("socket")
        if not isinstance(error, OSError) or error.errno not in _OUT_OF or listening is None:
            loop.default_exception_handler(context)
            return
        turned_away = self._turn_away(listening)
        if (now := self._clock()) - self._said >= _SAY_AGAIN_AFTER:
            self._said = now
            _log.error(
                "Too many connections: this process may not open more files (%s). %d that waited were closed; those "
                "that are open go on. Close some pages, or raise the limit ('ulimit -n') and start again.",
                os.strerror(error.errno),
                turned_away,
            )

    def _turn_away(self, listening: Any) -> int:
        """Close what waits at a socket; returns how many."""
        self._give_up_reserve()
        count = 0
        door = socket.socket(fileno=listening.fileno())  # another object for the same socket, which it must not close
        try:
            with contextlib.suppress(OSError):
                while count < _QUEUED:
                    door.accept()[0].close()
                    count += 1
        finally:
            door.detach()
        with contextlib.suppress(OSError):
            self._reserve = os.open(os.devnull, os.O_RDONLY)
        return count

    def _give_up_reserve(self) -> None:
        if self._reserve >= 0:
            os.close(self._reserve)
            self._reserve = -1
