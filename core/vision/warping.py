"""An anti-aliased affine cut of a picture, the same whatever the picture's resolution."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from core.settings import CONSTANT, REFLECT, REPLICATE, CropRecipe
from core.types import Face, Pixels, check_pixels, face_size, roll_of

Matrix = NDArray[np.float64]

_BORDERS = {
    REPLICATE: cv2.BORDER_REPLICATE,
    CONSTANT: cv2.BORDER_CONSTANT,
    REFLECT: cv2.BORDER_REFLECT_101,
}
_SAMPLES = 2  # Samples a pixel and direction, at least, that a shrunk pixel is the mean of.


def similarity(centre: tuple[float, float], angle: float, scale: float, size: tuple[int, int]) -> Matrix:
    """Affine matrix (2, 3) that brings a point of a picture to the middle of a cut, turned upright.

    Args:
        centre: Point (x, y) of the picture.
        angle: Roll in radians, positive clockwise, that is undone.
        scale: Pixels of the cut a pixel of the picture.
        size: Width and height of the cut.
    """
    cosine, sine = math.cos(angle) * scale, math.sin(angle) * scale
    x, y = centre
    return np.array(
        [[cosine, sine, size[0] / 2 - cosine * x - sine * y], [-sine, cosine, size[1] / 2 + sine * x - cosine * y]]
    )


def warp(
    pixels: Pixels, matrix: Matrix, size: tuple[int, int], padding: str = REPLICATE, *, aliased: float = 1.05
) -> Pixels:
    """Cut (width, height) `size` pixels out of a picture.

    Args:
        pixels: uint8 (height, width, 3).
        matrix: Affine (2, 3), from picture to cut; both have their origin at the corner of the
            first pixel, so that its middle is (0.5, 0.5).
        size: Width and height of the cut.
        padding: What fills the part outside the picture: `replicate`, `constant` or `reflect`.
        aliased: Pixels of the picture a pixel of the cut up to which each is read once, without averaging. From 2 on
            a finer picture is averaged down by a whole number alone, which takes a third of the time.
    """
    region = _region(pixels, matrix, size, padding)
    source = pixels[region[1] : region[3], region[0] : region[2]]
    matrix = _moved(matrix, region[0], region[1])
    shrink = 1 / math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))
    # Much too fine a picture is first averaged down; the cut is then made `multiple` times too fine.
    factor = int(shrink) if shrink > aliased >= _SAMPLES else int(shrink / _SAMPLES)
    if factor > 1:
        small = max(1, source.shape[1] // factor), max(1, source.shape[0] // factor)
        # By the whole number itself, which takes a fifth of the time: less than half a pixel of the cut is left out.
        source = source[: factor * small[1], : factor * small[0]]
        height, width = source.shape[:2]
        source = cv2.resize(source, small, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        matrix = matrix @ np.diag([width / small[0], height / small[1], 1.0])
        shrink /= factor
    multiple = max(1, math.ceil(shrink + 1 - aliased))
    fine = matrix * multiple
    fine[:, 2] += fine[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV's origin is the middle of the first pixel.
    cut = cv2.warpAffine(
        np.ascontiguousarray(source),
        fine,
        (size[0] * multiple, size[1] * multiple),
        flags=cv2.INTER_LINEAR,
        borderMode=_BORDERS[padding],
    )
    if multiple > 1:
        cut = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
    return cut.astype(np.uint8, copy=False)


def _region(pixels: Pixels, matrix: Matrix, size: tuple[int, int], padding: str) -> tuple[int, int, int, int]:
    """The part of the picture that the cut can depend on: left, top, right, bottom."""
    inverse = cv2.invertAffineTransform(matrix)
    corners = np.array([(0, 0), (size[0], 0), (0, size[1]), size], dtype=np.float64) @ inverse[:, :2].T + inverse[:, 2]
    blur = 2 + 2 * float(np.abs(inverse[:, :2]).sum())
    bounds = []
    for axis, length in ((0, pixels.shape[1]), (1, pixels.shape[0])):
        low, high = float(corners[:, axis].min()) - blur, float(corners[:, axis].max()) + blur
        if padding == REFLECT:  # What lies outside is filled from as far inside.
            low, high = min(low, 2 * length - high), max(high, -low)
        first = min(max(0, math.floor(low)), length - 1)
        bounds.append((first, max(min(length, math.ceil(high)), first + 1)))
    return bounds[0][0], bounds[1][0], bounds[0][1], bounds[1][1]


def _moved(matrix: Matrix, x: float, y: float) -> Matrix:
    """The matrix for a picture whose first `x` columns and `y` rows are cut off."""
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ (x, y)
    return moved


def crop_face(pixels: Pixels, face: Face, recipe: CropRecipe, roll: float | None = None) -> Pixels:
    """Cut a face out, rolled upright by its eyes and scaled by its box.

    Args:
        pixels: The picture, uint8 RGB (height, width, 3).
        face: The face; one that is the whole picture is not rolled.
        recipe: Size, margin (times `face_size`, which for an upright face of usual proportions is
            the longer side of its box) and padding.
        roll: Radians, clockwise, by which it is taken to be rolled; None for what its eyes say.

    Returns:
        uint8 RGB (size, size, 3), anti-aliased where the face is shrunk.
    """
    check_pixels(pixels)
    size = (recipe.size, recipe.size)
    scale = recipe.size / (recipe.margin * face_size(face))
    angle = roll_of(face) if roll is None else roll
    return warp(pixels, similarity(face.box.center, angle, scale, size), size, recipe.padding)
