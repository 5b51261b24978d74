"""Which way up a picture's faces are: the same look at a face and at the face turned round, compared.

The network also takes a face that stands on its head for an upright one, with a lower score: the mask is
taken for a forehead. No score says alone which way up a face is, but the difference does: of 539 masked
faces of lfw train, fairface train, mtfl val and wild, 0.9 % score higher on their heads.
"""

import math
from collections.abc import Sequence

from core.types import Face, Pixels
from core.vision.detection.close_look import GLIMPSE, glimpse
from core.vision.detection.yunet import YuNet
from core.vision.geometry import face_size, roll_of

_CLEAR = 0.90  # Score of a glimpse that half of the upright masked faces reach and 0.6 % of those on their heads.
_STRONG = 0.85  # Score that a face on its side does not reach when it is taken for an upright one.
_APART = 0.08  # Difference of glimpses from which on no further look is needed.
_CLOSER = 154  # Pixels of a face in the looks that decide.
# By how much another turn scores less or more, mean of both sizes: of upright masked faces 2 % lie between the two.
_AS_SEEN, _TURNED = 0.015, 0.04
_VOTERS = 3
_QUARTERS = 4


def quarters_turned(network: YuNet, pixels: Pixels, faces: Sequence[Face]) -> int | None:
    """By how many quarters of a circle, clockwise, faces are turned from the way their eyes were found.

    The largest ones vote, until one of them is sure to be as it was found.

    Args:
        network: The detector.
        pixels: The picture, uint8 RGB (height, width, 3).
        faces: After a close look; at least one.

    Returns:
        0 to 3; None where it cannot be told.
    """
    votes = []
    for face in sorted(faces, key=face_size, reverse=True)[:_VOTERS]:
        found = _score(network, pixels, face, 0, GLIMPSE)
        if found >= _CLEAR:
            return 0
        sides = (1, 2, 3) if found < _STRONG else (2,)
        turned = {side: _score(network, pixels, face, side, GLIMPSE) for side in sides}
        if found - max(turned.values()) >= _APART:
            return 0
        closer = _score(network, pixels, face, 0, _CLOSER)
        gains = {q: turned[q] - found + _score(network, pixels, face, q, _CLOSER) - closer for q in sides}
        votes.append([gains.get(q, -1.0) / 2 for q in range(1, _QUARTERS)])
    gain, best = max((sum(gains) / len(votes), q) for q, gains in enumerate(zip(*votes, strict=True), start=1))
    if gain <= -_AS_SEEN:
        return 0
    return best if gain >= _TURNED else None


def _score(network: YuNet, pixels: Pixels, face: Face, quarters: int, size: int) -> float:
    return glimpse(network, pixels, face, roll_of(face) + quarters * math.pi / 2, size)
