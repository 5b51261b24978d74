"""The pose of a head from five landmarks and the face box, and the part of a picture that its mask touches.

The pose is fitted by weak perspective and least squares.

Head coordinates: x to the viewer's right, y down, z towards the viewer; the unit is the distance
between the eyes, the origin lies midway between them. Proportions are medians of YuNet's landmarks
on frontal faces, depths those of adult heads in anthropometric tables (NIOSH head forms).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.types import Face

Array = NDArray[Any]

_LANDMARKS = np.array(
    [(-0.5, 0.0, 0.0), (0.5, 0.0, 0.0), (0.0, 0.58, 0.46), (-0.41, 1.01, 0.1), (0.41, 1.01, 0.1)], dtype=np.float64
)
# Cheek bones, jaw angles and chin: what bounds a face box at the sides and below.
_OUTLINE = np.array(
    [(-1.06, 0.25, -0.55), (1.06, 0.25, -0.55), (-0.9, 1.0, -0.6), (0.9, 1.0, -0.6),
     (-0.3, 1.72, 0.0), (0.3, 1.72, 0.0), (0.0, 1.78, 0.05)]
)  # fmt: skip
_POINTS = np.concatenate([_LANDMARKS, _OUTLINE])

# Expected errors in eye distances (or radians, or ratios): eyes are exact, mouths move, boxes are loose.
_LANDMARK_SIGMA = np.array([0.02, 0.02, 0.02, 0.02, 0.05, 0.05, 0.08, 0.06, 0.08, 0.06])
_BOX_SIGMA = np.array([0.15, 0.15, 0.10])
# Order of the parameters: log scale, yaw, pitch, roll, x, y, log stretch down, log stretch across.
_PRIOR_SIGMA = np.array([10.0, 0.6, 0.16, 10.0, 10.0, 10.0, 0.08, 0.07])
_ITERATIONS = 7
_MAX_TURN = 1.25

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
class Pose:
    """How a canonical head lies in the picture.

    Attributes:
        scale: Pixels per eye distance.
        yaw: Turn in radians, positive where the nose points to the viewer's right.
        pitch: Positive where the nose points down.
        roll: Positive clockwise as seen in the picture.
        origin: Pixel (x, y) of the point between the eyes.
        stretch: Length of the face below the eyes relative to the canonical one.
        breadth: The same for the width outside the eyes.
    """

    scale: float
    yaw: float
    pitch: float
    roll: float
    origin: tuple[float, float]
    stretch: float
    breadth: float

    def project(self, points: NDArray[np.floating]) -> Array:
        """Head points (..., 3) → picture (..., 3): x and y in pixels, depth towards the viewer in pixels."""
        parameters = np.array(
            [math.log(self.scale), self.yaw, self.pitch, self.roll, *self.origin,
             math.log(self.stretch), math.log(self.breadth)]
        )  # fmt: skip
        flat = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        return np.asarray(_project(parameters[None], flat)[0].reshape(points.shape))


def _project(parameters: Array, points: Array) -> Array:
    """Parameter sets (b, 8) and points (n, 3) → (b, n, 3)."""
    scale = np.exp(parameters[:, 0, None])
    yaw, pitch, roll, left, top = (parameters[:, index, None] for index in range(1, 6))
    stretch, breadth = np.exp(parameters[:, 6, None]), np.exp(parameters[:, 7, None])
    outside = np.clip((np.abs(points[:, 0]) - 0.5) / 0.4, 0, 1)
    x = points[:, 0] * (1 + (breadth - 1) * outside)
    y, z = points[:, 1] * stretch, points[:, 2]
    x, z = np.cos(yaw) * x + np.sin(yaw) * z, -np.sin(yaw) * x + np.cos(yaw) * z
    y, z = np.cos(pitch) * y + np.sin(pitch) * z, -np.sin(pitch) * y + np.cos(pitch) * z
    x, y = np.cos(roll) * x - np.sin(roll) * y, np.sin(roll) * x + np.cos(roll) * y
    return np.stack([left + scale * x, top + scale * y, scale * z], axis=-1)


def _errors(parameters: Array, face: Face, unit: float, start: Array) -> Array:
    """Weighted residuals (b, 21) of parameter sets (b, 8)."""
    projected = _project(parameters, _POINTS)
    landmarks = np.asarray(face.landmarks, dtype=np.float64).reshape(10)
    of_landmarks = (projected[:, :5, :2].reshape(-1, 10) - landmarks) / unit / _LANDMARK_SIGMA
    outline = projected[:, 5:]
    sides = np.stack([outline[..., 0].min(1), outline[..., 0].max(1), outline[..., 1].max(1)], axis=1)
    of_box = (sides - (face.box.left, face.box.right, face.box.bottom)) / unit / _BOX_SIGMA
    # A box says little about a face that leans: its sides are then those of forehead and jaw.
    of_box *= np.maximum(np.cos(parameters[:, 3, None]), 0) ** 4
    weights = _PRIOR_SIGMA * np.array([1, 1, 1, 1, unit, unit, 1, 1])
    return np.concatenate([of_landmarks, of_box, (parameters - start) / weights], axis=1)


def fit_pose(face: Face) -> Pose:
    """Fit the canonical head to a face by damped Gauss-Newton steps; never fails, always finite."""
    points = np.asarray(face.landmarks, dtype=np.float64)
    across = points[1] - points[0]
    middle = (points[0] + points[1]) / 2
    down = (points[3] + points[4]) / 2 - middle
    unit = float(max(np.hypot(*across), 0.9 * np.hypot(*down), 0.15 * face.box.width, 1e-3))
    roll = math.atan2(across[1], across[0]) if np.hypot(*across) > 0.2 * unit else math.atan2(-down[0], down[1])
    offset = points[2] - middle
    sideways = (offset[0] * math.cos(roll) + offset[1] * math.sin(roll)) / unit
    yaw = math.asin(float(np.clip(sideways / 0.5, -0.9, 0.9)))
    start = np.array([math.log(unit), 0.0, 0.0, roll, *middle, 0.0, 0.0])
    current = start.copy()
    current[1] = yaw
    steps = 1e-4 * np.array([1, 1, 1, 1, unit, unit, 1, 1])
    limits = np.array([1.0, _MAX_TURN, 0.6, 4.0, 2 * unit, 2 * unit, 0.3, 0.25])
    for _ in range(_ITERATIONS):
        values = _errors(np.concatenate([current[None], current + np.diag(steps)]), face, unit, start)
        jacobian = (values[1:] - values[0]).T / steps
        normal = jacobian.T @ jacobian
        normal[np.diag_indices(8)] *= 1.01
        current = current - np.linalg.solve(normal, jacobian.T @ values[0])
        current = start + np.clip(current - start, -limits, limits)
    return Pose(
        math.exp(current[0]), current[1], current[2], current[3], (current[4], current[5]),
        math.exp(current[6]), math.exp(current[7]),
    )  # fmt: skip


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
