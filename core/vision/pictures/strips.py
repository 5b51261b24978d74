"""A large TIFF of one strip that is deflated, cut into many: libtiff unpacks a strip as a whole, beside the picture."""

import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL import TiffImagePlugin, TiffTags

from core.vision.pictures.tiff_pages import first_directory

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _OFFSETS = 256, 257, 258, 259, 262, 266, 273
_ORIENTATION, _SAMPLES, _ROWS, _SIZES, _PLANES, _PREDICTOR, _PALETTE = 274, 277, 278, 279, 284, 317, 320
_TILE_WIDTH, _EXTRA, _SAMPLE_FORMAT = 322, 338, 339
_KEPT = (
    _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _ORIENTATION, _SAMPLES, _PLANES, _PREDICTOR, _PALETTE, _EXTRA,
    _SAMPLE_FORMAT,
)  # fmt: skip
_DEFLATED = (8, 32946)
_YCC = 6  # may have fewer rows of colours
_HEADS = {b"II": b"II*\0\x08\0\0\0", b"MM": b"MM\0*\0\0\0\x08"}  # the first bytes by the order of all others
_STRIP_BYTES = 2**20
_PACKED = 16 * 1024  # bytes unpacked at a time, to a thousand times as many at the most


def in_short_strips(data: bytes, image: TiffImagePlugin.TiffImageFile) -> TiffImagePlugin.TiffImageFile:
    """The same picture, cut into strips of a megabyte where it is one that is deflated; else `image` itself.

    Args:
        data: The file.
        image: Opened from it.
    """
    tags = image.tag_v2
    offsets, sizes, bits = tags.get(_OFFSETS, ()), tags.get(_SIZES, ()), tags.get(_BITS, (1,))
    width, height = tags[_WIDTH], tags[_HEIGHT]  # as stored; Pillow's own are those of the picture turned upright
    row = -(-width * (sum(bits) if len(bits) > 1 else bits[0] * tags.get(_SAMPLES, 1)) // 8)
    plain = tags.get(_COMPRESSION) in _DEFLATED and tags.get(_PHOTOMETRIC) != _YCC and tags.get(_FILL_ORDER, 1) == 1
    stated = tags.get(_ROWS, height)
    single = (
        len(offsets) == len(sizes) == 1 and _TILE_WIDTH not in tags and isinstance(stated, int) and stated >= height
    )
    page = first_directory(data)
    known = page is not None and page.entries == len(tags)  # without one of them the numbers may mean something else
    if not plain or not single or not known or not row <= _STRIP_BYTES < row * height:
        return image
    rows = max(1, _STRIP_BYTES // row)
    packed = memoryview(data)[offsets[0] : offsets[0] + sizes[0]]
    if len(packed) != sizes[0]:  # it is cut off, if only behind its last pixel
        return image
    strips = [zlib.compress(strip, 1) for strip in _unpacked(packed, rows * row, row * height)]
    if len(strips) != -(-height // rows):  # it ends too early, which is libtiff's to judge
        return image
    new = TiffImagePlugin.ImageFileDirectory_v2(_HEADS[data[:2]])
    for tag in _KEPT:
        if tag in tags:
            new.tagtype[tag], new[tag] = tags.tagtype[tag], tags[tag]
    new.tagtype |= dict.fromkeys((_OFFSETS, _ROWS, _SIZES), TiffTags.LONG)
    new[_ROWS], new[_SIZES] = rows, tuple(map(len, strips))
    new[_OFFSETS] = tuple(sum(map(len, strips[:number])) for number in range(len(strips)))  # from the page's end on
    file = BytesIO()
    new.save(file)
    file.writelines(strips)
    strips.clear()
    file.seek(0)
    cut = TiffImagePlugin.TiffImageFile(file)
    cut.info.update(image.info)
    return cut


def _unpacked(packed: memoryview, size: int, total: int) -> Iterator[bytes]:
    """What is deflated, `size` bytes at a time and `total` at the most; no more where it ends, or is damaged."""
    inflate, block = zlib.decompressobj(), bytearray()
    for start in range(0, len(packed), _PACKED):
        try:
            block += inflate.decompress(packed[start : start + _PACKED])
        except zlib.error:
            return
        while total and len(block) >= min(size, total):
            strip = bytes(block[: min(size, total)])
            del block[: len(strip)]
            total -= len(strip)
            yield strip
        if not total:
            return
