"""Any of Pillow's picture modes → the 8-bit RGB that a person would see.

`Image.convert("RGB")` alone makes 16-bit grey white and lets transparent pixels show their hidden
colour, mostly black; both are mended here. Colours of wide-gamut and HDR pictures become sRGB.

All is done in strips, so that beside the decoded picture and the result nothing of their size is
ever held: of 50 megapixels each copy costs 150 to 400 MB.
"""

from collections.abc import Callable, Iterator
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import BmpImagePlugin, Image, ImageCms, TiffImagePlugin
from PIL.ExifTags import Base

from core.types import Pixels
from core.vision.pictures.canvas import Canvas
from core.vision.pictures.hdr import Tags, to_ordinary
from core.vision.pictures.pieces import PiecewiseImage
from core.vision.pictures.sample_ranges import SIGNED_SCALES, WHOLE_SCALES, range_of, sampled, sixteen_bit_top
from core.vision.pictures.stored import STRIP_PIXELS

Strip = Callable[[Image.Image], Image.Image]

_MAX_EXIF_BYTES = 2 * 2**20
_PHOTOMETRIC, _BITS_PER_SAMPLE, _SAMPLE_FORMAT = 262, 258, 339
_WHITE_IS_ZERO = 0
_SIGNED, _LINEAR = 2, 8  # a TIFF's numbers; a transfer curve of H.273
# Of a profile: the kind of tag whose list of elements may name one element a million times, and how many of them
# may be worked out for each colour, times the bytes that each may go through.
_ELEMENTS, _MAX_PROFILE_STEPS = b"mpet", 250_000
_MAX_PROFILE_TAGS = 100  # as Little CMS reads
_SCREEN_GAMMA, _SAME_GAMMA = 2.2, 0.05  # what PNG's `gAMA` is meant for, and how far from it makes no difference


def draw(image: Image.Image, canvas: Canvas, tags: Tags | None = None, orientation: int | None = None) -> None:
    """Put a decoded picture on a canvas as RGB that is opaque (on white) and sRGB.

    Args:
        image: Opened by one of Pillow's readers; the decoded pixels in it are given up.
        canvas: Is told how to turn it.
        tags: What the file says of the light that its numbers mean, where it does.
        orientation: As in EXIF, 1 to 8; None: what the picture says itself.

    Raises:
        Exception: Nearly anything, where the pixels or a palette turn out to be damaged.
    """
    image.load()
    profile = _profile_of(image)
    hdr = tags if tags is not None and tags.is_hdr else None
    to_rgb = _to_rgb(image)
    in_srgb = None if hdr else _curved(image, tags) if profile is None else _to_srgb(image.mode, profile)
    canvas.begin(image.size, orientation_of(image) if orientation is None else orientation)
    for left, top, strip in _strips(image):
        if image.mode == "CMYK" and in_srgb is not None:
            rgb = np.asarray(in_srgb(strip))
        else:
            plain = to_rgb(strip)
            rgb = np.asarray(in_srgb(plain) if in_srgb is not None else plain)
        canvas.put(left, top, to_ordinary(rgb, hdr) if hdr else rgb)


def colours_of(image: Image.Image, tags: Tags | None) -> Callable[[Pixels], Pixels] | None:
    """From the colours of a picture in RGB or greys, as uint8 RGB (height, width, 3), to sRGB; None where they are it.

    Args:
        image: Opened by one of Pillow's readers.
        tags: What the file says of the light that its numbers mean, where it does.
    """
    profile = _profile_of(image)
    if tags is not None and tags.is_hdr:
        return lambda rgb: to_ordinary(rgb, tags)
    in_srgb = _curved(image, tags) if profile is None else _to_srgb(image.mode, profile)
    return None if in_srgb is None else lambda rgb: np.asarray(in_srgb(Image.fromarray(rgb)))


def _profile_of(image: Image.Image) -> bytes | None:
    profile = image.info.get("icc_profile")
    return profile if isinstance(profile, bytes) else None


def _strips(image: Image.Image) -> Iterator[tuple[int, int, Image.Image]]:
    """A picture in horizontal strips, each with its left column and top row.

    Rows that are longer than a strip may be are cut too.
    """
    columns = min(image.width, STRIP_PIXELS)
    rows = STRIP_PIXELS // columns
    if columns >= image.width and rows >= image.height:
        yield 0, 0, image.crop() if isinstance(image, PiecewiseImage) else image
        return
    for row in range(0, image.height, rows):
        for left in range(0, image.width, columns):
            area = left, row, min(left + columns, image.width), min(row + rows, image.height)
            yield left, row, image.crop(area)


def orientation_of(image: Image.Image) -> int:
    """EXIF orientation, 1 (upright) to 8; 1 where the EXIF data is absent, damaged or of several megabytes."""
    exif = image.info.get("exif")
    if isinstance(exif, bytes) and len(exif) > _MAX_EXIF_BYTES:  # each value in it would become a number of Python's
        return 1
    try:
        found = int(image.getexif().get(Base.Orientation, 1))
    except Exception:  # damaged EXIF raises many kinds, and is no reason to refuse the picture
        return 1
    return found if 1 <= found <= 8 else 1


def _to_rgb(image: Image.Image) -> Strip:
    """How a strip of this picture becomes RGB."""
    if image.mode.startswith("I;16"):
        return _grey16_to_rgb(image)
    if image.mode in ("I", "F"):
        return _stretched_to_rgb(image)
    if image.mode == "L" and _tag(image, _SAMPLE_FORMAT, 1) == _SIGNED:
        return _signed_to_rgb(image)
    if image.has_transparency_data and not _alpha_is_unused(image):
        return _on_white
    return lambda strip: strip if strip.mode == "RGB" else _opaque(strip).convert("RGB")


def _alpha_is_unused(image: Image.Image) -> bool:
    """Whether a picture's alpha is nought throughout, in formats whose writers leave it so: nothing would be seen."""
    leaves_it = isinstance(image, (BmpImagePlugin.BmpImageFile, TiffImagePlugin.TiffImageFile))
    if image.mode not in ("RGBA", "LA") or not leaves_it:
        return False
    return all(strip.getchannel("A").getextrema() == (0, 0) for *_, strip in _strips(image))


def _opaque(strip: Image.Image) -> Image.Image:
    """A strip whose unused alpha is set to full, lest a conversion should take it for real."""
    if strip.mode in ("RGBA", "LA"):
        strip.putalpha(255)
    return strip


def _on_white(image: Image.Image) -> Image.Image:
    transparent = image.convert("RGBA")
    rgb = Image.new("RGB", image.size, "white")
    rgb.paste(transparent, mask=transparent)
    return rgb


def _grey16_to_rgb(image: Image.Image) -> Strip:
    declared = 2 ** _tag(image, _BITS_PER_SAMPLE, 16) - 1
    top = min(declared, int(sixteen_bit_top(np.asarray(strip) for *_, strip in _strips(image))))
    grey = np.minimum((np.arange(65536) * 255 + top // 2) // top, 255).astype(np.uint8)
    if _tag(image, _PHOTOMETRIC, 1) == _WHITE_IS_ZERO:  # Pillow turns 8-bit pictures of this kind only
        grey = 255 - grey
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[transparent] = 255
    return lambda strip: Image.fromarray(grey[np.asarray(strip).astype(np.uint16)]).convert("RGB")


def _tag(image: Image.Image, number: int, otherwise: int) -> int:
    """The first value of a TIFF's tag; `otherwise` where there is none, or no TIFF."""
    found = image.tag_v2.get(number) if isinstance(image, TiffImagePlugin.TiffImageFile) else None
    found = found[0] if isinstance(found, tuple) and found else found
    return found if isinstance(found, int) else otherwise


def _signed_to_rgb(image: Image.Image) -> Strip:
    """Eight bits with a sign, which Pillow gives as if they had none."""
    used = np.flatnonzero(image.histogram())
    shown = np.arange(256) * 2 if used.max() < 128 else (np.arange(256) + 128) % 256
    return lambda strip: strip.point(np.minimum(shown, 255).tolist()).convert("RGB")


def _stretched_to_rgb(image: Image.Image) -> Strip:
    signed = _tag(image, _SAMPLE_FORMAT, 1) == _SIGNED
    short = signed and _tag(image, _BITS_PER_SAMPLE, 32) == 16
    # Pillow gives a sign to whole numbers of 32 bits that have none.
    kind = np.dtype(np.float32 if image.mode == "F" else np.int32 if signed else np.uint32)
    black, white, least = range_of(
        sampled((np.asarray(strip).view(kind) for *_, strip in _strips(image)), image.width * image.height),
        SIGNED_SCALES if short else WHOLE_SCALES,
    )
    span = max(white - black, float(np.finfo(np.float32).tiny))

    def stretched(strip: Image.Image) -> Image.Image:
        values: NDArray[np.float64] = np.asarray(strip).view(kind).astype(np.float64)
        clean = np.nan_to_num(values, nan=least, posinf=white, neginf=black)
        grey = np.rint(np.clip((clean - black) / span, 0, 1) * 255.0).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")

    return stretched


def _curved(image: Image.Image, tags: Tags | None) -> Strip | None:
    """From the curve that a picture says its numbers follow to an ordinary screen's; None where that is the same."""
    gamma = image.info.get("gamma") if tags is None else 1.0 if tags.transfer == _LINEAR else None
    if not isinstance(gamma, float) or gamma <= 0 or "srgb" in image.info:
        return None
    power = 1 / (gamma * _SCREEN_GAMMA)
    if abs(power - 1) <= _SAME_GAMMA:
        return None
    curve = np.rint(255 * (np.arange(256) / 255) ** power).astype(int).tolist() * 3
    return lambda strip: strip.point(curve)


def _to_srgb(mode: str, profile: bytes) -> Strip | None:
    """From the colours of a profile to sRGB, of pictures in RGB or CMYK; None where there is nothing to be done.

    That is where the profile is sRGB itself, unusable, too complex or of another kind of colours.
    """
    mode = "CMYK" if mode == "CMYK" else "RGB"
    if is_endless(profile):
        return None
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if source.profile.xcolor_space.strip() != mode:
            return None
        if "srgb" in (source.profile.profile_description or "").lower():
            return None
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # a damaged profile is no reason to refuse the picture

    def converted(strip: Image.Image) -> Image.Image:
        done = ImageCms.applyTransform(strip, transform)
        assert done is not None, "a new picture was asked for"
        return done

    return converted


def is_endless(profile: bytes) -> bool:
    """Whether the lists of elements in a colour profile may cost so much that it is left aside."""
    return _steps(profile) > _MAX_PROFILE_STEPS


def _steps(profile: bytes) -> int:
    """What the lists of elements in a profile may cost for one colour (ICC.1:2022, multiProcessElementsType)."""
    count = min(int.from_bytes(profile[128:132], "big"), _MAX_PROFILE_TAGS)
    starts = {int.from_bytes(profile[at : at + 4], "big") for at in range(136, 136 + 12 * count, 12)}
    lists = [profile[start + 12 : start + 16] for start in starts if profile.startswith(_ELEMENTS, start)]
    return sum(int.from_bytes(elements, "big") for elements in lists) * len(profile)
