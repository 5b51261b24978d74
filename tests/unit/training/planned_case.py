"""A training that is planned and not begun, and waiting for what becomes of it."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.settings import MODELS_VARIABLE
from core.training.jobs.plan import Plan

PLAN = Plan("mine", "/pictures", "baseline-cnn", size=32)


def planned(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a training whose models go to `folder`, with its plan."""
    monkeypatch.setenv(MODELS_VARIABLE, str(folder))
    work = folder / ".trainings" / PLAN.name
    PLAN.save(work)
    return work


def wait(until: Callable[[], bool]) -> None:
    """Wait a minute at most until something holds."""
    for _ in range(1200):
        if until():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to that")
