import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.classify.decision import decide
from core.heads import Thresholds
from core.results import Label, Prediction, Quality, Reason, Worn
from core.video.voting import SETTLED_LOOKS, Vote

GOOD, POOR = Quality(100, 1, 100, 0), Quality(10, 1, 100, 0, (Reason.TOO_SMALL,))
ASKED = Thresholds(gender=0.8)
SHARES = st.floats(0, 1)


def vote_of(*shares: float, mask: float | None = None) -> Vote:
    vote = Vote()
    for p in shares:
        vote.add(Prediction(p, mask), GOOD)
    return vote


def labels(shares: list[float], thresholds: Thresholds = ASKED) -> list[Label]:
    vote, seen = Vote(), []
    for p in shares:
        vote.add(Prediction(p), GOOD)
        seen.append(vote.decision(thresholds).label)
    return seen


@settings(deadline=None)
@given(st.floats(0.001, 0.999), st.integers(1, 50))
def test_the_same_answer_again_and_again_gets_no_surer(p: float, looks: int) -> None:
    assert vote_of(*[p] * looks).prediction.p_female == pytest.approx(p, abs=1e-6)


@settings(deadline=None)
@given(st.lists(SHARES, min_size=1, max_size=30))
def test_the_vote_lies_among_the_looks(shares: list[float]) -> None:
    p = vote_of(*shares).prediction.p_female
    assert min(max(min(shares), 1e-4), 1 - 1e-4) - 1e-9 <= p <= max(min(max(shares), 1 - 1e-4), 1e-4) + 1e-9


@settings(deadline=None)
@given(st.lists(SHARES, min_size=1, max_size=30))
def test_women_and_men_are_treated_alike(shares: list[float]) -> None:
    mirrored = vote_of(*(1 - p for p in shares)).prediction.p_female
    assert mirrored == pytest.approx(1 - vote_of(*shares).prediction.p_female, abs=1e-6)


@settings(deadline=None)
@given(st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=30), st.floats(0.5, 0.99), st.floats(0.5, 0.99))
def test_no_answer_stands_below_its_threshold(looks: list[tuple[float, float]], gender: float, mask: float) -> None:
    vote, thresholds = Vote(), Thresholds(gender, mask)
    for p, masked in looks:
        vote.add(Prediction(p, masked), GOOD)
        decision, plain = vote.decision(thresholds), decide(vote.prediction, GOOD, thresholds)
        assert decision.label in (plain.label, Label.UNCERTAIN)
        assert decision.mask in (plain.mask, Worn.UNSURE)


def test_two_looks_are_weighed_by_hand() -> None:
    odds = (0.85 * math.log(0.9 / 0.1) + math.log(0.6 / 0.4)) / 1.85
    assert vote_of(0.9, 0.6).prediction.p_female == pytest.approx(1 / (1 + math.exp(-odds)))


def test_an_answer_near_its_threshold_does_not_flicker() -> None:
    flickering = [0.9] * 10 + [0.75, 0.84] * 40
    changes = sum(one is not other for one, other in zip(labels(flickering), labels(flickering)[1:], strict=False))
    assert changes <= 1


def test_one_bad_look_changes_nothing_and_a_lasting_change_everything() -> None:
    assert set(labels([0.97] * 10 + [0.1] + [0.97] * 10)) == {Label.FEMALE}
    assert labels([0.97] * 10 + [0.03] * 40)[-1] is Label.MALE


def test_other_thresholds_hold_at_once() -> None:
    vote = vote_of(*[0.85] * 8)
    asked = [0.8, 0.9, 0.84, 0.8]
    given = [vote.decision(Thresholds(gender=threshold)).label for threshold in asked]
    assert given == [Label.FEMALE, Label.UNCERTAIN, Label.FEMALE, Label.FEMALE]


def test_a_face_that_is_seen_badly_for_a_moment_keeps_its_answer() -> None:
    vote = vote_of(*[0.95] * 5)
    for looks in range(1, 10):
        vote.add(Prediction(0.1), POOR)
        assert (vote.decision(ASKED).label is Label.FEMALE) is (looks < 5)
    vote.add(Prediction(0.95), GOOD)
    assert vote.decision(ASKED).label is Label.FEMALE


def test_mask_child_and_age_are_voted_on_too() -> None:
    vote = Vote()
    for p_child in (0.9, 0.9, 0.2):
        vote.add(Prediction(0.9, 0.98, "0-9" if p_child > 0.5 else "20-39", p_child), GOOD)
    decision = vote.decision(ASKED)
    assert (decision.reasons, decision.mask) == ((Reason.CHILD,), Worn.WORN)
    assert vote.prediction.age_band == "20-39"


def test_a_vote_is_settled_after_some_looks_and_needs_one() -> None:
    assert not vote_of(*[0.9] * (SETTLED_LOOKS - 1)).settled
    assert vote_of(*[0.9] * SETTLED_LOOKS).settled
    with pytest.raises(ValueError, match="at least one look"):
        Vote().decision(ASKED)
