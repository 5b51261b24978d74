"""Faces between two searches: drawn heads that move, grow, leave and are covered."""

import cv2
import numpy as np
import pytest

from core.heads import Thresholds
from core.results import Label
from core.types import Face, Pixels
from core.video.camera import Pace
from core.video.following import MAX_EVERY, Follower
from core.video.tracking import Flow
from core.vision.detection.faces import FaceDetector
from tests.unit.film_case import SIZE, face_at
from tests.unit.pipeline_case import BlueEngine, classifier_of

WIDTH, HEIGHT = SIZE
ASKED = Thresholds(gender=0.8)


def room() -> Pixels:
    """What stands still behind the faces: soft, and not without corners."""
    grain = np.random.default_rng(1).integers(60, 120, (HEIGHT // 16, WIDTH // 16, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(grain, SIZE, interpolation=cv2.INTER_LINEAR), np.uint8)


def head(side: int) -> Pixels:
    """Blue, with brows, eyes, a nose and a mouth."""
    drawn = np.empty((100, 100, 3), np.uint8)
    drawn[:] = (60, 60, 250)
    for x, y in ((30, 40), (70, 40)):
        cv2.line(drawn, (x - 12, y - 14), (x + 12, y - 18), (30, 30, 30), 4)
        cv2.circle(drawn, (x, y), 8, (250, 250, 250), -1)
        cv2.circle(drawn, (x, y), 4, (10, 10, 10), -1)
    cv2.line(drawn, (50, 48), (46, 62), (30, 30, 180), 3)
    cv2.rectangle(drawn, (35, 72), (65, 80), (120, 20, 20), -1)
    return np.asarray(cv2.resize(drawn, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def frame(x: int, y: int, side: int = 100) -> Pixels:
    """A head at a place that may lie partly or wholly outside."""
    pixels = room()
    left, top, right, bottom = max(0, x), max(0, y), min(WIDTH, x + side), min(HEIGHT, y + side)
    if left < right and top < bottom:
        pixels[top:bottom, left:right] = head(side)[top - y : bottom - y, left - x : right - x]
    return pixels


def test_a_face_is_carried_where_it_goes() -> None:
    flow, face = Flow(), face_at(200, 150)
    flow.see(frame(200, 150))
    for step in range(1, 13):
        (moved,) = flow.carry(frame(200 + 9 * step, 150 + 4 * step), [face])
        assert moved is not None
        face = moved
        assert face.box.overlap(face_at(200 + 9 * step, 150 + 4 * step).box) > 0.85


def test_a_face_that_comes_nearer_grows() -> None:
    flow, face = Flow(), face_at(200, 150)
    flow.see(frame(200, 150))
    for side in range(104, 141, 4):
        (moved,) = flow.carry(frame(200 - (side - 100) // 2, 150 - (side - 100) // 2, side), [face])
        assert moved is not None
        face = moved
    assert face.box.width == pytest.approx(140, rel=0.1)


def test_two_faces_go_their_own_ways() -> None:
    both = frame(100, 100)
    both[300:400, 400:500] = head(100)
    after = frame(108, 100)
    after[300:400, 392:492] = head(100)
    flow = Flow()
    flow.see(both)
    one, other = flow.carry(after, [face_at(100, 100), face_at(400, 300)])
    assert one is not None
    assert other is not None
    assert (round(one.box.left), round(other.box.left)) == (pytest.approx(108, abs=2), pytest.approx(392, abs=2))


@pytest.mark.parametrize(
    "after", [room(), np.full((HEIGHT, WIDTH, 3), 90, np.uint8), np.zeros((240, 320, 3), np.uint8)]
)
def test_a_face_that_is_gone_is_lost(after: Pixels) -> None:
    flow = Flow()
    flow.see(frame(200, 150))
    assert flow.carry(after, [face_at(200, 150)]) == [None]


def test_a_face_without_anything_to_hold_on_to_is_lost_and_so_is_what_was_forgotten() -> None:
    flow, even = Flow(), np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    flow.see(even)
    assert flow.carry(even, [face_at(200, 150)]) == [None]
    assert flow.carry(even, []) == []
    flow.see(frame(200, 150))
    flow.forget()
    assert flow.carry(frame(200, 150), [face_at(200, 150)]) == [None]


class Searches:
    """The detector finds the head where it is, if most of it is in the frame; counts how often it is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place: tuple[int, int] | None = None
        self.count = 0
        monkeypatch.setattr(FaceDetector, "glance", lambda detector, pixels: self.found())
        monkeypatch.setattr(FaceDetector, "confirm", lambda detector, pixels, face: face)

    def found(self) -> list[Face]:
        self.count += 1
        return [] if self.place is None or not -40 <= self.place[0] <= WIDTH - 60 else [face_at(*self.place)]


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> Searches:
    return Searches(monkeypatch)


def follower() -> Follower:
    return Follower(classifier_of(BlueEngine()), ASKED)


def test_between_searches_the_box_follows_the_face(searches: Searches) -> None:
    follows = follower()
    for step in range(40):
        searches.place = 100 + 8 * step, 200
        followed = follows.follow(frame(*searches.place), step / 30, MAX_EVERY)
        (shown,) = followed
        assert (shown.number, shown.result.label) == (1, Label.FEMALE)
        assert shown.result.face.box.overlap(face_at(*searches.place).box) > 0.8
    assert searches.count == 10


def test_a_face_that_leaves_takes_its_box_along(searches: Searches) -> None:
    follows, boxes = follower(), []
    for step in range(40):
        searches.place = 420 + 12 * step, 200
        followed = follows.follow(frame(*searches.place), step / 30, MAX_EVERY)
        boxes.append(len(followed))
        gone = step - (WIDTH - 420) / 12
        assert not (followed and gone > 3), "a box stays where nobody is"
    assert boxes[:10] == [1] * 10
    assert boxes[-1] == 0


def test_a_face_that_is_covered_at_once_is_searched_for_at_once(searches: Searches) -> None:
    follows = follower()
    searches.place = 200, 200
    for step in range(2):
        assert len(follows.follow(frame(200, 200), step / 30, MAX_EVERY)) == 1
    searches.place, asked = None, searches.count
    shown = [len(follows.follow(room(), step / 30, MAX_EVERY)) for step in range(2, 6)]
    assert searches.count > asked
    assert shown[2:] == [0, 0], "two frames are borne, as a face may be missed"


def test_somebody_who_comes_is_found_within_a_third_of_a_second(searches: Searches) -> None:
    follows = follower()
    for step in range(8):
        assert follows.follow(room(), step / 10, MAX_EVERY) == []
    assert searches.count >= 3, "three frames at ten a second are a third of a second"
    searches.place = 200, 200
    shown = [len(follows.follow(frame(200, 200), 0.8 + step / 10, MAX_EVERY)) for step in range(4)]
    assert shown[-1] == 1


def test_a_machine_in_time_searches_every_frame_and_goes_back_to_it(searches: Searches) -> None:
    follows, asked = follower(), []
    searches.place = 200, 200
    for every in (1, 1, MAX_EVERY, MAX_EVERY, 1, 1):
        follows.follow(frame(200, 200), 0.0, every)
        asked.append(searches.count)
    assert asked == [1, 2, 3, 3, 4, 5], "the first frame of a slower pace does not follow one that was kept"


def test_the_pace_falls_with_frames_that_were_not_answered_and_comes_back() -> None:
    pace = Pace()
    for _ in range(10):
        pace.answered(1)
    assert pace.every == MAX_EVERY
    slow = [pace.answered(0) or pace.every for _ in range(200)]
    assert slow[0] == MAX_EVERY
    assert slow[-1] == 1
    assert slow == sorted(slow, reverse=True)
