"""The page Train: every state that a training can be in, and what can be done with it."""

import shutil
from pathlib import Path

import pytest

from core.training.jobs import status
from core.training.jobs.plan import EVALUATE, PREPARE, TRAIN
from core.training.jobs.status import DONE, FAILED, PAUSED, RUNNING, STOPPED, WAITING
from tests.pages.run_folder import write_run
from tests.pages.train_page import buttons, opened, training, words
from tests.unit.disk_case import room_for


@pytest.mark.parametrize(
    ("state", "step", "epochs", "can"),
    [
        (WAITING, PREPARE, 0, {"Stop"}),
        (RUNNING, PREPARE, 0, {"Pause", "Stop"}),
        (RUNNING, TRAIN, 2, {"Pause", "Finish now", "Stop"}),
        (PAUSED, TRAIN, 2, {"Finish now", "Stop", "Continue"}),
        (STOPPED, TRAIN, 2, {"Continue", "Remove"}),
        (FAILED, TRAIN, 0, {"Continue", "Remove"}),
    ],
)
def test_what_can_be_done_follows_the_state(
    models: Path, monkeypatch: pytest.MonkeyPatch, state: str, step: str, epochs: int, can: set[str]
) -> None:
    monkeypatch.setattr(status, "is_alive", lambda work: state in (WAITING, RUNNING, PAUSED))
    training(models, state, step, "It was full." if state == FAILED else "", epochs=epochs)
    page = opened()

    assert buttons(page) == can
    assert ("It was full." in words(page)) == (state == FAILED)
    assert len(page.get("vega_lite_chart")) == (2 if epochs else 0)


def test_a_wish_is_written_for_the_process_to_find(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "is_alive", lambda work: True)
    work = training(models, RUNNING, TRAIN, epochs=2)
    page = opened()
    page.button(key="Pause_mine").click().run()

    assert not page.exception
    assert (work / "wish").read_text() == "pause"


def test_what_cannot_be_done_is_said_and_stays_said(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "is_alive", lambda work: True)
    work = training(models, RUNNING, TRAIN, epochs=2)
    page = opened()
    with room_for(0):
        page.button(key="Pause_mine").click().run()
    full = f"The disk is full: there is no space left in {models}. Free some space and try again."
    assert full in words(page)
    assert full in words(page.run())
    page.button(key="Pause_mine").click().run()
    assert full not in words(page)

    shutil.rmtree(work)  # as from another tab
    page.button(key="Stop_mine").click().run()
    assert "The training mine was removed in another window." in words(page)
    assert not work.exists()


def test_a_finished_training_leads_to_its_report_and_can_be_removed(models: Path) -> None:
    work = training(models, DONE, EVALUATE, epochs=3)
    write_run(models, "mine")
    page = opened()
    link = page.get("page_link")[0].proto
    assert (link.page, link.query_string) == ("training_report", "model=mine")

    page.button(key="Remove_mine").click().run()
    assert not page.exception
    assert not work.exists()
    assert (models / "mine").is_dir()
    assert "None yet" in words(page)


def test_one_whose_process_is_gone_says_so_and_can_go_on(models: Path, launched: list[Path]) -> None:
    work = training(models, RUNNING, TRAIN, epochs=1)
    page = opened()
    assert "ended unexpectedly" in words(page)
    page.button(key="Continue_mine").click().run()

    assert launched == [work]
