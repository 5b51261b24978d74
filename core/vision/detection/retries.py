"""Further looks where YuNet's first look can be expected to miss faces."""

import math
from collections.abc import Iterator

from core.types import Face, Pixels
from core.vision.detection.views import View, framed, is_cut, overview, stretched, tiles, turned
from core.vision.detection.yunet import YuNet

# Scales and aspects, chosen on the train splits with drawn masks among 18 candidates; of the faces that
# the first look misses they find: at 32 pixels 9 in 10, at 64 half, in crops without margin half.
_TINY, _SMALL = 160, 400  # Longest sides, in pixels, up to which enlarging finds more faces.
_ENLARGED_TINY, _ENLARGED = 3.0, 1.5
_REDUCED = 0.75
_SQUASHED = 0.75  # Undoes a squash of a portrait into a square.
_FRAME, _FRAMED_SIDE = 0.5, 320  # A black frame for crops without margin: its share of the longer side.
_TURNS = (45, -45, 90, -90, 180, 135, -135)
_TURNED_SIDE = 320
# Height in a view up to which there may be unseen faces beside a seen one, and to which the smallest is brought then:
# of masked faces of lfw train 28 pixels high a look hints at 83 in 100, of 36 pixels at 95, of 40 at 98.
_SMALL_FACE, _PLAIN_FACE = 32.0, 40.0
# Scales at which faces of 96 and of 48 pixels have 20, at which three in four masked ones are found.
_MAIN_FACE, _SMALLEST_FACE = 0.2, 0.42
_MOST_PIXELS = 9_000_000  # Of the finest look: 50 megapixels at `_SMALLEST_FACE`.
_TILE, _OVERLAP = 832, 96
MOST_FINDS = 3000
"""Places of a picture that are looked at closely, at the most; each takes some milliseconds."""
_NESTED, _SIMILAR = 0.6, 0.4  # Shares of areas, inside and of the larger one, from which two boxes show one face.


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


def finer_scale(pixels: Pixels, found: list[Face], scale: float, reduced: int) -> float:
    """Scale of the next look, finer than the last one's `scale`; 0 where there need be none.

    It costs up to four times the last one: it is made only where the picture has the pixels for it and all looks so
    far found either nothing or faces so small that there may be smaller ones; what was not confirmed does not count,
    because of faint finds there are some in any texture. The last one shows faces of 48 pixels, however large the
    picture is.
    """
    finest = finest_scale(pixels, scale, reduced)
    smallest = min((face.box.height for face in found), default=0.0) * scale
    if finest <= 1.2 * scale or smallest > _SMALL_FACE:
        return 0.0
    return min(scale * min(2.0, _PLAIN_FACE / smallest), finest) if found else finest


def look_finer(network: YuNet, pixels: Pixels, scale: float, score: float, large: float) -> list[Face]:
    """What a look at the picture in tiles finds, brought to `scale`; it ends beyond `MOST_FINDS`.

    Args:
        network: The detector.
        pixels: The picture, uint8 RGB (height, width, 3).
        scale: Pixels of the look a pixel of the picture.
        score: What a find needs.
        large: What one needs that is larger than the overlap of two tiles: a coarser look sees it better, and most
            faint finds in mere texture are such.
    """
    seen: list[Face] = []
    view = overview(pixels, round(scale * max(pixels.shape[:2])))
    for tile in tiles(view, _TILE, _OVERLAP):
        found = (face for face in network.look(tile.bgr, score) if face.score >= large or face.box.height <= _OVERLAP)
        whole = (face for face in found if not is_cut(face, tile, view, _OVERLAP))
        seen = merged(seen, [tile.to_picture(face) for face in whole])
        if len(seen) > MOST_FINDS:
            break
    return seen


def first_scale(pixels: Pixels, longest_side: int, reduced: int = 1) -> float:
    """Pixels of the first look a pixel of the picture, which is `reduced` times smaller than its file's."""
    longest: int = max(pixels.shape[:2])
    return min(1.0, max(longest_side, min(_MAIN_FACE * reduced * longest, _TILE)) / longest)


def finest_scale(pixels: Pixels, first: float, reduced: int = 1) -> float:
    """Pixels of the finest look a pixel of the picture, of at most `_MOST_PIXELS` in all."""
    height, width = int(pixels.shape[0]), int(pixels.shape[1])
    return max(first, min(_wanted_scale(pixels, reduced), math.sqrt(_MOST_PIXELS / (height * width))))


def is_too_large(pixels: Pixels, reduced: int = 1) -> bool:
    """Whether a picture has so many pixels that faces of 48 of them are too small in its finest look."""
    height, width = int(pixels.shape[0]), int(pixels.shape[1])
    return _wanted_scale(pixels, reduced) ** 2 * height * width > _MOST_PIXELS


def _wanted_scale(pixels: Pixels, reduced: int) -> float:
    longest = int(max(pixels.shape[:2]))
    return min(1.0, max(_SMALLEST_FACE * reduced, _TILE / longest))


def merged(known: list[Face], new: list[Face]) -> list[Face]:
    """`known` and those of `new`, strongest first, that show none of the faces that are there already."""
    faces = list(known)
    for face in sorted(new, key=lambda face: -face.score):
        if not any(same_face(face, other) for other in faces):
            faces.append(face)
    return faces


def same_face(one: Face, other: Face) -> bool:
    """Whether two boxes show one face: of similar sizes, the smaller lies mostly inside the larger.

    A much smaller box inside a larger one is a face of its own: somebody in front, or on a picture that is held.
    """
    if shared(one, other) <= _NESTED:
        return False
    small, large = sorted(face.box.width * face.box.height for face in (one, other))
    return small > _SIMILAR * large


def shared(one: Face, other: Face) -> float:
    """Share of the smaller box that lies in the other, 0 to 1."""
    a, b = one.box, other.box
    # Nearly all pairs of a crowd end here.
    if a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top:
        return 0.0
    width, height = min(a.right, b.right) - max(a.left, b.left), min(a.bottom, b.bottom) - max(a.top, b.top)
    return width * height / min(a.width * a.height, b.width * b.height)
