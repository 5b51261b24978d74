import numpy as np
import pytest

from core.heads import Thresholds
from core.results import Label, Worn
from core.video.following import LOOKS_PER_FRAME, Follower, drawn
from core.video.people import PEOPLE_COLUMNS, AnswerCounts, count_answers
from core.vision.annotate.draw import STYLES
from tests.unit.film_case import MAN, WOMAN, frame, squares_are_faces
from tests.unit.pipeline_case import BlueEngine, ColourEngine, classifier_of
from tests.unit.portraits import portrait

ASKED = Thresholds(gender=0.8)


@pytest.fixture(autouse=True)
def _squares(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "real" not in request.node.name:
        squares_are_faces(monkeypatch)


def follower_of(engine: BlueEngine) -> Follower:
    return Follower(classifier_of(engine), ASKED)


def test_two_people_are_followed_answered_and_counted() -> None:
    follower = follower_of(ColourEngine())
    for step in range(20):
        faces = follower.follow(frame((4 * step, 20, WOMAN), (500 - 4 * step, 300, MAN)), step / 20)
        assert [(face.number, face.result.label) for face in faces] == [(1, Label.FEMALE), (2, Label.MALE)]
    for step in range(20, 40):
        follower.follow(frame((80, 20, WOMAN)), step / 20)
    there, left = follower.people()
    assert (left.number, left.last, left.frames, left.decision.label) == (2, 0.95, 20, Label.MALE)
    assert (there.number, there.first, there.last, there.frames) == (1, 0.0, 1.95, 40)
    assert tuple(there.to_row()) == PEOPLE_COLUMNS
    assert count_answers(follower.people()) == AnswerCounts(2, 1, 1, 0, masked=0)


def test_a_settled_face_is_not_classified_in_every_frame_and_many_not_at_once() -> None:
    engine = BlueEngine()
    follower = follower_of(engine)
    for step in range(60):
        follower.follow(frame((10 + step, 20, WOMAN)), step / 20)
    assert 6 <= len(engine.batches) <= 15
    crowd = frame(*((130 * x, 120 * y, WOMAN) for x in range(4) for y in range(4)))
    shown = [len(follower_faces) for follower_faces in (follower.follow(crowd, 4 + step) for step in range(10))]
    assert max(engine.batches) <= LOOKS_PER_FRAME
    assert shown[-1] == 16, "all come to their turn"


def test_another_model_asks_anew_and_another_threshold_does_not() -> None:
    follower, engine, other = follower_of(BlueEngine()), ColourEngine(), classifier_of(ColourEngine())
    for step in range(8):
        follower.follow(frame((10, 10, WOMAN)), step)
    follower.use(other, ASKED)
    (face,) = follower.follow(frame((10, 10, WOMAN)), 9)
    assert face.result.mask is Worn.NOT_WORN
    follower = Follower(classifier_of(engine), ASKED)
    middling = frame((10, 10, (60, 60, 250)))
    for threshold in (0.8, 0.999_99):
        follower.use(follower._classifier, Thresholds(gender=threshold))
        (face,) = follower.follow(middling, 1)
    assert face.result.label is Label.UNCERTAIN


def test_frames_are_drawn_in_their_own_size_and_left_as_they_are() -> None:
    follower, pixels = follower_of(BlueEngine()), frame((30, 200, WOMAN), side=24)
    before = pixels.copy()
    picture = drawn(pixels, follower.follow(pixels, 0))
    assert picture.shape == pixels.shape
    assert np.array_equal(pixels, before)
    assert (picture == STYLES[Label.FEMALE].fill).all(axis=2).sum() > 50


def test_a_real_face_is_found_and_nothing_where_there_is_none() -> None:
    follower = Follower(classifier_of(BlueEngine()), ASKED)
    pixels = portrait("obama")
    for step in range(3):
        faces = follower.follow(np.roll(pixels, 3 * step, axis=1), step)
    assert [face.number for face in faces] == [1]
    assert faces[0].result.quality.reasons == ()
    assert follower.follow(np.full_like(pixels, 127), 3), "the box stays for a moment"
    for step in range(20):
        faces = follower.follow(np.full_like(pixels, 127), 4 + step)
    assert faces == []
    assert [person.frames for person in follower.people()] == [3]
