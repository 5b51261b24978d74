"""Which way up a picture's faces are: looks at the picture in its four positions, compared.

The network also takes a face that stands on its head, or lies on its side, for an upright one, with a lower score:
the mask is taken for a forehead, a cheek with an ear for a face. No score says alone which way up a face is, but the
difference does. Most pictures stand upright and are told at once: of 539 masked faces of lfw train, fairface train,
mtfl val and wild, half reach `_CLEAR`, and 0.6 % do on their heads.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from core.types import Face, Pixels, face_size, roll_of
from core.vision.detection.close_look import cut_out, glimpse
from core.vision.detection.views import quarter_turned
from core.vision.detection.yunet import YuNet

ON_ITS_SIDE = math.radians(50)
"""Roll from which on a face is searched for in a turned picture."""
_CLEAR = 0.90  # Score of a glimpse that says at once that a face is upright.
_FIRM, _APART = 0.86, 0.08  # The same where the other three turns of the face score less by so much.
# A face's pixels in the look at each position, and that look's sides: two and a half faces, since what is found in a
# turned picture often lies beside the face. Where the scores are near each other a second, finer look decides too.
_SEEN_AT, _AROUND, _FAINT = 80, (192, 192), 0.3
_SEEN_AGAIN_AT, _BEHIND = 154, 0.15
_AS_SEEN, _TURNED = 0.01, 0.02  # By how much the mean must beat that of every other position.
_ASKED = 3  # Largest faces of the picture that are looked at.
_OPPOSED = math.radians(100)  # Between two faces of a picture of which one is the right way up.


class Standing(NamedTuple):
    """A face that stands upright, or nearly, in one position of the picture.

    Attributes:
        evidence: How much it looks like an upright face, 0 to 1.
        roll: Its roll in the picture as it came, radians.
    """

    evidence: float
    roll: float


def surely_upright(network: YuNet, pixels: Pixels, faces: Sequence[Face]) -> bool:
    """Whether a glimpse or four at one of the largest faces leaves no doubt that the picture stands upright.

    Args:
        network: The detector.
        pixels: The picture, uint8 RGB (height, width, 3).
        faces: After a close look.
    """
    for face in sorted(faces, key=face_size, reverse=True)[:_ASKED]:
        if abs(roll_of(face)) > ON_ITS_SIDE:
            continue
        found = _score(network, pixels, face, 0)
        if found >= _CLEAR:
            return True
        if found >= _FIRM and found - max(_score(network, pixels, face, side) for side in (1, 2, 3)) >= _APART:
            return True
    return False


def positions(network: YuNet, pixels: Pixels, face: Face) -> list[Standing]:
    """What stands upright round a face in the picture's four positions, of each the strongest if any.

    Args:
        network: The detector.
        pixels: The picture, uint8 RGB (height, width, 3).
        face: One of its largest; in a turned picture its box may lie beside the face.
    """
    around, seen = cut_out(pixels, face, 0.0, _SEEN_AT, _AROUND), list[Face]()
    for quarters in range(4):
        position, _, back = quarter_turned(around.bgr, quarters)
        upright = [found for found in network.look(position, _FAINT) if abs(roll_of(found)) <= ON_ITS_SIDE]
        if upright:
            seen.append(around.to_picture(back(max(upright, key=lambda found: found.score))))
    least = max((found.score for found in seen), default=0.0) - _BEHIND
    return [Standing(_evidence(network, pixels, found), roll_of(found)) for found in seen if found.score >= least]


def way_up(seen: Sequence[Standing]) -> tuple[float, bool]:
    """The roll of the face that looks most like an upright one, radians, and whether it is sure to be one.

    Args:
        seen: What stands upright in any of the four positions.
    """
    best = max(seen, default=Standing(0.0, 0.0))
    others = [face.evidence for face in seen if abs(math.remainder(face.roll - best.roll, 2 * math.pi)) > ON_ITS_SIDE]
    needed = _AS_SEEN if abs(best.roll) <= ON_ITS_SIDE else _TURNED
    return best.roll, best.evidence - max(others, default=0.0) >= needed


def opposed(face: Face, roll: float) -> bool:
    """Whether a face is the other way up than one of a roll, radians: one of the two was taken wrongly."""
    return abs(math.remainder(roll_of(face) - roll, 2 * math.pi)) > _OPPOSED


def _evidence(network: YuNet, pixels: Pixels, face: Face) -> float:
    return (face.score + glimpse(network, pixels, face, roll_of(face), _SEEN_AGAIN_AT)) / 2


def _score(network: YuNet, pixels: Pixels, face: Face, quarters: int) -> float:
    return glimpse(network, pixels, face, roll_of(face) + quarters * math.pi / 2)
