"""What a crop shows beyond the edges of its picture, found and filled anew.

Some data sets end at the face, so that every crop of theirs is padded: where all of them are padded alike, a network
learns the set by its padding, and takes repeated edges for hair in pictures that are cut otherwise. Crops that were
prepared with plain padding can be padded otherwise each time they are seen.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.settings import CONSTANT, REFLECT
from core.types import Pixels

Outside = NDArray[np.bool_]
Colour = tuple[int, int, int]
BLACK: Colour = (0, 0, 0)
_LEAST = 0.002  # of a crop: a smaller black patch at its edge is hair or a dark coat


def outside_of(crop: Pixels) -> Outside:
    """The part of a crop that plain padding fills: what is black throughout and reaches its edge.

    Args:
        crop: uint8 RGB (s, s, 3), cut with `constant` padding.

    Returns:
        bool (s, s); with the row of pixels in which picture and padding are mixed.
    """
    black = np.asarray(cv2.inRange(crop, BLACK, BLACK), np.uint8)
    if not black.any():
        return np.zeros(black.shape, np.bool_)
    _, labels, facts, _ = cv2.connectedComponentsWithStats(black, connectivity=4)
    left, top, width, height, area = (facts[:, column] for column in range(5))
    side = crop.shape[0]
    at_edge = (left == 0) | (top == 0) | (left + width == side) | (top + height == side)
    wanted = at_edge & (area >= _LEAST * side**2)
    wanted[0] = False  # all that isn't black
    return np.asarray(cv2.dilate(wanted[labels].astype(np.uint8), np.ones((3, 3), np.uint8)), np.bool_)


def filled(crop: Pixels, outside: Outside, padding: str, colour: Colour = BLACK) -> Pixels:
    """A crop whose outside is padded, as `core.vision.warping.warp` pads.

    Args:
        crop: uint8 RGB (s, s, 3); left as it is.
        outside: bool (s, s).
        padding: `replicate` repeats the nearest pixel of the picture, `reflect` takes the one as far inside as it is
            outside (the nearest where that lies outside too), `constant` is one colour.
        colour: That of `constant`.
    """
    if not outside.any() or outside.all():
        return crop
    if padding == CONSTANT:
        result = crop.copy()
        result[outside] = colour
        return result
    height, width = outside.shape
    beyond = np.flatnonzero(outside)
    source = _nearest(outside, beyond)
    if padding == REFLECT:
        (row, column), (its_row, its_column) = np.divmod(beyond, width), np.divmod(source, width)
        row, column = 2 * its_row - row, 2 * its_column - column
        mirrored = np.clip(row, 0, height - 1) * width + np.clip(column, 0, width - 1)
        source = np.where(outside.ravel()[mirrored], source, mirrored)
    result = crop.copy()
    result.reshape(-1, 3)[beyond] = crop.reshape(-1, 3)[source]
    return result


def _nearest(outside: Outside, beyond: NDArray[np.intp]) -> NDArray[np.intp]:
    """The pixel inside that is nearest to each of those `beyond`; all by their place in the flattened crop."""
    _, labels = cv2.distanceTransformWithLabels(
        outside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    inside = np.flatnonzero(~outside)
    place = np.empty(len(inside) + 1, np.intp)
    place[labels.ravel()[inside]] = inside
    return np.asarray(place[labels.ravel()[beyond]], np.intp)
