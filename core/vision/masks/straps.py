"""Ear loops and head straps: thin bands from the mask's corners round the ears or the head."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.vision.masks.patch import Patch
from core.vision.masks.pose import Pose
from core.vision.masks.style import FAMILIES, MaskShape, MaskStyle

Array = NDArray[Any]

# Ends on the head, viewer's right side: where loops pass behind the ear, above and below; where
# head straps leave the face.
_EAR_TOP, _EAR_BOTTOM = (1.13, 0.02, -1.15), (1.09, 0.62, -1.1)
_CROWN, _NAPE = (1.12, -0.32, -1.2), (1.02, 1.12, -1.15)
_FRACTION_BITS = 4


def _band(corner: Array, end: tuple[float, float, float], side: int) -> Array:
    """A band from a corner of the mask to its end, bent outwards by the cheek."""
    goal = np.array([end[0] * side, end[1], end[2]])
    share = np.linspace(0, 1, 7)[:, None]
    line = corner * (1 - share) + goal * share
    line[:, 0] += side * 0.03 * np.sin(np.pi * share[:, 0])
    return np.asarray(line, dtype=np.float32)


def draw_straps(style: MaskStyle, pose: Pose, grid: Array, patch: Patch) -> Array:
    """Opacity (height, width), 0 to 1, of the loops of a mask with these points (rows, columns, 3) on the head."""
    layer = np.zeros((patch.size[1], patch.size[0]), dtype=np.uint8)
    if style.shape in (MaskShape.GAITER, MaskShape.WINGED):
        return layer.astype(np.float32)
    rows = grid.shape[0] - 1
    upper = round((0.28 if style.shape is MaskShape.CUP else 0.06) * rows)
    ends = (_CROWN, _NAPE) if style.shape is MaskShape.CUP else (_EAR_TOP, _EAR_BOTTOM)
    thickness = FAMILIES[style.family].thickness * patch.unit
    for side, column in ((-1, 0), (1, -1)):
        # The loop on the far side lies behind the cheek as soon as the head is turned.
        if side * pose.yaw > 0.16:
            continue
        for row, end in ((upper, ends[0]), (rows - upper, ends[1])):
            points = patch.locate(pose.project(_band(grid[row, column], end, side)))[:, :2]
            fixed = np.round(points * 2**_FRACTION_BITS).astype(np.int32)
            cv2.polylines(layer, [fixed], False, 255, max(1, round(thickness)), cv2.LINE_AA, _FRACTION_BITS)
    return layer.astype(np.float32) / 255 * min(1.0, max(thickness, 0.35))
