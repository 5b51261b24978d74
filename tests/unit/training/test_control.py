"""What users do with trainings: begin one, act on it, remove it, from one page or from several."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import OutputError
from core.training.jobs import control
from core.training.jobs.plan import PLAN_FILE, STEPS, Plan
from core.training.jobs.status import (
    DONE,
    FAILED,
    RUNNING,
    WAITING,
    Status,
    read,
    read_all,
)
from tests.unit.disk_case import room_for
from tests.unit.training.planned_case import PLAN, planned, wait


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return planned(tmp_path, monkeypatch)


def test_a_name_is_taken_once(work: Path) -> None:
    with pytest.raises(control.TrainingError) as raised:
        control.begin(PLAN)
    assert raised.value.code == "name_taken"


def test_from_the_first_moment_it_is_under_way(work: Path) -> None:
    """A page that looks while the process still starts must not see a training that has failed or rests."""
    plan = Plan("new", "/nowhere", "baseline-cnn", size=32)
    new = control.begin(plan)
    seen = [read(new).status.state]
    wait(lambda: seen.append(read(new).status.state) or seen[-1] == FAILED)  # type: ignore[func-returns-value]

    assert list(dict.fromkeys(seen)) in ([WAITING, FAILED], [WAITING, RUNNING, FAILED])
    assert read(new).status.code == "not_found"


def test_a_new_one_takes_no_step_as_done_that_one_of_its_name_had_done(work: Path) -> None:
    """Of one whose removal was cut short, as when the machine is switched off, anything may be left."""
    Status(DONE, STEPS[-1], STEPS).save(work)
    (work / PLAN_FILE).unlink()
    control.begin(Plan("mine", "/nowhere", "baseline-cnn", size=32))
    wait(lambda: not read(work).is_under_way)
    assert (read(work).status.state, read(work).status.done) == (FAILED, ())


def test_two_that_begin_one_name_at_once_get_one_training(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, refused = Plan("new", "/nowhere", "baseline-cnn", size=32), list[str]()
    both = threading.Barrier(2)
    begun = list[Path]()

    def launch(folder: Path, handle: int, plan: Plan) -> None:
        time.sleep(0.2)
        plan.save(folder)
        begun.append(folder)

    def begin() -> None:
        both.wait()
        try:
            control.begin(plan)
        except control.TrainingError as error:
            refused.append(error.code)

    monkeypatch.setattr(control, "launch", launch)
    threads = [threading.Thread(target=begin) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (begun, refused) == ([work.parent / "new"], ["name_taken"])


def test_nothing_is_left_of_one_that_cannot_be_begun(work: Path) -> None:
    plan = Plan("new", "/pictures", "baseline-cnn", size=32)
    with room_for(0), pytest.raises(OutputError) as raised:
        control.begin(plan)
    assert raised.value.code == "disk_full"
    assert not (work.parent / "new").exists()


@pytest.mark.parametrize("act", [control.pause, control.finish, control.stop, control.go_on, control.remove])
def test_one_that_was_removed_from_another_page_does_not_come_back(work: Path, act: Callable[[Path], None]) -> None:
    control.remove(work)
    with pytest.raises(control.TrainingError) as raised:
        act(work)
    assert raised.value.code == "removed"
    assert not work.exists()


def test_one_that_is_removed_during_the_look_is_left_out(work: Path) -> None:
    (work.parent / "going").mkdir()
    (work.parent / "going" / "plan.json").symlink_to("listed, and no longer there")
    assert [each.plan.name for each in read_all(work.parent)] == ["mine"]


def test_removing_takes_what_was_unpacked_for_it_and_no_more(work: Path, tmp_path: Path) -> None:
    own = tmp_path / "pictures"
    own.mkdir()
    room = work.parent / control.UNPACKED / "17"
    (room / "split" / "faces").mkdir(parents=True)
    Plan("mine", str(room / "split" / "faces"), "baseline-cnn").save(work)
    other = work.parent / "other"
    Plan("other", str(own), "baseline-cnn").save(other)

    control.remove(other)
    assert own.is_dir()
    assert room.is_dir()
    control.remove(work)
    assert not room.exists()
    assert not work.exists()
