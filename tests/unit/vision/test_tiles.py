"""Tiles of a view: together they are the whole of it, and no larger than that asks for."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Box, Face
from core.vision.detection.views import View, is_cut, tiles
from core.vision.detection.yunet import CELL

SIDE, OVERLAP = 160, 40


def cut(height: int, width: int) -> list[tuple[int, int, int, int]]:
    """Top, left, bottom and right of each tile of a view, whose pixels say where they stand."""
    rows, columns = np.mgrid[:height, :width]
    marked = np.dstack([rows % 251, columns % 251, (rows + columns) % 251]).astype(np.uint8)
    found = []
    for tile in tiles(View(marked, np.eye(2, 3)), SIDE, OVERLAP):
        left, top = (round(-offset) for offset in tile.matrix[:, 2])
        high, wide = tile.bgr.shape[:2]
        assert np.array_equal(tile.bgr, marked[top : top + high, left : left + wide])
        found.append((top, left, top + high, left + wide))
    return found


@settings(deadline=None)
@given(height=st.integers(1, 900), width=st.integers(1, 900))
def test_any_face_as_large_as_the_overlap_lies_whole_in_a_tile(height: int, width: int) -> None:
    found = cut(height, width)
    for axis, length in ((0, height), (1, width)):
        spans = sorted({(tile[axis], tile[axis + 2]) for tile in found})
        assert (spans[0][0], spans[-1][1]) == (0, length)
        assert all(end - start <= SIDE for start, end in spans)
        assert all(before[1] - after[0] >= OVERLAP for before, after in pairwise(spans))


def test_tiles_are_no_larger_than_it_takes() -> None:
    found = cut(200, 260)
    assert len(found) == 4
    assert {(bottom - top, right - left) for top, left, bottom, right in found} == {(128, 160)}
    assert all((bottom - top) % CELL == 0 for top, _, bottom, _ in found)
    assert cut(150, 90) == [(0, 0, 150, 90)]


@pytest.mark.parametrize(
    ("box", "cut_off"),
    [
        ((0.2, 50.0, 20.0, 80.0), True),  # its left half is in the tile before
        ((123.0, 50.0, 159.5, 80.0), True),
        ((120.5, 50.0, 159.5, 80.0), False),  # so large that both tiles may take it for cut
        ((60.0, 100.0, 90.0, 128.0), True),
        ((60.0, 0.0, 90.0, 30.0), False),  # where the view ends, there is no more of it
        ((2.0, 50.0, 30.0, 80.0), False),
        ((0.2, 50.0, 60.0, 110.0), False),  # no tile shows all of one so large
    ],
)
def test_a_face_that_a_tile_cuts_off_is_left_to_its_neighbour(
    box: tuple[float, float, float, float], cut_off: bool
) -> None:
    view = View(np.zeros((200, 380, 3), np.uint8), np.eye(2, 3))
    middle = list(tiles(view, SIDE, OVERLAP))[1]
    assert middle.bgr.shape[:2] == (128, SIDE)
    one, two, three, four, five = [(1.0, 1.0)] * 5
    face = Face(Box(*box), (one, two, three, four, five), 0.9)
    assert is_cut(face, middle, view, OVERLAP) is cut_off
