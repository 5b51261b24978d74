"""Which way up a picture's faces are.

YuNet also takes a face that stands on its head, or lies on its side, for an upright one: the mask is taken for a
forehead, a cheek with an ear for a face. A small network of its own looks at the faces in their four positions; what
it learned from, and how, is in `tools/quarters.py`.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.settings import WAY_UP_FILE, CropRecipe
from core.types import Face, Pixels, face_size, roll_of
from core.vision.detection.close_look import cut_out
from core.vision.detection.litert import Network
from core.vision.detection.views import quarter_turned
from core.vision.detection.yunet import YuNet
from core.vision.warping import crop_face

QUARTERS = 4
CROP = CropRecipe(size=64, margin=1.5)
"""What the network sees of a face."""
_PRIOR = np.log([0.97, 0.01, 0.01, 0.01])  # Most pictures stand upright as they come.
_PLAIN, _UPRIGHT, _TURNED = 0.999, 0.9, 0.97  # Probabilities that ask no further, and that are believed.
_ASKED = 3  # Largest faces of the picture that are looked at.
# A face's pixels in the looks at the four positions, and their sides: two and a half faces, since what is found in a
# turned picture often lies beside the face.
_NEAR, _AROUND, _FAINT = 80, (192, 192), 0.3
_ON_ITS_SIDE = math.radians(50)
_LEAST = math.log(0.0002)  # What one face may say against a position: it may be none.
_OPPOSED = math.radians(100)  # Between two faces of a picture of which one is the right way up.

Logs = NDArray[np.float64]


class WayUp:
    """Tells by how many quarters of a circle pictures are turned; safe to share between threads."""

    def __init__(self) -> None:
        """Read the network.

        Raises:
            ModelError: `not_loadable`.
        """
        self._network = Network(WAY_UP_FILE, (QUARTERS, CROP.size, CROP.size, 3))

    def of(self, network: YuNet, pixels: Pixels, faces: Sequence[Face]) -> tuple[int, bool]:
        """Quarters of a circle, clockwise, by which a picture is turned, and whether that is sure.

        Args:
            network: The detector.
            pixels: The picture, uint8 RGB (height, width, 3).
            faces: At least one; in a turned picture their boxes may lie beside the faces.

        Returns:
            0 where it is not sure: most pictures stand upright.
        """
        asked = sorted(faces, key=face_size, reverse=True)[:_ASKED]
        # Faces may be rolled by other angles than quarters: each is looked at in the position next to the largest's.
        told, roll = _PRIOR, math.remainder(roll_of(asked[0]), math.pi / 2)
        for face in asked:
            told = told + self._turns(pixels, face, roll)
            if _shares(told)[0] >= _PLAIN:
                return 0, True
        share = _shares(told)
        if (quarters := int(share.argmax())) and share[quarters] >= _TURNED:
            return quarters, True
        for face in _in_positions(network, pixels, asked[0]):
            told = told + self._turns(pixels, face, roll)
        share = _shares(told)
        quarters = int(share.argmax())
        sure = share[quarters] >= (_TURNED if quarters else _UPRIGHT)
        return (quarters, True) if sure else (0, False)

    def _turns(self, pixels: Pixels, face: Face, near: float) -> Logs:
        crop = crop_face(pixels, face, CROP, near + math.remainder(roll_of(face) - near, math.pi / 2))
        views = np.stack([np.rot90(crop, quarters) for quarters in range(QUARTERS)])
        return np.maximum(turns(self._network.run(views.astype(np.float32))[0]), _LEAST)


def _in_positions(network: YuNet, pixels: Pixels, face: Face) -> Iterator[Face]:
    """What looks most like an upright face near another one in each of the four positions."""
    around = cut_out(pixels, face, 0.0, _NEAR, _AROUND)
    for quarters in range(QUARTERS):
        position, _, back = quarter_turned(around.bgr, quarters)
        upright = [found for found in network.look(position, _FAINT) if abs(roll_of(found)) <= _ON_ITS_SIDE]
        if upright:
            yield around.to_picture(back(max(upright, key=lambda found: found.score)))


def _shares(told: Logs) -> NDArray[np.float64]:
    return np.asarray(np.exp(told - np.logaddexp.reduce(told)))


def turns(logits: NDArray[np.float32]) -> Logs:
    """Logarithms of the probabilities (4,) of a face's quarter turns, from what each of its four positions says.

    Args:
        logits: (4, 4) the network's, for the face turned back by no, one, two and three quarters.
    """
    logs = np.asarray(logits, np.float64)
    logs = logs - np.logaddexp.reduce(logs, axis=1, keepdims=True)
    mean = np.mean([np.roll(row, quarters) for quarters, row in enumerate(logs)], axis=0)
    return np.asarray(mean - np.logaddexp.reduce(mean))


def opposed(face: Face, roll: float) -> bool:
    """Whether a face is the other way up than one of a roll, radians: one of the two was taken wrongly."""
    return abs(math.remainder(roll_of(face) - roll, 2 * math.pi)) > _OPPOSED
