"""`draw_mask`: one face, one style, one new picture.

The mask's posed grid becomes pixels: for each, the cloth coordinates of the nearest visible point.
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import Face, Pixels, check_pixels
from core.vision.masks.light import Scene, face_light, luminance, read_scene
from core.vision.masks.pose import Patch, Pose, find_patch, fit_pose
from core.vision.masks.style import MaskStyle
from core.vision.masks.surface import draw_straps, face_points, mask_grid
from core.vision.masks.texture import make_texture

Array = NDArray[Any]

# Samples a pixel along each axis: enough to leave no hole where cloth is stretched.
_DENSITY = 1.75


@dataclass(frozen=True, slots=True)
class _Layers:
    """What is laid on a patch, (height, width) each: the cloth's colour (…, 3) and opacity, loops, and the head."""

    colour: Array
    alpha: Array
    straps: Array
    head: Array


def draw_mask(pixels: Pixels, face: Face, style: MaskStyle) -> Pixels:
    """Draw a mask on a bare face.

    Args:
        pixels: uint8 RGB (height, width, 3); left as it is.
        face: Where the face is; it may reach beyond the picture.
        style: The mask. The result depends on these three alone, to the byte.

    Returns:
        A new picture of the same shape. A face that lies wholly outside stays undrawn.

    Raises:
        ValueError: If `pixels` is not a picture.
    """
    check_pixels(pixels)
    result = pixels.copy()
    pose = fit_pose(face)
    grid = mask_grid(style)
    posed = pose.project(grid)
    patch = find_patch(posed, pose, pixels.shape)
    if patch is None:
        return result
    left, top, right, bottom = patch.area
    outline = posed[..., :2].reshape(-1, 2)
    scene = read_scene(pixels, pose, np.concatenate([outline.min(0), outline.max(0)]))
    coverage = rasterise(patch.locate(posed), patch.size)
    colour, alpha = _cloth(style, coverage, scene, patch.across(pose), patch.unit)
    layers = _Layers(colour, alpha, draw_straps(style, pose, grid, patch), _head(pose, patch))
    result[top:bottom, left:right] = _compose(pixels[top:bottom, left:right], style, scene, layers, pose.scale)
    return result


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


def _head(pose: Pose, patch: Patch) -> Array:
    """1 on face and neck, 0 on the background: where a shadow can fall."""
    across, height = np.meshgrid(np.linspace(-0.72, 0.72, 9), np.linspace(-0.2, 2.4, 12))
    points = patch.locate(pose.project(face_points(across, height)))[..., :2].reshape(-1, 2)
    layer = np.zeros((patch.size[1], patch.size[0]), dtype=np.uint8)
    hull = cv2.convexHull(np.round(points).astype(np.int32))
    cv2.fillConvexPoly(layer, hull, 1)
    return cv2.blur(layer.astype(np.float32), (5, 5))


def _cloth(style: MaskStyle, coverage: Coverage, scene: Scene, across: Array, unit: float) -> tuple[Array, Array]:
    """The lit cloth (height, width, 3), 0 to 1, and its opacity, at the resolution of `coverage`."""
    columns = int(np.clip(unit * 1.7, 24, 320))
    texture = make_texture(style, columns, columns)
    at = ((coverage.u + 1) * 0.5 * (columns - 1), coverage.v * (columns - 1))
    outer = cv2.remap(np.dstack([texture.shade, texture.alpha]), *at, cv2.INTER_LINEAR)
    colour: Array = np.asarray(style.colour, dtype=np.float32) / 255
    if texture.printed:
        colour = cv2.remap(texture.colour, *at, cv2.INTER_LINEAR)
    shade, alpha = outer[..., 0], coverage.alpha * outer[..., 1]
    normal = coverage.normals
    # Daylight and lamps come from above and in front; the face's own light adds its direction.
    toward = normal[..., 2] * 0.80 - normal[..., 1] * 0.45 + normal[..., 0] * 1.2 * scene.lean
    form = 0.50 + 0.56 * np.clip(toward, -0.2, 1.2)
    level = scene.white * face_light(scene, across) * form / 0.87 * shade
    lit = colour * level[..., None] * scene.cast
    lit += 0.018 + 0.02 * scene.white
    # Cloth near the sensor's limit rolls off instead of clipping.
    lit = np.where(lit > 0.85, 0.85 + 0.15 * np.tanh((lit - 0.85) / 0.15), lit)
    if scene.colourfulness < 1:
        lit = lit * scene.colourfulness + luminance(lit)[..., None] * (1 - scene.colourfulness)
    return np.asarray(lit, dtype=np.float32), alpha


def _compose(skin: Pixels, style: MaskStyle, scene: Scene, layers: _Layers, unit: float) -> Pixels:
    """Lay cloth, loops and shadow on a patch (height, width, 3) of the picture."""
    height, width = skin.shape[:2]
    alpha = layers.alpha
    straps = layers.straps * _not_under_hair(skin, scene, (alpha.shape[1], alpha.shape[0]))
    dark = _shadow(alpha, straps, unit * alpha.shape[1] / width) * layers.head
    # The rendering has a sharpness of its own; what is missing to the picture's blur is added.
    soften = max(math.sqrt(max(scene.blur**2 - 0.35**2, 0.05)), 0.3)
    flat = np.concatenate([layers.colour * alpha[..., None], alpha[..., None]], axis=2)
    cloth, veil = (_to_picture(layer, (width, height), soften) for layer in (flat, np.dstack([straps, dark])))
    cover, loops = cloth[..., 3:], veil[..., :1]
    strap = np.asarray(style.strap, dtype=np.float32) / 255 * scene.white * scene.cast * 0.85
    if scene.colourfulness < 1:
        strap = strap * scene.colourfulness + strap.mean() * (1 - scene.colourfulness)
    result = skin.astype(np.float32) * np.float32(1 / 255)
    result *= 1 - veil[..., 1:]
    result += (strap - result) * loops
    result *= 1 - cover
    result += cloth[..., :3]
    if scene.noise > 0.002:
        rng = np.random.default_rng(style.seed + 1)
        grain = cv2.GaussianBlur(rng.standard_normal((height, width), dtype=np.float32), (0, 0), 0.6)
        result += (grain * np.float32(1.7 * scene.noise))[..., None] * cover
    return np.asarray(cv2.convertScaleAbs(np.maximum(result, 0), alpha=255), dtype=np.uint8)


def _to_picture(layer: Array, size: tuple[int, int], soften: float) -> Array:
    """A rendered layer at the picture's resolution, `size` (width, height), blurred by `soften` pixels of it."""
    zoom = layer.shape[1] / size[0]
    if zoom < 1:
        return cv2.resize(cv2.GaussianBlur(layer, (0, 0), max(soften * zoom, 0.3)), size)
    return cv2.GaussianBlur(cv2.resize(layer, size, interpolation=cv2.INTER_AREA), (0, 0), soften)


def _not_under_hair(skin: Pixels, scene: Scene, size: tuple[int, int]) -> Array:
    """1 where a loop lies on skin, less where something far darker, most often hair, falls over it."""
    grey = cv2.resize(cv2.cvtColor(skin, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_LINEAR)
    ratio = cv2.blur(grey, (3, 3)).astype(np.float32) / np.float32(255 * max(scene.skin, 0.1))
    return np.asarray(np.clip((ratio - 0.35) / 0.25, 0.15, 1))


def _shadow(cover: Array, loops: Array, unit: float) -> Array:
    """How much the mask darkens the skin round it: contact all round, and a soft shadow below."""
    near = cv2.GaussianBlur(cover, (0, 0), max(0.035 * unit, 0.4))
    height, width = cover.shape
    # A wide blur is the same at a third of the size.
    third = cv2.resize(cover, (max(1, width // 3), max(1, height // 3)), interpolation=cv2.INTER_AREA)
    far = cv2.resize(cv2.GaussianBlur(third, (0, 0), max(0.033 * unit, 0.3)), (width, height))
    down = min(round(0.07 * unit), height - 1)
    far = cv2.copyMakeBorder(far[: height - down], down, 0, 0, 0, cv2.BORDER_REPLICATE)
    strap = cv2.GaussianBlur(loops, (0, 0), max(0.03 * unit, 0.4))
    return np.asarray(np.clip(0.30 * near + 0.30 * far + 0.25 * strap, 0, 0.6))
