"""How well a face can be seen: size, sharpness, light and turn, as measures and as reasons."""

import cv2
import numpy as np

from core.results import Quality, Reason
from core.settings import CropRecipe, QualityLimits
from core.types import Face, Pixels
from core.vision.crops import crop_face

_EYE_REGION = CropRecipe(size=64, margin=1.0)


def assess(pixels: Pixels, face: Face, limits: QualityLimits = QualityLimits()) -> Quality:  # noqa: B008 (frozen)
    """Measure a face of `pixels`, uint8 RGB (height, width, 3), and say what makes it too poor."""
    crop = crop_face(pixels, face, _EYE_REGION)
    upper = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[: _EYE_REGION.size * 5 // 9].astype(np.float64)
    brightness = float(upper.mean())
    sharpness = float(cv2.Laplacian(upper, cv2.CV_64F).var() / (upper.var() + 1.0))
    face_px = min(face.box.width, face.box.height)
    turn = _turn(face)
    reasons = tuple(
        reason
        for reason, poor in (
            (Reason.TOO_SMALL, face_px < limits.min_face_px),
            (Reason.TOO_BLURRED, sharpness < limits.min_sharpness),
            (Reason.TOO_DARK, brightness < limits.min_brightness),
            (Reason.TURNED_AWAY, turn > limits.max_turn),
        )
        if poor
    )
    return Quality(face_px, sharpness, brightness, turn, reasons)


def _turn(face: Face) -> float:
    """Share by which the nose has left the middle between the eyes, 0 (frontal) to 1 (profile)."""
    if not face.detected:
        return 0.0
    left, right, nose = (np.array(point) for point in face.landmarks[:3])
    line = right - left
    distance = float(np.hypot(*line))
    if distance < 1e-6:
        return 1.0
    offset = float(np.dot(nose - (left + right) / 2, line)) / distance
    return min(1.0, abs(offset) / distance)
