"""The pages of a TIFF by its directories alone: which of them is the picture, and what a camera's raw file holds.

A camera's raw file (DNG, NEF, CR2, ARW and their like) is a TIFF whose first page often is a small
preview; the picture itself is in a subordinate directory, as sensor data that only a raw developer
can read, mostly with a large preview beside it. Tags: TIFF 6.0, its supplement 1, and DNG 1.7.
"""

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _STRIP_OFFSETS = 254, 256, 257, 258, 259, 262, 273
_ORIENTATION, _SAMPLES, _ROWS, _STRIP_SIZES, _TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_SIZES = (
    274,
    277,
    278,
    279,
    322,
    323,
    324,
    325,
)
_SUB_DIRECTORIES, _JPEG_TABLES, _JPEG_OFFSET, _JPEG_SIZE, _DNG_VERSION = 330, 347, 513, 514, 50706
_TAGS = {
    _SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _STRIP_OFFSETS, _ORIENTATION, _SAMPLES, _ROWS,
    _STRIP_SIZES, _TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_SIZES, _SUB_DIRECTORIES, _JPEG_TABLES, _JPEG_OFFSET,
    _JPEG_SIZE, _DNG_VERSION,
}  # fmt: skip
OLD_JPEG, _YCC = 6, 6
JPEG_COMPRESSIONS = (OLD_JPEG, 7)
_REDUCED, _MASK = 1, 4
_SENSOR = {32803, 34892}  # colour filter array, and what a developer made of it but for the tone
# Bytes of a value of each type and the letter that unpacks it: byte, short, long, undefined, directory; of 64 bits too;
# and those with a sign.
_TYPES = {
    1: (1, "B"), 3: (2, "H"), 4: (4, "I"), 7: (1, "B"), 13: (4, "I"), 16: (8, "Q"), 18: (8, "Q"),
    6: (1, "b"), 8: (2, "h"), 9: (4, "i"), 17: (8, "q"),
}  # fmt: skip
_BYTES, _FIRST_PRIVATE = (1, 2, 6, 7), 32768  # types that stay bytes until they are looked at; tags of programs' own
_MAX_DIRECTORIES = 64  # looked at: enough for every preview; the further pages of a scan are of no interest
MAX_ENTRIES = 1024  # of a page, which may state 2^64 of them
_MAX_VALUES = 64  # of an entry: far more than the tags of interest need, but for those of the strips


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the numbers of a TIFF stand in it: `order` and codes of `struct`, and sizes in bytes."""

    order: str
    offset: str
    count: str
    entry: int
    start: int

    @property
    def room(self) -> int:
        """Bytes of values that stand in the entry itself."""
        return struct.calcsize(self.offset)


def _layout(data: bytes) -> _Layout | None:
    """The layout that a file's first bytes tell: of 32 bits, or of 64 (BigTIFF)."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return None
    version = int.from_bytes(data[2:4], "little" if order == "<" else "big")
    return {42: _Layout(order, "I", "H", 12, 4), 43: _Layout(order, "Q", "Q", 20, 8)}.get(version)


@dataclass(frozen=True, slots=True)
class Directory:
    """One page by its tags.

    Attributes:
        offset: Where its directory stands in the file, bytes.
        width: Pixels.
        height: Pixels.
        bits: Of all samples of a pixel together.
        compression: How its pixels are packed, by the number of TIFF; 1 where they are not.
        strips: How many strips or tiles it has.
        rows_per_strip: Rows of a strip; 0 where the whole page is one.
        tile: Width and height of a tile, or None.
        reduced: It is a smaller copy of another page.
        sensor: It is what a sensor saw, and no picture yet.
        mask: It only says where another page is transparent.
        orientation: As in EXIF, 1 to 8; 0 where the page does not say it.
        raw: It belongs to a camera's raw file.
        jpeg: Where in the file its picture stands as a whole JPEG, from and to; None where it does not.
        entries: How many entries it has.
        values: How many numbers the longest of the usual entries has.
    """

    offset: int
    width: int
    height: int
    bits: int
    compression: int
    strips: int
    rows_per_strip: int
    tile: tuple[int, int] | None
    reduced: bool
    sensor: bool
    mask: bool
    orientation: int
    raw: bool
    jpeg: tuple[int, int] | None
    entries: int
    values: int

    @property
    def longest(self) -> int:
        """Longer side, pixels."""
        return max(self.width, self.height)


def first_directory(data: bytes) -> Directory | None:
    """The first page of a TIFF, None where its directory is damaged."""
    return next(directories(data), None)


def places_of_parts(data: bytes, most: int) -> list[tuple[int, int]]:
    """Where in a TIFF the first `most` strips or tiles of its first page stand, from and to.

    Where the size of one is not stated, that is all the rest of the file, which readers then take.
    """
    page, layout = first_directory(data), _layout(data)
    if page is None or layout is None:
        return []
    tags, *_ = _read(data, page.offset, layout, most)
    starts = tags.get(_STRIP_OFFSETS, ()) + tags.get(_TILE_OFFSETS, ())
    sizes = (tags.get(_STRIP_SIZES, ()) + tags.get(_TILE_SIZES, ()))[: len(starts)]
    ends = [start + size if size else len(data) for start, size in zip_longest(starts, sizes)]
    return [(start, min(end, len(data))) for start, end in zip(starts, ends, strict=True) if 0 <= start < len(data)]


def directories(data: bytes) -> Iterator[Directory]:
    """The first pages of a TIFF, each followed by those that it names as subordinate; as far as they can be read."""
    layout = _layout(data)
    if layout is None or len(data) < layout.start + layout.room:
        return
    waiting, seen = [struct.unpack_from(layout.order + layout.offset, data, layout.start)[0]], set[int]()
    while waiting and len(seen) < _MAX_DIRECTORIES:
        offset = waiting.pop(0)
        if offset in seen or not 0 < offset <= len(data) - 2:
            continue
        seen.add(offset)
        try:
            tags, counts, following, size = _read(data, offset, layout)
        except (struct.error, OverflowError):
            return
        waiting[:0] = [*tags.get(_SUB_DIRECTORIES, ()), following]
        yield _directory(data, offset, tags, counts, size)


def _read(
    data: bytes, offset: int, layout: _Layout, most: int = _MAX_VALUES
) -> tuple[dict[int, tuple[int, ...]], dict[int, int], int, tuple[int, int]]:
    """Values of the tags of interest, how many each has, the offset of the next page, and the size of this one.

    Of each tag the first `most` values, and the first of those that stand there twice, as readers have it.
    """
    order = layout.order
    (entries,) = struct.unpack_from(order + layout.count, data, offset)
    first = offset + struct.calcsize(layout.count)
    tags, counts, longest = {}, {}, 0
    for number in range(min(entries, MAX_ENTRIES, (len(data) - first) // layout.entry)):
        at = first + layout.entry * number
        tag, kind, count = struct.unpack_from(f"{order}HH{layout.offset}", data, at)
        if tag < _FIRST_PRIVATE and kind not in _BYTES:
            longest = max(longest, count)
        if tag in _TAGS and tag not in counts and kind in _TYPES:
            size, letter = _TYPES[kind]
            start = at + 4 + layout.room
            if count * size > layout.room:
                (start,) = struct.unpack_from(order + layout.offset, data, start)
            counts[tag] = count
            with suppress(struct.error, OverflowError):  # its values lie outside: that entry alone is unknown
                tags[tag] = struct.unpack_from(f"{order}{min(count, most)}{letter}", data, start)
    following = 0
    with suppress(struct.error, OverflowError):
        (following,) = struct.unpack_from(order + layout.offset, data, first + layout.entry * entries)
    return tags, counts, following, (entries, longest)


def _directory(
    data: bytes, offset: int, tags: dict[int, tuple[int, ...]], counts: dict[int, int], size: tuple[int, int]
) -> Directory:
    def first(tag: int, otherwise: int = 0) -> int:
        return tags[tag][0] if tags.get(tag) else otherwise

    kind, samples, bits = first(_SUBFILE), first(_SAMPLES, 1), tags.get(_BITS, (1,))
    sensor = first(_PHOTOMETRIC) in _SENSOR
    jpeg = None if sensor else _jpeg(data, tags, counts)
    width, height = jpeg_size(data[slice(*jpeg)]) if jpeg else (first(_WIDTH), first(_HEIGHT))
    return Directory(
        offset=offset,
        width=width,
        height=height,
        bits=sum(bits) if len(bits) == samples else samples * first(_BITS, 1),
        compression=first(_COMPRESSION, 1),
        strips=max(counts.get(_STRIP_OFFSETS, 0), counts.get(_TILE_OFFSETS, 0)),
        rows_per_strip=first(_ROWS),
        tile=(first(_TILE_WIDTH), first(_TILE_HEIGHT)) if _TILE_WIDTH in tags else None,
        reduced=bool(kind & _REDUCED),
        sensor=sensor,
        mask=bool(kind & _MASK),
        orientation=first(_ORIENTATION),
        raw=sensor or _DNG_VERSION in tags,
        jpeg=jpeg,
        entries=size[0],
        values=size[1],
    )


def _jpeg(data: bytes, tags: dict[int, tuple[int, ...]], counts: dict[int, int]) -> tuple[int, int] | None:
    """Where a page's picture stands as a JPEG that is whole by itself."""
    start, size = tags.get(_JPEG_OFFSET, (0,))[0], tags.get(_JPEG_SIZE, (0,))[0]
    if not size and tags.get(_COMPRESSION, (1,))[0] in JPEG_COMPRESSIONS and _JPEG_TABLES not in tags:
        ycc = tags.get(_PHOTOMETRIC, (_YCC,))[0] == _YCC  # else a reader of JPEGs would guess other colours
        if ycc and counts.get(_STRIP_OFFSETS) == 1 and tags.get(_STRIP_OFFSETS) and tags.get(_STRIP_SIZES):
            start, size = tags[_STRIP_OFFSETS][0], tags[_STRIP_SIZES][0]
    whole = size and data.startswith(b"\xff\xd8\xff", start) and jpeg_size(data[start : start + size]) != (0, 0)
    return (start, start + size) if whole else None


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height that a JPEG's frame header says; (0, 0) where none is found that readers of pictures know."""
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        if marker in (0xC0, 0xC1, 0xC2):
            height, width = struct.unpack_from(">2H", data, position + 5)
            return width, height
        position += 2 + length
    return 0, 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which page of a TIFF is its picture.

    Attributes:
        page: The page; None where a camera's raw file holds no preview that is worth its name.
        first: It is the first one, which readers take by themselves.
        raw: The file is a camera's raw file.
        orientation: How the camera was held, as in EXIF.
    """

    page: Directory | None
    first: bool
    raw: bool
    orientation: int


def choose_page(data: bytes) -> Chosen | None:
    """The page to be shown; None where the directories cannot be read.

    It is the first one, unless that is a reduced copy or the file a camera's raw file: then it is the
    largest picture. In a raw file that must reach half of the sensor's length, or it is too small.
    """
    pages = list(directories(data))
    if not pages:
        return None
    raw = any(page.raw for page in pages) or data[8:10] == b"CR"
    if not raw and not pages[0].reduced:
        return Chosen(pages[0], first=True, raw=False, orientation=pages[0].orientation)
    pictures = [page for page in pages if not page.sensor and not page.mask and page.width and page.height]
    best = max(pictures, key=lambda page: page.width * page.height, default=None)
    sensor = max((page.longest for page in pages if page.sensor), default=0)
    if raw and best is not None and (2 * best.longest < sensor or (best.reduced and not sensor)):
        best = None
    orientation = (best.orientation if best else 0) or pages[0].orientation
    return Chosen(best, first=best is pages[0], raw=raw, orientation=orientation)


def with_first_page(data: bytes, page: Directory) -> bytes:
    """The same TIFF, whose first page is the given one, for readers that know no subordinate pages."""
    layout = _layout(data)
    assert layout is not None, "its pages were read"
    offset = struct.pack(layout.order + layout.offset, page.offset)
    return data[: layout.start] + offset + data[layout.start + layout.room :]
