from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.settings import CropRecipe
from core.training.augmentation import NONE, Augmentation, augment
from core.types import Pixels

SIDE = 48
SAME = CropRecipe(SIDE, 1.8)
PARTS = ("light", "colour", "cut", "blur", "shrink", "jpeg", "noise", "grey", "occlude", "shade", "tint", "expose")
ALL = Augmentation(True, 0.04, 0.15, 0.06, 0.3, 0.7, 0.6, *[0.5] * 10)


def noise(seed: int = 0, side: int = SIDE) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def smooth(side: int = SIDE) -> Pixels:
    """A crop whose colours change slowly and differently along both sides."""
    ramp = np.linspace(30, 220, side)
    channels = (ramp[:, None] + 0 * ramp, ramp[None, :] + 0 * ramp[:, None], (ramp[:, None] + ramp[::-1]) / 2)
    return np.stack(channels, axis=2).astype(np.uint8)


def version(crop: Pixels, changes: Augmentation, seed: int = 0, wanted: CropRecipe = SAME) -> Pixels:
    return augment(crop, SAME, changes, np.random.default_rng(seed), wanted)


@pytest.mark.parametrize("seed", range(3))
def test_no_augmentation_on_an_equal_recipe_gives_the_crop_back(seed: int) -> None:
    given_crop = noise(seed)
    np.testing.assert_allclose(version(given_crop, NONE, seed).astype(int), given_crop.astype(int), atol=1)


def test_flip_mirrors_every_second_crop_exactly_and_leaves_the_others() -> None:
    crop = noise()
    mirrored, same = 0, 0
    for seed in range(40):
        changed = version(crop, replace(NONE, flip=True), seed)
        mirrored += bool((changed == crop[:, ::-1]).all())
        same += bool((changed == crop).all())
    assert mirrored + same == 40
    assert 10 <= mirrored <= 30


@pytest.mark.parametrize("part", PARTS)
def test_each_part_changes_something_of_its_own_and_all_chance_is_the_generators(part: str) -> None:
    crop, changes = smooth(), replace(NONE, **{part: 1.0})
    before = crop.copy()
    changed, again, other = (version(crop, changes, seed) for seed in (5, 5, 6))
    assert (changed.dtype, changed.shape) == (np.uint8, crop.shape)
    assert (changed != crop).any()
    assert (changed == again).all()
    assert part == "grey" or (changed != other).any()
    assert (crop == before).all(), "the crop itself stays as it is"


@pytest.mark.parametrize(
    "part", ["cut", "blur", "shrink", "jpeg", "noise", "grey", "occlude", "shade", "tint", "expose"]
)
def test_a_share_is_how_many_crops_are_changed(part: str) -> None:
    crop = noise()
    untouched = version(crop, NONE)
    changed = [(version(crop, replace(NONE, **{part: 0.3}), seed) != untouched).any() for seed in range(200)]
    assert 35 <= sum(changed) <= 85


@pytest.mark.parametrize("seed", range(20))
def test_a_cut_crop_keeps_the_face_and_stretches_the_edges_of_a_smaller_picture_outwards(seed: int) -> None:
    crop = noise()
    changed = version(crop, replace(NONE, cut=1.0), seed)
    face = SIDE / 1.8
    core = slice(round(SIDE / 2 - 0.4 * face) + 1, round(SIDE / 2 + 0.4 * face) - 1)
    np.testing.assert_allclose(changed[core, core].astype(int), crop[core, core].astype(int), atol=1)
    middle = changed.astype(int)[:, core]
    still = np.abs(np.diff(middle, axis=0)).max(axis=(1, 2)) == 0
    assert still[: int(SIDE / 2 - 0.85 * face)].all()
    assert still[SIDE - 1 - int(SIDE / 2 - 0.85 * face) :].all()


def test_grey_crops_have_no_colour_and_blurred_ones_less_detail() -> None:
    grey = version(noise(), replace(NONE, grey=1.0))
    assert (grey == grey[..., :1]).all()
    for part in ("blur", "shrink"):
        assert version(noise(), replace(NONE, **{part: 1.0})).std() < 0.8 * noise().std()


def test_light_and_colour_grow_with_their_strength() -> None:
    crop = smooth()
    for part in ("light", "colour"):
        change = [
            np.mean(
                [np.abs(version(crop, replace(NONE, **{part: by}), s).astype(int) - crop).mean() for s in range(20)]
            )
            for by in (0.1, 0.5, 1.0)
        ]
        assert 0.5 < change[0] < change[1] < change[2]


@settings(deadline=None, max_examples=60)
@given(st.integers(16, 80), st.integers(16, 80), st.floats(0.6, 4), st.integers(0, 2**32))
def test_every_version_is_uint8_of_the_wanted_size(side: int, size: int, margin: float, seed: int) -> None:
    changed = version(noise(1, side), ALL, seed, CropRecipe(size, margin))
    assert (changed.dtype, changed.shape) == (np.uint8, (size, size, 3))
    assert changed.flags.c_contiguous


@settings(deadline=None, max_examples=60)
@given(
    st.integers(40, 160),
    st.integers(32, 96),
    st.floats(1, 3),
    st.floats(0, 1),
    st.floats(0, 0.5),
    st.integers(0, 2**32),
)
def test_the_middle_stays_in_the_middle_and_the_face_gets_its_size(
    side: int, size: int, margin: float, narrower: float, rotation: float, seed: int
) -> None:
    """A bright disc of half a face's size, in the middle of a crop that is at least as wide as the version."""
    wanted = CropRecipe(size, 1 + narrower * (margin - 1))
    face = side / margin
    across = np.arange(side) + 0.5 - side / 2
    disc = np.hypot(across[:, None], across[None, :]) < face / 4
    crop = np.where(disc[..., None], 255, 0).repeat(3, axis=2).astype(np.uint8)
    settings = replace(NONE, flip=True, rotation=rotation)
    changed = augment(crop, CropRecipe(side, margin), settings, np.random.default_rng(seed), wanted)[..., 0] / 255
    place = np.arange(size) + 0.5
    weight = changed.sum()
    middle = (changed.sum(axis=0) @ place / weight, changed.sum(axis=1) @ place / weight)
    assert middle == pytest.approx((size / 2, size / 2), abs=0.6)
    drawn = disc.sum() * (size * margin / (wanted.margin * side)) ** 2
    assert weight == pytest.approx(drawn, rel=0.12)


def test_zoom_and_shift_keep_their_limits() -> None:
    crop = np.zeros((101, 101, 3), np.uint8)
    crop[40:61, 40:61] = 255
    areas, places = [], []
    for seed in range(100):
        zoomed = version(crop, replace(NONE, zoom=0.2), seed, CropRecipe(101, 1.8))
        areas.append(zoomed[..., 0].sum() / 255 / 21**2)
        shifted = version(crop, replace(NONE, shift=0.1), seed, CropRecipe(101, 1.8))[..., 0] / 255
        places.append(shifted.sum(axis=0) @ (np.arange(101) + 0.5) / shifted.sum() - 50.5)
    assert 0.63 < min(areas) < 0.75
    assert 1.3 < max(areas) < 1.46
    assert -10.2 < min(places) < -7
    assert 7 < max(places) < 10.2


def test_squashing_changes_the_width_alone_within_its_limit() -> None:
    crop = np.zeros((101, 101, 3), np.uint8)
    crop[40:61, 40:61] = 255
    versions = [
        version(crop, replace(NONE, squash=0.2), seed, CropRecipe(101, 1.8))[..., 0] / 255 for seed in range(60)
    ]
    widths = [changed[50].sum() for changed in versions]
    assert [changed[:, 50].sum() for changed in versions] == pytest.approx([21] * 60, abs=0.1)
    assert 16.7 < min(widths) < 18
    assert 24 < max(widths) < 25.3
    middles = [changed[50] @ (np.arange(101) + 0.5) / changed[50].sum() for changed in versions]
    assert middles == pytest.approx([50.5] * 60, abs=0.1)


def test_what_a_version_shows_beyond_the_crop_is_mirrored_and_no_hole() -> None:
    bright = np.full((SIDE, SIDE, 3), 200, np.uint8)
    wild = replace(NONE, rotation=0.5, zoom=0.5, shift=0.2)
    for seed in range(8):
        assert (version(bright, wild, seed, CropRecipe(SIDE, 3.0)) == 200).all()


@pytest.mark.parametrize(
    "values",
    [
        {"rotation": -0.1},
        {"rotation": 1.1},
        {"zoom": 1.0},
        {"squash": 1.0},
        {"zoom": -0.1},
        {"blur": 2},
        {"light": float("nan")},
    ],
)
def test_impossible_settings_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="got Augmentation"):
        Augmentation(**values)


def test_no_chance_is_drawn_for_light_that_a_recipe_does_without() -> None:
    """So that the seeds of older trainings still give their crops."""
    used, counted = np.random.default_rng(7), np.random.default_rng(7)
    augment(smooth(), SAME, replace(NONE, grey=1.0), used, SAME)
    counted.random(10)  # turn, zoom, two for the place, and six shares
    assert used.random() == counted.random()
