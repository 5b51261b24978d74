"""What makes a small picture file costly to decode, counted in its bytes before any decoder sees it.

The number of pixels is not all: a progressive JPEG may go over all of them thousands of times, a file
may hold millions of tiny parts, and a TIFF may ask for hundreds of megabytes at once. Parts that Pillow
reads in Python hold up every session while it does, so they are counted wherever there are any.
"""

import re
import struct
from collections.abc import Iterator

from core.vision.pictures.heif.items import items_of_heif
from core.vision.pictures.tiff_pages import (
    JPEG_COMPRESSIONS,
    MAX_ENTRIES,
    OLD_JPEG,
    Directory,
    first_directory,
    places_of_parts,
)

# Encoders write up to some 20 scans; libtiff, which counts those of JPEGs within a TIFF itself, allows 100 too.
MAX_SCANS = 100
MAX_SCANNED = 2000  # megapixels of all scans together: 40 of the largest pictures
MAX_SEGMENTS = 1000  # of a JPEG; a colour profile in its largest form takes 255
MAX_JUNK = 2**20  # bytes of a JPEG between its segments, where nothing should be
MAX_CHUNKS = 20_000  # of a PNG or WebP; 25 MB in the usual 8 kB make 3,200
MAX_PROFILES = 16  # of a PNG, where one is allowed: each may unpack to a megabyte
MAX_STRIPS = 100_000  # of a TIFF, or tiles
MAX_SHARED = 4 * 2**20  # bytes that strips of a TIFF may have in common, such as those of blank tiles
MAX_STRIP_BYTES = 256 * 2**20  # decoded at once
MAX_VALUES = 200_000  # of an entry of a TIFF; a palette of 16 bits has 196,608
MAX_BLOCKS = 400_000  # of a GIF; 25 MB in the usual 255 bytes make 100,000
MAX_RLE_BYTES = 4 * 2**20  # of a BMP's run lengths
MAX_ITEMS = 4096  # of a HEIC or AVIF: tiles, each with a decoder of its own, and what else it holds
# Without a repeat in front, so that the search runs from one \xff to the next: fifteen times as fast.
_JPEG_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
_WEBP_FRAME = 24  # bytes before the parts of an animation's frame
_GIF_EXTENSION, _GIF_FRAME, _GIF_END = 0x21, 0x2C, 0x3B
_RUN_LENGTHS = (1, 2)  # BI_RLE8 and BI_RLE4
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # of all kinds of JPEG: arithmetic coding, lossless
_SCAN_MARKER = b"\xff\xda"  # as it stands nowhere among the packed pixels
_UNPACKED = 1  # compression of a TIFF
_START_OF_IMAGE, _END_OF_IMAGE, _START_OF_SCAN, _NO_CONTENT = 0xD8, 0xD9, 0xDA, 0x01


def excess_of_jpeg(data: bytes) -> str:
    """What a JPEG has too much of, in words; "" where all is well."""
    scans = junk = pixels = 0
    for segments, (marker, before, content) in enumerate(_jpeg_markers(data), start=1):
        junk += 0 if scans else before
        scans += marker == _START_OF_SCAN
        if marker in _FRAMES:
            pixels = max(pixels, _big(data, content + 3) * _big(data, content + 5))
        if scans > MAX_SCANS:
            return f"it is built up in more than {MAX_SCANS} passes"
        if scans > 1 and scans * pixels > MAX_SCANNED * 10**6:
            return f"it is built up in passes over more than {MAX_SCANNED:,} megapixels"
        if segments > MAX_SEGMENTS:
            return f"it has more than {MAX_SEGMENTS:,} parts"
        if junk > MAX_JUNK:
            return f"there is more than {MAX_JUNK // 2**20} MB of nothing between its parts"
    return ""


def scans_of_jpeg(data: bytes) -> int:
    """In how many passes a JPEG is built up."""
    return sum(marker == _START_OF_SCAN for marker, _, _ in _jpeg_markers(data))


def _jpeg_markers(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The markers of a JPEG in order, the bytes that stand before each, and where the content of each begins.

    What stands within a segment, such as a thumbnail's, is none of them.
    """
    position = 0
    while found := _JPEG_MARKER.search(data, position):
        marker, before, position = found[1][0], found.end() - position - 2, found.end()
        if marker == _END_OF_IMAGE:
            return
        yield marker, before, position
        if marker not in (_START_OF_IMAGE, _NO_CONTENT):
            position += _big(data, position)


def _big(data: bytes, position: int) -> int:
    return int.from_bytes(data[position : position + 2], "big")


def excess_of_png(data: bytes) -> str:
    """The same of a PNG."""
    position, chunks, profiles = 8, 0, 0
    while position + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        profiles += data[position + 4 : position + 8] == b"iCCP"
        position, chunks = position + 12 + length, chunks + 1
        if chunks > MAX_CHUNKS:
            return f"it has more than {MAX_CHUNKS:,} parts"
        if profiles > MAX_PROFILES:
            return f"it has more than {MAX_PROFILES} colour profiles"
    return ""


def excess_of_gif(data: bytes) -> str:
    """The same of a GIF, whose pixels and remarks alike stand in blocks of 1 to 255 bytes."""
    position, blocks = 13 + _palette_bytes(data[10:11]), 0
    while position < len(data) and data[position] != _GIF_END:
        kind, blocks = data[position], blocks + 1
        if kind == _GIF_FRAME:
            position += 11 + _palette_bytes(data[position + 9 : position + 10])
        else:
            position += 2 if kind == _GIF_EXTENSION else 1
        while kind in (_GIF_FRAME, _GIF_EXTENSION) and position < len(data) and blocks <= MAX_BLOCKS:
            length, blocks = data[position], blocks + 1
            position += 1 + length
            if not length:
                break
        if blocks > MAX_BLOCKS:
            return f"it has more than {MAX_BLOCKS:,} parts"
    return ""


def _palette_bytes(flags: bytes) -> int:
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def lossless_bytes_of_webp(data: bytes) -> int:
    """Size of the largest part of a WebP's first picture that is packed without loss: its pixels, or its transparency.

    A decoder holds up to 20 kB of tables for every 16 pixels of these, by what the part asks for in 20 bits.
    """
    position = 12
    largest = chunks = 0
    while position + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, position)
        chunks += 1
        if chunks > MAX_CHUNKS:
            return len(data)
        if kind in (b"VP8L", b"ALPH"):
            largest = max(largest, size)
        if kind in (b"VP8L", b"VP8 "):
            return largest
        position += _WEBP_FRAME if kind == b"ANMF" else 8 + size + size % 2
    return largest


def excess_of_bmp(data: bytes) -> str:
    """The same of a BMP."""
    packed = int.from_bytes(data[30:34], "little") in _RUN_LENGTHS and int.from_bytes(data[14:18], "little") >= 40
    return f"its runs take more than {MAX_RLE_BYTES // 2**20} MB" if packed and len(data) > MAX_RLE_BYTES else ""


def excess_of_heif(data: bytes) -> str:
    """The same of a HEIC or AVIF."""
    return f"it has more than {MAX_ITEMS:,} parts" if items_of_heif(data) > MAX_ITEMS else ""


def excess_of_tiff(data: bytes) -> str:
    """The same of a TIFF's first page."""
    page = first_directory(data)
    if page is None:
        return ""
    if page.strips > MAX_STRIPS:
        return f"it has more than {MAX_STRIPS:,} parts"
    if page.entries > MAX_ENTRIES or page.values > MAX_VALUES:
        return f"it has more than {MAX_ENTRIES:,} entries, or one of more than {MAX_VALUES:,} numbers"
    places = [] if page.compression == _UNPACKED else places_of_parts(data, MAX_STRIPS)
    if sum(end - start for start, end in places) > len(data) + MAX_SHARED:
        return "its parts together have more bytes than the file"
    if passed_of_tiff(data) > MAX_SCANNED * 10**6:
        return f"it is built up in passes over more than {MAX_SCANNED:,} megapixels"
    return ""


def passed_of_tiff(data: bytes) -> int:
    """How many pixels all the passes of the JPEGs in a TIFF's first page go over; 0 where each has one at most."""
    page = first_directory(data)
    if page is None or page.compression not in JPEG_COMPRESSIONS:
        return 0
    if page.compression == OLD_JPEG:  # whose parts may stand anywhere
        places, (width, height) = [(0, len(data))], (page.width, page.height)
    else:
        places, (width, height) = places_of_parts(data, MAX_STRIPS), _strip_size(page)
    scans = [data.count(_SCAN_MARKER, start, end) for start, end in places]
    return sum(scans) * width * height if max(scans, default=0) > 1 else 0


def excess_of_strips(data: bytes) -> str:
    """The same of the parts of a TIFF's first page, each of which is unpacked as a whole."""
    page = first_directory(data)
    if page is not None and _largest_strip(page) > MAX_STRIP_BYTES:
        return f"it must be unpacked by more than {MAX_STRIP_BYTES // 2**20} MB at once"
    return ""


def _largest_strip(page: Directory) -> int:
    """Bytes that the decoder of a page must hold at once."""
    width, height = _strip_size(page)
    return width * height * page.bits // 8


def _strip_size(page: Directory) -> tuple[int, int]:
    """Width and height of a page's strips or tiles."""
    return page.tile or (page.width, min(page.height, page.rows_per_strip or page.height))
