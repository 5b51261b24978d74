"""What the camera saw: light on the face, exposure, colour cast, blur and noise, all from the picture."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import Pixels

Array = NDArray[Any]

# |Laplacian| over |gradient| of an edge falls as 1 / blur; the factor was fitted on sharp portraits
# that were blurred with known Gaussians (0.7 to 4 pixels).
_BLUR_FACTOR = 0.52
_PRESMOOTH = 1.0
_STATISTICS_SIDE = 128
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
        skin: Median luminance of the face, 0 to 1.
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
    inner = grey[rows // 8 : max(rows * 7 // 8, rows // 8 + 2), columns // 6 : max(columns * 5 // 6, columns // 6 + 2)]
    soft = cv2.GaussianBlur(inner, (0, 0), _PRESMOOTH)
    right, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125)
    slope = np.sqrt(right * right + down * down)
    edge = slope >= np.quantile(slope[::2, ::2], 0.85)
    bend = np.abs(cv2.Laplacian(soft, cv2.CV_32F))
    width = _BLUR_FACTOR * float(slope[edge].mean()) / (float(bend[edge].mean()) + 1e-4)
    return float(np.clip(np.sqrt(max(width**2 - _PRESMOOTH**2, 0.0)), 0.35, 4.0))


def _noise(grey: Array) -> float:
    """Immerkær's noise estimate (1996), by the median so that edges do not count."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)
    rough = np.abs(cv2.filter2D(grey, cv2.CV_32F, kernel)[::2, ::2])
    return float(np.clip(1.4826 * np.median(rough) / 6, 0, 0.06))


def _cast(thumb: Array) -> Array:
    """Colour of the light by shades of grey (Finlayson and Trezzi 2004, p = 6), half believed."""
    norm = np.power(np.power(thumb.reshape(-1, 3) + 1e-3, 6).mean(0), 1 / 6)
    return np.asarray((norm / norm.mean()) ** 0.32, dtype=np.float32)


def _eyes(face: Pixels) -> Pixels:
    """The part round the eyes, where a face has its edges, at full resolution but of bounded size."""
    rows, columns = face.shape[:2]
    top = max(0, round(0.42 * rows) - _STATISTICS_SIDE)
    left = max(0, columns // 2 - _STATISTICS_SIDE)
    return face[top : top + 2 * _STATISTICS_SIDE, left : left + 2 * _STATISTICS_SIDE]


def _lean(grey: Array) -> float:
    """Difference of the face's two sides, cheeks and brows only: hair and background lie outside."""
    rows, columns = grey.shape
    middle = grey[rows // 4 : max(rows * 3 // 4, rows // 4 + 1)]
    left = float(np.median(middle[:, columns // 8 : max(columns * 3 // 8, columns // 8 + 1)]))
    right = float(np.median(middle[:, columns * 5 // 8 : max(columns * 7 // 8, columns * 5 // 8 + 1)]))
    return float(np.clip((right - left) / (right + left + 0.05), -0.5, 0.5))


def read_scene(pixels: Pixels, face: Pixels) -> Scene:
    """Measure a picture (height, width, 3) and the part of it that holds the face, both uint8 RGB."""
    thumb = cv2.resize(pixels, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    shrink = min(1.0, _STATISTICS_SIDE / max(face.shape[:2]))
    small = cv2.resize(face, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) if shrink < 1 else face
    inside = small.astype(np.float32) / 255
    grey = luminance(inside)
    detail = luminance(_eyes(face).astype(np.float32) / 255)
    skin = float(np.median(grey))
    bright = float(np.quantile(grey, 0.98))
    brightest = float(np.quantile(luminance(thumb), 0.97))
    # White lies above the skin, near the brightest things around, and below the sensor's limit.
    white = 0.45 * max(brightest, bright) + 0.55 * min(1.0, 1.6 * float(np.quantile(grey, 0.75)))
    spread = float(np.median(inside.max(2) - inside.min(2))) / max(skin, 0.05)
    return Scene(
        white=float(np.clip(white, 0.16, 0.97)),
        cast=_cast(thumb),
        lean=_lean(grey),
        colourfulness=float(np.clip((spread - _GREY_CHROMA) / (_SKIN_CHROMA - _GREY_CHROMA), 0, 1)),
        blur=_blur(detail),
        noise=_noise(detail),
        skin=max(skin, 0.02),
    )


def face_light(grey: Array, sigma: float) -> Array:
    """Low-frequency light (height, width) on a face from its luminance, about 1 in the middle of the range."""
    small = cv2.resize(grey, (48, 48), interpolation=cv2.INTER_AREA)
    width = max(1.0, 48 * sigma / max(grey.shape))
    smooth = cv2.GaussianBlur(small, (0, 0), width, borderType=cv2.BORDER_REPLICATE)
    light = np.clip((smooth + 0.04) / (np.median(smooth) + 0.04), 0.45, 1.6)
    return np.asarray(cv2.resize(light, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR))
