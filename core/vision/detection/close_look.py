"""A look at one face, close up and upright: exact landmarks, and a check of doubtful faces.

YuNet's landmarks follow the eyes only where a face is large in its input. Measured on bare faces of
the train splits turned by 25 degrees: landmarks of faces under 90 pixels turn by 4 degrees, those of
faces of 200 pixels by 19. So every face is looked at again, enlarged (or shrunk) to `_FACE` pixels, with
black outside the picture (the edge pixels repeated instead lose three times as many faces).
"""

import math

import cv2
import numpy as np

from core.settings import CONSTANT
from core.types import Face, Pixels, face_size, roll_of
from core.vision.detection.views import View
from core.vision.detection.yunet import YuNet
from core.vision.warping import similarity, warp

# Size of the face and of the window (width, height) that is cut out round it. A window of 320 by 320 takes 1.6
# times as long and tells neither place nor roll better.
_FACE, _WINDOW = 220, (224, 288)
# A glimpse takes a quarter of the time. It tells a face from none, but not how much it is rolled.
_GLIMPSE, _GLIMPSE_WINDOW = 88, (96, 128)
_SCORE = 0.3  # Below the score that the caller asks for: a close-up is full of face or of nothing.
_UPRIGHT = 0.12  # Radians (7 degrees) of roll that a look may leave.
_STEP = 0.42  # Radians (24 degrees) between trial turns.
_STEPS = 3
# Score of the first look and of a levelled one from which no other turn is tried. Of 45 faces whose levelled look
# reached it 40 were found the same after all turns; a faint find may lie beside a face that only a turn finds.
_SURE = 0.8
_GAIN = 0.01  # A turned look must beat the straight one by this score: most faces are upright.
_OFFSET = 0.35  # How far, in face sizes, the close-up's face may lie from its middle.
_SOFT = 2.0  # Pixels of the picture a pixel of a view up to which bilinear sampling does the network no harm.


def look_closely(network: YuNet, pixels: Pixels, face: Face) -> Face | None:
    """Look at a face of the RGB picture `pixels` again; None where the close-up shows no face.

    The roll is found by trial, beginning at the face's own: the turn with the highest score wins, then
    one look at the roll that its landmarks show. Where that look, after the first, leaves neither roll nor
    doubt, no other turn is tried.
    """
    start = turn = roll_of(face)
    best = look_at(network, pixels, face, start)
    level = None if best is None else levelled(network, pixels, best, start)
    if best is not None and level is not None:
        sure = level is not best and min(face.score, level.score) >= _SURE and not _is_astray(level, roll_of(best))
        if sure or not _is_astray(best, start):
            return level
    for direction in (-1, 1):
        for step in range(1, _STEPS + 1):
            angle = start + direction * step * _STEP
            trial = look_at(network, pixels, best or face, angle)
            if trial is None or (best is not None and trial.score < best.score + _GAIN):
                break
            best, turn = trial, angle
    return level if best is None or turn == start else levelled(network, pixels, best, turn)


def glimpse(network: YuNet, pixels: Pixels, face: Face, angle: float) -> float:
    """Score of a quick look at a face taken as rolled by `angle` (radians); 0 for none."""
    found = _seen(network, pixels, face, angle, _GLIMPSE, _GLIMPSE_WINDOW)
    return found.score if found is not None else 0.0


def levelled(network: YuNet, pixels: Pixels, face: Face, turn: float) -> Face:
    """One more look where the look at `turn` leaves some roll; the face itself where that shows less."""
    if _is_astray(face, turn):
        level = look_at(network, pixels, face, roll_of(face))
        if level is not None and level.score > face.score - _GAIN:
            return level
    return face


def look_at(network: YuNet, pixels: Pixels, face: Face, angle: float) -> Face | None:
    """One close look at a face, taken as rolled by `angle` (radians)."""
    return _seen(network, pixels, face, angle, _FACE, _WINDOW)


def _seen(network: YuNet, pixels: Pixels, face: Face, angle: float, side: int, window: tuple[int, int]) -> Face | None:
    view = cut_out(pixels, face, angle, side, window)
    middle_x, middle_y = window[0] / 2, window[1] / 2
    near = [
        found
        for found in network.look(view.bgr, _SCORE)
        if max(abs(found.box.center[0] - middle_x), abs(found.box.center[1] - middle_y)) < _OFFSET * side
    ]
    return view.to_picture(max(near, key=lambda found: found.score)) if near else None


def cut_out(pixels: Pixels, face: Face, angle: float, side: int, window: tuple[int, int]) -> View:
    """A face, taken as rolled by `angle` (radians), `side` pixels high in the middle of a view (width, height)."""
    matrix = similarity(face.box.center, angle, side / face_size(face), window)
    cut = warp(pixels, matrix, window, CONSTANT, aliased=_SOFT)
    return View(np.asarray(cv2.cvtColor(cut, cv2.COLOR_RGB2BGR), np.uint8), matrix)


def _is_astray(face: Face, turn: float) -> bool:
    """Whether a face, looked at as rolled by `turn` (radians), shows some roll beyond that."""
    return abs(math.remainder(roll_of(face) - turn, 2 * math.pi)) > _UPRIGHT
