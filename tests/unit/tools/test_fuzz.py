"""A short run of the fuzzer over every reader, and the fuzzer itself: it must see what it looks for."""

import os
import signal
import time

import numpy as np
import pytest

from tools.__main__ import main
from tools.fuzz import pool
from tools.fuzz.pool import Finding, Limits, run_tasks
from tools.fuzz.seeds import KINDS
from tools.fuzz.task import Task


def test_nothing_that_is_thrown_at_the_readers_breaks_them(
    capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    output = tmp_path_factory.mktemp("fuzz")
    code = main(["fuzz", "--count", "280", "--seed", "7", "--workers", "2", "--output", str(output)])
    assert code == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    assert all(f"\n{kind} " in f"\n{said}" for kind in KINDS)
    assert "280 inputs, seed 7" in said


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_input_follows_from_its_seed_and_number(kind: str) -> None:
    one, same, other = (dict(KINDS[kind](Task(seed, kind, 3))) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def broken(kind: str, files: dict[str, bytes]) -> str:
    """A reader with every fault, by the number of the input."""
    fault = files["input"].decode()
    if fault == "raises":
        raise KeyError("a")
    if fault == "ends":
        os.kill(os.getpid(), signal.SIGKILL)
    if fault == "sleeps":
        time.sleep(60)
    if fault == "works":
        while True:
            pass
    if fault == "grows":
        return str(np.ones(12_000_000).sum())
    return "ok"


def test_each_fault_is_found_and_the_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = ("fine", "raises", "ends", "sleeps", "works", "grows", "fine")
    monkeypatch.setitem(KINDS, "picture", lambda task: {"input": faults[task.number].encode()})
    monkeypatch.setattr(pool, "_PATIENCE", 2)
    monkeypatch.setattr(pool, "_work", work_with_faults)
    tasks = [Task(0, "picture", number) for number in range(len(faults))]
    outcomes = sorted(run_tasks(tasks, 2, Limits(seconds=1.5, megabytes=50)), key=lambda outcome: outcome.task.number)
    codes = [outcome.code for outcome in outcomes]
    assert codes == ["ok", "exception", "ended", "hangs", "hangs", "memory", "ok"]
    assert [isinstance(outcome, Finding) for outcome in outcomes] == [code != "ok" for code in codes]
    assert "KeyError" in outcomes[1].words


def work_with_faults(pipe: pool.Connection) -> None:
    """What a worker does, with the broken reader."""
    pool.read = broken
    _work(pipe)


_work = pool._work
