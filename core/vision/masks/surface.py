"""Where a mask lies on the canonical head, as a grid of points in head coordinates for each shape, and its straps."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.vision.masks.pose import Patch, Pose
from core.vision.masks.style import FAMILIES, MaskPosition, MaskShape, MaskStyle

Array = NDArray[Any]

COLUMNS, ROWS = 33, 23

# The face under a mask, one side: rows at these heights, six (x, z) from the middle to the ear.
# Between nose and chin the middle is that of cloth that hangs from the one to the other.
_HEIGHTS = (-0.4, 0.0, 0.3, 0.58, 0.8, 1.02, 1.35, 1.68, 1.86, 2.05, 2.5, 3.2)
_PROFILES = (
    ((0, 0.22), (0.3, 0.10), (0.62, -0.06), (0.92, -0.45), (1.08, -0.9), (1.14, -1.4)),
    ((0, 0.20), (0.28, 0.04), (0.62, -0.05), (0.92, -0.38), (1.07, -0.85), (1.14, -1.35)),
    ((0, 0.36), (0.28, 0.13), (0.62, 0.0), (0.91, -0.33), (1.06, -0.8), (1.13, -1.32)),
    ((0, 0.52), (0.30, 0.26), (0.62, 0.02), (0.90, -0.34), (1.05, -0.8), (1.11, -1.3)),
    ((0, 0.51), (0.31, 0.32), (0.61, 0.06), (0.88, -0.34), (1.01, -0.77), (1.07, -1.25)),
    ((0, 0.46), (0.32, 0.34), (0.62, 0.09), (0.87, -0.32), (0.99, -0.74), (1.04, -1.2)),
    ((0, 0.38), (0.33, 0.30), (0.62, 0.07), (0.84, -0.33), (0.93, -0.72), (0.98, -1.1)),
    ((0, 0.25), (0.32, 0.17), (0.56, -0.06), (0.74, -0.40), (0.83, -0.75), (0.88, -1.1)),
    ((0, 0.03), (0.29, -0.05), (0.50, -0.25), (0.67, -0.52), (0.77, -0.8), (0.85, -1.1)),
    ((0, -0.30), (0.28, -0.35), (0.48, -0.47), (0.66, -0.66), (0.78, -0.9), (0.85, -1.2)),
    ((0, -0.48), (0.32, -0.52), (0.58, -0.62), (0.78, -0.82), (0.90, -1.1), (0.94, -1.4)),
    ((0, -0.45), (0.34, -0.50), (0.62, -0.62), (0.84, -0.82), (0.96, -1.1), (1.00, -1.4)),
)
_TOP, _BOTTOM, _STEP = _HEIGHTS[0], _HEIGHTS[-1], 0.02
_HALF = 50

# Ends on the head, viewer's right side: where loops pass behind the ear, above and below; where
# head straps leave the face.
_EAR_TOP, _EAR_BOTTOM = (1.13, 0.02, -1.15), (1.09, 0.62, -1.1)
_CROWN, _NAPE = (1.12, -0.32, -1.2), (1.02, 1.12, -1.15)
_FRACTION_BITS = 4


def _face_table() -> Array:
    """The face as a smooth table (rows, 2 * _HALF + 1, 3) of points, even in height and across."""
    heights = np.arange(_TOP, _BOTTOM + 1e-6, _STEP)
    across = np.linspace(0, 1, _HALF + 1)
    columns = np.linspace(0, 1, 6)
    rows = [[np.interp(across, columns, [point[axis] for point in row]) for axis in (0, 1)] for row in _PROFILES]
    half = np.stack(
        [np.stack([np.interp(heights, _HEIGHTS, [row[axis][i] for row in rows]) for i in range(_HALF + 1)], axis=1)
         for axis in (0, 1)], axis=2,
    )  # fmt: skip
    mirrored = half[:, :0:-1] * (-1, 1)
    whole = np.concatenate([mirrored, half], axis=1).astype(np.float32)
    smooth = cv2.GaussianBlur(whole, (0, 0), sigmaX=3.0, sigmaY=4.0, borderType=cv2.BORDER_REPLICATE)
    y = np.broadcast_to(heights[:, None], smooth.shape[:2]).astype(np.float32)
    return np.stack([smooth[..., 0], y, smooth[..., 1]], axis=2)


_FACE = _face_table()


def face_points(across: Array, height: Array) -> Array:
    """Points on the face at `across` (-1 left ear to 1 right ear) and `height` (eye distances below the eyes)."""
    columns = (np.clip(across, -1, 1) + 1) * _HALF
    rows = (np.clip(height, _TOP, _BOTTOM) - _TOP) / _STEP
    return cv2.remap(_FACE, columns.astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR)


@dataclass(frozen=True, slots=True)
class _Cut:
    """The outline of a shape: heights of the upper and lower edge at middle, cheek and side; reach across."""

    upper: tuple[float, float, float]
    lower: tuple[float, float, float]
    reach: tuple[float, float, float]  # at the upper edge, half way down, at the lower edge
    dome: float = 0.0
    peak: float = 0.0


_CUTS = {
    MaskShape.PLEATED: _Cut((0.22, 0.31, 0.30), (1.84, 1.76, 1.38), (0.69, 0.68, 0.63), dome=0.03),
    MaskShape.FITTED: _Cut((0.18, 0.36, 0.42), (1.88, 1.72, 1.16), (0.70, 0.69, 0.66), peak=0.08),
    MaskShape.WINGED: _Cut((0.20, 0.42, 0.30), (1.88, 1.66, 0.70), (0.98, 0.98, 0.98), peak=0.05),
    MaskShape.CUP: _Cut((0.12, 0.24, 0.36), (1.88, 1.80, 1.36), (0.56, 0.58, 0.56), dome=0.20),
    MaskShape.FOLDED: _Cut((0.14, 0.40, 0.60), (1.86, 1.70, 1.12), (0.62, 0.64, 0.60), dome=0.04, peak=0.26),
    MaskShape.GAITER: _Cut((0.26, 0.34, 0.30), (2.50, 2.44, 2.10), (0.92, 0.98, 1.0), dome=0.02),
}
_SHIFTS = {MaskPosition.NORMAL: 0.0, MaskPosition.HIGH: -0.11, MaskPosition.LOW: 0.15, MaskPosition.UNDER_NOSE: 0.60}


def _edge(heights: tuple[float, float, float], side: Array) -> Array:
    """A smooth symmetric curve through heights at the middle, the cheek and the side; `side` is |u| in 0..1."""
    middle, cheek, end = heights
    bow = cheek - (middle + end) / 2
    return np.asarray(middle + (end - middle) * side + 4 * bow * side * (1 - side), dtype=np.float32)


def mask_grid(style: MaskStyle) -> Array:
    """The mask's surface: points (ROWS, COLUMNS, 3) in head coordinates.

    Rows run evenly from the upper edge (cloth coordinate v = 0) to the lower (1), columns from the
    left edge (u = -1) to the right (1).
    """
    cut = _CUTS[style.shape]
    u, v = np.meshgrid(np.linspace(-1, 1, COLUMNS, dtype=np.float32), np.linspace(0, 1, ROWS, dtype=np.float32))
    side = np.abs(u)
    shift = _SHIFTS[style.position]
    below = max(shift, -0.02) * (0.25 if style.position is MaskPosition.UNDER_NOSE else 0.5)
    fade = 1 - 0.6 * side**2 if style.position is MaskPosition.UNDER_NOSE else 1.0
    upper = _edge(cut.upper, side) + shift * fade + style.shift
    # No mask is worn over the eyes: it ends below the lower lids and at most at the root of the nose.
    upper = np.maximum(upper, 0.04 + 0.15 * np.clip(side / 0.4, 0, 1))
    lower = _edge(cut.lower, side) + below + style.shift * 0.4 + (style.height - 1) * 0.8
    reach = _edge(cut.reach, v) * (1 + (style.width - 1) * (0 if style.shape is MaskShape.GAITER else 1))
    height = upper + (lower - upper) * v
    points = face_points(u * reach, height)
    hump = np.maximum(np.sin(np.pi * v), 0) ** 0.8
    points[..., 2] += cut.dome * hump * (1 - side**2)
    points[..., 2] += cut.peak * hump * np.clip(1 - 1.6 * side, 0, 1)
    return points


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
