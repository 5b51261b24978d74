import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inference.decision import apply_threshold, decide
from core.results import FaceResult, ImageResult, Label, Quality, Reason, Status
from core.types import Box, Face

GOOD = Quality(100, 1, 128, 0)
POOR = Quality(10, 1, 5, 0, (Reason.TOO_SMALL, Reason.TOO_DARK))
POINT = (1.0, 1.0)
FACE = Face(Box(0, 0, 9, 9), (POINT,) * 5, 0.9)


def result_of(*probabilities: float, quality: Quality = GOOD, threshold: float = 0.8) -> ImageResult:
    crop = np.zeros((16, 16, 3), np.uint8)
    faces = tuple(FaceResult(FACE, quality, p, *decide(p, quality, threshold), crop) for p in probabilities)
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
    assert decide(p, GOOD, 0.8)[0] is label


@given(st.floats(0, 1))
def test_at_one_half_every_good_face_is_answered_and_a_tie_is_female(p: float) -> None:
    label, reasons = decide(p, GOOD, 0.5)
    assert label is (Label.FEMALE if p >= 0.5 else Label.MALE)
    assert reasons == ()


@given(st.floats(0, 1), st.floats(0.5, 1, exclude_max=True), st.sampled_from([GOOD, POOR]))
def test_reasons_are_given_exactly_when_uncertain(p: float, threshold: float, quality: Quality) -> None:
    label, reasons = decide(p, quality, threshold)
    assert bool(reasons) is (label is Label.UNCERTAIN)


def test_poor_quality_abstains_whatever_the_model_says_and_is_named_first() -> None:
    assert decide(0.99, POOR, 0.8) == (Label.UNCERTAIN, (Reason.TOO_SMALL, Reason.TOO_DARK))
    assert decide(0.6, POOR, 0.8)[1] == (Reason.TOO_SMALL, Reason.TOO_DARK, Reason.LOW_CONFIDENCE)


@given(st.floats(0, 1), st.floats(0.5, 0.99), st.floats(0.5, 0.99))
def test_a_higher_threshold_never_answers_more(p: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    if decide(p, GOOD, high)[0] is not Label.UNCERTAIN:
        assert decide(p, GOOD, low)[0] is decide(p, GOOD, high)[0]


@pytest.mark.parametrize("threshold", [0.49, 1.0, -1.0, float("nan")])
def test_a_threshold_outside_its_range_is_an_error(threshold: float) -> None:
    with pytest.raises(ValueError, match=r"\[0.5, 1\)"):
        decide(0.9, GOOD, threshold)
    with pytest.raises(ValueError, match=r"\[0.5, 1\)"):
        apply_threshold(ImageResult("a", Status.NO_FACE, "m", code="no_face"), threshold)


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_a_probability_outside_its_range_is_an_error(p: float) -> None:
    with pytest.raises(ValueError, match="p_female"):
        decide(p, GOOD, 0.8)


def test_a_result_is_decided_again_without_the_model() -> None:
    strict = result_of(0.9, 0.3, threshold=0.95)
    assert [face.label for face in strict.faces] == [Label.UNCERTAIN, Label.UNCERTAIN]
    loose = apply_threshold(strict, 0.7)
    assert [face.label for face in loose.faces] == [Label.FEMALE, Label.MALE]
    assert [face.p_female for face in loose.faces] == [0.9, 0.3]
    assert apply_threshold(loose, 0.95).to_rows() == strict.to_rows()


def test_poor_faces_stay_uncertain_at_every_threshold() -> None:
    (face,) = apply_threshold(result_of(0.99, quality=POOR), 0.5).faces
    assert (face.label, face.reasons) == (Label.UNCERTAIN, POOR.reasons)


def test_a_refusal_is_left_as_it_is() -> None:
    refused = ImageResult("a", Status.REFUSED, "m", code="empty", message="The file is empty.")
    assert apply_threshold(refused, 0.6).to_rows() == refused.to_rows()
