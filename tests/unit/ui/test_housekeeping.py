"""What is frozen for the garbage collector, and what is not left frozen."""

import gc
import sys
import types
import weakref
from collections.abc import Iterator

import pytest

from core.ui.housekeeping import Freezer


class Held:
    """What refers to itself, as sessions do."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def _thawed_again() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_it_freezes_anew_when_something_was_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    freezer = Freezer(lambda: 0.0)
    assert freezer.tend(closed=0)
    assert gc.get_freeze_count() > 10_000
    assert not freezer.tend(closed=0)
    imported = types.ModuleType("imported_late")
    monkeypatch.setitem(sys.modules, imported.__name__, imported)
    assert any(one is imported for one in gc.get_objects())
    assert freezer.tend(closed=0)
    assert not any(one is imported for one in gc.get_objects()), "it is not looked at any more"


@pytest.mark.parametrize(("closed", "later"), [(1, 0.0), (0, 301.0)])
def test_a_session_that_was_frozen_goes_once_it_is_closed(closed: int, later: float) -> None:
    clock, session = [0.0], Held()
    freezer, gone = Freezer(lambda: clock[0]), weakref.ref(session)
    freezer.tend(closed=0)
    del session
    gc.collect()
    assert gone() is not None
    clock[0] += later
    assert freezer.tend(closed)
    assert gone() is None


def test_what_the_last_run_of_a_closed_session_held_goes_when_it_has_ended() -> None:
    freezer, session = Freezer(lambda: 0.0), Held()
    gone = weakref.ref(session)
    freezer.tend(closed=0)
    freezer.tend(closed=1)
    del session
    assert freezer.tend(closed=0)
    assert gone() is None
    assert not freezer.tend(closed=0), "once is enough"
