"""Finer looks: made where smaller faces may be, and not because of what may be a face in mere texture."""

import numpy as np
import pytest

from core.settings import DETECTOR_FILE
from core.types import Box, Face, Pixels
from core.vision.detection import litert
from core.vision.detection.litert import Network
from core.vision.detection.retries import finer_scale, look_finer
from core.vision.detection.yunet import CELL, YuNet

PIXELS = np.zeros((1500, 2000, 3), np.uint8)  # of a picture of twice as many a side
FIRST, FINEST = 0.4, 0.84


def face(height: float, score: float = 0.9) -> Face:
    """A face at the upper left corner."""
    eyes = ((0.26 * height, 0.38 * height), (0.5 * height, 0.38 * height))
    rest = ((0.4 * height, 0.6 * height), (0.3 * height, 0.7 * height), (0.5 * height, 0.7 * height))
    return Face(Box(0, 0, 0.76 * height, height), (*eyes, *rest), score)


class Seeing(YuNet):
    """A network that finds the same wherever it looks."""

    def __init__(self, *found: Face) -> None:
        self.found = list(found)

    def look(self, bgr: Pixels, score_threshold: float) -> list[Face]:
        return [found for found in self.found if found.score >= score_threshold]


@pytest.mark.parametrize(
    ("heights", "scale"),
    [
        ([], FINEST),  # nothing: wherever it may be
        ([100.0], 0.0),  # 40 in the look: smaller ones would show too
        ([100.0, 60.0], FIRST * 40 / 24),  # brought to where most are seen
        ([30.0], 2 * FIRST),
    ],
)
def test_the_next_look_is_as_fine_as_the_smallest_face_asks_for(heights: list[float], scale: float) -> None:
    assert finer_scale(PIXELS, [face(height) for height in heights], FIRST, 2) == pytest.approx(scale)


def test_no_look_is_finer_than_the_finest() -> None:
    assert finer_scale(PIXELS, [face(20)], FINEST, 2) == 0.0
    assert finer_scale(PIXELS[:300, :400], [], 1.0, 1) == 0.0


def test_large_faint_finds_of_a_tile_are_left_to_the_coarser_look() -> None:
    network = Seeing(face(60, 0.2), face(250, 0.2), face(140, 0.5))
    for large, heights in ((0.35, {60, 140}), (0.0, {60, 140, 250})):
        found = look_finer(network, PIXELS[:400, :400], 1.0, 0.1, large)
        assert {round(each.box.height) for each in found} == heights


def test_two_large_shapes_stay_beside_few_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(litert, "_KEPT_PIXELS", 2 * 64 * 64)
    network, made = Network(DETECTOR_FILE, (1, CELL, CELL, 3)), []
    monkeypatch.setattr(network, "_interpreter", lambda shape, of=network._interpreter: made.append(shape) or of(shape))
    for side in (256, 224, 64, 32, 256, 224, 64):
        network.run(np.zeros((1, side, side, 3), np.uint8))
    assert [shape[1] for shape in made] == [256, 224, 64, 32]
    for side in (96, 256):  # more small ones than are kept: what was not used for longest goes, large or not
        network.run(np.zeros((1, side, side, 3), np.uint8))
    assert [shape[1] for shape in made[4:]] == [96, 256]
