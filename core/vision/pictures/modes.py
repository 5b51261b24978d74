"""Any of Pillow's picture modes → the 8-bit RGB that a person would see.

`Image.convert("RGB")` alone makes 16-bit grey white and lets transparent pixels show their hidden
colour, mostly black; both are mended here. Colours of wide-gamut pictures become sRGB.
"""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, TiffImagePlugin
from PIL.ExifTags import Base
from PIL.Image import Transpose

from core.types import Pixels

# How to turn a picture with this EXIF orientation upright (CIPA DC-008, tag 0x0112); 1 is upright.
_UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_PHOTOMETRIC, _BITS_PER_SAMPLE = 262, 258
_WHITE_IS_ZERO = 0


def to_pixels(image: Image.Image) -> Pixels:
    """A decoded picture as uint8 RGB (height, width, 3): upright, opaque (on white), sRGB.

    Raises:
        Exception: Nearly anything, where the pixels or a palette turn out to be damaged.
    """
    image.load()
    turn = _UPRIGHT.get(_orientation(image))
    profile = image.info.get("icc_profile")
    rgb = _to_rgb(image, profile if isinstance(profile, bytes) else None)
    return np.asarray(rgb if turn is None else rgb.transpose(turn))


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 (upright) to 8; 1 where the EXIF data is absent or damaged."""
    try:
        return int(image.getexif().get(Base.Orientation, 1))
    except Exception:  # damaged EXIF raises many kinds, and is no reason to refuse the picture
        return 1


def _to_rgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode.startswith("I;16"):
        return _grey16_to_rgb(image)
    if image.mode in ("I", "F"):
        return Image.fromarray(_stretched(np.asarray(image))).convert("RGB")
    if image.mode == "CMYK" and profile:
        return _to_srgb(image, profile) or image.convert("RGB")
    rgb = _on_white(image) if image.has_transparency_data else image
    rgb = rgb if rgb.mode == "RGB" else rgb.convert("RGB")
    return (_to_srgb(rgb, profile) or rgb) if profile else rgb


def _on_white(image: Image.Image) -> Image.Image:
    transparent = image.convert("RGBA")
    rgb = Image.new("RGB", image.size, "white")
    rgb.paste(transparent, mask=transparent)
    return rgb


def _grey16_to_rgb(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.uint32)
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    bits = tags.get(_BITS_PER_SAMPLE, (16,))
    top = 2 ** int(bits[0] if isinstance(bits, tuple) else bits) - 1
    grey = np.minimum((values * 255 + top // 2) // top, 255).astype(np.uint8)
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:  # Pillow turns 8-bit pictures of this kind only
        grey = 255 - grey
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[values == transparent] = 255
    return Image.fromarray(grey).convert("RGB")


def _stretched(values: NDArray[np.float32] | NDArray[np.int32]) -> Pixels:
    """Grey values of an unbounded type as uint8.

    What lies in [0, 1] (floats), [0, 255] or, for whole numbers, [0, 65535] is on that scale;
    anything else is stretched from its smallest to its largest value. NaN becomes the smallest.
    """
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return np.zeros(values.shape, np.uint8)
    low, high = float(finite.min()), float(finite.max())
    scales = (1.0, 255.0) if np.issubdtype(values.dtype, np.floating) else (255.0, 65535.0)
    fitting = [scale for scale in scales if low >= 0 and high <= scale]
    start, top = (0.0, fitting[0]) if fitting else (low, high)
    clean = np.nan_to_num(values.astype(np.float64), nan=low, posinf=high, neginf=low)
    span = max(top - start, float(np.finfo(np.float32).tiny))
    stretched: Pixels = np.rint((clean - start) / span * 255.0).astype(np.uint8)
    return stretched


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture (RGB or CMYK) in sRGB, or None where its profile is sRGB, unusable or of another kind."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if source.profile.xcolor_space.strip() != image.mode:
            return None
        if "srgb" in (source.profile.profile_description or "").lower():
            return None
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # a damaged profile is no reason to refuse the picture
    return converted
