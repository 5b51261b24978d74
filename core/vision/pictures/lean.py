"""Leaner ways to the pixels of a large picture than its library's own, where that would hold several copies of them."""

import contextlib
from io import BytesIO

from PIL import AvifImagePlugin, Image, JpegImagePlugin, TiffImagePlugin, WebPImagePlugin
from PIL.ImageFile import ImageFile

from core.vision.pictures.costs import scans_of_jpeg
from core.vision.pictures.formats import AVIF, HEIC, WEBP, PictureFormat
from core.vision.pictures.heif.layout import RareError, layout_of
from core.vision.pictures.pieces import Area, PiecewiseImage
from core.vision.pictures.strips import in_short_strips
from core.vision.pictures.webp import lossless_webp_pieces, webp_pieces

LARGE = 4_000_000  # pixels from which a leaner reader of WebP and AVIF is worth its while
MANY = 25_000_000  # pixels from which a picture is decoded in the process for costly ones, whatever its format
# The same for formats whose pictures are decoded to planes alone from there on, which takes FFmpeg.
PIXELS_IN_PLANES = {AVIF: 16_000_000, HEIC: MANY}
# Bytes of a JPEG in passes: twice the pixels of the largest picture; and what 50 megapixels of three full colours take
# in two goes.
_TWICE, _MOST_HELD = 300_000_000, 380_000_000
_MOVING = (WebPImagePlugin.WebPImageFile, AvifImagePlugin.AvifImageFile)  # perhaps: a HEIC has one main picture
_COEFFICIENTS = 128  # bytes of a block of 8 x 8
_RGB_NAMES = [82, 71, 66]  # of components that are no brightness and colours, by libjpeg's custom


class TooComplexError(Exception):
    """A file that costs more than a picture may; says why."""


def leaner(data: bytes, found: PictureFormat, image: ImageFile) -> tuple[Image.Image, int | None]:
    """A picture that costs less to load, of the same pixels; and how it is to be turned, where that is known.

    Args:
        data: The file.
        found: Its format.
        image: Opened from it by its format's reader, which is given up.

    Raises:
        TooComplexError: If there is no way that is lean enough.
        Exception: Nearly anything, where the content is damaged.
    """
    pixels = image.width * image.height
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return in_short_strips(data, image) if pixels > MANY else image, None
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        return _jpeg(data, image), None
    moving = isinstance(image, _MOVING) and image.n_frames > 1
    if found in (AVIF, HEIC, WEBP) and pixels > PIXELS_IN_PLANES.get(found, MANY) and not moving:
        with contextlib.suppress(RareError):
            if isinstance(image, WebPImagePlugin.WebPImageFile):
                return lossless_webp_pieces(data, image), None
            return _in_planes(data, found, image)
    if pixels > LARGE and not moving:
        if isinstance(image, WebPImagePlugin.WebPImageFile):
            return webp_pieces(data, image), None
        if isinstance(image, AvifImagePlugin.AvifImageFile):
            return _avif(image), None
    return image, None


def _jpeg(data: bytes, image: JpegImagePlugin.JpegImageFile) -> Image.Image:
    """A JPEG whose passes, for which all its numbers are held, leave room for the pixels beside them."""
    pixels, held = image.width * image.height, _coefficients(image)
    whole, halves = held + pixels * (3 if image.mode == "L" else 4), held + pixels * 3 // 2
    if whole <= _TWICE or scans_of_jpeg(data) == 1:
        return image
    names = [component[0] for component in image.layer]
    has_brightness = image.mode == "RGB" and image.info.get("adobe_transform") != 0 and names != _RGB_NAMES
    if has_brightness and halves <= _MOST_HELD:
        return _in_two_goes(data, image)
    if whole <= _MOST_HELD:
        return image
    raise TooComplexError(
        f"all its passes together must be held, which takes {held / 10**6:,.0f} MB beside the pixels; a JPEG that is "
        "not progressive has none"
    )


def _coefficients(image: JpegImagePlugin.JpegImageFile) -> int:
    """Bytes that libjpeg holds of a JPEG in several passes."""
    wide, high = (max(component[axis] for component in image.layer) for axis in (1, 2))
    blocks = sum(
        -(-image.width * across // (8 * wide)) * -(-image.height * down // (8 * high))
        for _, across, down, *_ in image.layer
    )
    return _COEFFICIENTS * blocks


def _in_two_goes(data: bytes, image: JpegImagePlugin.JpegImageFile) -> PiecewiseImage:
    """A JPEG in passes, first for its colours at half of its sides, as cameras have them, then for its brightness."""
    size = image.size
    small = JpegImagePlugin.JpegImageFile(BytesIO(data))
    small.draft("YCbCr", (size[0] // 2, size[1] // 2))
    small.load()
    colours = [small.getchannel(name) for name in ("Cb", "Cr")]
    del small
    image.draft("L", None)
    image.load()

    def make(area: Area) -> Image.Image:
        left, top, right, bottom = area
        box = (left / 2, top / 2, right / 2, bottom / 2)
        parts = [plane.resize((right - left, bottom - top), Image.Resampling.BILINEAR, box) for plane in colours]
        return Image.merge("YCbCr", (image.crop(area), *parts)).convert("RGB")

    return PiecewiseImage("RGB", size, image.info, make)


def _avif(header: AvifImagePlugin.AvifImageFile) -> Image.Image:
    """A large AVIF, read without what Pillow's reader goes on to hold while it makes its own picture."""
    data, *_ = header._decoder.get_frame(0)
    header._decoder = None
    image = Image.frombytes(header.mode, header.size, data)
    image.info.update(header.info)
    return image


def _in_planes(data: bytes, found: PictureFormat, header: ImageFile) -> tuple[PiecewiseImage, int | None]:
    layout = layout_of(data)
    left, top, right, bottom = layout.seen
    size = (right - left, bottom - top)
    # Pillow says in the EXIF data how an AVIF is turned; libheif turns a HEIC itself, which it does not come to here.
    turn = layout.orientation if found is HEIC else None
    if header.size != (size[::-1] if (turn or 1) >= 5 else size):
        raise RareError("another size than the library says")
    # Imported when the first such picture comes: FFmpeg costs 60 ms and 20 MB, and few pictures need it.
    from core.vision.pictures.heif.planes import decoded_in_planes

    mode, make = decoded_in_planes(layout)
    return PiecewiseImage(mode, size, header.info, make), turn
