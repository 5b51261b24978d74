"""What lies beyond the picture in a crop, and how it is filled."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import CONSTANT, PADDINGS, REFLECT, REPLICATE, CropRecipe
from core.training.augmentation import NONE, augment
from core.training.batches import Examples, recrop
from core.training.edges import filled, outside_of
from core.types import Box, Face, Pixels
from core.vision.warping import crop_face
from tests.unit.portraits import portrait

OWN = CropRecipe(96, 1.8, CONSTANT)
BORDERS = {REPLICATE: cv2.BORDER_REPLICATE, REFLECT: cv2.BORDER_REFLECT_101}


def photograph(seed: int = 0, side: int = 60) -> Pixels:
    """Colours that change slowly, none of them black."""
    rough = np.random.default_rng(seed).integers(40, 250, (5, 5, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(rough, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)


def rolled(roll: float, padding: str, side: int = 96) -> Pixels:
    """A crop that is wider than its picture, in which the face is rolled."""
    pixels = photograph(1, 80)
    box = Box(10, 10, 70, 70)
    across = 12 * np.array([np.cos(roll), np.sin(roll)])
    eyes = (tuple(np.array([40, 32]) - across), tuple(np.array([40, 32]) + across))
    face = Face(box, (*eyes, (40.0, 42.0), (32.0, 52.0), (48.0, 52.0)), 0.9)
    return crop_face(pixels, face, CropRecipe(side, 1.8, padding))


@pytest.mark.parametrize("padding", BORDERS)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_upright_crops_are_filled_as_opencv_pads(padding: str, left: int, top: int, right: int, bottom: int) -> None:
    inner = photograph()
    sides = (top, bottom, left, right)
    expected = cv2.copyMakeBorder(inner, *sides, BORDERS[padding])
    outside = cv2.copyMakeBorder(np.zeros((60, 60), np.uint8), *sides, cv2.BORDER_CONSTANT, value=1) > 0
    plain = cv2.copyMakeBorder(inner, *sides, cv2.BORDER_CONSTANT)
    found = filled(np.asarray(plain, np.uint8), outside, padding)
    # The nearest pixel is found to within a few.
    assert np.abs(found.astype(int) - expected.astype(int)).mean() < 3
    assert np.array_equal(found[top : top + 60, left : left + 60], inner)


@pytest.mark.parametrize("roll", [0.0, 0.3, -0.9])
@pytest.mark.parametrize("padding", [REPLICATE, REFLECT])
def test_plain_padding_is_made_into_what_serving_would_have_done(roll: float, padding: str) -> None:
    plain, wanted = rolled(roll, CONSTANT), rolled(roll, padding)
    outside = outside_of(plain)
    assert 0.1 < outside.mean() < 0.6
    assert np.mean(np.abs(plain[~outside].astype(int) - wanted[~outside].astype(int))) < 0.5, "what is inside stays"
    assert np.abs(filled(plain, outside, padding).astype(int) - wanted.astype(int)).mean() < 9


def test_a_picture_without_padding_is_left_as_it_is_however_dark_its_middle() -> None:
    crop = photograph(2, 96)
    crop[30:60, 30:60] = 0
    crop[0, :4] = 0
    assert not outside_of(crop).any()
    assert filled(crop, outside_of(crop), REPLICATE) is crop


def test_a_black_crop_is_all_padding_and_stays() -> None:
    black = np.zeros((96, 96, 3), np.uint8)
    assert outside_of(black).all()
    assert filled(black, outside_of(black), REFLECT) is black


def test_prepared_crops_are_padded_as_the_network_is_served() -> None:
    plain = np.stack([rolled(0.2, CONSTANT), rolled(-0.4, CONSTANT)])
    served = recrop(Examples(plain, OWN, {}), CropRecipe(48, 1.8)).crops
    wanted = np.stack(
        [cv2.resize(rolled(roll, REPLICATE), (48, 48), interpolation=cv2.INTER_AREA) for roll in (0.2, -0.4)]
    )
    assert np.abs(served.astype(int) - wanted.astype(int)).mean() < 6
    kept = recrop(Examples(plain, OWN, {}), CropRecipe(48, 1.8, CONSTANT)).crops
    assert (kept == 0).mean() > 0.1


@pytest.mark.parametrize("served", PADDINGS)
def test_a_training_pads_its_crops_in_every_way(served: str) -> None:
    crop, rng = rolled(0.0, CONSTANT), np.random.default_rng(3)
    wanted = CropRecipe(96, 1.8, served)
    seen = [augment(crop, OWN, replace(NONE, edges=0.4), rng, wanted).astype(int) for _ in range(200)]
    expected = {padding: rolled(0.0, padding).astype(int) for padding in PADDINGS}
    times = {padding: sum(np.abs(version - own).mean() < 3 for version in seen) for padding, own in expected.items()}
    assert times[served] == max(times.values())
    assert all(count >= 5 for count in times.values()), times
    colours = len({tuple(version[0, 0]) for version in seen})
    assert colours == 3 if served == CONSTANT else colours > 5, "plain padding that isn't served has other colours too"


@pytest.mark.parametrize("padding", PADDINGS)
def test_without_that_part_crops_are_padded_as_serving_does(padding: str) -> None:
    crop, rng = rolled(0.0, CONSTANT), np.random.default_rng(3)
    for _ in range(5):
        version = augment(crop, OWN, NONE, rng, CropRecipe(96, 1.8, padding))
        assert np.abs(version.astype(int) - rolled(0.0, padding)).mean() < 3


def test_a_portrait_keeps_its_black_coat() -> None:
    pixels = portrait("obama")
    assert outside_of(np.ascontiguousarray(pixels[: min(pixels.shape[:2]), : min(pixels.shape[:2])])).mean() < 0.01
