"""A posed grid becomes pixels: for each pixel the cloth coordinates of the nearest visible point."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Samples a pixel along each axis: enough to leave no hole where cloth is stretched.
_DENSITY = 2.2


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the mask covers, (height, width) each, float32.

    Attributes:
        alpha: 1 where the cloth is seen, 0 elsewhere.
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


def rasterise(points: Array, u: Array, v: Array, size: tuple[int, int]) -> Coverage:
    """Draw a posed grid (rows, columns, 3), in pixels of a patch of `size` (width, height)."""
    width, height = size
    normals = _normals(points)
    along = np.abs(np.diff(points[..., :2], axis=1)).sum(2).sum(1).max()
    down = np.abs(np.diff(points[..., :2], axis=0)).sum(2).sum(0).max()
    dense = (int(np.clip(along * _DENSITY, 8, 2400)), int(np.clip(down * _DENSITY, 8, 2400)))
    layers = np.concatenate([points[..., :2], u[..., None], v[..., None]], axis=2).astype(np.float32)
    # Two calls: resize takes four channels; normals are blended on the same lattice.
    samples = cv2.resize(layers, dense, interpolation=cv2.INTER_LINEAR)
    facing = cv2.resize(normals, dense, interpolation=cv2.INTER_LINEAR)
    # The head is convex: what faces away is hidden. The side that is turned away is drawn first,
    # so that the nearer half lies on top where the two overlap.
    order = slice(None, None, -1) if points[:, 0, 2].mean() > points[:, -1, 2].mean() else slice(None)
    samples = np.ascontiguousarray(samples[:, order].transpose(1, 0, 2)).reshape(-1, 4)
    facing = np.ascontiguousarray(facing[:, order].transpose(1, 0, 2)).reshape(-1, 3)
    column, row = np.floor(samples[:, 0]).astype(np.int32), np.floor(samples[:, 1]).astype(np.int32)
    seen = (facing[:, 2] > 0) & (column >= 0) & (column < width) & (row >= 0) & (row < height)
    chosen = np.flatnonzero(seen)
    nearest = np.full((height, width), -1, dtype=np.int32)
    nearest.reshape(-1)[row[chosen] * width + column[chosen]] = chosen
    covered = (nearest >= 0).astype(np.uint8)
    kernel = np.ones((3, 3), dtype=np.uint8)
    closed = cv2.morphologyEx(covered, cv2.MORPH_CLOSE, kernel)
    cloth = samples[:, 2:][nearest]
    outward = facing[nearest]
    weight = cv2.blur(covered.astype(np.float32), (3, 3)) + 1e-6
    maps = np.concatenate([cloth, outward], axis=2) * covered[..., None]
    maps = cv2.blur(maps, (3, 3)) / weight[..., None]
    return Coverage(closed.astype(np.float32), maps[..., 0], maps[..., 1], np.ascontiguousarray(maps[..., 2:]))
