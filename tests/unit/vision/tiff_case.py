"""TIFF files tag by tag, for what Pillow does not write: camera raw files, reduced pages, giant strips."""

import struct
from collections.abc import Mapping, Sequence
from itertools import pairwise

LONG, SHORT, BYTE = 4, 3, 1
_CODES = {LONG: "I", SHORT: "H", BYTE: "B"}
_BYTES = {50706}
_SHORTS = {258, 259, 262, 274, 277, 284, 338, 339}
SUB_PAGES, STRIP, JPEG = 330, 273, 513
_SIZES = {STRIP: 279, JPEG: 514}

Page = Mapping[int, int | Sequence[int] | bytes]


def tiff_of(pages: Sequence[Page], subordinate: Sequence[Page] = ()) -> bytes:
    """A little-endian TIFF of pages, the first of which names the subordinate ones.

    A value of bytes is what the page's one strip (tag 273) or its JPEG (513) is; the count of bytes is added.
    """
    data = bytearray(b"II*\0\0\0\0\0")
    own = [_add(data, page) for page in subordinate]
    first = {**pages[0], **({SUB_PAGES: own} if own else {})}
    offsets = [_add(data, page) for page in (first, *pages[1:])]
    struct.pack_into("<I", data, 4, offsets[0])
    for offset, following in pairwise(offsets):
        (count,) = struct.unpack_from("<H", data, offset)
        struct.pack_into("<I", data, offset + 2 + 12 * count, following)
    return bytes(data)


def _add(data: bytearray, page: Page) -> int:
    """Append a page; returns where its directory stands."""
    entries = {}
    for tag, value in sorted(page.items()):
        if isinstance(value, bytes):
            entries[tag], entries[_SIZES[tag]] = [len(data)], [len(value)]
            data += value + b"\0" * (len(value) % 2)
        else:
            entries[tag] = [value] if isinstance(value, int) else list(value)
    directory = bytearray(struct.pack("<H", len(entries)))
    for tag, values in sorted(entries.items()):
        kind = SHORT if tag in _SHORTS else BYTE if tag in _BYTES else LONG
        packed = struct.pack(f"<{len(values)}{_CODES[kind]}", *values)
        if len(packed) > 4:
            data += packed + b"\0" * (len(packed) % 2)
            packed = struct.pack("<I", len(data) - len(packed) - len(packed) % 2)
        directory += struct.pack("<HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    offset = len(data)
    data += directory + bytes(4)
    return offset


def rgb_page(width: int, height: int, colour: tuple[int, int, int], **more: int) -> Page:
    """An unpacked page of one colour; `t254=1` adds tag 254."""
    return {
        256: width, 257: height, 258: (8, 8, 8), 259: 1, 262: 2, STRIP: bytes(colour) * (width * height), 277: 3,
        278: height, **{int(tag[1:]): value for tag, value in more.items()},
    }  # fmt: skip
