"""The part of a picture that a mask touches, and the resolution at which it is rendered."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision.masks.pose import Pose

Array = NDArray[Any]

# Rendered pixels a picture pixel for small and for other faces, and the most rendered pixels an eye
# distance: small faces are supersampled, huge ones are rendered coarser and enlarged.
_SUPERSAMPLED, _USUAL, _FINEST = 1.8, 1.12, 150.0
_SMALL_FACE = 60.0
# Below this many pixels an eye distance there is nothing to draw on.
_SMALLEST_SCALE = 1.5
# Room for loops and shadow, in eye distances.
_MARGIN = 0.25
_EARS = np.array([(-1.2, -0.4, -1.2), (1.2, -0.4, -1.2), (-1.1, 1.2, -1.2), (1.1, 1.2, -1.2)])


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of the picture, rendered at a size of its own.

    Attributes:
        area: (left, top, right, bottom) in the picture, whole pixels, inside it.
        size: (width, height) at which it is rendered.
        unit: Rendered pixels an eye distance.
    """

    area: tuple[int, int, int, int]
    size: tuple[int, int]
    unit: float

    @property
    def zoom(self) -> Array:
        """Rendered pixels a picture pixel, (x, y)."""
        left, top, right, bottom = self.area
        return np.array([self.size[0] / (right - left), self.size[1] / (bottom - top)])

    def locate(self, points: Array) -> Array:
        """Picture points (..., 3), as `Pose.project` gives them → rendered pixels, with depth in the same unit."""
        zoom = self.zoom
        return np.asarray((points - (*self.area[:2], 0)) * (*zoom, zoom.mean()), dtype=np.float32)

    def across(self, pose: Pose) -> Array:
        """How far each pixel (height, width) lies to the right of the face's middle, in eye distances."""
        zoom = self.zoom
        x = ((np.arange(self.size[0]) + 0.5) / zoom[0] + self.area[0] - pose.origin[0]) / pose.scale
        y = ((np.arange(self.size[1]) + 0.5) / zoom[1] + self.area[1] - pose.origin[1]) / pose.scale
        return np.asarray(x[None] * math.cos(pose.roll) + y[:, None] * math.sin(pose.roll), dtype=np.float32)


def find_patch(posed: Array, pose: Pose, shape: tuple[int, ...]) -> Patch | None:
    """The patch of a picture of `shape` that a posed mask (rows, columns, 3) can touch; None if it lies outside."""
    if pose.scale < _SMALLEST_SCALE:
        return None
    points = np.concatenate([posed.reshape(-1, 3), pose.project(_EARS)])[:, :2]
    margin = _MARGIN * pose.scale + 2
    low, high = points.min(0) - margin, points.max(0) + margin
    left, top = max(0, math.floor(low[0])), max(0, math.floor(low[1]))
    right, bottom = min(shape[1], math.ceil(high[0])), min(shape[0], math.ceil(high[1]))
    if right - left < 2 or bottom - top < 2:
        return None
    factor = min(_SUPERSAMPLED if pose.scale < _SMALL_FACE else _USUAL, _FINEST / pose.scale)
    size = (max(4, round((right - left) * factor)), max(4, round((bottom - top) * factor)))
    return Patch((left, top, right, bottom), size, pose.scale * factor)
