"""A second look at one face, close up and upright: exact landmarks, and a check of doubtful faces.

YuNet's landmarks follow the eyes only where a face is large in its input. Measured on bare faces of
the train splits turned by 25 degrees: landmarks of faces under 90 pixels turn by 4 degrees, those of
faces of 200 pixels by 19. So every face is looked at again, enlarged (or shrunk) to `_FACE` pixels.
"""

import math

import cv2

from core.types import Face, Pixels
from core.vision.geometry import face_size, roll_of
from core.vision.views import View
from core.vision.warping import similarity, warp
from core.vision.yunet import YuNet

_FACE, _WINDOW = 240, 320
_SCORE = 0.3  # Below the score that the caller asks for: a close-up is full of face or of nothing.
_UPRIGHT = 0.12  # Radians (7 degrees) of roll that a look may leave.
_STEP = 0.42  # Radians (24 degrees) between trial turns.
_STEPS = 3
_GAIN = 0.01  # A turned look must beat the straight one by this score: most faces are upright.
_OFFSET = 0.35  # How far, in face sizes, the close-up's face may lie from its middle.


def look_closely(network: YuNet, pixels: Pixels, face: Face) -> Face | None:
    """Look at a face of the RGB picture `pixels` again; None where the close-up shows no face.

    The roll is found by trial: the turn with the highest score wins, then one look at the roll that
    its landmarks show.
    """
    start = roll_of(face)
    best, turn = _look(network, pixels, face, start), start
    if best is None or abs(_difference(roll_of(best), turn)) > _UPRIGHT:
        for direction in (-1, 1):
            for step in range(1, _STEPS + 1):
                angle = start + direction * step * _STEP
                trial = _look(network, pixels, best or face, angle)
                if trial is None or (best is not None and trial.score < best.score + _GAIN):
                    break
                best, turn = trial, angle
    if best is not None and abs(_difference(roll_of(best), turn)) > _UPRIGHT:
        level = _look(network, pixels, best, roll_of(best))
        if level is not None and level.score > best.score - _GAIN:
            return level
    return best


def _look(network: YuNet, pixels: Pixels, face: Face, angle: float) -> Face | None:
    size = (_WINDOW, _WINDOW)
    matrix = similarity(face.box.center, angle, _FACE / face_size(face), size)
    bgr = cv2.cvtColor(warp(pixels, matrix, size), cv2.COLOR_RGB2BGR)
    view = View(bgr.astype("uint8", copy=False), matrix)
    middle = _WINDOW / 2
    near = [
        found
        for found in network.look(view.bgr, _SCORE)
        if max(abs(found.box.center[0] - middle), abs(found.box.center[1] - middle)) < _OFFSET * _FACE
    ]
    return view.to_picture(max(near, key=lambda found: found.score)) if near else None


def _difference(one: float, other: float) -> float:
    """Angle between two directions, radians in [-pi, pi]."""
    return math.remainder(one - other, 2 * math.pi)
