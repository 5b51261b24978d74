"""How far a training is, in words."""

import json
from pathlib import Path

import pytest

from core.training.jobs.plan import PREPARE, TRAIN
from core.training.jobs.status import RUNNING, Status, read
from tests.unit.training.planned_case import planned


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return planned(tmp_path, monkeypatch)


def test_progress_is_told_with_rate_and_time_left(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.jobs.status.is_alive", lambda work: True)
    (work / "log.txt").write_text(
        "faces 10 of 200 pictures · 5.0 per second · 00:38 left\n"
        "faces 150 of 200 pictures · 6.0 per second · 00:09 left\n"
    )
    Status(RUNNING, PREPARE).save(work)
    assert read(work).share == 0.75
    assert read(work).words == "Finding faces and drawing masks: 150 of 200 pictures, 6 per second, 9 s left"

    history = work / "runs" / "mine" / "history.csv"
    history.parent.mkdir(parents=True)
    history.write_text(
        "epoch,loss,val_loss,accuracy,val_accuracy,learning_rate,seconds\n1,1,0.5,0,0,0,30\n2,1,0.4,0,0,0,30\n"
    )
    (work / "prepared" / "faces").mkdir(parents=True)
    (work / "prepared" / "faces" / "report.json").write_text(json.dumps({"crops": {"train": {"drawn": 300}}}))
    Status(RUNNING, TRAIN, (PREPARE,)).save(work)
    assert read(work).share == 0.25
    assert read(work).words == "Training: 2 of 8 epochs, 30 s each (10 pictures per second), 3 min left"


def test_progress_within_an_epoch_and_after_the_last_one_is_told(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.jobs.status.is_alive", lambda work: True)
    Status(RUNNING, TRAIN, (PREPARE,)).save(work)
    assert read(work).words == "Training: 0 of 8 epochs"
    log = "epoch   1: 500 of 2,000 batches, 15:00 left, then validation\n"
    (work / "log.txt").write_text(log)
    assert read(work).share == 0.25 / 8
    assert read(work).words == "Training: 0 of 8 epochs, 25 % of epoch 1"

    history = work / "runs" / "mine" / "history.csv"
    history.parent.mkdir(parents=True)
    history.write_text("epoch,loss,val_loss,accuracy,val_accuracy,learning_rate,seconds\n1,1,0.5,0,0,0,40\n")
    assert (read(work).share, read(work).words) == (1 / 8, "Training: 1 of 8 epochs, 40 s each, 5 min left")

    rows = "".join(f"{epoch},1,0.5,0,0,0,40\n" for epoch in range(2, 9))
    history.write_text(history.read_text() + rows)
    (work / "log.txt").write_text(f"{log}epoch   8 of 8  loss 0.1  40 s, then finishing and export\n")
    assert (read(work).share, read(work).words) == (1, "Training: 8 of 8 epochs, finishing")
    (work / "log.txt").write_text(f"{(work / 'log.txt').read_text()}levelling women and men\n\n")
    assert read(work).words == "Training: 8 of 8 epochs, finishing: levelling women and men"


def test_what_an_earlier_command_said_is_not_told_of_the_one_at_work(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.jobs.status.is_alive", lambda work: True)
    Status(RUNNING, TRAIN, (PREPARE,)).save(work)
    noted = "epoch   2: 500 of 2,000 batches, 15:00 left, then validation\n"
    history = work / "runs" / "mine" / "history.csv"
    history.parent.mkdir(parents=True)
    history.write_text("epoch,loss,val_loss,accuracy,val_accuracy,learning_rate,seconds\n1,1,0.5,0,0,0,40\n")
    (work / "log.txt").write_text(f"> train\n{noted}")
    assert read(work).share == 1.25 / 8
    (work / "log.txt").write_text(f"> train\n{noted}> train\n")
    assert read(work).share == 1 / 8
    (work / "log.txt").write_text(f"> train\n{noted}> train --finish\nlevelling women and men\n")
    assert (read(work).share, read(work).words) == (1, "Training: 1 of 8 epochs, finishing: levelling women and men")
