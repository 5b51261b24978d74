import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.video.tracking import Tracker
from tests.unit.film_case import face_at, numbers

PLACES = st.tuples(st.floats(0, 500), st.floats(0, 400), st.floats(20, 150))
FRAMES = st.lists(st.lists(PLACES, max_size=5), max_size=12)


def test_two_who_move_keep_their_numbers_whatever_the_order() -> None:
    tracker = Tracker()
    for step in range(30):
        left, right = face_at(5 * step, 50), face_at(400 - 5 * step, 300)
        tracks = tracker.update([left, right] if step % 2 else [right, left])
        assert {track.number: track.face for track in tracks} == {1: right, 2: left}


def test_one_who_is_hidden_for_a_moment_is_the_same_and_later_another() -> None:
    tracker = Tracker(max_missed=3)
    tracker.update([face_at(10, 10)])
    for missed in (1, 2, 3):
        (track,) = tracker.update([])
        assert (track.number, track.missed) == (1, missed)
    assert numbers(tracker.update([face_at(15, 10)])) == [1]
    for _ in range(4):
        tracks = tracker.update([])
    assert tracks == ()
    assert numbers(tracker.update([face_at(15, 10)])) == [2]


def test_one_who_jumps_away_is_somebody_else() -> None:
    tracker = Tracker()
    tracker.update([face_at(0, 0)])
    assert numbers(tracker.update([face_at(300, 300)])) == [1, 2]


def test_the_better_overlap_wins() -> None:
    tracker = Tracker()
    tracker.update([face_at(0, 0)])
    near, far = face_at(5, 0), face_at(45, 0)
    assert [(track.number, track.face) for track in tracker.update([far, near])] == [(1, near), (2, far)]


@settings(deadline=None)
@given(FRAMES)
def test_every_face_has_one_track_and_no_number_comes_back(frames: list[list[tuple[float, float, float]]]) -> None:
    tracker, gone, alive = Tracker(max_missed=2), set(), set()
    for places in frames:
        faces = [face_at(*place) for place in places]
        tracks = tracker.update(faces)
        there = [track.face for track in tracks if track.missed == 0]
        assert sorted(map(id, there)) == sorted(map(id, faces))
        assert numbers(tracks) == sorted(set(numbers(tracks)))
        assert all(track.missed <= 2 for track in tracks)
        gone |= alive - set(numbers(tracks))
        alive = set(numbers(tracks))
        assert not alive & gone


@pytest.mark.parametrize("wrong", [{"min_overlap": 0}, {"min_overlap": 1.5}, {"max_missed": -1}])
def test_settings_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Tracker(**wrong)
