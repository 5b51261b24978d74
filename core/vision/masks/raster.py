"""A posed grid becomes pixels: for each pixel the cloth coordinates of the nearest visible point."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Samples a pixel along each axis: enough to leave no hole where cloth is stretched.
_DENSITY = 1.75


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the mask covers, (height, width) each, float32.

    Attributes:
        alpha: 1 where the cloth is seen, 0 elsewhere, in between on its edge.
        u: Cloth coordinate across, -1 to 1; any value where alpha is 0.
        v: Cloth coordinate down, 0 to 1.
        normals: (height, width, 3) unit normals: right, down, towards the viewer.
    """

    alpha: Array
    u: Array
    v: Array
    normals: Array


def _normals(points: Array) -> Array:
    """Unit normals (rows, columns, 3) of a posed grid, towards the viewer where the outside is seen."""
    down, right = np.gradient(points, axis=(0, 1))
    normal = np.cross(right, down)
    return np.asarray(normal / (np.linalg.norm(normal, axis=2, keepdims=True) + 1e-9), dtype=np.float32)


def rasterise(points: Array, size: tuple[int, int]) -> Coverage:
    """Draw a posed grid (rows, columns, 3), in pixels of a patch of `size` (width, height)."""
    width, height = size
    normals = _normals(points)
    steps = [np.hypot(*np.moveaxis(np.diff(points[..., :2], axis=axis), 2, 0)).sum(axis).max() for axis in (0, 1)]
    rows, columns = (int(np.clip(length * _DENSITY, 8, 2400)) for length in steps)
    # The head is convex: what faces away is hidden. The side that is turned away is drawn first,
    # so that the nearer half lies on top where the two overlap; hence columns come first here.
    lattice = np.concatenate([points[..., :2], normals[..., 2:]], axis=2).astype(np.float32).transpose(1, 0, 2)
    from_right = points[:, 0, 2].mean() > points[:, -1, 2].mean()
    if from_right:
        lattice = lattice[::-1]
    dense = cv2.resize(np.ascontiguousarray(lattice), (rows, columns), interpolation=cv2.INTER_LINEAR)
    x, y, facing = cv2.split(dense)
    place = y.astype(np.int32) * width + x.astype(np.int32)
    place[(facing <= 0) | (x < 0) | (y < 0) | (x >= width) | (y >= height)] = width * height
    nearest = np.full(width * height + 1, -1, dtype=np.int32)
    nearest[place.reshape(-1)] = np.arange(place.size, dtype=np.int32)
    shown = nearest[:-1].reshape(height, width)
    along, down = np.divmod(np.maximum(shown, 0), rows)
    across = (along + 0.5) * np.float32(2 / columns) - 1
    cloth = np.stack([-across if from_right else across, (down + 0.5) * np.float32(1 / rows)], axis=2).astype(
        np.float32
    )
    covered = (shown >= 0).astype(np.float32)
    maps = cv2.blur(cloth * covered[..., None], (3, 3)) / (cv2.blur(covered, (3, 3)) + 1e-6)[..., None]
    u, v = cv2.split(maps)
    grid = ((u + 1) * 0.5 * (points.shape[1] - 1), v * (points.shape[0] - 1))
    outward = cv2.remap(normals, *grid, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    whole = cv2.morphologyEx(covered, cv2.MORPH_CLOSE, np.ones((3, 3), dtype=np.uint8))
    return Coverage(cv2.GaussianBlur(whole, (3, 3), 0), u, v, outward)
