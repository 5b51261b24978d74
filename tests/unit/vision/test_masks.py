"""Masks are drawn where a mask is worn, nowhere else, and the same way every time."""

import dataclasses
import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Box, Face, Pixels
from core.vision.masks import (
    HELD_OUT_FAMILY,
    TRAINING_FAMILIES,
    MaskFamily,
    MaskPosition,
    MaskShape,
    MaskStyle,
    Pattern,
    draw_mask,
    random_style,
)
from core.vision.masks.light import read_scene
from core.vision.masks.pose import fit_pose

SURGICAL = MaskStyle(MaskFamily.SURGICAL, MaskShape.PLEATED, (240, 240, 238))
# Eyes, nose tip and mouth corners in eye distances from the middle of the eyes, as YuNet sees a frontal face.
FRONTAL = np.array([(-0.5, 0.0), (0.5, 0.0), (0.0, 0.58), (-0.41, 1.01), (0.41, 1.01)])


def make_face(x: float, y: float, unit: float, turn: float = 0.0, roll: float = 0.0) -> Face:
    """A face whose eyes are `unit` apart round (x, y); `turn` moves the nose sideways, in eye distances."""
    points = FRONTAL + np.array([(0, 0), (0, 0), (turn, 0), (0.3 * turn, 0), (0.3 * turn, 0)])
    cosine, sine = math.cos(roll), math.sin(roll)
    points = points @ np.array([(cosine, sine), (-sine, cosine)]) * unit + (x, y)
    box = Box(x - 1.07 * unit, y - 1.1 * unit, x + 1.07 * unit, y + 1.75 * unit)
    return Face(box, tuple((float(a), float(b)) for a, b in points), 0.9)


def make_picture(width: int = 240, height: int = 280, skin: tuple[int, int, int] = (190, 150, 125)) -> Pixels:
    """Skin under light from the side, with a little noise."""
    rng = np.random.default_rng(3)
    light = np.linspace(0.8, 1.1, width)[None, :, None]
    return np.clip(np.array(skin) * light + rng.normal(0, 2, (height, width, 3)), 0, 255).astype(np.uint8)


def changed(before: Pixels, after: Pixels, least: int = 6) -> np.ndarray:
    return np.abs(before.astype(int) - after).max(axis=2) >= least


def style_of(family: MaskFamily, seed: int = 0) -> MaskStyle:
    return dataclasses.replace(random_style(np.random.default_rng(seed), [family]), position=MaskPosition.NORMAL)


@pytest.mark.parametrize("family", MaskFamily)
def test_same_input_gives_the_same_bytes_and_leaves_the_picture_alone(family: MaskFamily) -> None:
    picture, face = make_picture(), make_face(120, 110, 60)
    before = picture.tobytes()
    first = draw_mask(picture, face, style_of(family, 5))
    assert first.tobytes() == draw_mask(picture.copy(), face, style_of(family, 5)).tobytes()
    assert picture.tobytes() == before
    assert first.shape == picture.shape
    assert first.dtype == np.uint8


def test_another_seed_gives_another_cloth() -> None:
    picture, face = make_picture(), make_face(120, 110, 60)
    other = dataclasses.replace(SURGICAL, seed=1)
    assert changed(draw_mask(picture, face, SURGICAL), draw_mask(picture, face, other)).any()


@pytest.mark.parametrize("family", MaskFamily)
@pytest.mark.parametrize("seed", range(3))
def test_every_family_covers_nose_mouth_and_chin_and_no_eye(family: MaskFamily, seed: int) -> None:
    picture, face = make_picture(skin=(150, 105, 90)), make_face(120, 110, 60)
    difference = changed(picture, draw_mask(picture, face, style_of(family, seed)))
    assert difference[110 + 33 : 110 + 40, 115:125].mean() > 0.6, "nose tip"
    assert difference[110 + 50 : 110 + 72, 100:140].mean() > 0.7, "mouth"
    assert difference[110 + 90 : 110 + 98, 114:126].mean() > 0.6, "chin"
    for eye, _ in face.landmarks[:2]:
        assert not difference[110 - 14 : 110 + 5, int(eye) - 14 : int(eye) + 14].any(), "eyes"


def test_nothing_changes_above_the_brows_or_far_from_the_face() -> None:
    picture, face = make_picture(400, 500), make_face(200, 200, 50)
    for family in MaskFamily:
        result = draw_mask(picture, face, style_of(family, 1))
        assert np.array_equal(result[: 200 - 40], picture[: 200 - 40])
        assert np.array_equal(result[:, : 200 - 100], picture[:, : 200 - 100])
        assert np.array_equal(result[:, 200 + 100 :], picture[:, 200 + 100 :])
        assert np.array_equal(result[200 + 165 :], picture[200 + 165 :])


def test_a_mask_under_the_nose_leaves_the_nose_bare() -> None:
    picture, face = make_picture(), make_face(120, 110, 60)
    result = draw_mask(picture, face, dataclasses.replace(SURGICAL, position=MaskPosition.UNDER_NOSE))
    difference = changed(picture, result, 12)
    assert not difference[110 : 110 + 30, 105:135].any()
    assert difference[110 + 62 : 110 + 80, 105:135].mean() > 0.9


@pytest.mark.parametrize("turn", [-0.3, -0.15, 0.15, 0.3])
def test_the_outline_follows_the_nose(turn: float) -> None:
    """A head that turns shows more of one cheek: the mask reaches further on that side of the nose."""
    picture = make_picture(skin=(120, 80, 60))
    face = make_face(120, 110, 60, turn)
    row = changed(picture, draw_mask(picture, face, SURGICAL), 40)[110 + 48]
    left, right = np.flatnonzero(row)[[0, -1]]
    nose = face.landmarks[2][0]
    towards, away = (right - nose, nose - left) if turn > 0 else (nose - left, right - nose)
    assert away > 1.15 * towards
    assert fit_pose(face).yaw * turn > 0


@pytest.mark.parametrize("roll", [-0.6, 0.5, 1.5, 3.1])
def test_the_mask_leans_with_the_head(roll: float) -> None:
    picture = make_picture(400, 400, (120, 80, 60))
    face = make_face(200, 200, 60, roll=roll)
    drawn = np.argwhere(changed(picture, draw_mask(picture, face, SURGICAL), 15))
    y, x = drawn.mean(axis=0) - 200
    assert math.cos(math.atan2(y, x) - (math.pi / 2 + roll)) > 0.97


def test_a_white_mask_is_grey_in_a_dark_picture_and_has_no_colour_in_a_grey_one() -> None:
    face = make_face(120, 110, 60)
    mouth = (slice(160, 185), slice(100, 140))
    bright = draw_mask(make_picture(skin=(215, 175, 150)), face, SURGICAL)[mouth].mean()
    dark = draw_mask(make_picture(skin=(62, 46, 38)), face, SURGICAL)[mouth].mean()
    assert bright > 170
    assert 45 < dark < 0.65 * bright
    red = dataclasses.replace(SURGICAL, colour=(170, 30, 40))
    grey = draw_mask(np.repeat(make_picture()[..., :1], 3, axis=2), face, red)[mouth]
    assert np.ptp(grey.astype(int), axis=2).max() <= 4


def test_the_mask_takes_the_light_of_the_face() -> None:
    face, smooth = make_face(120, 110, 60), dataclasses.replace(SURGICAL, creases=0.0)
    lit = draw_mask(make_picture(), face, smooth).astype(float)
    assert lit[160:185, 140:155].mean() > lit[160:185, 85:100].mean() + 4
    mirrored = draw_mask(np.ascontiguousarray(make_picture()[:, ::-1]), face, smooth).astype(float)
    assert mirrored[160:185, 140:155].mean() < mirrored[160:185, 85:100].mean() - 4


def test_what_the_mask_covers_does_not_show_through() -> None:
    """A beard or a lipstick must leave no trace in the cloth, for no real mask would show it."""
    face = make_face(120, 110, 60)
    bearded = make_picture()
    bearded[165:205, 85:155] //= 3
    bearded[168:176, 100:140] = (200, 20, 60)
    plain = draw_mask(make_picture(), face, SURGICAL)
    inside = (slice(150, 200), slice(90, 150))
    assert np.array_equal(draw_mask(bearded, face, SURGICAL)[inside], plain[inside])


def test_the_blur_of_a_picture_is_measured() -> None:
    face = make_face(120, 110, 60)
    sharp = np.kron(np.random.default_rng(0).integers(60, 200, (35, 30, 1)), np.ones((8, 8, 3))).astype(np.uint8)
    covered = np.array([60.0, 130.0, 180.0, 220.0])
    assert read_scene(sharp, fit_pose(face), covered).blur < 0.8
    assert 2 < read_scene(cv2.GaussianBlur(sharp, (0, 0), 3), fit_pose(face), covered).blur <= 4


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 260),
    height=st.integers(1, 260),
    x=st.floats(-300, 500),
    y=st.floats(-300, 500),
    unit=st.floats(0.01, 400),
    turn=st.floats(-2, 2),
    roll=st.floats(-4, 4),
    seed=st.integers(0, 10_000),
)
def test_any_face_anywhere_gives_a_picture_of_the_same_shape(
    width: int, height: int, x: float, y: float, unit: float, turn: float, roll: float, seed: int
) -> None:
    picture = make_picture(width, height)
    style = random_style(np.random.default_rng(seed), tuple(MaskFamily))
    result = draw_mask(picture, make_face(x, y, unit, turn, roll), style)
    assert result.shape == picture.shape
    assert result.dtype == np.uint8


@pytest.mark.parametrize("unit", [8, 14, 900])
def test_tiny_and_huge_faces_are_covered(unit: int) -> None:
    side = int(3.6 * unit)
    picture = make_picture(side, side, (120, 80, 60))
    middle, eyes = side // 2, int(1.4 * unit)
    difference = changed(picture, draw_mask(picture, make_face(middle, eyes, unit), SURGICAL))
    mouth = difference[eyes + int(0.8 * unit) : eyes + int(1.3 * unit), middle - unit // 3 : middle + unit // 3]
    assert mouth.mean() > 0.95
    assert not difference[: eyes - unit // 4].any()


def test_landmarks_on_one_spot_do_no_harm() -> None:
    picture = make_picture()
    face = Face(Box(50, 50, 150, 180), ((100.0, 100.0),) * 5, 0.7)
    assert draw_mask(picture, face, SURGICAL).shape == picture.shape


def test_random_styles_come_from_the_generator_alone_and_keep_to_the_families() -> None:
    first = [random_style(np.random.default_rng(9)) for _ in range(2)]
    assert first[0] == first[1]
    rng = np.random.default_rng(1)
    styles = [random_style(rng) for _ in range(600)]
    assert {style.family for style in styles} == set(TRAINING_FAMILIES)
    assert HELD_OUT_FAMILY not in TRAINING_FAMILIES
    assert 0.01 < np.mean([style.position is MaskPosition.UNDER_NOSE for style in styles]) < 0.08
    assert {style.pattern for style in styles if style.family is MaskFamily.PATTERNED} >= {Pattern.FLORAL, Pattern.DOTS}
    assert random_style(rng, [HELD_OUT_FAMILY]).family is HELD_OUT_FAMILY
    with pytest.raises(ValueError, match="at least one family"):
        random_style(rng, [])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shape": MaskShape.CUP}, "surgical mask has one of the shapes"),
        ({"colour": (0, 0, 256)}, "colour"),
        ({"strap": (1, 2)}, "colour"),
        ({"shift": 0.5}, "shift"),
        ({"width": float("nan")}, "width"),
        ({"height": 2.0}, "height"),
        ({"creases": -0.1}, "creases"),
        ({"seed": -1}, "seed"),
        ({"pattern": "tartan"}, "tartan"),
        ({"position": "chin"}, "chin"),
    ],
)
def test_a_style_that_cannot_be_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(SURGICAL, **change)


def test_a_picture_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="uint8"):
        draw_mask(np.zeros((20, 20)), make_face(10, 5, 5), SURGICAL)
