"""A large HEIC or AVIF at the cost of what its decoder must hold: FFmpeg's planes, made colours piece by piece.

libheif and libavif give the colours of the whole picture at once, and hold its planes, copies of them and the colours
together: up to ten bytes a pixel of eight bits, where the planes alone have one and a half to three.
"""

import re
from dataclasses import dataclass
from typing import cast

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.vision.pictures.heif.items import AV1
from core.vision.pictures.heif.layout import Coded, Layout, RareError
from core.vision.pictures.pieces import Area, Piece

Plane = NDArray[np.uint8] | NDArray[np.uint16]

_FORMATS = re.compile(r"(gray|gbrp|yuvj?(?:420|422|444)p)(?:(10|12)le)?")
_HALVED = {"420": (1, 1), "422": (1, 0), "444": (0, 0)}  # across, down
# What of the brightness is red's and blue's, by the matrix's number in H.273; 601 where it is not said.
_SHARES = {1: (0.2126, 0.0722), 2: (0.299, 0.114), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
_IDENTITY, _FULL = 0, 2
_PADDING = 64  # pixels by which a coded picture may be wider and higher than what is seen of it


@dataclass(frozen=True, slots=True)
class _Planes:
    """Decoded numbers.

    Attributes:
        arrays: Brightness, and two of colours; or green, blue and red; or brightness alone.
        bits: Of a number.
        halved: How often the planes of colours are halved, across and down.
        matrix: How colours were coded (H.273).
        full: Whether the numbers take their full range.
    """

    arrays: tuple[Plane, ...]
    bits: int
    halved: tuple[int, int]
    matrix: int
    full: bool


def decoded_in_planes(layout: Layout) -> tuple[str, Piece]:
    """Decode a picture by its layout; its mode, RGB or RGBA, and its colours piece by piece.

    Raises:
        RareError: If it is coded in a way that is not understood.
        Exception: Nearly anything, where it is damaged.
    """
    planes = _decoded(layout)
    opaque: tuple[Plane, ...] = ()
    if layout.alpha is not None:
        alpha = _decoded(layout.alpha)
        if (alpha.bits, alpha.full, layout.alpha.size) != (planes.bits, True, layout.size):
            raise RareError("an alpha channel of another kind")
        opaque = alpha.arrays[:1]
    matrix = _to_colours(planes, alpha=bool(opaque))
    deep = planes.bits > 8

    def make(area: Area) -> Image.Image:
        left, top, right, bottom = area = _moved(area, layout.seen)
        whole = [plane[top:bottom, left:right] for plane in (planes.arrays[0], *opaque)]
        colours = [_enlarged(plane, area, planes.halved) for plane in planes.arrays[1:]]
        shown = cv2.transform(cv2.merge([whole[0], *colours, *whole[1:]]), matrix)
        return Image.fromarray(np.minimum(shown, 255).astype(np.uint8) if deep else shown)

    return "RGBA" if opaque else "RGB", make


def _moved(area: Area, seen: Area) -> Area:
    """Where an area of what is seen stands in what is decoded."""
    return area[0] + seen[0], area[1] + seen[1], area[2] + seen[0], area[3] + seen[1]


def _enlarged(plane: Plane, area: Area, halved: tuple[int, int]) -> Plane:
    """A piece of a plane of colours, as large as that of the brightness; each number stands amid its pixels."""
    (across, down), (left, top, right, bottom) = halved, area
    if not across:
        return plane[top:bottom, left:right]
    first, row = max(0, (left >> across) - 1), max(0, (top >> down) - 1)
    part = plane[row : ((bottom - 1) >> down) + 2, first : ((right - 1) >> across) + 2]
    enlarged = cv2.resize(part, (part.shape[1] << across, part.shape[0] << down), interpolation=cv2.INTER_LINEAR)
    left, top = left - (first << across), top - (row << down)
    found = enlarged[top : top + area[3] - area[1], left : left + area[2] - area[0]]
    return cast(Plane, found)


def _to_colours(planes: _Planes, *, alpha: bool) -> NDArray[np.float32]:
    """What makes red, green and blue of 0 to 255 from the numbers of a pixel, and alpha last; a column is added."""
    top, unit, count = (1 << planes.bits) - 1, 1 << planes.bits - 8, len(planes.arrays)
    black, span, chroma = (0, top, top) if planes.full else (16 * unit, 219 * unit, 224 * unit)
    if count == 1:
        colours = np.ones((3, 1))
        middle = np.array([black])
        scale = np.array([255 / span])
    elif planes.matrix == _IDENTITY:
        colours = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
        middle, scale = np.full(3, black), np.full(3, 255 / span)
    else:
        red, blue = _SHARES[planes.matrix]
        green = 1 - red - blue
        colours = np.array([
            [1, 0, 2 * (1 - red)],
            [1, -2 * blue * (1 - blue) / green, -2 * red * (1 - red) / green],
            [1, 2 * (1 - blue), 0],
        ])  # fmt: skip
        middle, scale = np.array([black, 128 * unit, 128 * unit]), np.array([255 / span, 255 / chroma, 255 / chroma])
    scaled = colours * scale
    matrix = np.zeros((3 + alpha, count + alpha + 1), np.float32)
    matrix[:3, :count], matrix[:3, -1] = scaled, -scaled @ middle
    if alpha:
        matrix[3, count] = 255 / top
    return matrix


def _decoded(layout: Layout) -> _Planes:
    """The planes of all tiles, put together."""
    first = _frame(layout.tiles[0])
    planes = _planes(first, layout.light)
    if len(layout.tiles) == 1:
        if layout.tiles[0].size != layout.size:
            raise RareError("a picture of another size than it says")
        return planes
    (width, height), (tile_width, tile_height) = layout.size, layout.tiles[0].size
    rows = len(layout.tiles) // layout.columns
    (across, down), kind = planes.halved, planes.arrays[0].dtype
    aligned = tile_width % (1 << across) == 0 and tile_height % (1 << down) == 0
    if not aligned or tile_width * layout.columns < width or tile_height * rows < height:
        raise RareError("tiles that do not fill their grid")
    canvas = [np.empty((height, width), kind)]
    canvas += [np.empty((-(-height >> down), -(-width >> across)), kind) for _ in planes.arrays[1:]]
    for number, tile in enumerate(layout.tiles):
        own = planes if number == 0 else _planes(_frame(tile), layout.light)
        if own.halved != planes.halved or (own.bits, own.full, own.matrix) != (planes.bits, planes.full, planes.matrix):
            raise RareError("tiles of several kinds")
        row, column = divmod(number, layout.columns)
        for index, (plane, place) in enumerate(zip(own.arrays, canvas, strict=True)):
            x, y = (tile_width * column, tile_height * row)
            part = place[y >> down :, x >> across :] if index else place[y:, x:]
            part = part[: plane.shape[0], : plane.shape[1]]
            part[...] = plane[: part.shape[0], : part.shape[1]]
    return _Planes(tuple(canvas), planes.bits, planes.halved, planes.matrix, planes.full)


def _frame(coded: Coded) -> av.VideoFrame:
    """The picture that a coded one is decoded to.

    Raises:
        RareError: If it is of another size than it says.
    """
    context = av.CodecContext.create("libdav1d" if coded.kind == AV1 else "hevc", "r")
    assert isinstance(context, av.VideoCodecContext), "both are"
    width, height = coded.size
    context.options = {"max_pixels": str((width + _PADDING) * (height + _PADDING)), "err_detect": "explode"}
    context.thread_count = 1  # more would have the memory of more
    if coded.kind != AV1:
        context.extradata = coded.setup
    frames = context.decode(av.Packet(coded.content)) or context.decode(None)
    if not frames or frames[0].is_corrupt:
        raise ValueError("nothing, or a part of the picture, could be decoded")
    if (frames[0].width, frames[0].height) != coded.size:
        raise RareError("a coded picture of another size than it says")
    return frames[0]


def _planes(frame: av.VideoFrame, light: tuple[int, bool] | None) -> _Planes:
    """The planes of a frame, without a copy."""
    found = _FORMATS.fullmatch(frame.format.name)
    matrix, full = light or (int(frame.colorspace), int(frame.color_range) == _FULL)
    if found is None or (found[1] == "gbrp") != (matrix == _IDENTITY and found[1] != "gray"):
        raise RareError("numbers of another kind")
    if found[1] not in ("gray", "gbrp") and matrix not in _SHARES:
        raise RareError("colours of another kind")
    kind = np.dtype(np.uint16 if found[2] else np.uint8)
    arrays = []
    for plane in frame.planes:
        numbers: Plane = np.frombuffer(memoryview(plane), kind)
        arrays.append(numbers.reshape(plane.height, -1)[:, : plane.width])
    halved = _HALVED[found[1][-4:-1]] if found[1].startswith("yuv") else (0, 0)
    return _Planes(tuple(arrays), int(found[2] or 8), halved, matrix, full)
