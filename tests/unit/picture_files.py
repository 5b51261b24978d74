"""Small picture files of every kind, drawn for the tests."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image
from PIL.Image import Transpose

Pixels = NDArray[np.uint8]

# A point in each quarter of `quarters()`, (x, y), and the colour there.
QUARTERS = {(16, 12): (255, 0, 0), (48, 12): (0, 160, 0), (16, 36): (0, 0, 255), (48, 36): (255, 255, 255)}

# What a camera that was held in this way saves: the transposition that orientation's reader must undo.
_HELD = {
    1: None,
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_90,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_270,
}


def quarters() -> Pixels:
    """Red, green, blue and white quarters, 64 x 48: no turn or mirroring of it looks the same."""
    pixels = np.zeros((48, 64, 3), np.uint8)
    for (x, y), colour in QUARTERS.items():
        pixels[y - 12 : y + 12, x - 16 : x + 16] = colour
    return pixels


def encoded(pixels: NDArray[np.generic] | Image.Image, form: str, **options: object) -> bytes:
    """A picture as a file of the format that Pillow calls `form`."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    file = BytesIO()
    image.save(file, form, **({"quality": 95, "subsampling": 0} if form == "JPEG" else {}) | options)
    return file.getvalue()


def heic(pixels: Pixels, **options: object) -> bytes:
    """A picture as a HEIC file."""
    file = BytesIO()
    pillow_heif.from_pillow(Image.fromarray(pixels)).save(file, quality=90, **options)
    return file.getvalue()


def rotated_by_exif(pixels: Pixels, orientation: int, form: str) -> bytes:
    """A file whose stored pixels are turned, with the EXIF orientation that turns them back."""
    turn = _HELD[orientation]
    image = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(image if turn is None else image.transpose(turn), form, exif=exif)


def animation(form: str) -> bytes:
    """Two frames or pages, 32 x 32: red, then blue."""
    red, blue = (Image.new("RGB", (32, 32), colour) for colour in ("red", "blue"))
    return encoded(red, form, save_all=True, append_images=[blue])


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG with its checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, bits: int, colour_type: int, raw: bytes, extra: bytes = b"") -> bytes:
    """A PNG from unpacked scan lines (each begins with its filter byte), such as Pillow does not write."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def everything() -> dict[str, bytes]:
    """One small file of every format."""
    files = {form: encoded(quarters(), form) for form in ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")}
    files["TIFF, packed"] = encoded(quarters(), "TIFF", compression="tiff_lzw")
    return {**files, "HEIC": heic(quarters())}
