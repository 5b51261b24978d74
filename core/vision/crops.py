"""The one crop that training and serving share: a square round the face, upright by the eyes."""

import math

import cv2
import numpy as np

from core.settings import CropRecipe
from core.types import Face, Pixels, check_pixels

_BORDERS = {
    "replicate": cv2.BORDER_REPLICATE,
    "constant": cv2.BORDER_CONSTANT,
    "reflect": cv2.BORDER_REFLECT_101,
}


def crop_face(pixels: Pixels, face: Face, recipe: CropRecipe) -> Pixels:
    """Cut a face out, rolled upright by its eyes and scaled by its box.

    Args:
        pixels: The picture, uint8 RGB (height, width, 3).
        face: The face; one that is the whole picture is not rolled.
        recipe: Size, margin and padding.

    Returns:
        uint8 RGB (size, size, 3), anti-aliased where the face is shrunk.
    """
    check_pixels(pixels)
    centre_x, centre_y = face.box.center
    side = recipe.margin * max(face.box.width, face.box.height)
    roll = roll_of(face)
    # Shrinking is done by area averaging of a warp at a whole multiple of the crop's size.
    multiple = max(1, min(8, math.ceil(side / recipe.size)))
    size = recipe.size * multiple
    scale = size / side
    cosine, sine = math.cos(roll) * scale, math.sin(roll) * scale
    middle = (size - 1) / 2
    x, y = centre_x - 0.5, centre_y - 0.5
    matrix = np.array([[cosine, sine, middle - cosine * x - sine * y], [-sine, cosine, middle + sine * x - cosine * y]])
    warped = cv2.warpAffine(pixels, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=_BORDERS[recipe.padding])
    if multiple > 1:
        warped = cv2.resize(warped, (recipe.size, recipe.size), interpolation=cv2.INTER_AREA)
    return warped.astype(np.uint8, copy=False)


def roll_of(face: Face) -> float:
    """Angle of the line through the eyes, radians in (-pi, pi], positive clockwise; 0 for a whole picture."""
    if not face.detected:
        return 0.0
    (left_x, left_y), (right_x, right_y) = face.landmarks[:2]
    return math.atan2(right_y - left_y, right_x - left_x)
