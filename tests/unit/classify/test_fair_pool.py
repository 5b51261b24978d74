"""Callers that share threads: turns are taken, and who is slow waits alone."""

import gc
import threading
from collections.abc import Callable

import pytest

from core.classify import fair_pool
from core.classify.fair_pool import FairPool

PATIENCE = 60  # seconds until a test that hangs is given up


def told(events: list[str], name: str) -> Callable[[], str]:
    def call() -> str:
        events.append(name)
        return name

    return call


def test_results_and_failures_come_back_in_their_futures() -> None:
    line = FairPool(2).line()

    def failing() -> None:
        raise ValueError("no")

    good, bad = line.submit(lambda: 7), line.submit(failing)
    assert good.result(PATIENCE) == 7
    with pytest.raises(ValueError, match="no"):
        bad.result(PATIENCE)


def test_a_short_line_does_not_wait_for_a_long_one() -> None:
    pool, events, go = FairPool(1), list[str](), threading.Event()
    long, short = pool.line(), pool.line()
    first = long.submit(go.wait)
    rest = [long.submit(told(events, f"long {number}")) for number in range(6)]
    own = short.submit(told(events, "short"))
    go.set()
    assert first.result(PATIENCE)
    for future in (*rest, own):
        future.result(PATIENCE)
    assert events.index("short") <= 1
    assert [event for event in events if event != "short"] == [f"long {number}" for number in range(6)]


def test_slow_tasks_do_not_hold_up_another_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """All places are taken by one caller's tasks, which do not end before the other's have."""
    monkeypatch.setattr(fair_pool, "SLOW_SECONDS", 0.05)
    pool, go = FairPool(2), threading.Event()
    slow, other = pool.line(), pool.line()
    stuck = [slow.submit(go.wait) for _ in range(5)]
    assert [other.submit(lambda number=number: number).result(PATIENCE) for number in range(10)] == list(range(10))
    assert not any(future.done() for future in stuck)
    assert sum(future.running() for future in stuck) == 2, "a caller never has more than the places"
    go.set()
    assert all(future.result(PATIENCE) for future in stuck)


def test_no_more_tasks_run_at_a_time_than_there_are_places() -> None:
    pool, lock, most, running = FairPool(2), threading.Lock(), 0, 0

    def call() -> None:
        nonlocal most, running
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.002)
        with lock:
            running -= 1

    lines = [pool.line() for _ in range(4)]
    for future in [line.submit(call) for line in lines for _ in range(20)]:
        future.result(PATIENCE)
    assert most == 2


def test_a_closed_line_forgets_what_has_not_begun() -> None:
    pool, begun, go = FairPool(1), threading.Event(), threading.Event()
    line = pool.line()
    first, second = line.submit(lambda: begun.set() or go.wait()), line.submit(lambda: 1)
    assert begun.wait(PATIENCE)
    line.close()
    assert second.cancelled()
    go.set()
    assert first.result(PATIENCE)
    assert pool.line().submit(lambda: 2).result(PATIENCE) == 2


def test_threads_end_with_their_pool() -> None:
    pool = FairPool(2)
    threads = [pool.line().submit(threading.current_thread).result(PATIENCE) for _ in range(3)]
    del pool
    gc.collect()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_pool_needs_a_place() -> None:
    with pytest.raises(ValueError, match="at least one place"):
        FairPool(0)
