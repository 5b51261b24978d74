from pathlib import Path

import pytest

from core.settings import MODELS_VARIABLE
from core.training.jobs import control
from core.training.jobs.plan import Plan
from core.ui.report import pictures


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "models"
    monkeypatch.setenv(MODELS_VARIABLE, str(root))
    monkeypatch.setattr(pictures, "on_this_machine", lambda: True)
    return root


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Instead of being worked on, trainings are listed here."""
    works = list[Path]()

    def launch(work: Path, handle: int, plan: Plan | None = None) -> None:
        works.append(work)
        if plan is not None:
            plan.save(work)

    monkeypatch.setattr(control, "launch", launch)
    return works
