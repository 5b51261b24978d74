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
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from core.errors import AppError, OutputError, told_as_output_error
from core.files import claimed, open_alone, write_bytes
from core.training.jobs.plan import PREPARE, STEPS, TRAIN, Plan
from core.training.jobs.staging import lost_pictures
from core.training.jobs.status import (
    ALIVE_FILE,
    BEGUN,
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
)

_LOOK_SECONDS = 0.3
_PATIENCE_SECONDS = 20.0
_TRIES, _TRY_SECONDS = 10, 0.1
_ERROR = re.compile(r"^error \[(\w+)\]: (.+)$", re.MULTILINE)
_ROOM_FILE, _ROOM_BYTES = ".room", 2**16
_FULL = (
    "The disk is full: there is no space left in {place}. What was finished is kept: free some space, then press "
    "Continue."
)
_CAN_PAUSE = hasattr(signal, "SIGSTOP")
_HANDS_OVER = os.name == "posix"
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl
_LIBRARY = ctypes.CDLL(None) if sys.platform == "linux" else None


class _Stopped(Exception):
    """The user wishes it to end."""


class _Failed(Exception):
    """A command did not do its work: a stable code and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def launch(work: Path, handle: int, plan: Plan | None = None) -> None:
    """Start a supervisor that outlives this process; it says in status.json what becomes of it.

    It is under way for everybody from the first moment: the claim is handed over, and never given up in between.

    Args:
        work: The training's folder.
        handle: The claim on it, from `claim`.
        plan: What is to be done, where that does not stand in the folder yet.

    Raises:
        OutputError: `disk_full` or `not_writable`.
    """
    # A new one takes up nothing that an earlier one, whose removal was cut short, left of its status.
    status, log = Status() if plan is not None else Status.load(work), work / LOG_FILE
    (work / WISH_FILE).unlink(missing_ok=True)
    write_bytes(work / _ROOM_FILE, os.urandom(_ROOM_BYTES))  # what a file system cannot make smaller
    Status(WAITING, status.step, status.done).save(work)
    if plan is not None:
        plan.save(work)
    with told_as_output_error(log), log.open("ab") as file:
        child = subprocess.Popen(
            [sys.executable, "-m", __name__, str(work), *([str(handle)] if _HANDS_OVER else [])],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            cwd=_root(),
            pass_fds=(handle,) if _HANDS_OVER else (),
        )
    threading.Thread(target=child.wait, name="end of a training", daemon=True).start()  # none is left as a zombie


def main(arguments: list[str]) -> int:
    """Work through the training in a folder, whose claim may be handed over as an open file's number."""
    work = Path(arguments[0])
    with ExitStack() as claims, ExitStack() as turn:
        if len(arguments) == 1:
            claims.enter_context(claim(work))
        try:
            _wait_for_turn(work, turn)
            _work_through(work)
        except _Stopped:
            now = Status.load(work)
            _save_last(Status(STOPPED, now.step, now.done), work)
        except (AppError, _Failed) as error:
            now = Status.load(work)
            message = _FULL.format(place=work.parent.parent) if error.code == "disk_full" else error.message
            _save_last(Status(FAILED, now.step, now.done, message, error.code), work)
    return 0


def _save_last(status: Status, work: Path) -> None:
    """Write down how it ended, also on a disk that is full: for that some room is kept."""
    (work / _ROOM_FILE).unlink(missing_ok=True)
    status.save(work)


@contextmanager
def claim(work: Path) -> Iterator[int]:
    """Be the one who works on a training; others look for moments whether somebody does, and are waited for.

    Returns:
        The open file that is the claim, which a child process that inherits it holds too.

    Raises:
        OutputError: `in_use`, or `not_writable`.
    """
    for left in reversed(range(_TRIES)):
        try:
            handle = open_alone(work / ALIVE_FILE, "this training")
            break
        except OutputError as error:
            if error.code != "in_use" or not left:
                raise
            time.sleep(_TRY_SECONDS)
    try:
        yield handle
    finally:
        os.close(handle)


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
    _check_pictures(plan, step)
    finish = step == TRAIN and _wish(work) == FINISH
    code, said = _command(plan.command(step, work, finish=finish), work, Status(RUNNING, step, done))
    if code and not finish and step == TRAIN and _wish(work) == FINISH:
        code, said = _command(plan.command(step, work, finish=True), work, Status(RUNNING, step, done))
    _check_pictures(plan, step)  # without those that go meanwhile it would learn from the others alone
    if code:
        found = _ERROR.findall(said)
        kind, message = found[-1] if found else ("unexpected", _unexpected(said, code))
        raise _Failed(kind, message)


def _check_pictures(plan: Plan, step: str) -> None:
    if step == PREPARE and (lost := lost_pictures(Path(plan.source))) is not None:
        raise _Failed("not_found", f"The pictures are no longer in {lost}. Put them back, then press Continue.")


def _unexpected(said: str, code: int) -> str:
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
    return f"A step failed with exit code {code}: {last[:200]}. What was finished is kept; see the log for details."


def _command(command: list[str], work: Path, status: Status) -> tuple[int, str]:
    """Run a command to its end and do what the user wishes; returns its exit code and what it said."""
    log = work / LOG_FILE
    with log.open("ab") as file:
        options = " --finish" if "--finish" in command else ""
        file.write(f"{BEGUN}{status.step}{options}\n".encode())
        file.flush()
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
