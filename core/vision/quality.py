"""How well a face can be seen: size, sharpness, light and turn, as measures and as reasons.

Everything is measured on forehead and eyes, so that a mask counts neither as blur nor as light: the
crop's rows `_BAND` and columns `_MIDDLE` of a face brought to `_SIDE` pixels.
"""

import math

import cv2
import numpy as np

from core.results import Quality, Reason
from core.settings import CropRecipe, QualityLimits
from core.types import Face, Pixels
from core.vision.crops import crop_face
from core.vision.mosaic import mosaic

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
