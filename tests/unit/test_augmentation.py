import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.training.augmentation import Augmentation, change, random_transforms

STILL = Augmentation(flip=False, rotation=0, zoom=0)


def crops(count: int = 4, size: int = 24) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def transforms(count: int, size: int, settings: Augmentation, seed: int = 0) -> np.ndarray:
    return random_transforms(count, size, settings, np.random.default_rng(seed))


def test_no_augmentation_changes_nothing() -> None:
    given_crops = crops()
    changed = np.asarray(change(given_crops, transforms(4, 24, STILL)))
    assert changed.dtype == np.float32
    np.testing.assert_allclose(changed, given_crops, atol=1e-3)


def test_flip_mirrors_some_crops_exactly_and_leaves_the_others() -> None:
    given_crops = crops(32)
    changed = np.asarray(change(given_crops, transforms(32, 24, Augmentation(True, 0, 0))))
    mirrored = [np.allclose(new, old[:, ::-1], atol=1e-2) for new, old in zip(changed, given_crops, strict=True)]
    same = [np.allclose(new, old, atol=1e-2) for new, old in zip(changed, given_crops, strict=True)]
    assert all(one != other for one, other in zip(mirrored, same, strict=True))
    assert 4 < sum(mirrored) < 28


def test_crops_stay_in_range_and_hold_no_hole() -> None:
    bright = np.full((8, 24, 24, 3), 200, np.uint8)
    changed = np.asarray(change(bright, transforms(8, 24, Augmentation(True, 0.25, 0.5))))
    np.testing.assert_allclose(changed, 200, atol=0.1)


def test_the_same_seed_draws_the_same_and_another_draws_otherwise() -> None:
    first, again, other = (transforms(9, 24, Augmentation(), seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


@settings(deadline=None)
@given(st.integers(16, 300), st.floats(0, 0.5), st.floats(0, 0.5), st.integers(0, 2**32))
def test_transforms_keep_the_centre_and_the_limits(size: int, rotation: float, zoom: float, seed: int) -> None:
    rows = transforms(5, size, Augmentation(True, rotation, zoom), seed).astype(np.float64)
    matrices = np.stack([rows[:, 0:3], rows[:, 3:6]], axis=1)
    middle = np.array([(size - 1) / 2, (size - 1) / 2, 1])
    np.testing.assert_allclose(matrices @ middle, np.tile(middle[:2], (5, 1)), atol=size * 1e-5)
    scale = np.sqrt(np.abs(np.linalg.det(matrices[:, :, :2])))
    assert (scale >= 1 - zoom - 1e-4).all()
    assert (scale <= 1 + zoom + 1e-4).all()
    turned = np.abs(np.arctan2(rows[:, 3], rows[:, 4]))
    assert (turned <= min(rotation * 2 * np.pi, np.pi) + 1e-4).all()


@pytest.mark.parametrize("values", [{"rotation": -0.1}, {"rotation": 1.1}, {"zoom": 1.0}, {"zoom": -0.1}])
def test_impossible_settings_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="got Augmentation"):
        Augmentation(**values)
