"""Threads that many callers share, none of whom can keep the others waiting.

Each caller has a line of its own, and the lines take turns, whatever their lengths. A task that takes
long no longer holds a place: another thread stands in for it, so that a slow file costs its own
session time, and no other.
"""

import atexit
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")

SLOW_SECONDS = 1.0
# How many slow tasks may be stood in for, as a multiple of the places; memory sets a limit to kindness.
_STAND_INS = 2
_END_SECONDS = 10.0  # How long the end of the process waits for tasks.


@dataclass(slots=True, eq=False)
class _Task:
    future: "Future[Any]"
    call: Callable[[], Any]


@dataclass(slots=True, eq=False, weakref_slot=True)
class _State:
    """What the threads share; it does not hold the pool, so that a pool that nobody needs ends its threads."""

    places: int
    changed: threading.Condition = field(default_factory=threading.Condition)
    lines: "deque[Line[Any]]" = field(default_factory=deque)  # those that wait; the next to be served comes first
    began: dict[int, float] = field(default_factory=dict)  # when each busy thread's task began, by the thread's number
    threads: int = 0
    idle: int = 0
    closed: bool = False
    process: int = field(default_factory=os.getpid)

    def close(self) -> None:
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def wait_for_the_busy(self, seconds: float) -> None:
        with self.changed:
            self.changed.wait_for(lambda: not self.began, seconds)

    def next_task(self) -> "tuple[Line[Any], _Task] | float | None":
        """The task whose turn it is; else in how many seconds to look again, None for when something changes."""
        now = time.monotonic()
        quick = sorted(began for began in self.began.values() if now - began < SLOW_SECONDS)
        for _ in range(len(self.lines)):
            line = self.lines[0]
            self.lines.rotate(-1)
            if line.running < self.places:
                if len(quick) >= self.places:
                    return max(0.0, quick[0] + SLOW_SECONDS - now) + 0.001
                task = line.tasks.popleft()
                if not line.tasks:
                    self.lines.remove(line)
                return line, task
        return None


_states: "weakref.WeakSet[_State]" = weakref.WeakSet()


@atexit.register
def _let_end() -> None:
    """Wait for what runs: a thread that the interpreter ends while it is in native code takes the process with it."""
    for state in list(_states):
        if state.process == os.getpid():
            state.close()
            state.wait_for_the_busy(_END_SECONDS)


class FairPool:
    """Runs tasks in `places` threads, and in a few more while some tasks are slow; safe to share between threads."""

    def __init__(self, places: int) -> None:
        """Begin without any thread.

        Args:
            places: How many tasks run at a time.

        Raises:
            ValueError: If there is no place.
        """
        if places < 1:
            raise ValueError(f"a pool needs at least one place, got {places}")
        self._state = _State(places)
        _states.add(self._state)
        self._finalizer = weakref.finalize(self, self._state.close)

    def line(self) -> "Line[Any]":
        """A line of one caller's own; close it when its results are no longer wanted."""
        return Line(self, self._state)


class Line(Generic[Result]):
    """The tasks of one caller, begun in their order."""

    def __init__(self, pool: FairPool, state: _State) -> None:
        self._pool, self._state = pool, state  # the pool lives as long as its lines
        self.tasks: deque[_Task] = deque()
        self.running = 0

    def submit(self, call: Callable[[], Result]) -> "Future[Result]":
        """Append a task; its outcome will be in the future."""
        task = _Task(Future(), call)
        state = self._state
        with state.changed:
            if not self.tasks:
                state.lines.append(self)
            self.tasks.append(task)
            _thread_if_needed(state)
            state.changed.notify()
        return task.future

    def close(self) -> None:
        """Forget what has not begun."""
        with self._state.changed:
            for task in self.tasks:
                task.future.cancel()
            self.tasks.clear()
            if self in self._state.lines:
                self._state.lines.remove(self)


def _thread_if_needed(state: _State) -> None:
    """Have a thread idle, which takes the next task or, if all are busy for too long, stands in."""
    if not state.idle and state.threads < state.places * (1 + _STAND_INS):
        state.threads += 1
        state.idle += 1
        threading.Thread(
            target=_work, args=(state, state.threads), name=f"pictures_{state.threads}", daemon=True
        ).start()


def _work(state: _State, number: int) -> None:
    while True:
        with state.changed:
            while not isinstance(found := state.next_task(), tuple):
                if state.closed:
                    return
                state.changed.wait(found)
            line, task = found
            state.idle -= 1
            line.running += 1
            state.began[number] = time.monotonic()
            _thread_if_needed(state)
        _run(task)
        del task, found
        with state.changed:
            del state.began[number]
            line.running -= 1
            state.idle += 1
            state.changed.notify_all()
        del line


def _run(task: _Task) -> None:
    if task.future.set_running_or_notify_cancel():
        try:
            task.future.set_result(task.call())
        except BaseException as error:
            task.future.set_exception(error)
