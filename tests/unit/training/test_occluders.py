import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.training.occluders import KINDS, occlude
from core.training.occluders.scene import Scene, curve
from core.types import Pixels
from core.vision.warping import similarity

SIZE, MARGIN = 96, 1.5
FACE = SIZE / MARGIN
STILL = similarity((SIZE / 2, SIZE / 2), 0.0, 1.0, (SIZE, SIZE))


def crop(seed: int = 0, size: int = SIZE) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)


def only(kind: str, before: Pixels, seed: int, matrix: np.ndarray = STILL) -> Pixels:
    return occlude(before, matrix, len(before) / 2, FACE, np.random.default_rng(seed), {kind: KINDS[kind]})


def hidden(kind: str, seed: int) -> np.ndarray:
    """Where one kind of thing changes a crop, (SIZE, SIZE)."""
    before = crop()
    return np.abs(only(kind, before, seed).astype(int) - before).max(axis=2) > 8


@pytest.mark.parametrize(("kind", "least"), [("glasses", 0.002), ("headwear", 0.08), ("hair", 0.005), ("hand", 0.02)])
def test_every_kind_hides_a_part_and_never_the_whole(kind: str, least: float) -> None:
    shares = [hidden(kind, seed).mean() for seed in range(40)]
    assert min(shares) > least
    assert max(shares) < 0.9


def test_glasses_are_before_the_eyes_and_headwear_leaves_eyes_and_mouth() -> None:
    middle = SIZE / 2
    for seed in range(30):
        rows, columns = np.nonzero(hidden("glasses", seed))
        assert columns.mean() == pytest.approx(middle, abs=4)
        assert middle - 0.3 * FACE < rows.mean() < middle
        cap = hidden("headwear", seed)
        assert cap[:4, SIZE // 2 - 4 : SIZE // 2 + 4].mean() > 0.5, "up to the upper edge"
        mouth = slice(round(middle + 0.15 * FACE), round(middle + 0.3 * FACE))
        assert not cap[mouth, round(middle - 0.15 * FACE) : round(middle + 0.15 * FACE)].any()


def test_a_brim_throws_a_shadow_below_itself_and_a_hand_darkens_what_it_lies_on() -> None:
    """On even skin something becomes darker without becoming another colour."""
    skin = np.full((SIZE, SIZE, 3), (200, 150, 120), np.uint8)
    for kind in ("headwear", "hand"):
        shaded = 0
        for seed in range(20):
            after = only(kind, skin, seed).astype(float)
            ratio = after / skin
            shaded += bool(((ratio.max(axis=2) < 0.93) & (np.ptp(ratio, axis=2) < 0.03)).any())
        assert shaded >= 10


def test_all_kinds_come_up_and_at_times_two_together() -> None:
    drawn: list[list[str]] = []

    def noting(kind: str) -> tuple[object, float]:
        return (lambda scene, rng: drawn[-1].append(kind)), KINDS[kind][1]

    kinds = {kind: noting(kind) for kind in KINDS}
    for seed in range(200):
        drawn.append([])
        occlude(crop(), STILL, SIZE / 2, FACE, np.random.default_rng(seed), kinds)  # type: ignore[arg-type]
    assert {name for names in drawn for name in names} == set(KINDS)
    assert {len(names) for names in drawn} == {1, 2}
    assert all(len(set(names)) == len(names) for names in drawn)


def test_things_in_a_grey_picture_are_grey() -> None:
    grey = crop()[..., :1].repeat(3, axis=2)
    for seed in range(20):
        after = occlude(grey, STILL, SIZE / 2, FACE, np.random.default_rng(seed))
        assert (after != grey).any()
        assert (np.ptp(after, axis=2) == 0).all()


def test_things_are_as_dark_as_the_face_is() -> None:
    dim, lit = (np.full((SIZE, SIZE, 3), level, np.uint8) for level in ((24, 18, 14), (230, 190, 170)))
    for kind in ("headwear", "hand", "hair"):
        means = [[only(kind, face, seed).mean() for seed in range(12)] for face in (dim, lit)]
        assert max(means[0]) < 75
        assert np.mean(means[0]) < 0.4 * np.mean(means[1])


@settings(deadline=None, max_examples=80)
@given(
    st.integers(16, 120),
    st.floats(0.3, 3),
    st.floats(-3.2, 3.2),
    st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
    st.integers(0, 2**32),
)
def test_wherever_the_face_is_the_crop_keeps_its_shape_and_chance_is_the_generators(
    size: int, scale: float, angle: float, away: tuple[float, float], seed: int
) -> None:
    before = crop(1, size)
    kept = before.copy()
    middle, face = size / 2, size / MARGIN
    matrix = similarity((middle + away[0] * size, middle + away[1] * size), angle, scale, (size, size))
    after, again = (occlude(before, matrix, middle, face, np.random.default_rng(seed)) for _ in range(2))
    assert (after.dtype, after.shape) == (np.uint8, before.shape)
    assert (before == kept).all()
    assert (after == again).all()


@pytest.mark.parametrize("kind", ["glasses", "headwear", "hand"])
def test_things_follow_the_face(kind: str) -> None:
    """A face shifted to the right has its things there."""
    shifted = STILL.copy()
    shifted[0, 2] += 10
    plain = np.full((SIZE, SIZE, 3), 200, np.uint8)
    first, second = (only(kind, plain, 2, matrix).astype(int) for matrix in (STILL, shifted))
    inner = slice(16, SIZE - 16)
    moved = np.abs(first[inner, 16 : SIZE - 26] - second[inner, 26 : SIZE - 16])
    assert np.median(moved) <= 2
    assert (moved > 24).mean() < 0.1, "all but the cloth's folds, which are the crop's"


def test_places_are_pixels_of_the_canvas_and_curves_keep_their_ends() -> None:
    scene = Scene(crop(), STILL, SIZE / 2, FACE)
    assert scene.unit == pytest.approx(FACE)
    np.testing.assert_allclose(scene.place(np.array([(0.0, 0.0), (0.5, -0.5)])), [(48, 48), (80, 16)])
    line = curve([(0, 0), (1, 2), (2, 0)])
    assert (line[0] == (0, 0)).all()
    assert (line[-1] == (2, 0)).all()
    assert line[:, 1].max() == pytest.approx(1, abs=0.02)
