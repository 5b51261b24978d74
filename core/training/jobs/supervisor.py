"""The process that works through a training: `python -m core.training.jobs.supervisor FOLDER`.

It runs `prepare`, `train` and `evaluate` one after the other, says in status.json what it does, and
does what the user wishes meanwhile. It belongs to no page and no browser, and ends when the work does.
Only one works at a time: another waits for it.
"""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from core.errors import AppError, OutputError
from core.files import claimed
from core.training.jobs.plan import PREPARE, STEPS, TRAIN, Plan
from core.training.jobs.staging import lost_pictures
from core.training.jobs.status import (
    ALIVE_FILE,
    DONE,
    FAILED,
    FINISH,
    LOG_FILE,
    PAUSE,
    PAUSED,
    RUNNING,
    STOP,
    STOPPED,
    WAITING,
    WISH_FILE,
    Status,
    is_alive,
)

_LOOK_SECONDS = 0.3
_PATIENCE_SECONDS = 20.0
_TRIES = 30
_ERROR = re.compile(r"^error \[(\w+)\]: (.+)$", re.MULTILINE)
_CAN_PAUSE = hasattr(signal, "SIGSTOP")
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl
_LIBRARY = ctypes.CDLL(None) if sys.platform == "linux" else None


class _Stopped(Exception):
    """The user wishes it to end."""


class _Failed(Exception):
    """A command did not do its work: a stable code and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def launch(work: Path) -> None:
    """Start a supervisor that outlives this process; it says in status.json what becomes of it.

    Raises:
        OutputError: `disk_full` or `not_writable`.
    """
    status = Status.load(work)
    (work / WISH_FILE).unlink(missing_ok=True)
    Status(WAITING, status.step, status.done).save(work)
    # By a process in between, so that none is left for the dashboard to wait for.
    subprocess.run(
        [sys.executable, "-m", __name__, "--detach", str(work)], check=True, stdin=subprocess.DEVNULL, cwd=_root()
    )


def main(arguments: list[str]) -> int:
    """Work through the training in a folder; with `--detach` let another process do it."""
    if arguments[0] == "--detach":
        command = [sys.executable, "-m", "core.training.jobs.supervisor", arguments[1]]
        with (Path(arguments[1]) / LOG_FILE).open("ab") as log:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=_root()
            )
        _wait_for_claim(Path(arguments[1]), child)
        return 0
    work = Path(arguments[0])
    with _claimed_soon(work / ALIVE_FILE), ExitStack() as turn:
        try:
            _wait_for_turn(work, turn)
            _work_through(work)
        except _Stopped:
            now = Status.load(work)
            Status(STOPPED, now.step, now.done).save(work)
        except (AppError, _Failed) as error:
            now = Status.load(work)
            Status(FAILED, now.step, now.done, error.message, error.code).save(work)
    return 0


@contextmanager
def _claimed_soon(place: Path) -> Iterator[None]:
    """Claim a place that others lock for moments, to see whether somebody has it."""
    with ExitStack() as stack:
        for left in reversed(range(_TRIES)):
            try:
                stack.enter_context(claimed(place, "this training"))
                break
            except OutputError as error:
                if error.code != "in_use" or not left:
                    raise
                time.sleep(_LOOK_SECONDS)
        yield


def _wait_for_claim(work: Path, child: "subprocess.Popen[bytes]") -> None:
    """Go when the other process has made itself known, or has ended."""
    end = time.monotonic() + 60
    while time.monotonic() < end and child.poll() is None and not is_alive(work):
        time.sleep(0.05)


def _wait_for_turn(work: Path, turn: ExitStack) -> None:
    """Go on when no other training works; until `turn` ends, none will."""
    now = Status.load(work)
    while True:
        try:
            turn.enter_context(claimed(work.parent / ".working", "a training"))
            return
        except OutputError as error:
            if error.code != "in_use":
                raise
        if not now.message:
            now = Status(WAITING, now.step, now.done, "It starts when the training that is running now has ended.")
            now.save(work)
        if _wish(work) == STOP:
            raise _Stopped
        time.sleep(_LOOK_SECONDS)


def _work_through(work: Path) -> None:
    plan = Plan.load(work)
    done = Status.load(work).done
    for step in STEPS:
        if step not in done:
            Status(RUNNING, step, done).save(work)
            _run(plan, step, work, done)
            done = (*done, step)
    Status(DONE, STEPS[-1], done).save(work)


def _run(plan: Plan, step: str, work: Path, done: tuple[str, ...]) -> None:
    """Run one command, and again with `--finish` where the user wishes the training to end with what it has."""
    if step == PREPARE and (lost := lost_pictures(Path(plan.source))) is not None:
        raise _Failed("not_found", f"The pictures are no longer in {lost}. Put them back, then press Continue.")
    finish = step == TRAIN and _wish(work) == FINISH
    code, said = _command(plan.command(step, work, finish=finish), work, Status(RUNNING, step, done))
    if code and not finish and step == TRAIN and _wish(work) == FINISH:
        code, said = _command(plan.command(step, work, finish=True), work, Status(RUNNING, step, done))
    if code:
        found = _ERROR.findall(said)
        kind, message = found[-1] if found else ("unexpected", _unexpected(said, code))
        raise _Failed(kind, message)


def _unexpected(said: str, code: int) -> str:
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
    return f"A step failed with exit code {code}: {last[:200]}. What was finished is kept; see the log for details."


def _command(command: list[str], work: Path, status: Status) -> tuple[int, str]:
    """Run a command to its end and do what the user wishes; returns its exit code and what it said."""
    log = work / LOG_FILE
    with log.open("ab") as file:
        begun = file.tell()
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            cwd=_root(),
            preexec_fn=_end_with_parent if _LIBRARY else None,
        )
    try:
        _watch(child, work, status, can_finish=status.step == TRAIN and "--finish" not in command)
    finally:
        if child.poll() is None:
            _end(child)
    if _wish(work) == STOP:
        raise _Stopped
    with log.open("rb") as file:
        file.seek(begun)
        return int(child.returncode), file.read().decode("utf-8", "replace")


def _end_with_parent() -> None:
    """End this process, stopped or not, when the one that began it is gone: nobody else would continue or end it."""
    assert _LIBRARY is not None, "asked before"
    _LIBRARY.prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def _watch(child: "subprocess.Popen[bytes]", work: Path, status: Status, *, can_finish: bool) -> None:
    paused = False
    while child.poll() is None:
        wish = _wish(work)
        if paused != (wish == PAUSE) and _CAN_PAUSE:
            paused = wish == PAUSE
            _tell(child, signal.SIGSTOP if paused else signal.SIGCONT)
            Status(PAUSED if paused else RUNNING, status.step, status.done).save(work)
        if wish == STOP or (wish == FINISH and can_finish):
            _end(child)
            return
        time.sleep(_LOOK_SECONDS)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Let a command end as Ctrl-C does, and make it end where it does not."""
    if _CAN_PAUSE:
        _tell(child, signal.SIGCONT)
        _tell(child, signal.SIGINT)
    else:
        child.terminate()
    try:
        child.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        if _CAN_PAUSE:
            _tell(child, signal.SIGKILL)
        else:
            child.kill()
        child.wait()


def _tell(child: "subprocess.Popen[bytes]", number: int) -> None:
    """A signal to a command and all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _wish(work: Path) -> str:
    try:
        return (work / WISH_FILE).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _root() -> Path:
    """The project's folder, from which its commands run."""
    return Path(__file__).resolve().parents[3]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
