"""What makes a small picture file costly to decode, counted in its bytes before any decoder sees it.

The number of pixels is not all: a progressive JPEG may go over all of them thousands of times, a file
may hold millions of tiny parts, and a TIFF may ask for hundreds of megabytes at once.
"""

import re
import struct
from collections.abc import Iterator

from core.vision.pictures.tiff_pages import Directory, first_directory

# Encoders write up to some 20 scans; libtiff, which counts those of JPEGs within a TIFF itself, allows 100 too.
MAX_SCANS = 100
MAX_SEGMENTS = 1000  # of a JPEG; a colour profile in its largest form takes 255
MAX_CHUNKS = 20_000  # of a PNG; 25 MB in the usual 8 kB make 3,200
MAX_STRIPS = 100_000  # of a TIFF, or tiles
MAX_STRIP_BYTES = 256 * 2**20  # decoded at once
# Without a repeat in front, so that the search runs from one \xff to the next: fifteen times as fast.
_JPEG_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
_START_OF_IMAGE, _END_OF_IMAGE, _START_OF_SCAN, _NO_CONTENT = 0xD8, 0xD9, 0xDA, 0x01


def excess_of_jpeg(data: bytes) -> str:
    """What a JPEG has too much of, in words; "" where all is well."""
    scans = 0
    for segments, marker in enumerate(_jpeg_markers(data), start=1):
        scans += marker == _START_OF_SCAN
        if scans > MAX_SCANS:
            return f"it is built up in more than {MAX_SCANS} passes"
        if segments > MAX_SEGMENTS:
            return f"it has more than {MAX_SEGMENTS} parts"
    return ""


def _jpeg_markers(data: bytes) -> Iterator[int]:
    """The markers of a JPEG in order; what stands within a segment, such as a thumbnail's, is none of them."""
    position = 0
    while found := _JPEG_MARKER.search(data, position):
        marker, position = found[1][0], found.end()
        if marker == _END_OF_IMAGE:
            return
        yield marker
        if marker not in (_START_OF_IMAGE, _NO_CONTENT):
            position += int.from_bytes(data[position : position + 2], "big")


def excess_of_png(data: bytes) -> str:
    """The same of a PNG."""
    position, chunks = 8, 0
    while position + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        position, chunks = position + 12 + length, chunks + 1
        if chunks > MAX_CHUNKS:
            return f"it has more than {MAX_CHUNKS:,} parts"
    return ""


def excess_of_tiff(data: bytes) -> str:
    """The same of a TIFF's first page."""
    page = first_directory(data)
    return f"it has more than {MAX_STRIPS:,} parts" if page is not None and page.strips > MAX_STRIPS else ""


def excess_of_strips(data: bytes) -> str:
    """The same of the parts of a TIFF's first page, each of which is unpacked as a whole."""
    page = first_directory(data)
    if page is not None and _largest_strip(page) > MAX_STRIP_BYTES:
        return f"it must be unpacked by more than {MAX_STRIP_BYTES // 2**20} MB at once"
    return ""


def _largest_strip(page: Directory) -> int:
    """Bytes that the decoder of a page must hold at once."""
    width, height = page.tile or (page.width, min(page.height, page.rows_per_strip or page.height))
    return width * height * page.bits // 8
