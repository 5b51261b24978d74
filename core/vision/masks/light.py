"""What the camera saw: light on the face, exposure, colour cast, blur and noise, all from the picture.

Only what the mask leaves visible is measured. Were the light taken from the covered skin, a beard
or a lipstick would show through the drawn cloth as no real one lets it.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import Pixels
from core.vision.masks.pose import Pose

Array = NDArray[Any]

# |Laplacian| over |gradient| of an edge falls as 1 / blur; the factor was fitted on sharp portraits
# that were blurred with known Gaussians (0.7 to 4 pixels).
_BLUR_FACTOR = 0.52
_PRESMOOTH = 1.0
_STATISTICS_SIDE = 128
_THUMB = 64
# Forehead and cheeks below the eyes, left and right, in head coordinates.
_SKIN = np.array(
    [[(side * 0.22, -0.62, 0.1), (side * 0.48, -0.58, -0.05), (side * 0.30, 0.20, 0.08), (side * 0.58, 0.20, 0.0)]
     for side in (-1, 1)]
)  # fmt: skip
# (max - min) / luminance of a grey picture with compression noise, and of pale skin in daylight.
_GREY_CHROMA, _SKIN_CHROMA = 0.05, 0.22


@dataclass(frozen=True, slots=True)
class Scene:
    """How a picture renders things.

    Attributes:
        white: Level of a white surface in the face's light, 0 to 1.
        cast: Colour of white, (3,), mean 1.
        lean: How much more light falls from the viewer's right than from the left, about -0.5 to 0.5.
        colourfulness: 0 for a grey picture to 1 for a coloured one.
        blur: Standard deviation of the picture's own blur, in its pixels.
        noise: Standard deviation of its noise, 0 to 1.
        skin: Luminance of bare skin, 0 to 1.
    """

    white: float
    cast: Array
    lean: float
    colourfulness: float
    blur: float
    noise: float
    skin: float


def luminance(rgb: Array) -> Array:
    """Rec. 601 luminance of float32 (height, width, 3)."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))


def _blur(grey: Array) -> float:
    """Width of the picture's blur from how steep its edges are, seen through a known blur against noise."""
    rows, columns = grey.shape
    inner = grey[rows // 4 :, columns // 6 : max(columns * 5 // 6, columns // 6 + 2)]
    soft = cv2.GaussianBlur(inner, (0, 0), _PRESMOOTH)
    right, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125)
    slope = np.sqrt(right * right + down * down)
    edge = slope >= np.quantile(slope[::2, ::2], 0.85)
    bend = np.abs(cv2.Laplacian(soft, cv2.CV_32F))
    width = _BLUR_FACTOR * float(slope[edge].mean()) / (float(bend[edge].mean()) + 1e-4)
    return float(np.clip(np.sqrt(max(width**2 - _PRESMOOTH**2, 0.0)), 0.35, 4.0))


def _noise(grey: Array) -> float:
    """Immerkær's noise estimate (1996), by a low quantile so that hair, lashes and edges do not count."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)
    rough = np.abs(cv2.filter2D(grey, cv2.CV_32F, kernel)[::2, ::2])
    return float(np.clip(np.quantile(rough, 0.3) / (0.385 * 6), 0, 0.06))


def _cast(thumb: Array) -> Array:
    """Colour of the light by shades of grey (Finlayson and Trezzi 2004, p = 6) of (n, 3), partly believed."""
    norm = np.power(np.power(thumb + 1e-3, 6).mean(0), 1 / 6)
    return np.asarray((norm / norm.mean()) ** 0.32, dtype=np.float32)


def _brow(pixels: Pixels, pose: Pose) -> tuple[Pixels, Array]:
    """The upright part of a picture round the eyes, never below the cheek bones, and its corner (x, y)."""
    height, width = pixels.shape[:2]
    x, y = pose.origin
    left, right = (int(np.clip(x + side * 1.05 * pose.scale, 0, width)) for side in (-1, 1))
    top, bottom = (int(np.clip(y + down * pose.scale, 0, height)) for down in (-0.95, 0.25))
    if right - left < 6 or bottom - top < 6:
        return pixels, np.zeros(2)
    return pixels[top:bottom, left:right], np.array([left, top], dtype=np.float64)


def _skin(small: Array, corner: Array, shrink: float, pose: Pose) -> Array:
    """Colours (2, n, 3) of bare skin, 0 to 1, at the same places of the left and of the right side."""
    places = (pose.project(_SKIN)[..., :2] - corner) * shrink
    reach = 2 * max(0, round(0.07 * pose.scale * shrink)) + 1
    x, y = np.clip(places, 0, (small.shape[1] - 1, small.shape[0] - 1)).astype(np.float32).transpose(2, 0, 1)
    return np.asarray(cv2.remap(cv2.blur(small, (reach, reach)), x, y, cv2.INTER_NEAREST))


def _surroundings(pixels: Pixels, covered: Array) -> Array:
    """Colours (n, 3), 0 to 1, of a thumbnail without the box (left, top, right, bottom) that the mask covers."""
    thumb = cv2.resize(pixels, (_THUMB, _THUMB), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    scale = np.tile([_THUMB / pixels.shape[1], _THUMB / pixels.shape[0]], 2)
    left, top, right, bottom = np.clip(np.round(covered * scale), 0, _THUMB).astype(int)
    seen = np.ones((_THUMB, _THUMB), dtype=bool)
    seen[top:bottom, left:right] = False
    return np.asarray(thumb[seen] if seen.sum() > 100 else thumb.reshape(-1, 3))


def read_scene(pixels: Pixels, pose: Pose, covered: Array) -> Scene:
    """Measure a picture.

    Args:
        pixels: uint8 RGB (height, width, 3).
        pose: The head in it.
        covered: Box (left, top, right, bottom) of what the mask will cover, in pixels.
    """
    brow, corner = _brow(pixels, pose)
    shrink = min(1.0, _STATISTICS_SIDE / max(brow.shape[:2]))
    small = cv2.resize(brow, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) if shrink < 1 else brow
    skin = _skin(small.astype(np.float32) / 255, corner, shrink, pose)
    around = _surroundings(pixels, covered)
    shades = luminance(skin)
    left, right = (float(value) for value in np.median(shades, axis=1))
    level = float(np.median(shades))
    brightest = float(np.quantile(around @ np.array([0.299, 0.587, 0.114], dtype=np.float32), 0.97))
    # White lies above the skin, near the brightest things around, and below the sensor's limit.
    white = 0.45 * max(brightest, level) + 0.55 * min(1.0, 1.5 * float(np.quantile(shades, 0.75)))
    spread = float(np.median(np.ptp(skin, axis=2))) / max(level, 0.05)
    detail = luminance(brow[: 2 * _STATISTICS_SIDE, : 2 * _STATISTICS_SIDE].astype(np.float32) / 255)
    return Scene(
        white=float(np.clip(white, 0.16, 0.97)),
        cast=_cast(around),
        lean=float(np.clip((right - left) / (right + left + 0.05), -0.4, 0.4)),
        colourfulness=float(np.clip((spread - _GREY_CHROMA) / (_SKIN_CHROMA - _GREY_CHROMA), 0, 1)),
        blur=_blur(detail),
        noise=_noise(detail),
        skin=level,
    )


def face_light(scene: Scene, across: Array) -> Array:
    """Light on places of the face that lie `across` eye distances to the viewer's right of its middle, about 1."""
    return np.asarray(np.clip(1 + 1.4 * scene.lean * across, 0.5, 1.5), dtype=np.float32)
