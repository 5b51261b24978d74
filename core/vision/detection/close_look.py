"""A second look at one face, close up and upright: exact landmarks, and a check of doubtful faces.

YuNet's landmarks follow the eyes only where a face is large in its input. Measured on bare faces of
the train splits turned by 25 degrees: landmarks of faces under 90 pixels turn by 4 degrees, those of
faces of 200 pixels by 19. So every face is looked at again, enlarged (or shrunk) to `_FACE` pixels, with
black outside the picture (the edge pixels repeated instead lose three times as many faces).
"""

import math

import cv2

from core.types import Face, Pixels
from core.vision.detection.views import View
from core.vision.detection.yunet import YuNet
from core.vision.geometry import face_size, roll_of
from core.vision.warping import similarity, warp

_FACE, _WINDOW = 220, 320
_SCORE = 0.3  # Below the score that the caller asks for: a close-up is full of face or of nothing.
_UPRIGHT = 0.12  # Radians (7 degrees) of roll that a look may leave.
_STEP = 0.42  # Radians (24 degrees) between trial turns.
_STEPS = 3
_GAIN = 0.01  # A turned look must beat the straight one by this score: most faces are upright.
_CLEAR, _SURE = 0.90, 0.93  # Scores: under the first a face may be seen upside down; from the second it is not.
_TURNS = (180, 90, -90, 135, -135)
_OFFSET = 0.35  # How far, in face sizes, the close-up's face may lie from its middle.


def look_closely(network: YuNet, pixels: Pixels, face: Face, turn: float | None = None) -> Face | None:
    """Look at a face of the RGB picture `pixels` again; None where the close-up shows no face.

    The roll is found by trial, beginning at `turn` (radians; by default the face's own roll): the
    turn with the highest score wins, then one look at the roll that its landmarks show.
    """
    start = turn = roll_of(face) if turn is None else turn
    best = _look(network, pixels, face, start)
    if best is None or abs(_difference(roll_of(best), turn)) > _UPRIGHT:
        for direction in (-1, 1):
            for step in range(1, _STEPS + 1):
                angle = start + direction * step * _STEP
                trial = _look(network, pixels, best or face, angle)
                if trial is None or (best is not None and trial.score < best.score + _GAIN):
                    break
                best, turn = trial, angle
    return _levelled(network, pixels, best, turn) if best is not None else None


def turned_picture(network: YuNet, pixels: Pixels, face: Face) -> float | None:
    """The roll, in radians, of a picture that lies on its side or head, seen at its clearest face.

    The network also takes faces that stand on their heads for upright ones, with a lower score. A
    turn is believed only at a score that three in four bare upright faces of the train splits reach
    and that none of 240 masked upright ones reached when it was turned (best 0.92): so a masked
    face is hardly ever turned, wrongly or rightly.

    Args:
        network: The detector.
        pixels: The RGB picture.
        face: Its best face, as `look_closely` gave it.
    """
    if face.score >= _CLEAR:
        return None
    roll = roll_of(face)
    trials = ((angle, _look(network, pixels, face, angle)) for angle in (roll + math.radians(d) for d in _TURNS))
    seen = [(trial, angle) for angle, trial in trials if trial is not None]
    if not seen:
        return None
    best, turn = max(seen, key=lambda trial: trial[0].score)
    best = _levelled(network, pixels, best, turn)
    return roll_of(best) if best.score >= max(_SURE, face.score + 2 * _GAIN) else None


def _levelled(network: YuNet, pixels: Pixels, face: Face, turn: float) -> Face:
    """One more look where the look at `turn` leaves some roll; the face itself where that shows less."""
    if abs(_difference(roll_of(face), turn)) > _UPRIGHT:
        level = _look(network, pixels, face, roll_of(face))
        if level is not None and level.score > face.score - _GAIN:
            return level
    return face


def _look(network: YuNet, pixels: Pixels, face: Face, angle: float) -> Face | None:
    size = (_WINDOW, _WINDOW)
    matrix = similarity(face.box.center, angle, _FACE / face_size(face), size)
    bgr = cv2.cvtColor(warp(pixels, matrix, size, "constant"), cv2.COLOR_RGB2BGR)
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
