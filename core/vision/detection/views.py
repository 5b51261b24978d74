"""Views: a picture as the face detector gets to see it, and the way back into the picture."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from core.settings import CONSTANT
from core.types import Box, Face, Pixels
from core.vision.detection.yunet import CELL
from core.vision.warping import Matrix, similarity, warp

_EDGE = 1.0  # pixels from the edge of a tile up to which a face is cut by it
_THIN, _LARGE = 32, 2_000_000  # pixels: of the shorter side, and of all


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One look at a picture.

    Attributes:
        bgr: What the detector sees, uint8 (height, width, 3) in blue-green-red order.
        matrix: Affine (2, 3), from picture to view, both with the origin at the first pixel's corner.
    """

    bgr: Pixels
    matrix: Matrix

    def to_picture(self, face: Face) -> Face:
        """A face of the view as a face of the picture.

        The box is mapped as the one round the ellipse that it holds: unlike a box round the turned
        box, it neither grows with every turn nor loses the size of the face.
        """
        inverse = cv2.invertAffineTransform(self.matrix)
        points = np.array([face.box.center, *face.landmarks]) @ inverse[:, :2].T + inverse[:, 2]
        half = np.linalg.norm(inverse[:, :2] * (face.box.width / 2, face.box.height / 2), axis=1)
        (left, top), (right, bottom) = points[0] - half, points[0] + half
        one, two, three, four, five = ((float(x), float(y)) for x, y in points[1:])
        box = Box(float(left), float(top), float(right), float(bottom))
        return Face(box, (one, two, three, four, five), face.score)


def overview(pixels: Pixels, longest_side: int) -> View:
    """The whole RGB picture, its longest side brought to `longest_side` pixels."""
    scale = longest_side / max(pixels.shape[:2])
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    # Large ones first by a whole number, which takes a fifth of the time of any other; the last rows may be left out.
    factor = int(1 / scale)
    if factor < 2 or pixels.size < 3 * _LARGE or min(pixels.shape[:2]) < _THIN * factor:
        factor = 1
    height, width = (side // factor * factor for side in pixels.shape[:2])
    if factor > 1:
        whole = width // factor, height // factor
        pixels = np.asarray(cv2.resize(pixels[:height, :width], whole, interpolation=cv2.INTER_AREA), np.uint8)
    # INTER_AREA leaves blocks where it enlarges; down to half the size, bilinear reads every pixel and is quicker.
    way = cv2.INTER_AREA if scale * factor < 0.5 else cv2.INTER_LINEAR
    resized = pixels if size == pixels.shape[1::-1] else cv2.resize(pixels, size, interpolation=way)
    bgr = cv2.cvtColor(resized, cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False)
    return View(bgr, np.array([[size[0] / width, 0, 0], [0, size[1] / height, 0]], dtype=np.float64))


def stretched(view: View, across: float, down: float) -> View:
    """The view, wider by the factor `across` and higher by the factor `down`."""
    height, width = view.bgr.shape[:2]
    size = max(1, round(width * across)), max(1, round(height * down))
    way = cv2.INTER_AREA if across * down < 1 else cv2.INTER_LINEAR
    bgr = cv2.resize(view.bgr, size, interpolation=way).astype(np.uint8, copy=False)
    return View(bgr, np.diag([size[0] / width, size[1] / height]) @ view.matrix)


def framed(view: View, share: float) -> View:
    """The view with a black frame that is `share` of its longer side wide."""
    width = round(share * max(view.bgr.shape[:2]))
    bgr = cv2.copyMakeBorder(view.bgr, width, width, width, width, cv2.BORDER_CONSTANT).astype(np.uint8, copy=False)
    matrix = view.matrix.copy()
    matrix[:, 2] += width
    return View(bgr, matrix)


def turned(view: View, angle: float) -> View:
    """The whole view, in which a face of roll `angle` (radians, clockwise) stands upright."""
    height, width = view.bgr.shape[:2]
    cosine, sine = abs(np.cos(angle)), abs(np.sin(angle))
    size = int(np.ceil(width * cosine + height * sine)), int(np.ceil(width * sine + height * cosine))
    turn = similarity((width / 2, height / 2), angle, 1.0, size)
    matrix = turn[:, :2] @ view.matrix
    matrix[:, 2] += turn[:, 2]
    return View(warp(view.bgr, turn, size, CONSTANT), matrix)


def quarter_turned(pixels: Pixels, quarters: int) -> tuple[Pixels, Callable[[Face], Face], Callable[[Face], Face]]:
    """A picture turned by quarters of a circle, in which a face of a roll of as many stands upright.

    Args:
        pixels: uint8 RGB (height, width, 3).
        quarters: Quarter turns that are undone, clockwise ones positive.

    Returns:
        The turned picture, and what brings a face into it and back.
    """
    height, width = pixels.shape[:2]
    turned = np.ascontiguousarray(np.rot90(pixels, quarters))
    size = turned.shape[1], turned.shape[0]
    there = View(turned, similarity((width / 2, height / 2), quarters * np.pi / 2, 1.0, size))
    back = View(pixels, similarity((size[0] / 2, size[1] / 2), -quarters * np.pi / 2, 1.0, (width, height)))
    return turned, back.to_picture, there.to_picture


def tiles(view: View, side: int, overlap: int) -> Iterator[View]:
    """The view in tiles of at most `side` pixels that overlap by at least `overlap`; no larger than that asks for."""
    height, width = view.bgr.shape[:2]
    tops, high = _cuts(height, side, overlap)
    lefts, wide = _cuts(width, side, overlap)
    for top in tops:
        for left in lefts:
            matrix = view.matrix.copy()
            matrix[:, 2] -= left, top
            yield View(np.ascontiguousarray(view.bgr[top : top + high, left : left + wide]), matrix)


def is_cut(face: Face, tile: View, view: View, overlap: int) -> bool:
    """Whether a face of a tile is the part of one that another tile, which overlaps by `overlap`, shows more of."""
    height, width = tile.bgr.shape[:2]
    left, top = (float(offset) for offset in view.matrix[:, 2] - tile.matrix[:, 2])
    sides = (
        (face.box.left, face.box.right, left, width, view.bgr.shape[1]),
        (face.box.top, face.box.bottom, top, height, view.bgr.shape[0]),
    )
    small = overlap - 2 * _EDGE
    return any(
        end - begin < small and ((begin < _EDGE and start > 0) or (end > long - _EDGE and start + long < whole))
        for begin, end, start, long, whole in sides
    )


def _cuts(length: int, side: int, overlap: int) -> tuple[list[int], int]:
    """Where the tiles along a side of `length` begin, and how long each of them is."""
    count = 1 if length <= side else math.ceil((length - overlap) / (side - overlap))
    long = math.ceil((length + (count - 1) * overlap) / count)
    long = min(length, side, long + -long % CELL)  # what the network would fill up with nothing
    return [round(start) for start in np.linspace(0, length - long, count)], long
