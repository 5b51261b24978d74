import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.training import occluders
from core.training.occluders import occlude
from core.types import Pixels
from core.vision.warping import similarity

SIZE, MARGIN = 64, 1.8
FACE = SIZE / MARGIN
STILL = similarity((SIZE / 2, SIZE / 2), 0.0, 1.0, (SIZE, SIZE))
KINDS = ("_glasses", "_cap", "_hand")


def crop(seed: int = 0, size: int = SIZE) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)


def hidden(kind: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Where one kind of thing hides a crop, (SIZE, SIZE)."""
    for other in KINDS:
        monkeypatch.setattr(occluders, other, getattr(occluders, kind))
    before = crop()
    return (occlude(before, STILL, SIZE / 2, FACE, np.random.default_rng(seed)) != before).any(axis=2)


@pytest.mark.parametrize(("kind", "least"), [("_glasses", 0.005), ("_cap", 0.1), ("_hand", 0.01)])
def test_every_kind_hides_a_part_and_never_the_whole(kind: str, least: float, monkeypatch: pytest.MonkeyPatch) -> None:
    shares = [hidden(kind, seed, monkeypatch).mean() for seed in range(30)]
    assert min(shares) > least
    assert max(shares) < 0.6


def test_glasses_are_before_the_eyes_and_caps_above_the_brow(monkeypatch: pytest.MonkeyPatch) -> None:
    middle = SIZE / 2
    for seed in range(20):
        rows, columns = np.nonzero(hidden("_glasses", seed, monkeypatch))
        assert columns.mean() == pytest.approx(middle, abs=2)
        assert middle - 0.3 * FACE < rows.mean() < middle
        monkeypatch.undo()
        cap = hidden("_cap", seed, monkeypatch)
        assert cap[0, SIZE // 2], "up to the upper edge"
        assert not cap[int(middle) :].any(), "mouth and nose stay"
        monkeypatch.undo()


def test_all_kinds_come_up() -> None:
    """The part of the picture that is hidden tells them apart."""
    seen = set()
    for seed in range(60):
        changed = (occlude(crop(), STILL, SIZE / 2, FACE, np.random.default_rng(seed)) != crop()).any(axis=2)
        seen.add("cap" if changed[0].any() else "hand" if changed[int(SIZE * 0.7) :].any() else "other")
    assert seen == {"cap", "hand", "other"}


@settings(deadline=None, max_examples=80)
@given(
    st.integers(16, 120),
    st.floats(0.3, 3),
    st.floats(-3.2, 3.2),
    st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
    st.integers(0, 2**32),
)
def test_wherever_the_face_is_only_what_is_round_it_is_hidden(
    size: int, scale: float, angle: float, away: tuple[float, float], seed: int
) -> None:
    before = crop(1, size)
    kept = before.copy()
    middle, face = size / 2, size / MARGIN
    matrix = similarity((middle + away[0] * size, middle + away[1] * size), angle, scale, (size, size))
    after = occlude(before, matrix, middle, face, np.random.default_rng(seed))
    assert (after.dtype, after.shape) == (np.uint8, before.shape)
    assert (before == kept).all()
    x, y = matrix @ (middle, middle, 1)
    rows, columns = np.nonzero((after != before).any(axis=2))
    assert (np.hypot(columns - x, rows - y) < 1.35 * face * scale + 4).all()


def test_things_follow_the_face(monkeypatch: pytest.MonkeyPatch) -> None:
    """A face shifted to the right has its glasses there."""
    monkeypatch.setattr(occluders, "_cap", occluders._glasses)
    monkeypatch.setattr(occluders, "_hand", occluders._glasses)
    shifted = STILL.copy()
    shifted[0, 2] += 10
    plain = np.full((SIZE, SIZE, 3), 255, np.uint8)
    first, second = (occlude(plain, matrix, SIZE / 2, FACE, np.random.default_rng(2)) for matrix in (STILL, shifted))
    assert (first[:, : SIZE - 10] == second[:, 10:]).all()
