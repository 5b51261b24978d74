"""Regions of a face crop: where the eyes, a drawn mask and the corners fall, and shares that sum to 1."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.explain.evidence import heat_over
from core.explain.regions import REGIONS, Region, area_shares, region_map, shares
from core.explain.what_if import ORDINARY
from core.settings import CropRecipe
from core.types import face_size
from core.vision.masks import MaskFamily, draw_mask
from core.vision.warping import crop_face
from tests.unit.portraits import NAMES, portrait, portrait_face

RECIPE = CropRecipe(size=112, margin=1.5)
SMALL = CropRecipe(size=16, margin=1.5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("margin", [1.3, 1.5, 1.8])
def test_the_eyes_of_real_faces_lie_in_their_region(name: str, margin: float) -> None:
    face, recipe = portrait_face(name), CropRecipe(size=112, margin=margin)
    marked = portrait(name).copy()
    for x, y in face.landmarks[:2]:
        cv2.circle(marked, (round(x), round(y)), round(0.03 * face_size(face)), (0, 255, 0), -1)
    spots = np.any(crop_face(marked, face, recipe) != crop_face(portrait(name), face, recipe), axis=2)

    assert set(region_map(recipe)[spots]) == {REGIONS.index(Region.EYES)}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("family", [family for family in MaskFamily if family is not MaskFamily.GAITER])
def test_drawn_masks_lie_in_theirs(name: str, family: MaskFamily) -> None:
    face = portrait_face(name)
    bare, masked = (
        crop_face(pixels, face, RECIPE).astype(float)
        for pixels in (portrait(name), draw_mask(portrait(name), face, ORDINARY[family]))
    )
    change = shares(np.abs(bare - masked).sum(axis=2), RECIPE)

    assert change is not None
    assert change[Region.MASK] > 0.75
    assert change[Region.HAIR] < 0.1


def test_corners_are_around_the_head_and_the_top_of_the_middle_is_hair() -> None:
    regions = region_map(RECIPE)

    assert {REGIONS[number] for number in regions[[0, 0, -1, -1], [0, -1, 0, -1]]} == {Region.BACKGROUND}
    assert REGIONS[regions[10, 56]] is Region.HAIR
    assert set(np.unique(regions)) == set(range(4))


@settings(deadline=None)
@given(arrays.arrays(np.float64, (16, 16), elements=st.floats(-1e12, 1e12)))
def test_shares_lie_between_0_and_1_and_sum_to_1(amounts: np.ndarray) -> None:
    found = shares(amounts, SMALL)

    if (amounts <= 0).all():
        assert found is None
    else:
        assert found is not None
        assert list(found) == list(REGIONS)
        assert all(0 <= share <= 1 for share in found.values())
        assert sum(found.values()) == pytest.approx(1)


def test_an_even_amount_is_shared_by_area_whatever_its_size() -> None:
    regions = region_map(SMALL)
    expected = [np.mean(regions == number) for number in range(4)]

    assert list(area_shares(SMALL).values()) == pytest.approx(expected)
    assert shares(np.full((16, 16), 1e-300), SMALL) == pytest.approx(area_shares(SMALL))


@pytest.mark.parametrize("amounts", [np.ones((15, 16)), np.full((16, 16), np.nan), np.full((16, 16), np.inf)])
def test_amounts_of_no_crop_are_refused(amounts: np.ndarray) -> None:
    with pytest.raises(ValueError, match="finite amounts"):
        shares(amounts, SMALL)


def test_the_heat_is_brightest_where_the_evidence_is() -> None:
    crop, evidence = np.full((40, 40, 3), 128, np.uint8), np.full((40, 40), -1.0)
    evidence[24:36, 4:16] = 1
    drawn = heat_over(crop, evidence, 200)
    grey = drawn.astype(float).sum(axis=2)

    assert drawn.shape == (200, 200, 3)
    assert grey[150, 50] > 1.5 * grey[50, 150]
    assert drawn[150, 50, 0] > drawn[150, 50, 2], "yellow"
    assert drawn[50, 150, 2] > drawn[50, 150, 0], "blue"
