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
# A face's pixels in the looks at the four positions, and their sides: two and a half faces, since what is found in a
# turned picture often lies beside the face. Where that leaves doubt a look twice as wide must not say otherwise.
_NEAR, _WIDE, _AROUND, _FAINT = 80, 40, (192, 192), 0.3
_PLAIN, _STRONG = 0.1, 0.75  # Lead before all other positions and evidence that leave none.
_WEAKER = 0.06  # Evidence that a wider look may lack and still count against a picture as it came.
_SEEN_AGAIN_AT, _BEHIND = 154, 0.15  # Positions that are no further behind are looked at again, more finely.
_AS_SEEN, _TURNED = 0.01, 0.02  # By how much the mean of both must beat that of every other position.
_ASKED = 3  # Largest faces of the picture that are looked at.
_OPPOSED = math.radians(100)  # Between two faces of a picture of which one is the right way up.


class _Told(NamedTuple):
    """What the four positions say.

    Attributes:
        roll: Of the face that looks most like an upright one, radians.
        evidence: How much it does, 0 to 1; 0 where nothing is seen.
        lead: By how much less any face that stands another way does.
    """

    roll: float
    evidence: float
    lead: float

    @property
    def is_enough(self) -> bool:
        """Whether the lead is more than chance."""
        return self.lead >= (_AS_SEEN if abs(self.roll) <= ON_ITS_SIDE else _TURNED)


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


def way_up(network: YuNet, pixels: Pixels, face: Face) -> tuple[float, bool]:
    """The roll of what stands upright round a face, radians, and whether it is sure to do so.

    Args:
        network: The detector.
        pixels: The picture, uint8 RGB (height, width, 3).
        face: One of its largest; in a turned picture its box may lie beside the face.
    """
    near = _told(network, pixels, face, _NEAR)
    if near.lead >= _PLAIN and near.evidence >= _STRONG:
        return near.roll, True
    wide = _told(network, pixels, face, _WIDE)
    if not near.evidence:
        return wide.roll, wide.is_enough
    differs = abs(math.remainder(near.roll - wide.roll, 2 * math.pi)) > ON_ITS_SIDE
    if abs(near.roll) <= ON_ITS_SIDE:  # as it came, which most pictures are right
        return near.roll, near.is_enough and not (differs and wide.evidence > near.evidence - _WEAKER)
    return near.roll, (near.is_enough and not differs) if wide.evidence else near.lead >= _PLAIN


def opposed(face: Face, roll: float) -> bool:
    """Whether a face is the other way up than one of a roll, radians: one of the two was taken wrongly."""
    return abs(math.remainder(roll_of(face) - roll, 2 * math.pi)) > _OPPOSED


def _told(network: YuNet, pixels: Pixels, face: Face, size: int) -> _Told:
    around, seen = cut_out(pixels, face, 0.0, size, _AROUND), list[Face]()
    for quarters in range(4):
        position, _, back = quarter_turned(around.bgr, quarters)
        upright = [found for found in network.look(position, _FAINT) if abs(roll_of(found)) <= ON_ITS_SIDE]
        if upright:
            seen.append(around.to_picture(back(max(upright, key=lambda found: found.score))))
    least = max((found.score for found in seen), default=0.0) - _BEHIND
    told = [(_evidence(network, pixels, found), roll_of(found)) for found in seen if found.score >= least]
    evidence, roll = max(told, default=(0.0, 0.0))
    others = [other for other, way in told if abs(math.remainder(way - roll, 2 * math.pi)) > ON_ITS_SIDE]
    return _Told(roll, evidence, evidence - max(others, default=0.0))


def _evidence(network: YuNet, pixels: Pixels, face: Face) -> float:
    return (face.score + glimpse(network, pixels, face, roll_of(face), _SEEN_AGAIN_AT)) / 2


def _score(network: YuNet, pixels: Pixels, face: Face, quarters: int) -> float:
    return glimpse(network, pixels, face, roll_of(face) + quarters * math.pi / 2)
