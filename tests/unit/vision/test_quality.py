"""Poor faces are named for what makes them poor; ordinary ones, masked or not, are not."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.results import Reason
from core.settings import QualityLimits
from core.types import Box, Face, Pixels, face_size
from core.vision.detection.faces import whole_picture_face
from core.vision.masks import MaskFamily, MaskShape, MaskStyle, draw_mask
from core.vision.quality import assess
from tests.unit.portraits import NAMES, detector, head, portrait, portrait_face

PLAIN_MASK = MaskStyle(MaskFamily.BLACK, MaskShape.PLEATED, (30, 30, 32))


def blurred(pixels: Pixels, face: Face, share: float) -> Pixels:
    return cv2.GaussianBlur(pixels, (0, 0), share * face_size(face)).astype(np.uint8)


def with_nose(face: Face, beside: float) -> Face:
    """The face with its nose moved along the line of the eyes, in eye distances."""
    left, right = face.landmarks[:2]
    distance = math.dist(left, right)
    nose = ((left[0] + right[0]) / 2 + beside * distance, (left[1] + right[1]) / 2 + 0.5 * distance)
    return Face(face.box, (left, right, nose, *face.landmarks[3:]), face.score)


@pytest.mark.parametrize("name", NAMES)
def test_portraits_are_good_bare_and_masked(name: str) -> None:
    pixels, face = portrait(name), portrait_face(name)
    assert assess(pixels, face).reasons == ()
    masked = draw_mask(pixels, face, PLAIN_MASK)
    (seen,) = detector().detect(masked)
    assert assess(masked, seen).reasons == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_mask_counts_neither_as_blur_nor_as_darkness(name: str) -> None:
    pixels, face = portrait(name), portrait_face(name)
    bare, masked = assess(pixels, face), assess(draw_mask(pixels, face, PLAIN_MASK), face)
    assert masked.brightness == pytest.approx(bare.brightness, rel=0.15)
    assert masked.sharpness > 0.5 * bare.sharpness


@pytest.mark.parametrize("name", NAMES)
def test_blur_is_named_and_measured_in_order(name: str) -> None:
    pixels, face = portrait(name), portrait_face(name)
    measured = [assess(blurred(pixels, face, share), face).sharpness for share in (0.005, 0.01, 0.02, 0.04)]
    assert measured == sorted(measured, reverse=True)
    assert assess(blurred(pixels, face, 0.08), face).reasons == (Reason.TOO_BLURRED,)


@pytest.mark.parametrize("name", NAMES)
def test_sharpness_does_not_depend_on_resolution_or_contrast(name: str) -> None:
    small = head(name, 96)
    (face,) = detector().detect(small)
    whole = assess(portrait(name), portrait_face(name)).sharpness
    assert assess(small, face).sharpness == pytest.approx(whole, rel=0.45)
    dim = (portrait(name) * 0.5).astype(np.uint8)
    assert assess(dim, portrait_face(name)).sharpness == pytest.approx(whole, rel=0.3)


@pytest.mark.parametrize("name", NAMES)
def test_darkness_is_named(name: str) -> None:
    pixels, face = portrait(name), portrait_face(name)
    assert Reason.TOO_DARK in assess((pixels * 0.08).astype(np.uint8), face).reasons
    assert Reason.TOO_DARK not in assess((pixels * 0.4).astype(np.uint8), face).reasons


def exposed(pixels: Pixels, stops: float) -> Pixels:
    """As much more light as so many stops, cut off at white."""
    light = np.linspace(0, 1, 256) ** 2.2 * 2**stops
    return cv2.LUT(pixels, np.round(np.clip(light, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8))


@pytest.mark.parametrize("name", NAMES)
def test_over_exposure_is_named_bare_and_masked(name: str) -> None:
    pixels, face = portrait(name), portrait_face(name)
    for seen in (pixels, draw_mask(pixels, face, PLAIN_MASK)):
        assert assess(seen, face).clipped < 0.02
        assert Reason.TOO_BRIGHT not in assess(exposed(seen, 0.5), face).reasons
        assert Reason.TOO_BRIGHT in assess(exposed(seen, 3), face).reasons
    assert assess(exposed(pixels, 3), face).clipped > 0.1


def test_a_face_that_is_washed_out_without_a_white_pixel_is_too_bright() -> None:
    pixels, face = portrait("obama"), portrait_face("obama")
    washed = (228 + pixels.astype(float) / 16).astype(np.uint8)
    quality = assess(washed, face)
    assert quality.clipped == 0
    assert Reason.TOO_BRIGHT in quality.reasons


def test_white_masks_and_clothes_do_not_make_a_face_too_bright() -> None:
    pixels, face = portrait("obama"), portrait_face("obama")
    white = MaskStyle(MaskFamily.SURGICAL, MaskShape.PLEATED, (255, 255, 255))
    around = draw_mask(pixels, face, white)
    below = around.copy()
    below[round(face.box.bottom) :] = 255
    assert assess(below, face).reasons == ()


def scaled(face: Face, by: float) -> Face:
    """Where a face is in a picture enlarged so."""
    box = face.box
    left, top, right, bottom = (by * edge for edge in (box.left, box.top, box.right, box.bottom))
    return Face(Box(left, top, right, bottom), tuple((x * by, y * by) for x, y in face.landmarks), face.score)


def squares(pixels: Pixels, face: Face, across: int, side: int) -> Pixels:
    """The picture with so many pixels across the face, enlarged to faces of `side` pixels without smoothing."""
    scale = across / face_size(face)
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    larger = side / across
    return cv2.resize(small, None, fx=larger, fy=larger, interpolation=cv2.INTER_NEAREST)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("across", "side"), [(9, 200), (13, 90), (18, 300), (18, 150), (22, 220)])
def test_faces_in_large_squares_are_too_blurred(name: str, across: int, side: int) -> None:
    pixels, face = portrait(name), portrait_face(name)
    for seen in (pixels, draw_mask(pixels, face, PLAIN_MASK)):
        pixelated = squares(seen, face, across, side)
        quality = assess(pixelated, scaled(face, side / face_size(face)))
        assert quality.mosaic > 0.2
        assert Reason.TOO_BLURRED in quality.reasons


@pytest.mark.parametrize("name", NAMES)
def test_smoothly_enlarged_faces_and_many_squares_are_no_mosaic(name: str) -> None:
    pixels, face = portrait(name), portrait_face(name)
    assert assess(pixels, face).mosaic < 0.15
    small = head(name, 96)
    (found,) = detector().detect(small)
    assert assess(small, found).mosaic < 0.15
    enlarged = cv2.resize(small, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST)
    assert assess(enlarged, scaled(found, 3)).mosaic < 0.2, (
        "a face of more squares than are looked for is judged by its pixels"
    )


def test_black_and_even_faces_give_numbers() -> None:
    for value in (0, 128, 255):
        pixels = np.full((80, 80, 3), value, np.uint8)
        quality = assess(pixels, whole_picture_face(pixels))
        assert (quality.brightness, quality.sharpness) == (value, 0)
        assert Reason.TOO_BLURRED in quality.reasons


def test_a_turn_grows_with_the_nose_leaving_the_middle() -> None:
    pixels, face = portrait("obama"), portrait_face("obama")
    turns = [assess(pixels, with_nose(face, beside)).turn for beside in (0, 0.2, -0.5, 1, 4)]
    assert turns == sorted(turns)
    assert turns[0] < 0.03
    assert Reason.TURNED_AWAY in assess(pixels, with_nose(face, 4)).reasons


def test_eyes_that_fall_together_are_a_profile_and_a_whole_picture_is_frontal() -> None:
    pixels = portrait("obama")
    assert assess(pixels, Face(Box(0, 0, 90, 90), ((40.0, 40.0),) * 5, 0.9)).turn == 1
    assert assess(pixels, whole_picture_face(pixels)).turn == 0


def test_a_small_face_is_named_by_the_shorter_side_of_its_box() -> None:
    pixels, face = portrait("obama"), portrait_face("obama")
    quality = assess(pixels, face)
    assert quality.face_px == min(face.box.width, face.box.height)
    assert assess(pixels, face, QualityLimits(min_face_px=quality.face_px + 1)).reasons == (Reason.TOO_SMALL,)


def test_a_face_whose_way_up_cannot_be_told_is_turned() -> None:
    pixels, face = portrait("obama"), portrait_face("obama")
    assert Reason.TURNED not in assess(pixels, face).reasons
    assert assess(pixels, replace(face, way_up_known=False)).reasons == (Reason.TURNED,)
