"""The crop is the same face whatever the picture's resolution, place and turn."""

import math
import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.settings import CropRecipe
from core.types import Box, Face, Pixels, face_size, roll_of
from core.vision.detection.faces import whole_picture_face
from core.vision.warping import crop_face, similarity, warp
from tests.unit.portraits import NAMES, portrait, portrait_face, resized

RECIPE = CropRecipe()


def moved(face: Face, matrix: np.ndarray) -> Face:
    """The face under a similarity: the box round the ellipse that it holds, as the detector gives it."""
    points = np.array([face.box.center, *face.landmarks]) @ matrix[:, :2].T + matrix[:, 2]
    half = np.linalg.norm(matrix[:, :2] * (face.box.width / 2, face.box.height / 2), axis=1)
    box = Box(*(points[0] - half), *(points[0] + half))
    return Face(box, tuple((float(x), float(y)) for x, y in points[1:]), face.score)


def distance(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scale", [4.0, 0.4])
def test_the_crop_does_not_depend_on_the_resolution(name: str, scale: float) -> None:
    pixels, face = portrait(name), portrait_face(name)
    other = resized(pixels, scale)
    across, down = other.shape[1] / pixels.shape[1], other.shape[0] / pixels.shape[0]
    larger = moved(face, np.array([[across, 0, 0], [0, down, 0]]))
    recipe = CropRecipe(size=32)
    assert distance(crop_face(pixels, face, recipe), crop_face(other, larger, recipe)) < 3.0


@settings(max_examples=40, deadline=None)
@given(
    angle=st.floats(-math.pi, math.pi),
    scale=st.floats(0.6, 1.6),
    x=st.floats(0, 60),
    y=st.floats(0, 60),
    name=st.sampled_from(NAMES),
)
def test_the_crop_follows_the_face_wherever_it_is_moved(
    angle: float, scale: float, x: float, y: float, name: str
) -> None:
    pixels, face = portrait(name), portrait_face(name)
    near = CropRecipe(size=64, margin=1.0)
    matrix = similarity(face.box.center, angle, scale, (700, 700))
    matrix[:, 2] += x - 30, y - 30
    picture = warp(pixels, matrix, (700, 700))
    assert distance(crop_face(picture, moved(face, matrix), near), crop_face(pixels, face, near)) < 6.0


def test_the_eyes_are_level_and_the_face_has_the_margin_of_the_recipe() -> None:
    pixels = np.zeros((400, 400, 3), np.uint8)
    eyes = (170.0, 160.0), (230.0, 190.0)
    for x, y in eyes:
        cv2.circle(pixels, (round(x), round(y)), 5, (255, 255, 255), -1)
    face = Face(Box(140, 115, 260, 285), (*eyes, (195.0, 215.0), (170.0, 230.0), (215.0, 250.0)), 0.9)
    crop = crop_face(pixels, face, CropRecipe(size=200, margin=2.0, padding="constant"))
    count, _, _, centres = cv2.connectedComponentsWithStats((crop[..., 0] > 127).astype(np.uint8))
    (left_x, left_y), (right_x, right_y) = sorted(map(tuple, centres[1:]))
    assert count == 3
    assert left_y == pytest.approx(right_y, abs=1)
    assert right_x - left_x == pytest.approx(math.dist(*eyes) * 200 / (2.0 * face_size(face)), abs=1)


@pytest.mark.parametrize(("padding", "outside"), [("constant", 0), ("replicate", 90), ("reflect", 90)])
def test_what_lies_outside_is_padded_as_the_recipe_says(padding: str, outside: int) -> None:
    pixels = np.full((50, 50, 3), 90, np.uint8)
    crop = crop_face(pixels, whole_picture_face(pixels), CropRecipe(size=64, margin=3.0, padding=padding))
    assert (crop[0] == outside).all()
    assert (crop[32, 32] == 90).all()


@pytest.mark.parametrize("padding", ["constant", "replicate", "reflect"])
def test_only_a_part_of_the_picture_is_worked_on_with_the_same_outcome(padding: str) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    border = {"constant": cv2.BORDER_CONSTANT, "replicate": cv2.BORDER_REPLICATE, "reflect": cv2.BORDER_REFLECT_101}
    for x, y, scale in ((10, 10, 1.0), (190, 290, 1.2), (100, 150, 3.0), (-40, 20, 1.0)):
        matrix = similarity((x, y), 0.3, scale, (64, 64))
        middles = matrix.copy()
        middles[:, 2] += middles[:, :2] @ (0.5, 0.5) - 0.5
        whole = cv2.warpAffine(pixels, middles, (64, 64), flags=cv2.INTER_LINEAR, borderMode=border[padding])
        # OpenCV rounds places to a 32nd of a pixel, and noise is as steep as a picture can be.
        assert np.abs(warp(pixels, matrix, (64, 64), padding).astype(int) - whole).max() <= 16


def test_a_face_that_is_shrunk_is_averaged() -> None:
    stripes = np.zeros((1000, 1000, 3), np.uint8)
    stripes[:, ::2] = 255
    crop = crop_face(stripes, whole_picture_face(stripes), CropRecipe(size=64, margin=0.6))
    assert crop.std() < 6
    assert crop.mean() == pytest.approx(127.5, abs=3)


def test_a_whole_picture_and_eyes_that_fall_together_are_not_rolled() -> None:
    landmarks = ((50.0, 40.0), (50.5, 47.0), (50.0, 60.0), (40.0, 70.0), (60.0, 70.0))
    assert roll_of(Face(Box(0, 0, 100, 100), landmarks, 0.9)) == 0
    tilted = ((20.0, 30.0), (80.0, 60.0), *landmarks[2:])
    assert roll_of(Face(Box(0, 0, 100, 100), tilted, 0.0, detected=False)) == 0
    assert roll_of(Face(Box(0, 0, 100, 100), tilted, 0.9)) == pytest.approx(math.atan2(30, 60))


@given(st.floats(20, 200), st.floats(20, 200), st.floats(-math.pi, math.pi))
def test_the_size_of_a_face_does_not_change_with_its_roll(width: float, height: float, angle: float) -> None:
    face = Face(Box(0, 0, width, height), ((1.0, 1.0),) * 5, 0.9)
    turn = similarity((0, 0), angle, 1.0, (0, 0))
    assert face_size(moved(face, turn)) == pytest.approx(face_size(face), rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.floats(-300, 300), st.floats(-300, 300)),
    st.tuples(st.floats(0.5, 500), st.floats(0.5, 500)),
    st.sampled_from(["constant", "replicate", "reflect"]),
)
def test_any_box_gives_a_crop(
    shape: tuple[int, int], corner: tuple[float, float], size: tuple[float, float], padding: str
) -> None:
    pixels = np.full((*shape, 3), 50, np.uint8)
    box = Box(*corner, corner[0] + size[0], corner[1] + size[1])
    crop = crop_face(pixels, Face(box, ((0.0, 0.0),) * 5, 0.5), CropRecipe(size=16, padding=padding))
    assert crop.shape == (16, 16, 3)
    assert crop.dtype == np.uint8


def test_a_picture_wider_than_opencv_warps_is_cut() -> None:
    wide = np.full((20, 40_000, 3), 77, np.uint8)
    crop = crop_face(wide, Face(Box(39_900, 0, 39_920, 20), ((0.0, 0.0),) * 5, 0.9), RECIPE)
    assert (crop == 77).all()


def test_a_crop_from_twelve_megapixels_takes_milliseconds() -> None:
    large = np.zeros((3000, 4000, 3), np.uint8)
    face = Face(Box(1000, 500, 2500, 2500), ((1400.0, 1200.0), (2100.0, 1250.0), *(((1700.0, 1500.0),) * 3)), 0.9)
    crop_face(large, face, RECIPE)
    start = time.process_time()
    for _ in range(3):
        crop_face(large, face, RECIPE)
    assert (time.process_time() - start) / 3 < 0.2
