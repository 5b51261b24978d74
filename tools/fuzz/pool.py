"""Processes that try inputs, and the one that watches them: it ends those that hang and replaces those that end."""

import contextlib
import multiprocessing
import os
import resource
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NamedTuple

from core.errors import AppError
from tools.fuzz.readers import read
from tools.fuzz.seeds import KINDS
from tools.fuzz.task import Files, Task

_KILOBYTES = 1024


class Limits(NamedTuple):
    """What one input may cost: seconds of work, and megabytes on top of what the process had."""

    seconds: float = 10.0
    megabytes: float = 500.0


LIMITS = Limits()
_PATIENCE = 12  # times the limit that may pass on a busy machine
_START_SECONDS = 600.0  # that a process may take until it is ready


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an input.

    Attributes:
        task: The input.
        code: "ok", the code of a refusal, or of a finding "exception", "ended", "hangs" or "memory".
        words: What happened, in a few lines; "" for what is as it should be.
        seconds: How long the process worked on it, or, where it gave no answer, how long ago it began.
        megabytes: Memory at its highest, above that before.
    """

    task: Task
    code: str
    words: str
    seconds: float
    megabytes: float


class Finding(Outcome):
    """An outcome that should not be."""

    __slots__ = ()


def run_tasks(tasks: Iterable[Task], workers: int = 2, limits: Limits = LIMITS) -> Iterator[Outcome]:
    """Try inputs in other processes; outcomes come as they are known."""
    waiting = iter(tasks)
    crew = [_Worker(limits) for _ in range(workers)]
    try:
        for worker in crew:
            worker.give(next(waiting, None))
        while any(worker.task is not None for worker in crew):
            busy = {worker.pipe: worker for worker in crew if worker.task is not None}
            ready = {busy[pipe] for pipe in wait(list(busy), timeout=0.2) if isinstance(pipe, Connection)}
            for worker in [worker for worker in busy.values() if worker in ready or worker.is_late()]:
                yield worker.outcome()
                worker.give(next(waiting, None))
    finally:
        for worker in crew:
            worker.end()


class _Worker:
    """A process, and what it is at."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._since = self._worked = 0.0
        self.task: Task | None = None
        self._start()

    def _start(self) -> None:
        # Not forked: what the libraries have set up in one process is not made for two.
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=False)
        self._process.start()
        theirs.close()
        if not self.pipe.poll(_START_SECONDS) or self.pipe.recv() != "ready":
            raise RuntimeError("a worker did not start")

    def give(self, task: Task | None) -> None:
        self.task = task
        if task is not None:
            self.pipe.send((task.kind, KINDS[task.kind](task)))
            self._since = time.monotonic()
            self._worked = _worked(self._process.pid)

    def is_late(self) -> bool:
        """Whether it has worked for too long, or waited far longer; a busy machine alone does not make it late."""
        passed = time.monotonic() - self._since
        if passed <= self._limits.seconds:
            return False
        worked = _worked(self._process.pid) - self._worked
        return worked > self._limits.seconds or passed > _PATIENCE * self._limits.seconds

    def outcome(self) -> Outcome:
        """What became of the task; a process that came to an end, or must, is replaced."""
        task, seconds = self.task, time.monotonic() - self._since
        assert task is not None
        if self.pipe.poll():
            try:
                code, words, seconds, megabytes = self.pipe.recv()
            except EOFError:
                self._process.join()
                words = f"the process ended with {self._process.exitcode}"
                self._start()
                return Finding(task, "ended", words, seconds, 0.0)
            if code != "exception" and megabytes > self._limits.megabytes:
                code, words = "memory", f"{code}, with {megabytes:.0f} MB"
            if code != "exception" and seconds > self._limits.seconds:
                code, words = "hangs", f"{code}, after {seconds:.1f} seconds"
            kind = Finding if words else Outcome
            return kind(task, code, words, seconds, megabytes)
        self.end()
        self._start()
        return Finding(task, "hangs", f"no answer after {seconds:.1f} seconds", seconds, 0.0)

    def end(self) -> None:
        self.pipe.close()
        self._process.kill()
        self._process.join()


def _work(pipe: Connection) -> None:
    """What a process does: it tries what it is given until there is nothing more."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name in ("core.vision.pictures.decode", "core.report.html.report", "core.data.prepared", "core.video.reader"):
        __import__(name)  # so that the first input of a kind is not charged for it
    pipe.send("ready")
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            pipe.send(_tried(*pipe.recv()))


def _tried(kind: str, files: Files) -> tuple[str, str, float, float]:
    before = _reset_peak()
    start = _worked(os.getpid())
    words = ""
    try:
        code = read(kind, files)
    except AppError as error:
        code = error.code
        error.message.encode()
    except Exception:
        code, words = "exception", traceback.format_exc(limit=-6)
    return code, words, _worked(os.getpid()) - start, max(0.0, _peak() - before)


def _worked(process: int | None) -> float:
    """Seconds that a process and the children that it waited for have worked; 0 where that cannot be told."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _reset_peak() -> float:
    """Begin to watch the memory anew; returns the megabytes of now."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _peak()


def _peak() -> float:
    """The most megabytes that this process had since `_reset_peak`."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KILOBYTES
    return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / _KILOBYTES
