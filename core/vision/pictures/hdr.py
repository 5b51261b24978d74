"""Pictures and films of high dynamic range (HDR) → the colours of an ordinary screen.

Their numbers mean light by another curve (PQ or HLG, ITU-R BT.2100) and, mostly, in other primaries.
Read as ordinary ones they look grey and flat, and a face in them is another to a model.

What a picture file says of that light stands in PNG's cICP, `colr` of HEIC and AVIF, and ICC's cicp (ISO/IEC 14496-12
and 23008-12: boxes and items; PNG 3rd edition; ICC.1:2022), by the codes of H.273.
"""

import struct
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.types import Pixels
from core.vision.pictures.heif.items import meta
from core.vision.pictures.heif.layout import primary_of, properties_of

HDR_NOTE = "This is an HDR picture: its brightness and colours were fitted to an ordinary screen."
# Codes of ITU-T H.273, which all formats share.
_PQ, _HLG = 16, 18
_WHITE = 203.0  # cd/m²: diffuse white, and where faces are as bright as in ordinary pictures (ITU-R BT.2408)
_PQ_PEAK, _HLG_PEAK = 10_000.0, 1000.0  # cd/m² at the largest number
_KNEE = 0.7  # what is darker stays as it is; the lights above come closer and closer to white
_STEPS = 4096
# From each set of primaries to those of sRGB, in linear light (from the chromaticities in H.273).
_TO_SRGB = {
    9: ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187)),  # BT.2020
    12: ((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979)),  # Display P3
}
_SAME = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_LUMINANCE = {9: (0.2627, 0.6780, 0.0593), 12: (0.2290, 0.6917, 0.0793)}
_LUMINANCE_SRGB = (0.2126, 0.7152, 0.0722)
_MAX_LISTED = 4096  # tags of a profile


class Tags(NamedTuple):
    """What a file says of its numbers, as codes of ITU-T H.273.

    Attributes:
        primaries: The colours of pure red, green and blue.
        transfer: The curve from light to numbers.
    """

    primaries: int
    transfer: int

    @property
    def is_hdr(self) -> bool:
        """Whether the numbers must not be read as an ordinary picture's."""
        return self.transfer in (_PQ, _HLG)


def to_ordinary(pixels: Pixels, tags: Tags) -> Pixels:
    """HDR colours as sRGB.

    Diffuse white stays nearly white, lights beyond it are pressed together by the largest of the
    three channels, so that their hue is kept; colours beyond sRGB are clipped.

    Args:
        pixels: uint8 (height, width, 3), whose numbers mean what `tags` say.
        tags: PQ or HLG.
    """
    light = _light(tags.transfer)[pixels]
    if tags.transfer == _HLG:  # what a screen makes of it, by the luminance (ITU-R BT.2100)
        luminance = np.array(_LUMINANCE.get(tags.primaries, _LUMINANCE_SRGB), np.float32)
        light *= np.maximum(light @ luminance, 1e-9)[..., np.newaxis] ** np.float32(0.2)
        light *= np.float32(_HLG_PEAK / _WHITE)
    light = np.clip(light @ np.array(_TO_SRGB.get(tags.primaries, _SAME), np.float32).T, 0, None)
    brightest = np.maximum(light.max(axis=-1, keepdims=True), 1e-9)
    beyond = np.maximum(brightest - _KNEE, 0) / (1 - _KNEE)
    light *= (np.minimum(brightest, _KNEE) + (1 - _KNEE) * (1 - np.exp(-beyond))) / brightest
    ordinary: Pixels = _from_linear()[(np.minimum(light, 1) * (_STEPS - 1) + 0.5).astype(np.uint16)]
    return ordinary


def tags_of_png(data: bytes) -> Tags | None:
    """Of the chunk `cICP`, which stands before the pixels."""
    position = 8
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        if kind == b"cICP" and length == 4:
            return Tags(data[position + 8], data[position + 9])
        if kind == b"IDAT":
            return None
        position += 12 + length
    return None


def tags_of_profile(profile: bytes) -> Tags | None:
    """Of an ICC profile that says them."""
    try:
        (count,) = struct.unpack_from(">I", profile, 128)
        for number in range(min(count, _MAX_LISTED)):
            name, offset, size = struct.unpack_from(">4sII", profile, 132 + 12 * number)
            if name == b"cicp" and size >= 12:
                primaries, transfer = struct.unpack_from("2B", profile, offset + 8)
                return Tags(primaries, transfer)
    except struct.error:
        return None
    return None


def tags_of_heif(data: bytes) -> Tags | None:
    """Of the main picture of a HEIC or AVIF; None where it says none or is damaged."""
    try:
        inside = meta(data)
        for kind, content in properties_of(primary_of(inside), inside):
            if kind == b"colr" and content.startswith(b"nclx"):
                primaries, transfer = struct.unpack_from(">2H", content, 4)
                return Tags(primaries, transfer)
    except (struct.error, IndexError):
        return None
    return None


@cache
def _light(transfer: int) -> NDArray[np.float32]:
    """Of each of the 256 numbers: for PQ, light in diffuse white (SMPTE ST 2084); for HLG, that of the scene."""
    coded = np.arange(256) / 255
    if transfer == _PQ:
        root = coded ** (32 / 2523)
        light = (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (16384 / 2610)
        return (light * _PQ_PEAK / _WHITE).astype(np.float32)
    scene = np.where(coded <= 0.5, coded**2 / 3, (np.exp((coded - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    return scene.astype(np.float32)


@cache
def _from_linear() -> Pixels:
    """The number in sRGB of each step of linear light."""
    linear = np.arange(_STEPS) / (_STEPS - 1)
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    numbers: Pixels = np.rint(255 * curve).astype(np.uint8)
    return numbers
