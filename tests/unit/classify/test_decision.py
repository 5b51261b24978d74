from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.classify.decision import apply_thresholds, decide, is_clear, is_sure
from core.heads import Thresholds
from core.results import Decision, FaceResult, ImageResult, Label, Prediction, Quality, Reason, Status, Worn
from core.types import Box, Face

GOOD = Quality(100, 1, 128, 0)
POOR = Quality(10, 1, 5, 0, (Reason.TOO_SMALL, Reason.TOO_DARK))
POINT = (1.0, 1.0)
FACE = Face(Box(0, 0, 9, 9), (POINT,) * 5, 0.9)
USUAL = Thresholds(gender=0.8, mask=0.9, child=0.5)


def at(gender: float) -> Thresholds:
    return replace(USUAL, gender=gender)


def child(p_child: float, p_female: float = 0.99) -> Prediction:
    return Prediction(p_female, age_band="0-9", p_child=p_child)


def result_of(*predictions: Prediction, quality: Quality = GOOD, thresholds: Thresholds = USUAL) -> ImageResult:
    crop = np.zeros((16, 16, 3), np.uint8)
    faces = tuple(FaceResult(FACE, quality, said, decide(said, quality, thresholds), crop) for said in predictions)
    return ImageResult("a.png", Status.OK, "some-model", faces=faces)


@pytest.mark.parametrize(
    ("p", "label"),
    [
        (1.0, Label.FEMALE),
        (0.8, Label.FEMALE),
        (0.79, Label.UNCERTAIN),
        (0.21, Label.UNCERTAIN),
        (0.2, Label.MALE),
        (0.0, Label.MALE),
    ],
)
def test_the_threshold_itself_is_answered_on_both_sides(p: float, label: Label) -> None:
    assert decide(Prediction(p), GOOD, USUAL).label is label


@given(st.floats(0, 1))
def test_at_one_half_every_good_face_is_answered_and_a_tie_is_female(p: float) -> None:
    assert decide(Prediction(p), GOOD, at(0.5)) == Decision(Label.FEMALE if p >= 0.5 else Label.MALE)


@given(
    st.builds(Prediction, st.floats(0, 1), st.none() | st.floats(0, 1), st.just("0-9"), st.floats(0, 1)),
    st.builds(Thresholds, st.floats(0.5, 0.99), st.floats(0.5, 0.99), st.none() | st.floats(0.01, 1)),
    st.sampled_from([GOOD, POOR]),
)
def test_reasons_are_given_exactly_when_uncertain(said: Prediction, chosen: Thresholds, quality: Quality) -> None:
    decision = decide(said, quality, chosen)
    assert bool(decision.reasons) is (decision.label is Label.UNCERTAIN)


def test_poor_quality_abstains_whatever_the_model_says_and_is_named_first() -> None:
    sure, unsure = decide(Prediction(0.99, 0.99), POOR, USUAL), decide(child(0.9, p_female=0.6), POOR, USUAL)
    assert sure == Decision(Label.UNCERTAIN, (Reason.TOO_SMALL, Reason.TOO_DARK), Worn.UNSURE)
    assert unsure.reasons == (Reason.TOO_SMALL, Reason.TOO_DARK, Reason.CHILD, Reason.LOW_CONFIDENCE)


@given(st.floats(0, 1), st.floats(0.5, 0.99), st.floats(0.5, 0.99))
def test_a_higher_threshold_never_answers_more(p: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    strict, loose = decide(Prediction(p), GOOD, at(high)), decide(Prediction(p), GOOD, at(low))
    if strict.label is not Label.UNCERTAIN:
        assert loose.label is strict.label


@pytest.mark.parametrize(
    ("p", "state"),
    [
        (None, None),
        (1.0, Worn.WORN),
        (0.9, Worn.WORN),
        (0.89, Worn.UNSURE),
        (0.11, Worn.UNSURE),
        (0.1, Worn.NOT_WORN),
        (0.0, Worn.NOT_WORN),
    ],
)
def test_a_mask_is_worn_or_not_worn_from_its_own_threshold_on(p: float | None, state: Worn | None) -> None:
    decision = decide(Prediction(0.7, p), GOOD, USUAL)
    assert (decision.mask, decision.label) == (state, Label.UNCERTAIN)


def test_a_childs_face_is_not_classified_however_sure_the_model_is() -> None:
    assert decide(child(0.5), GOOD, USUAL) == Decision(Label.UNCERTAIN, (Reason.CHILD,))
    assert decide(child(0.49), GOOD, USUAL) == Decision(Label.FEMALE)
    assert Reason.CHILD.sentence == "a child's face: not classified"


def test_who_asks_for_it_gets_children_classified() -> None:
    assert decide(child(1.0), GOOD, replace(USUAL, child=None)) == Decision(Label.FEMALE)


@pytest.mark.parametrize("value", [0.49, 1.0, -1.0, float("nan")])
@pytest.mark.parametrize("name", ["gender", "mask"])
def test_a_threshold_outside_its_range_is_an_error(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=r"\[0.5, 1\)"):
        Thresholds(**{name: value})


@pytest.mark.parametrize("value", [0.0, 1.01, float("nan")])
def test_a_child_threshold_outside_its_range_is_an_error(value: float) -> None:
    with pytest.raises(ValueError, match=r"child threshold lies in \(0, 1\]"):
        Thresholds(child=value)


def test_a_result_is_decided_again_without_the_model() -> None:
    strict = result_of(Prediction(0.9, 0.7), child(0.7, p_female=0.3), thresholds=Thresholds(0.95, 0.9, 0.5))
    assert [face.label for face in strict.faces] == [Label.UNCERTAIN, Label.UNCERTAIN]
    loose = apply_thresholds(strict, Thresholds(0.7, 0.6, None))
    assert [face.label for face in loose.faces] == [Label.FEMALE, Label.MALE]
    assert [face.mask for face in loose.faces] == [Worn.WORN, None]
    assert [face.p_female for face in loose.faces] == [0.9, 0.3]
    assert apply_thresholds(loose, Thresholds(0.95, 0.9, 0.5)).to_rows() == strict.to_rows()


def test_poor_faces_stay_uncertain_at_every_threshold() -> None:
    (face,) = apply_thresholds(result_of(Prediction(0.99), quality=POOR), at(0.5)).faces
    assert (face.label, face.reasons) == (Label.UNCERTAIN, POOR.reasons)


def test_a_refusal_is_left_as_it_is() -> None:
    refused = ImageResult("a", Status.REFUSED, "m", code="empty", message="The file is empty.")
    assert apply_thresholds(refused, at(0.6)).to_rows() == refused.to_rows()


@given(
    st.lists(st.tuples(st.floats(0, 1), st.none() | st.floats(0, 1), st.booleans()), min_size=1, max_size=20),
    st.floats(0.5, 0.999),
    st.none() | st.floats(0.001, 1),
)
def test_arrays_are_decided_as_single_faces_are(
    faces: list[tuple[float, float | None, bool]], threshold: float, child_threshold: float | None
) -> None:
    ties = [threshold, 1 - threshold, np.nextafter(threshold, 0), np.nextafter(1 - threshold, 1)]
    faces = [*faces, *((float(p), child_threshold, True) for p in ties)]
    answered = [
        decide(
            Prediction(p, age_band=None if p_child is None else "0-9", p_child=p_child),
            GOOD if good else POOR,
            Thresholds(threshold, child=child_threshold),
        ).label
        is not Label.UNCERTAIN
        for p, p_child, good in faces
    ]
    p, p_child, good = (np.array(column, float) for column in zip(*faces, strict=True))
    assert (is_clear(good, p_child, child_threshold) & is_sure(p, threshold)).tolist() == answered


def test_nobody_is_sure_of_what_is_unknown() -> None:
    assert is_sure([np.nan, 0.99, 0.01], [[0.5], [0.995]]).tolist() == [[False, True, True], [False, False, False]]
