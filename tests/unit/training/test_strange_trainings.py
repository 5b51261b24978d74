"""The files of a training hold anything, as after a power cut or from somebody else: the pages go on all the same."""

from pathlib import Path

import pytest

from core.training.jobs.plan import PREPARE, TRAIN, Plan
from core.training.jobs.status import RUNNING, STOPPED, Status, read, read_all

COLUMNS = "epoch,loss,val_loss,accuracy,val_accuracy,learning_rate,seconds"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    work = tmp_path / "trainings" / "mine"
    work.mkdir(parents=True)
    Plan("mine", "faces", "baseline-cnn").save(work)
    return work


@pytest.mark.parametrize(
    "plan",
    [
        "[" * 100_000,
        "[]",
        '{"name": "mine", "source": "faces"}',
        '{"name": "mine", "source": 5, "network": "baseline-cnn"}',
        '{"name": "mine", "source": "faces", "network": "baseline-cnn", "margin": NaN}',
        '{"name": "mine", "source": "faces", "network": "baseline-cnn", "workers": true}',
        '{"name": "mine", "source": "faces", "network": "baseline-cnn", "more": 1}',
    ],
)
def test_a_plan_of_something_else_hides_no_other(plan: str, work: Path) -> None:
    (work.parent / "broken").mkdir()
    (work.parent / "broken" / "plan.json").write_text(plan)
    assert [each.plan.name for each in read_all(work.parent)] == ["mine"]


@pytest.mark.parametrize(
    "status",
    ["[" * 100_000, "[]", '{"done": [5]}', '{"done": ["lunch"]}', '{"done": [], "message": 5}', '{"state": "done"}'],
)
def test_a_status_of_something_else_is_a_training_that_stopped(status: str, work: Path) -> None:
    (work / "status.json").write_text(status)
    assert read(work).status == Status(STOPPED)


@pytest.mark.parametrize("report", ["{", "[]", '{"crops": 5}', '{"crops": {"train": {"drawn": "many"}}}'])
@pytest.mark.parametrize("seconds", ["soon", "inf", "nan", "-1"])
def test_strange_figures_of_a_training_do_not_cost_its_progress(
    report: str, seconds: str, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.jobs.status.is_alive", lambda work: True)
    history = work / "runs" / "mine" / "history.csv"
    history.parent.mkdir(parents=True)
    history.write_text(f"{COLUMNS}\n1,1,0.5,0,0,0,{seconds}\n2,1,0.5,0,0,0,{seconds}\n")
    (work / "prepared" / "faces").mkdir(parents=True)
    (work / "prepared" / "faces" / "report.json").write_text(report)
    Status(RUNNING, TRAIN, (PREPARE,)).save(work)
    assert read(work).words.startswith("Training: 2 of 8 epochs, ")


@pytest.mark.parametrize(
    ("history", "epochs"),
    [
        (f"{COLUMNS}\n1,1,0.5,0,0,0,9\nx,1,0.5,0,0,0,9\n3,1,inf,0,0,0,9\n4,1,,0,0,0,9\n5,1,0.5,0,0,0,9\n", [1, 5]),
        (f"{COLUMNS}\n1,1,0.5,0,0\n", []),
        ("epoch,loss\n1,0.5\n", []),
        (f"{COLUMNS}\n", []),
        ("\0\xff", []),
    ],
)
def test_only_epochs_with_figures_are_shown(history: str, epochs: list[int], work: Path) -> None:
    file = work / "runs" / "mine" / "history.csv"
    file.parent.mkdir(parents=True)
    file.write_text(history, encoding="latin-1")
    found = read(work).history
    assert (found["epoch"].tolist() if len(found) else []) == epochs
