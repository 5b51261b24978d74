"""Work that goes on by itself, and ends with those for whom it is done."""

import gc
import threading

import pytest

from core.ui.task import StoppedError, Task, Telling


def test_what_comes_of_it_is_there_when_it_has_ended() -> None:
    goes_on = threading.Event()

    def work(telling: Telling) -> int:
        telling.say("halfway", 0.5)
        goes_on.wait(60)
        return 7

    task = Task(work, "beginning")
    assert task.wait(0.01)
    while task.telling.share < 0.5:
        task.wait(0.01)
    assert (task.telling.words, task.time_left[:7]) == ("halfway", ", about")
    goes_on.set()
    assert not task.wait(60)
    assert task.outcome() == 7


def test_what_it_raises_is_raised_where_it_is_asked_for() -> None:
    def work(telling: Telling) -> None:
        raise ValueError("no luck")

    task = Task(work, "beginning")
    assert not task.wait(60)
    assert task.time_left == ""
    with pytest.raises(ValueError, match="no luck"):
        task.outcome()


@pytest.mark.parametrize("stopped", [True, False])
def test_it_ends_when_it_is_stopped_or_nobody_waits_for_it_any_more(stopped: bool) -> None:
    ended = threading.Event()

    def work(telling: Telling) -> None:
        try:
            while True:
                telling.say("at work", 0.5)
        except StoppedError:
            ended.set()
            raise

    task = Task(work, "beginning")
    if stopped:
        task.stop()
    else:
        del task
        gc.collect()
    assert ended.wait(60)
