"""What the picture of a HEIC or AVIF is put together from: coded pictures, in a grid or alone, and their alpha.

Boxes: ISO/IEC 14496-12 and 23008-12. Only what is usual is understood; the rest is left to the libraries.
"""

import struct
from dataclasses import dataclass
from fractions import Fraction

from core.vision.pictures.heif.items import AV1, CODED, GRID, HEVC, Extents, Numbers, boxes, kinds_of, meta, places_of
from core.vision.pictures.pieces import Area

_CONFIGURATION = {HEVC: b"hvcC", AV1: b"av1C"}
_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
_LAYERS = (b"a1op", b"a1lx", b"lsel")  # several pictures in one, of which a property chooses
_CLEAN = b"clap"
_MAX_ITEMS = 65_536  # whose properties are looked through for one's
# EXIF orientations by how often a picture is turned by 90° to the left, and whether it is then mirrored: not at all,
# top to bottom, or left to right.
_TURNS = {None: (1, 8, 3, 6), 0: (4, 5, 2, 7), 1: (2, 7, 4, 5)}


class RareError(Exception):
    """A picture that is put together in a rare way, or damaged."""


@dataclass(frozen=True, slots=True)
class Coded:
    """One coded picture.

    Attributes:
        kind: `AV1` or `HEVC`.
        setup: What its decoder is told before.
        content: What it decodes.
        size: Width and height in pixels, as the file says.
    """

    kind: bytes
    setup: bytes
    content: bytes
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """How coded pictures make up one.

    Attributes:
        tiles: Row by row; all are of one size and may reach beyond the picture.
        columns: How many stand side by side.
        size: Width and height in pixels, as it is stored.
        seen: What of that is the picture: left, top, right and bottom.
        light: Which matrix its colours were coded with (H.273), and whether they take the full range; None where the
            coded pictures say it.
        orientation: How it is to be turned, as in EXIF.
        alpha: How opaque it is.
    """

    tiles: tuple[Coded, ...]
    columns: int
    size: tuple[int, int]
    seen: Area
    light: tuple[int, bool] | None
    orientation: int
    alpha: "Layout | None" = None


def primary_of(inside: dict[bytes, bytes]) -> int:
    """The number of the main picture.

    Args:
        inside: The boxes that describe the pictures.
    """
    pitm = inside.get(b"pitm", b"")
    return int(struct.unpack_from(">I" if pitm[0] else ">H", pitm, 4)[0])


def properties_of(item: int, inside: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """Kind and content of the properties of an item.

    Args:
        item: Its number.
        inside: The boxes that describe the pictures.
    """
    properties = dict(boxes(inside.get(b"iprp", b"")))
    listed = list(boxes(properties.get(b"ipco", b"")))
    indexes = _indexes(item, properties.get(b"ipma", b""))
    return [listed[index - 1] for index in indexes if 0 < index <= len(listed)]


def _indexes(item: int, ipma: bytes) -> list[int]:
    """The properties of an item, by their place in the list, from 1 on."""
    wide, long = ipma[0] >= 1, bool(ipma[3] & 1)
    (count,) = struct.unpack_from(">I", ipma, 4)
    position = 8
    for _ in range(min(count, _MAX_ITEMS)):
        (number,) = struct.unpack_from(">I" if wide else ">H", ipma, position)
        position += 4 if wide else 2
        size, position = ipma[position], position + 1
        step = 2 if long else 1
        if number == item:
            raw = [ipma[position + step * k : position + step * (k + 1)] for k in range(size)]
            return [int.from_bytes(value, "big") & (0x7FFF if long else 0x7F) for value in raw]
        position += step * size
    return []


def layout_of(data: bytes) -> Layout:
    """How the main picture of a HEIC or AVIF is made up.

    Raises:
        RareError: If that is not understood.
    """
    try:
        inside = meta(data)
        file = _File(data, inside, kinds_of(inside[b"iinf"]), places_of(inside[b"iloc"]), _references(inside))
        return file.layout(primary_of(inside), alpha=True)
    except (struct.error, IndexError, KeyError, ValueError, ZeroDivisionError) as error:
        raise RareError(str(error)) from error


def _references(inside: dict[bytes, bytes]) -> list[tuple[bytes, int, list[int]]]:
    """Kind, the item that refers, and those that it refers to."""
    iref = inside.get(b"iref", bytes(4))
    wide, found = 4 if iref[0] else 2, []
    for kind, content in boxes(iref[4:], strict=True):
        numbers = Numbers(content, 0)
        item = numbers.take(wide)
        found.append((kind, item, [numbers.take(wide) for _ in range(numbers.take(2))]))
    return found


@dataclass(frozen=True, slots=True)
class _File:
    data: bytes
    inside: dict[bytes, bytes]
    kinds: dict[int, bytes]
    places: dict[int, tuple[bool, Extents]]
    references: list[tuple[bytes, int, list[int]]]

    def layout(self, item: int, *, alpha: bool) -> Layout:
        properties = properties_of(item, self.inside)
        named = dict(properties)
        if any(kind == b"prem" for kind, *_ in self.references):
            raise RareError("colours times alpha")
        grid = self.kinds[item] == GRID
        if grid:
            rows, columns, size = _grid(self._content(item))
            (targets,) = (targets for kind, source, targets in self.references if (kind, source) == (b"dimg", item))
            if len(targets) != rows * columns:
                raise RareError("a grid with gaps")
        else:
            columns, size, targets = 1, _size(named), [item]
        tiles = tuple(self._coded(target) for target in targets)
        if len({tile.size for tile in tiles}) != 1:
            raise RareError("tiles of several sizes")
        light = _light(properties)
        if grid and light is None:
            light = _light(properties_of(targets[0], self.inside))
        opaque = self._alpha(item) if alpha else None
        return Layout(tiles, columns, size, _seen(size, named), light, _orientation(properties), opaque)

    def _alpha(self, item: int) -> Layout | None:
        for kind, source, targets in self.references:
            if kind == b"auxl" and targets == [item]:
                said = dict(properties_of(source, self.inside)).get(b"auxC", b"")
                if said[4:].split(b"\0")[0] in _ALPHA:
                    return self.layout(source, alpha=False)
        return None

    def _coded(self, item: int) -> Coded:
        named, kind = dict(properties_of(item, self.inside)), self.kinds[item]
        if kind not in CODED or any(layer in named for layer in _LAYERS):
            raise RareError("a picture of layers, or of another kind")
        return Coded(kind, named[_CONFIGURATION[kind]], self._content(item), _size(named))

    def _content(self, item: int) -> bytes:
        in_file, extents = self.places[item]
        whole = self.data if in_file else self.inside[b"idat"]
        if any(start + size > len(whole) for start, size in extents):
            raise RareError("a part of it is not there")
        return b"".join(whole[start : start + size] for start, size in extents)


def _size(properties: dict[bytes, bytes]) -> tuple[int, int]:
    width, height = struct.unpack_from(">2I", properties[b"ispe"], 4)
    return width, height


def _seen(size: tuple[int, int], properties: dict[bytes, bytes]) -> Area:
    """What its clean aperture leaves of a picture."""
    if _CLEAN not in properties:
        return 0, 0, *size
    numbers = struct.unpack_from(">2I2I2i2i", properties[_CLEAN])
    width, height, across, down = (Fraction(top, bottom) for top, bottom in zip(*[iter(numbers)] * 2, strict=True))
    left, top = across + (size[0] - width) / 2, down + (size[1] - height) / 2
    area = left, top, left + width, top + height
    inside = 0 <= left < area[2] <= size[0] and 0 <= top < area[3] <= size[1]
    if not inside or any(edge.denominator > 1 for edge in area):
        raise RareError("a part of a picture that begins or ends within a pixel, or outside")
    return int(left), int(top), int(area[2]), int(area[3])


def _grid(content: bytes) -> tuple[int, int, tuple[int, int]]:
    """Rows, columns and size."""
    width, height = struct.unpack_from(">2I" if content[1] & 1 else ">2H", content, 4)
    return content[2] + 1, content[3] + 1, (width, height)


def _light(properties: list[tuple[bytes, bytes]]) -> tuple[int, bool] | None:
    for kind, content in properties:
        if kind == b"colr" and content.startswith(b"nclx"):
            return struct.unpack_from(">H", content, 8)[0], bool(content[10] & 0x80)
    return None


def _orientation(properties: list[tuple[bytes, bytes]]) -> int:
    named = dict(properties)
    turned = named[b"irot"][0] & 3 if b"irot" in named else 0
    return _TURNS[named[b"imir"][0] & 1 if b"imir" in named else None][turned]
