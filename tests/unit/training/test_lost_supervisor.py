"""What a training's commands do when the process that works through it is gone."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.training.jobs import control
from core.training.jobs.plan import Plan


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's end")
@pytest.mark.parametrize("wish", ["", "pause"])
def test_a_command_ends_with_a_supervisor_that_is_killed_also_while_it_is_paused(tmp_path: Path, wish: str) -> None:
    """Nobody could continue it, and a paused training holds its memory for ever."""
    work = tmp_path / "mine"
    Plan("mine", "/pictures", "baseline-cnn", size=32).save(work)
    mine = tmp_path / "pid"
    command = [
        sys.executable,
        "-c",
        f"import os, time; print(os.getpid(), file=open({str(mine)!r}, 'w')); time.sleep(600)",
    ]
    program = (
        "from pathlib import Path; from core.training.jobs import supervisor\n"
        "from core.training.jobs.status import RUNNING, Status\n"
        f"supervisor._command({command!r}, Path({str(work)!r}), Status(RUNNING, 'train'))"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).resolve().parents[3])
    begun = wait_for(lambda: mine.is_file() and mine.read_text().strip())
    if wish:
        control.pause(work)
        wait_for(lambda: state_of(int(begun)) == "T")
    assert state_of(int(begun)) in "RST"
    parent.kill()
    parent.wait()
    wait_for(lambda: state_of(int(begun)) in "XZ")


def wait_for(what: Callable[[], str | bool]) -> str:
    for _ in range(900):
        if found := what():
            return str(found)
        time.sleep(0.1)
    raise AssertionError("it did not come")


def state_of(process: int) -> str:
    """The letter by which Linux calls the state of a process; X where it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"
