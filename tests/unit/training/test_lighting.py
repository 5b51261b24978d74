from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.training.lighting import expose, shade, tint
from core.types import Pixels

Light = Callable[[Pixels, np.random.Generator], Pixels]
LIGHTS = (shade, expose, tint)
FACE = np.full((64, 64, 3), (190, 150, 130), np.uint8)


def lit(light: Light, crop: Pixels = FACE, count: int = 40) -> list[np.ndarray]:
    return [light(crop, np.random.default_rng(seed)).astype(int) for seed in range(count)]


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(LIGHTS), st.integers(16, 224), st.integers(0, 2**32))
def test_a_crop_stays_one_and_chance_is_the_generators(light: Light, size: int, seed: int) -> None:
    crop = np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)
    kept = crop.copy()
    after, again = (light(crop, np.random.default_rng(seed)) for _ in range(2))
    assert (after.dtype, after.shape) == (np.uint8, crop.shape)
    assert (after == again).all()
    assert (crop == kept).all()


def test_shades_are_uneven_from_every_side_and_keep_the_colour() -> None:
    sides = set()
    for after in lit(shade):
        level = after.mean(axis=2)
        assert np.ptp(level) > 12
        below = (after < 255).all(axis=2) & (after > 20).all(axis=2)
        ratio = (after / FACE)[below]
        assert np.ptp(ratio, axis=1).max(initial=0) < 0.08
        sides.add((level[:, :32].mean() > level[:, 32:].mean(), level[:32].mean() > level[32:].mean()))
    assert len(sides) == 4
    edges = [np.abs(np.diff(after.mean(axis=2), axis=1)).max() for after in lit(shade)]
    assert min(edges) < 8
    assert max(edges) > 25, "some shadows are hard"


def test_over_exposed_crops_clip() -> None:
    ramp = np.repeat(np.linspace(20, 240, 64, dtype=np.uint8)[None, :, None], 64, 0).repeat(3, 2)
    versions = lit(expose, ramp)
    white = [(after == 255).all(axis=2).mean() for after in versions]
    assert np.mean([share > 0.1 for share in white]) > 0.6
    assert all(after.mean() > 0.9 * ramp.mean() for after in versions)


def test_coloured_light_keeps_the_brightness_and_changes_the_colour() -> None:
    grey = np.full((32, 32, 3), 120, np.uint8)
    versions = lit(tint, grey)
    casts = [np.ptp(after.mean(axis=(0, 1))) for after in versions]
    assert np.mean([cast > 10 for cast in casts]) > 0.8
    assert [after @ (0.3, 0.59, 0.11) for after in versions] == [
        pytest.approx(np.full((32, 32), 120), rel=0.35) for _ in versions
    ]
