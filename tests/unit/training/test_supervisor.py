"""The process that works through a training, with small programs in the place of its commands."""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.cli import build_parser
from core.errors import OutputError
from core.files import claimed
from core.model.architectures import find_network
from core.settings import trained_dir
from core.training.jobs import control, supervisor
from core.training.jobs.plan import EVALUATE, PREPARE, STEPS, TRAIN, Plan
from core.training.jobs.status import (
    DONE,
    FAILED,
    LOST,
    PAUSED,
    RUNNING,
    STOPPED,
    WAITING,
    Status,
    read,
    read_all,
)
from core.training.recipes import default_recipe
from tests.unit.training.planned_case import PLAN, planned, wait

SLOW = "import time\nfor n in range(600): print(n, flush=True); time.sleep(0.05)"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return planned(tmp_path, monkeypatch)


@pytest.fixture
def does(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What each step is, as a program; what ran is kept in `"ran"`."""
    programs = {"ran": ""}

    def command(self: Plan, step: str, work: Path, *, finish: bool = False) -> list[str]:
        name = f"{step}!" if finish else step
        programs["ran"] += f"{name} "
        return [sys.executable, "-c", programs.get(name, "print('well done')"), *(["--finish"] if finish else [])]

    monkeypatch.setattr(Plan, "command", command)
    return programs


def worked(work: Path) -> Status:
    supervisor.main([str(work)])
    return read(work).status


def meanwhile(work: Path, until: Callable[[], bool]) -> threading.Thread:
    """Work in a thread until something holds."""
    thread = threading.Thread(target=supervisor.main, args=([str(work)],), daemon=True)
    thread.start()
    wait(until)
    return thread


@pytest.mark.parametrize("finish", [False, True])
@pytest.mark.parametrize("plan", [PLAN, Plan("a.b", "/p", "hse-faceres", "/m/masked", "standard", 112, masked=True)])
def test_the_plan_is_what_the_command_line_takes(plan: Plan, finish: bool, tmp_path: Path) -> None:
    for step in STEPS:
        program, module, package, *words = plan.command(step, tmp_path, finish=finish)
        assert (program, module, package) == (sys.executable, "-m", "core")
        options = build_parser().parse_args(words)
        assert options.command == step
        if step != PREPARE:
            assert options.models == trained_dir()
        if step == TRAIN:
            assert (options.finish, options.start_from) == (finish, plan.parent or None)
            recipe = default_recipe(find_network(plan.network)).changed(options.change)
            assert recipe.size == recipe.served_size == plan.size, "test crops are prepared with the training's"


def test_a_plan_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    PLAN.save(tmp_path)
    assert Plan.load(tmp_path) == PLAN
    for name in ("../up", "", ".hidden", "a b"):
        with pytest.raises(ValueError, match="name"):
            Plan(name, "/pictures", "baseline-cnn")


def test_every_step_is_done_and_said(work: Path, does: dict[str, str]) -> None:
    assert worked(work) == Status(DONE, EVALUATE, STEPS)
    assert does["ran"].split() == list(STEPS)
    assert (work / "log.txt").read_text().count("well done") == 3


def test_a_failure_says_why_and_going_on_does_not_repeat_what_is_done(work: Path, does: dict[str, str]) -> None:
    does[TRAIN] = "import sys; print('epoch 1'); sys.exit('error [disk_full]: The disk is full. Make room.')"
    status = worked(work)
    assert (status.state, status.step, status.done, status.code) == (FAILED, TRAIN, (PREPARE,), "disk_full")
    assert status.message.startswith(f"The disk is full: there is no space left in {work.parent.parent}.")

    del does[TRAIN]
    does["ran"] = ""
    assert worked(work).state == DONE
    assert does["ran"].split() == [TRAIN, EVALUATE]


def test_a_full_disk_is_said_although_nothing_more_can_be_written(
    work: Path, does: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room that was kept for it is all that there is."""
    kept, save = work / ".room", Status.save

    def full(status: Status, folder: Path) -> None:
        if kept.exists():
            raise OutputError("disk_full", "There is no room left to write status.json.")
        save(status, folder)

    kept.write_bytes(b"some room")
    monkeypatch.setattr(Status, "save", full)
    supervisor.main([str(work)])
    status = Status.load(work)
    assert (status.state, status.code) == (FAILED, "disk_full")
    assert "free some space, then press Continue" in status.message


def test_a_command_that_breaks_without_a_sentence_is_quoted(work: Path, does: dict[str, str]) -> None:
    does[PREPARE] = "raise SystemError('out of luck')"
    status = worked(work)

    assert (status.state, status.code) == (FAILED, "unexpected")
    assert "SystemError: out of luck" in status.message


def test_stopping_ends_it_and_going_on_continues(work: Path, does: dict[str, str]) -> None:
    does[TRAIN] = SLOW
    thread = meanwhile(work, lambda: Status.load(work) == Status(RUNNING, TRAIN, (PREPARE,)))
    control.stop(work)
    thread.join(60)
    assert read(work).status == Status(STOPPED, TRAIN, (PREPARE,))


def test_pausing_halts_the_command_and_going_on_wakes_it(work: Path, does: dict[str, str]) -> None:
    does[PREPARE] = SLOW
    log = work / "log.txt"
    thread = meanwhile(work, lambda: log.exists() and log.stat().st_size > 0)
    control.pause(work)
    wait(lambda: read(work).status.state == PAUSED)
    time.sleep(0.2)
    before = log.stat().st_size
    time.sleep(0.3)
    assert log.stat().st_size == before

    control.go_on(work)
    wait(lambda: log.stat().st_size > before)
    wait(lambda: read(work).status.state == RUNNING)
    control.stop(work)
    thread.join(60)
    assert not thread.is_alive()


def test_finishing_ends_the_learning_and_goes_on_with_the_test(work: Path, does: dict[str, str]) -> None:
    does[TRAIN] = SLOW
    thread = meanwhile(work, lambda: Status.load(work).step == TRAIN)
    control.finish(work)
    thread.join(60)

    assert read(work).status.state == DONE
    assert does["ran"].split() == [PREPARE, TRAIN, f"{TRAIN}!", EVALUATE]


def test_a_second_training_waits_for_the_first(work: Path, does: dict[str, str]) -> None:
    with claimed(work.parent / ".working", "a training"):
        thread = meanwhile(work, lambda: "starts when the training" in Status.load(work).message)
        assert read(work).status.state == WAITING
        assert does["ran"] == ""
    thread.join(60)
    assert read(work).status.state == DONE


def test_one_that_waits_can_be_stopped(work: Path, does: dict[str, str]) -> None:
    with claimed(work.parent / ".working", "a training"):
        thread = meanwhile(work, lambda: bool(Status.load(work).message))
        control.stop(work)
        thread.join(60)
    assert read(work).status.state == STOPPED


@pytest.mark.parametrize("state", [RUNNING, PAUSED, WAITING])
def test_one_whose_process_is_gone_has_failed(work: Path, state: str) -> None:
    Status(state, TRAIN, (PREPARE,)).save(work)
    assert read(work).status == Status(FAILED, TRAIN, (PREPARE,), LOST, "lost")


def test_a_damaged_training_hides_no_other(work: Path) -> None:
    (work.parent / "broken").mkdir()
    (work.parent / "broken" / "plan.json").write_text("{")
    (work / "status.json").write_text("{")

    assert [each.plan.name for each in read_all(work.parent)] == ["mine"]
    assert read(work).status.state == STOPPED


def test_a_launched_one_outlives_its_launcher_and_says_why_it_fails(work: Path, tmp_path: Path) -> None:
    Plan("mine", str(tmp_path / "nowhere"), "baseline-cnn").save(work)
    control.go_on(work)
    wait(lambda: read(work).status.state == FAILED)

    assert read(work).status.code == "not_found"
    assert "There is no file or folder" in read(work).status.message


def test_pictures_that_have_gone_are_missed_by_the_name_of_their_own_folder(
    work: Path, tmp_path: Path, does: dict[str, str]
) -> None:
    mine, tree = tmp_path / "my pictures", tmp_path / "split" / "Training" / "Female"
    tree.mkdir(parents=True)
    (tree / "a.jpg").symlink_to(mine / "Female" / "a.jpg")
    (tree / "b.jpg").symlink_to(mine / "Male" / "b.jpg")
    Plan("mine", str(tmp_path / "split"), "baseline-cnn").save(work)

    status = worked(work)
    assert (status.state, status.code, does["ran"]) == (FAILED, "not_found", "")
    assert f"no longer in {mine}." in status.message

    (mine / "Female").mkdir(parents=True)
    (mine / "Female" / "a.jpg").write_bytes(b"one is enough to look further")
    assert worked(work).state == DONE


@pytest.mark.parametrize("code", [0, 1])
def test_pictures_that_go_while_they_are_read_are_missed(
    work: Path, tmp_path: Path, does: dict[str, str], code: int
) -> None:
    """Also where some had been read: nothing is trained on a part."""
    mine, tree = tmp_path / "my pictures", tmp_path / "split" / "Training" / "Female"
    mine.mkdir()
    (mine / "a.jpg").write_bytes(b"a picture")
    tree.mkdir(parents=True)
    (tree / "a.jpg").symlink_to(mine / "a.jpg")
    Plan("mine", str(tmp_path / "split"), "baseline-cnn").save(work)
    away = tmp_path / "away"
    does[PREPARE] = f"import os, sys; os.rename({str(mine)!r}, {str(away)!r}); sys.exit({code})"

    status = worked(work)
    assert (status.state, status.code, status.done) == (FAILED, "not_found", ())
    assert "Put them back, then press Continue" in status.message
    away.rename(mine)
    del does[PREPARE]
    assert worked(work).state == DONE


def test_one_that_waits_says_so(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.jobs.status.is_alive", lambda work: True)
    Status(WAITING).save(work)
    assert read(work).words == "Waiting to start"
