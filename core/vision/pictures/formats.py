"""Which format a file's content has, and the one reader for it; a file's name is never looked at.

Pillow's readers are called directly, not through `Image.open`: so only the parsers listed here can
run, and no process-wide limit (`Image.MAX_IMAGE_PIXELS`, which warns) stands in the way of ours.
Signatures: the formats' own specifications; brands of AVIF and HEIF: ISO/IEC 23000-22 and 23008-12.
"""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL.ImageFile import ImageFile

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_BMP_HEADER_SIZES = {12, 16, 40, 52, 56, 64, 108, 124}
# What a decoder needs, and what changes how the picture looks; all other chunks of a PNG are remarks.
_PNG_CHUNKS_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
_PNG_CHUNKS_KEPT_IF_INTACT = {b"tRNS", b"eXIf"}
_OTHER_KINDS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"8BPS", "a Photoshop document"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"FUJIFILMCCD-RAW", "camera raw"),
    (b"IIU\0", "camera raw"),
    (b"IIRO", "camera raw"),
    (b"IIRS", "camera raw"),
    (b"MMOR", "camera raw"),
    (b"FOVb", "camera raw"),
    (b"\0MRM", "camera raw"),
)


def _open_heif(file: BytesIO) -> ImageFile:
    # Imported when the first HEIC comes: it costs 50 ms and is seldom needed.
    from pillow_heif import HeifImageFile

    reader: Callable[[BytesIO], ImageFile] = HeifImageFile
    return reader(file)


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """A format that can be read.

    Attributes:
        name: For people.
        open: Reads the header of a file, not its pixels; raises nearly anything on a bad one.
        fits: Whether a file's first bytes are of this format and no other.
        is_cut_short: Whether a file that could not be decoded lacks its end, as after a broken download.
    """

    name: str
    open: Callable[[BytesIO], ImageFile]
    fits: Callable[[bytes], bool]
    is_cut_short: Callable[[bytes], bool]


def _is_bmp(data: bytes) -> bool:
    # Two letters alone would take a text that begins with "BM" for a picture.
    return data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES


FORMATS = (
    JPEG := PictureFormat(
        "JPEG",
        JpegImagePlugin.JpegImageFile,
        lambda data: data.startswith(b"\xff\xd8\xff"),
        lambda data: b"\xff\xd9" not in data[-1024:],
    ),
    PNG := PictureFormat(
        "PNG",
        PngImagePlugin.PngImageFile,
        lambda data: data.startswith(_PNG_SIGNATURE),
        lambda data: b"IEND" not in data[-1024:],
    ),
    WEBP := PictureFormat(
        "WebP",
        WebPImagePlugin.WebPImageFile,
        lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP",
        lambda data: int.from_bytes(data[4:8], "little") + 8 > len(data),
    ),
    AVIF := PictureFormat(
        "AVIF",
        AvifImagePlugin.AvifImageFile,
        lambda data: bool(_brands(data) & _AVIF_BRANDS),
        lambda data: boxes_end(data) > len(data),
    ),
    GIF := PictureFormat(
        "GIF",
        GifImagePlugin.GifImageFile,
        lambda data: data.startswith((b"GIF87a", b"GIF89a")),
        lambda data: not data.rstrip(b"\0").endswith(b";"),
    ),
    BMP := PictureFormat(
        "BMP",
        BmpImagePlugin.BmpImageFile,
        _is_bmp,
        lambda data: int.from_bytes(data[2:6], "little") > len(data),
    ),
    TIFF := PictureFormat(
        "TIFF",
        TiffImagePlugin.TiffImageFile,
        lambda data: data.startswith(tuple(TiffImagePlugin.PREFIXES)),
        lambda data: _tiff_end(data) > len(data),
    ),
    HEIC := PictureFormat(
        "HEIC",
        _open_heif,
        lambda data: bool(_brands(data) & _HEIF_BRANDS),
        lambda data: boxes_end(data) > len(data),
    ),
)
FORMAT_NAMES = f"{', '.join(known.name for known in FORMATS[:-1])} or {FORMATS[-1].name}"


def format_of(data: bytes) -> PictureFormat | None:
    """The format that a file's first bytes tell, or None for content that is no known picture."""
    return next((known for known in FORMATS if known.fits(data)), None)


def _brands(data: bytes) -> set[bytes]:
    """Major and compatible brands of an ISO base media file; empty for any other content."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4], "big"), 4096)
    box = data[8:end]
    return {box[:4], *(box[i : i + 4] for i in range(8, len(box) - 3, 4))}


def kind_of(data: bytes) -> str:
    """What content that is no known picture seems to be, in words: "text", "a PDF document"."""
    for signature, words in _OTHER_KINDS:
        if data.startswith(signature):
            return words
    if data[4:8] == b"ftyp":
        return "camera raw" if data[8:12] == b"crx " else "a video"
    start = data[:1024]
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last letter of the excerpt may be cut in two.
        text = start[: error.start].decode("utf-8") if error.start > len(start) - 4 else "\0"
    readable = text and all(letter.isprintable() or letter in "\t\n\r\f" for letter in text)
    if not readable:
        return "of an unknown kind"
    return "an SVG drawing" if "<svg" in text else "text"


def boxes_end(data: bytes) -> int:
    """Where the top-level boxes of an ISO base media file end, bytes."""
    position = 0
    while 0 <= position <= len(data) - 8:
        size = int.from_bytes(data[position : position + 4], "big")
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        if size < 8:  # 0 means "to the end of the file"
            return len(data)
        position += size
    return position


def _tiff_end(data: bytes) -> int:
    """Where the directory and the pixels of a TIFF's first page end by its own account, bytes; 0 if unknown."""
    order = "<" if data.startswith(b"II") else ">"
    try:
        (start,) = struct.unpack_from(f"{order}I", data, 4)
        if start + 2 > len(data):
            return int(start + 2)
        (count,) = struct.unpack_from(f"{order}H", data, start)
        if start + 2 + 12 * count > len(data):
            return int(start + 2 + 12 * count)
        tags = TiffImagePlugin.TiffImageFile(BytesIO(data)).tag_v2
        for offsets, counts in ((273, 279), (324, 325)):  # strips, tiles
            if offsets in tags and counts in tags:
                return int(max(map(sum, zip(tags[offsets], tags[counts], strict=True))))
    except Exception:  # a directory that is damaged itself tells nothing; Pillow raises many kinds here
        return 0
    return 0


def without_remarks(png: bytes) -> bytes:
    """A PNG without the chunks that no decoder needs, such as texts and colour remarks.

    A broken or oversized one makes Pillow refuse a picture that every viewer shows.
    """
    kept = [_PNG_SIGNATURE]
    position = len(_PNG_SIGNATURE)
    while position + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, position)
        kind = png[position + 4 : position + 8]
        chunk = png[position : position + 12 + length]
        intact = len(chunk) == 12 + length and zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")
        if kind in _PNG_CHUNKS_KEPT or (kind in _PNG_CHUNKS_KEPT_IF_INTACT and intact):
            kept.append(chunk)
        position += 12 + length
    return b"".join(kept)
