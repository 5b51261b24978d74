"""How well a face can be seen: size, sharpness, light and turn, as measures and as reasons.

Everything is measured on forehead and eyes, so that a mask counts neither as blur nor as light: the
crop's rows `_BAND` and columns `_MIDDLE` of a face brought to `_SIDE` pixels.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from core.results import Quality, Reason
from core.settings import CropRecipe, QualityLimits
from core.types import Face, Pixels, face_size
from core.vision.warping import crop_face, similarity, warp

_SIDE = 48
_RECIPE = CropRecipe(size=_SIDE, margin=1.0)
_BAND, _MIDDLE = slice(_SIDE * 18 // 100, _SIDE * 46 // 100), slice(_SIDE * 18 // 100, _SIDE * 82 // 100)
_NOISE = 16.0  # Variance of luminance that sensor noise and compression may cause on an even surface.
_WHITE = 250  # Luminance from which on nothing can be told apart.
_NOSE = 0.46  # How far the nose tip stands out from the eyes, in eye distances (see masks.pose).


def assess(pixels: Pixels, face: Face, limits: QualityLimits = QualityLimits()) -> Quality:  # noqa: B008 (frozen)
    """Measure a face and say what makes it too poor to judge.

    Sharpness is the variance of the Laplacian over the variance of the luminance (Pech-Pacheco et
    al. 2000, made independent of contrast), brightness the mean luminance, clipped the share of it
    that no longer tells light skin from white, turn the yaw that the nose shows as a share of a right
    angle. A face in large squares has sharp edges, and says as little as a blurred one.

    Args:
        pixels: The picture, uint8 RGB (height, width, 3).
        face: The face in it; one that is the whole picture counts as frontal.
        limits: Where a measure becomes a reason.
    """
    luminance = cv2.cvtColor(crop_face(pixels, face, _RECIPE), cv2.COLOR_RGB2GRAY)[_BAND, _MIDDLE].astype(np.float64)
    sharpness = float(cv2.Laplacian(luminance, cv2.CV_64F).var() / (luminance.var() + _NOISE))
    brightness = float(luminance.mean())
    face_px = min(face.box.width, face.box.height)
    clipped = float((luminance >= _WHITE).mean())
    squares = mosaic(pixels, face)
    turn = _turn(face)
    poor = {
        Reason.TOO_SMALL: face_px < limits.min_face_px,
        Reason.TOO_BLURRED: sharpness < limits.min_sharpness or squares > limits.max_mosaic,
        Reason.TOO_DARK: brightness < limits.min_brightness,
        Reason.TOO_BRIGHT: brightness > limits.max_brightness or clipped > limits.max_clipped,
        Reason.TURNED_AWAY: turn > limits.max_turn,
        Reason.TURNED: not face.way_up_known,
    }
    reasons = tuple(reason for reason, true in poor.items() if true)
    return Quality(face_px, sharpness, brightness, turn, reasons, clipped, squares)


def _turn(face: Face) -> float:
    if not face.detected:
        return 0.0
    left, right, nose = (np.array(point) for point in face.landmarks[:3])
    line = right - left
    distance = float(np.hypot(*line))
    if distance == 0:
        return 1.0
    beside = abs(float(np.dot(nose - (left + right) / 2, line))) / distance
    return math.atan2(beside, _NOSE * distance) / (math.pi / 2)


_GRID_SIDE = 192  # Squares are larger than a pixel of this; their edges lie along the picture's, not the face's.
_LEFT, _STRIP = (
    _GRID_SIDE // 12,
    (_GRID_SIDE - _GRID_SIDE // 6, _GRID_SIDE // 2),
)  # above a mask
_FEW, _MANY = 5, 25
"""Squares across a face that are looked for; a face of more is as good as one of as many pixels."""
_LENGTH = 1024  # Of the transform: between whole numbers of squares, too.
_FAINT = 0.3  # Levels of change from pixel to pixel that an even surface may have.


def mosaic(pixels: Pixels, face: Face) -> float:
    """How far all changes from pixel to pixel lie on a grid of 5 to 25 squares across the face.

    The changes along rows and along columns are each summed to a profile. That of a grid is a comb, whose
    spectrum has as high a peak at twice and three times its frequency; nothing else in a face has both ways.

    Args:
        pixels: The picture, uint8 RGB (height, width, 3).
        face: The face in it.

    Returns:
        0 (no grid) to 1 (nothing but it).
    """
    matrix = similarity(face.box.center, 0.0, _GRID_SIDE / face_size(face), (_GRID_SIDE, _GRID_SIDE))
    matrix[0, 2] -= _LEFT
    luminance = cv2.cvtColor(warp(pixels, matrix, _STRIP), cv2.COLOR_RGB2GRAY).astype(np.float32)
    along, down = (_comb(np.abs(np.diff(luminance, axis=axis)).mean(axis=1 - axis)) for axis in (1, 0))
    return float(np.minimum(along, down).max())


def _comb(profile: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far a profile is a comb of each frequency: the smallest of its first three peaks."""
    profile = profile - profile.min()
    spectrum = np.abs(np.fft.rfft(profile, _LENGTH)) / (profile.sum() + _FAINT * len(profile))
    first = np.arange(_FEW * _LENGTH // _GRID_SIDE, _MANY * _LENGTH // _GRID_SIDE + 1)
    return np.asarray(np.minimum.reduce([spectrum[first], spectrum[2 * first], spectrum[3 * first]]))
