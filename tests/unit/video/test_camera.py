import threading
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from core.heads import Thresholds
from core.results import Label
from core.types import Pixels
from core.video.camera import FRESH_SECONDS, LiveVideo
from core.video.following import Follower
from core.vision.annotate.draw import STYLES
from tests.unit.film_case import WOMAN, frame, squares_are_faces
from tests.unit.pipeline_case import BlueEngine, classifier_of

ASKED = Thresholds(gender=0.8)


class SlowEngine(BlueEngine):
    """Waits at each call until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.blue = threading.Semaphore(0), []

    def predict(self, crops: Pixels) -> dict[str, object]:
        self.go.acquire()
        self.blue.append(int(crops[0, 8, 8, 0]))
        return super().predict(crops)


@pytest.fixture(autouse=True)
def _squares(monkeypatch: pytest.MonkeyPatch) -> None:
    squares_are_faces(monkeypatch)


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def ignore(drawn: Pixels) -> None:
    pass


def workers() -> int:
    return sum(thread.name == "live video" for thread in threading.enumerate())


@pytest.mark.parametrize(
    ("between", "answered"), [(FRESH_SECONDS, [0, 30]), (0.6 * FRESH_SECONDS, [0, 20, 30]), (0.0, [0, 10, 20, 30])]
)
def test_a_frame_gives_way_to_a_newer_one_once_it_has_waited(between: float, answered: list[int]) -> None:
    engine, clock, given = SlowEngine(), [0.0], list[Pixels]()
    live = LiveVideo(classifier_of(engine), ASKED, lambda: clock[0])
    live.offer(partial(frame, (100, 100, (0, 60, 250))), given.append)
    wait_until(lambda: not live._waiting)
    for red in (10, 20, 30):
        live.offer(partial(frame, (100, 100, (red, 60, 250))), given.append)
        clock[0] += between if red < 30 else 0.0
    assert given == [], "nothing is drawn yet"
    engine.go.release(len(answered))
    wait_until(lambda: live.statistics().drawn == len(answered))
    live.stop()
    assert engine.blue == answered
    assert len(given) == len(answered)
    assert live.statistics().offered == 4


def test_a_newest_frame_waits_as_long_as_it_must_and_an_older_one_goes() -> None:
    engine, clock = SlowEngine(), [0.0]
    live = LiveVideo(classifier_of(engine), ASKED, lambda: clock[0])
    live.offer(partial(frame, (100, 100, (0, 60, 250))), ignore)
    wait_until(lambda: not live._waiting)
    for red in (10, 20):
        live.offer(partial(frame, (100, 100, (red, 60, 250))), ignore)
    clock[0] += 1.0
    engine.go.release(2)
    wait_until(lambda: live.statistics().drawn == 2)
    live.stop()
    assert engine.blue == [0, 20]


def test_boxes_are_drawn_and_people_counted_and_forgotten() -> None:
    live = LiveVideo(classifier_of(BlueEngine()), ASKED)
    pixels, given = frame((100, 100, WOMAN)), list[Pixels]()
    for number in range(1, 4):
        live.offer(lambda: pixels, given.append)
        wait_until(lambda number=number: live.statistics().drawn == number)
    assert (given[-1] == STYLES[Label.FEMALE].fill).all(axis=2).sum() > 100
    assert [person.number for person in live.people()] == [1]
    statistics = live.statistics()
    assert 0 <= statistics.delay_ms <= statistics.delay_p95_ms
    live.reset()
    assert live.people() == []
    live.stop()


def test_settings_follow_while_it_runs() -> None:
    live = LiveVideo(classifier_of(BlueEngine()), ASKED)
    pixels = frame((100, 100, WOMAN))
    for threshold, label in ((0.8, Label.FEMALE), (0.999_999, Label.UNCERTAIN)):
        live.use(live._classifier, Thresholds(gender=threshold))
        done = live.statistics().drawn
        live.offer(lambda: pixels, ignore)
        wait_until(lambda done=done: live.statistics().drawn > done)
        assert [person.decision.label for person in live.people()] == [label]
    live.stop()


def test_stop_ends_the_thread_and_a_frame_begins_it_anew() -> None:
    live = LiveVideo(classifier_of(BlueEngine()), ASKED)
    pixels = frame((100, 100, WOMAN))
    live.offer(lambda: pixels, ignore)
    wait_until(lambda: live.statistics().drawn == 1)
    live.stop()
    wait_until(lambda: workers() == 0)
    live.offer(lambda: pixels, ignore)
    wait_until(lambda: live.statistics().drawn == 2)
    live.stop()
    wait_until(lambda: workers() == 0)


def test_without_frames_the_thread_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.video.camera.IDLE_SECONDS", 0.05)
    live = LiveVideo(classifier_of(BlueEngine()), ASKED)
    live.offer(frame, ignore)
    wait_until(lambda: live.statistics().drawn == 1)
    wait_until(lambda: workers() == 0)


def test_a_frame_that_fails_does_not_end_the_video(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Follower.follow

    def follow(self: Follower, pixels: Pixels, seconds: float, every: int) -> object:
        if not pixels.any():
            raise RuntimeError("made up")
        return real(self, pixels, seconds, every)

    monkeypatch.setattr(Follower, "follow", follow)
    live = LiveVideo(classifier_of(BlueEngine()), ASKED)
    live.offer(lambda: np.zeros((480, 640, 3), np.uint8), ignore)
    wait_until(lambda: live.statistics().failed == 1)
    live.offer(partial(frame, (100, 100, WOMAN)), ignore)
    wait_until(lambda: live.statistics().drawn == 1)
    live.stop()
