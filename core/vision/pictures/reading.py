"""From the bytes of a picture whose format is known to its pixels, at a bounded cost in time and memory."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from PIL import Image, JpegImagePlugin, TiffImagePlugin
from PIL.ImageFile import ImageFile

from core.types import Pixels
from core.vision.pictures.canvas import Canvas, WholeCanvas
from core.vision.pictures.costs import (
    MAX_SCANS,
    excess_of_bmp,
    excess_of_gif,
    excess_of_heif,
    excess_of_jpeg,
    excess_of_png,
    excess_of_strips,
    excess_of_tiff,
    lossless_bytes_of_webp,
    passed_of_tiff,
    scans_of_jpeg,
)
from core.vision.pictures.formats import AVIF, BMP, GIF, HEIC, JPEG, PNG, TIFF, WEBP, PictureFormat
from core.vision.pictures.hdr import HDR_NOTE, Tags, tags_of_heif, tags_of_png, tags_of_profile
from core.vision.pictures.heif.items import is_plain
from core.vision.pictures.jpeg import PLAIN, pixels_of_jpeg
from core.vision.pictures.lean import LARGE, MANY, PIXELS_IN_PLANES, TooComplexError, leaner
from core.vision.pictures.modes import colours_of, draw, is_endless, orientation_of
from core.vision.pictures.sample_ranges import WHOLE_SCALES, sixteen_bit_top
from core.vision.pictures.stored import Stored, as_stored
from core.vision.pictures.tiff_pages import JPEG_COMPRESSIONS, choose_page, with_first_page

RAW_NOTE = "This is a camera raw file: the picture of {width} x {height} that the camera put into it is used."
PROFILE_NOTE = "The colour profile of this file is too complex to be followed; its colours are shown without it."
REDUCED_NOTE = "The first page of this file is a reduced copy; the full page is used."
_EXCESS = {
    JPEG: excess_of_jpeg,
    PNG: excess_of_png,
    TIFF: excess_of_tiff,
    GIF: excess_of_gif,
    BMP: excess_of_bmp,
    HEIC: excess_of_heif,
    AVIF: excess_of_heif,
}
# What is decoded in a process of its own: large pictures, of which most readers hold four bytes a pixel and more beside
# the three of the answer; those of decoders that grow with what a file asks of them; and JPEGs of many passes.
_COSTLY_PASSED = 500_000_000  # pixels of all the passes of a JPEG together
_COSTLY_LOSSLESS = 64 * 1024  # bytes of a WebP without loss, whose tables may take 100 MB
_BITS_PER_SAMPLE, _COMPRESSION, _DEEP = 258, 259, 16
# The reader of animated WebP holds four canvases of four bytes a pixel.
_MAX_ANIMATED_PIXELS = 20_000_000
_MAX_DEEP_PIXELS = 20_000_000  # that are read anew with all their bits
_DIM = 63  # of 255: all that 14 bits in a file of 16 reach


class CameraRawError(Exception):
    """A camera's raw file without a picture that is large enough."""


class CostlyError(Exception):
    """A picture for a process of its own.

    Attributes:
        pixels: How many it has; 0 where that is not known before the process opens it.
    """

    def __init__(self, pixels: int = 0) -> None:
        super().__init__()
        self.pixels = pixels


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """What is to be decoded.

    Attributes:
        data: A file of the format.
        found: The format.
        notes: Sentences for the user.
        orientation: How the camera was held, as in EXIF; None: as the file says.
    """

    data: bytes
    found: PictureFormat
    notes: tuple[str, ...] = ()
    orientation: int | None = None


def source_of(data: bytes, found: PictureFormat) -> EncodedPicture:
    """Where in a file its picture is, once it is known to be of a bearable cost.

    Raises:
        CameraRawError: If only a raw developer could make a picture of it.
        TooComplexError: If it would cost too much.
    """
    source = _page(EncodedPicture(data, found)) if found is TIFF else EncodedPicture(data, found)
    excess = _EXCESS[source.found](source.data) if source.found in _EXCESS else ""
    if excess:
        raise TooComplexError(excess)
    return source


def _page(source: EncodedPicture) -> EncodedPicture:
    chosen = choose_page(source.data)
    if chosen is None or (chosen.first and not chosen.raw):
        return source
    if chosen.page is None:
        raise CameraRawError
    note = RAW_NOTE.format(width=chosen.page.width, height=chosen.page.height) if chosen.raw else REDUCED_NOTE
    source = replace(source, notes=(note,), orientation=chosen.orientation or 1)
    if chosen.page.jpeg is not None:
        return replace(source, data=source.data[slice(*chosen.page.jpeg)], found=JPEG)
    return replace(source, data=with_first_page(source.data, chosen.page))


def is_intricate(source: EncodedPicture) -> bool:
    """Whether a file may cost much as soon as it is opened, whatever it says of its size."""
    return source.found in PIXELS_IN_PLANES and not is_plain(source.data, 2 * PIXELS_IN_PLANES[source.found])


def is_costly(source: EncodedPicture, image: ImageFile) -> bool:
    """Whether a picture may take seconds, or much more memory than its pixels.

    Args:
        source: The picture.
        image: Opened from it by its format's reader.
    """
    pixels = image.width * image.height
    jpeg = source.found is JPEG
    scans = scans_of_jpeg(source.data) if jpeg and pixels > _COSTLY_PASSED // MAX_SCANS else 1
    if pixels > PIXELS_IN_PLANES.get(source.found, MANY):
        return not jpeg or scans > 1 or image.mode not in PLAIN
    if jpeg:
        return scans * pixels > _COSTLY_PASSED
    if isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(_COMPRESSION) in JPEG_COMPRESSIONS:
        return passed_of_tiff(source.data) > _COSTLY_PASSED
    if source.found is WEBP:
        moving = getattr(image, "n_frames", 1) > 1 and pixels > LARGE
        return moving or lossless_bytes_of_webp(source.data) > _COSTLY_LOSSLESS
    return False


def decode(source: EncodedPicture, image: ImageFile, canvas: Canvas, apart: bool = False) -> tuple[str, ...]:
    """Put the pixels on a canvas, opaque; sentences for the user.

    Args:
        source: What is decoded.
        image: Opened from it by its format's reader; its pixels are counted.
        canvas: Turns them.
        apart: One that turns out to cost much is left to a process of its own.

    Raises:
        CostlyError: If it is left to it; the canvas is untouched.
        TooComplexError: If it would cost too much.
        Exception: Nearly anything, where the content is damaged.
    """
    tags = _tags(source, image)
    hdr = tags is not None and tags.is_hdr
    excess = excess_of_strips(source.data) if source.found is TIFF else ""
    if excess:
        raise TooComplexError(excess)
    animated = source.found is WEBP and getattr(image, "n_frames", 1) > 1
    if animated and image.width * image.height > _MAX_ANIMATED_PIXELS:
        raise TooComplexError(f"it is an animation of more than {_MAX_ANIMATED_PIXELS // 10**6} megapixels")
    readable, turn = leaner(source.data, source.found, image)
    orientation = source.orientation or turn
    plain = pixels_of_jpeg(source.data, readable) if isinstance(readable, JpegImagePlugin.JpegImageFile) else None
    if plain is not None:
        canvas.take(Stored(plain, orientation or orientation_of(image), colours_of(image, tags)))
    elif apart and source.found is JPEG and image.width * image.height > MANY:  # has a fault that Pillow may forgive
        raise CostlyError(image.width * image.height)
    elif hdr or not _is_deep(source, image):
        draw(readable, canvas, tags, orientation)
    else:
        whole = WholeCanvas()
        draw(readable, whole, tags, orientation)
        pixels = whole.stored.pixels
        canvas.take(Stored(_from_low_bits(source, image, pixels) if _is_dim(image, pixels) else pixels))
    if hdr:
        return (*source.notes, HDR_NOTE)
    profile = image.info.get("icc_profile")
    aside = isinstance(profile, bytes) and is_endless(profile)
    return (*source.notes, PROFILE_NOTE) if aside else source.notes


def _tags(source: EncodedPicture, image: ImageFile) -> Tags | None:
    """What the file says of its light; a profile comes last, as where both are there."""
    tags = None
    if source.found is PNG:
        tags = tags_of_png(source.data)
    elif source.found in (HEIC, AVIF):
        tags = tags_of_heif(source.data)
    profile = image.info.get("icc_profile")
    return tags or (tags_of_profile(profile) if isinstance(profile, bytes) else None)


def _is_deep(source: EncodedPicture, image: Image.Image) -> bool:
    """Whether a file has colours of 16 bits, of which Pillow gives the upper eight, and may be read anew."""
    if image.width * image.height > _MAX_DEEP_PIXELS:
        return False
    if source.found is PNG:
        return source.data[24] == _DEEP and source.data[25] in (2, 4, 6)
    bits = image.tag_v2.get(_BITS_PER_SAMPLE, ()) if isinstance(image, TiffImagePlugin.TiffImageFile) else ()
    return isinstance(bits, tuple) and len(bits) >= 3 and set(bits) == {_DEEP}


def _is_dim(image: Image.Image, pixels: Pixels) -> bool:
    """Whether all but the odd one is as dark, or as transparent, as if only the lower bits had been used."""
    opaque = image.getchannel("A").getextrema()[1] if image.mode in ("RGBA", "LA") else None
    if isinstance(opaque, int) and 0 < opaque <= _DIM:
        return True
    spread = pixels.reshape(-1)[:: max(1, pixels.size // 1_000_000)]
    return bool(np.percentile(spread, 99.9) <= _DIM)


def _from_low_bits(source: EncodedPicture, image: Image.Image, pixels: Pixels) -> Pixels:
    """A picture of 10, 12 or 14 bits in a file of 16 with all its bits; `pixels` where that is not what it is."""
    values = cv2.imdecode(np.frombuffer(source.data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16 or values.ndim != 3:
        return pixels
    top = sixteen_bit_top(row[:, :3] for row in values)
    opaque = sixteen_bit_top(row[:, 3] for row in values) if values.shape[2] == 4 else 0.0
    if top < opaque < WHOLE_SCALES[-1]:
        top = opaque
    if top < WHOLE_SCALES[0] + 1:  # eight bits and less: a picture of the night
        return pixels
    scale = np.minimum(np.rint(np.arange(65536) * 255 / top), 255).astype(np.uint8)
    pixels = pixels if pixels.flags.writeable else pixels.copy()
    stored = as_stored(pixels, source.orientation or orientation_of(image))
    for row, shown in zip(values, stored, strict=True):
        shown[...] = scale[row[:, 2::-1]]
        if opaque:
            alpha = np.minimum(row[:, 3:] / opaque, 1)
            shown[...] = np.rint(shown * alpha + 255 * (1 - alpha))
    return pixels
