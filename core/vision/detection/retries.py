"""Further looks where YuNet's first look can be expected to miss faces."""

import math
from collections.abc import Iterator

from core.types import Face, Pixels
from core.vision.detection.views import View, framed, overview, stretched, tiles, turned
from core.vision.detection.yunet import YuNet

# Scales and aspects, chosen on the train splits with drawn masks among 18 candidates; of the faces that
# the first look misses they find: at 32 pixels 9 in 10, at 64 half, in crops without margin half.
_TINY, _SMALL = 160, 400  # Longest sides, in pixels, up to which enlarging finds more faces.
_ENLARGED_TINY, _ENLARGED = 3.0, 1.5
_REDUCED = 0.75
_SQUASHED = 0.75  # Undoes a squash of a portrait into a square.
_FRAME, _FRAMED_SIDE = 0.5, 320  # A black frame for crops without margin: its share of the longer side.
_TURNS = (45, -45, 90, -90, 180, 135, -135)
_TURNED_SIDE = 360
_SMALL_FACE = 32.0  # Pixels in a view below which there may be still smaller, unseen faces.
_FINEST = 2560
_TILE, _OVERLAP = 1280, 192
_NESTED = 0.6  # Share of the smaller box inside the other from which both show one face.


def upright_views(pixels: Pixels, longest_side: int) -> Iterator[View]:
    """Other scales and a frame, for crops that the face fills, for squashed and for small pictures."""
    longest = max(pixels.shape[:2])
    enlarged = _ENLARGED if longest <= _SMALL else 1.0
    view = overview(pixels, round(min(longest, longest_side) * enlarged))
    if enlarged > 1:
        yield view
    if longest <= _TINY:
        yield overview(pixels, round(longest * _ENLARGED_TINY))
    yield stretched(view, _SQUASHED, 1.0)
    yield stretched(view, _REDUCED / enlarged, _REDUCED / enlarged)
    yield framed(overview(pixels, min(longest, _FRAMED_SIDE)), _FRAME)


def turned_views(pixels: Pixels) -> Iterator[View]:
    """The picture turned in steps of 45 degrees, the likelier turns first."""
    view = overview(pixels, min(max(pixels.shape[:2]), _TURNED_SIDE))
    for degrees in _TURNS:
        yield turned(view, math.radians(degrees))


def finer(network: YuNet, pixels: Pixels, found: list[Face], longest_side: int, score: float) -> list[Face]:
    """`found` and the faces that show at twice and four times `longest_side`.

    A finer look costs four times the last one: it is made only where the picture has the pixels for
    it and the last look found either nothing or faces so small that there may be smaller ones.
    """
    seen, side = found, longest_side
    while max(pixels.shape[:2]) >= 1.5 * side and side < _FINEST and (seen or side == longest_side):
        scale = side / max(pixels.shape[:2])
        if seen and min(face.box.height for face in seen) * scale > _SMALL_FACE:
            break
        side = min(2 * side, max(pixels.shape[:2]))
        view = overview(pixels, side)
        for tile in tiles(view, _TILE, _OVERLAP):
            seen = merged(seen, [tile.to_picture(face) for face in network.look(tile.bgr, score)])
    return seen


def merged(known: list[Face], new: list[Face]) -> list[Face]:
    """`known` and those of `new`, strongest first, that show none of the faces that are there already."""
    faces = list(known)
    for face in sorted(new, key=lambda face: -face.score):
        if not any(same_face(face, other) for other in faces):
            faces.append(face)
    return faces


def same_face(one: Face, other: Face) -> bool:
    """Whether the smaller of two boxes lies mostly inside the other."""
    a, b = one.box, other.box
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    if width <= 0 or height <= 0:
        return False
    return width * height > _NESTED * min(a.width * a.height, b.width * b.height)
