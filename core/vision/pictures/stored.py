"""Decoded pixels as they lie in their file, and the picture that they make.

To turn a picture of 12 megapixels upright and to bring its colours to sRGB takes longer than to decode it, so both are
done to what is wanted of it alone: to it at half its sides, or to what lies round some faces.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from core.types import Box, Pixels, check_pixels

# Whose colours are changed at a time, as each copy takes memory. Half a megapixel is one piece; larger strips take half
# as long again: each is memory that is new to the process.
STRIP_PIXELS = 600_000


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Pixels out of a file.

    Attributes:
        pixels: uint8 RGB (height, width, 3).
        turn: How they lie, as in EXIF, 1 (upright) to 8.
        to_srgb: From their colours to sRGB, for any number of rows; None where they are in sRGB.
    """

    pixels: Pixels
    turn: int = 1
    to_srgb: Callable[[Pixels], Pixels] | None = None

    def __post_init__(self) -> None:
        check_pixels(self.pixels)

    def whole(self) -> Pixels:
        """The picture, uint8 RGB (height, width, 3), upright and sRGB."""
        return _upright(self._in_srgb(self.pixels), self.turn)

    def halved(self) -> Pixels:
        """The same at half its sides, a pixel being the mean of two by two; the last of an odd side is left out."""
        height, width = self.pixels.shape[:2]
        across, down = _turned(self.turn)  # where a side begins at its other end, so that pixels stay in their places
        top, left = height % 2 if down else 0, width % 2 if across else 0
        size = width // 2, height // 2
        even = self.pixels[top : top + 2 * size[1], left : left + 2 * size[0]]
        half = np.asarray(cv2.resize(even, size, interpolation=cv2.INTER_AREA), np.uint8)
        return _upright(self._in_srgb(half), self.turn)

    def around(self, parts: Sequence[Box]) -> Pixels:
        """The same as `whole` in some parts of the upright picture; the rest may be anything."""
        if self.to_srgb is None and self.turn == 1:
            return self.pixels
        height, width = self.pixels.shape[:2]
        upright = np.zeros((width, height, 3) if self.turn >= 5 else (height, width, 3), np.uint8)
        lying = as_stored(upright, self.turn)
        for part in parts:
            left, top, right, bottom = _stored_area(part, (width, height), self.turn)
            if left < right and top < bottom:
                lying[top:bottom, left:right] = self._in_srgb(self.pixels[top:bottom, left:right])
        return upright

    def strips(self) -> Iterator[tuple[int, Pixels]]:
        """The top row of each horizontal strip, and its pixels in sRGB, as they lie."""
        return self._strips(self.pixels)

    def _strips(self, pixels: Pixels) -> Iterator[tuple[int, Pixels]]:
        rows = max(1, STRIP_PIXELS // pixels.shape[1])
        for top in range(0, len(pixels), rows):
            strip = pixels[top : top + rows]
            yield top, strip if self.to_srgb is None else self.to_srgb(np.ascontiguousarray(strip))

    def _in_srgb(self, pixels: Pixels) -> Pixels:
        if self.to_srgb is None:
            return pixels
        done = np.empty_like(pixels)
        for top, strip in self._strips(pixels):
            done[top : top + len(strip)] = strip
        return done


def as_stored(upright: Pixels, orientation: int) -> Pixels:
    """A view of an upright picture in which its pixels stand as in a file of this EXIF orientation (CIPA DC-008).

    Not `ImageOps.exif_transpose`, which copies the whole picture and fails on damaged EXIF data.

    Args:
        upright: (height, width, 3).
        orientation: 1 to 8.
    """
    if orientation >= 5:
        upright = upright.transpose(1, 0, 2)
    across, down = _turned(orientation)
    return upright[:: -1 if down else 1, :: -1 if across else 1]


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """What `as_stored` undoes; by OpenCV, which takes a quarter of the time of a copy of the view."""
    across, down = _turned(orientation)
    if across or down:
        pixels = np.asarray(cv2.flip(pixels, -1 if across and down else int(across)), np.uint8)
    return np.asarray(cv2.transpose(pixels), np.uint8) if orientation >= 5 else pixels


def _turned(orientation: int) -> tuple[bool, bool]:
    """Whether columns and rows are stored from the other end."""
    return orientation in (2, 3, 7, 8), orientation in (3, 4, 6, 7)


def _stored_area(part: Box, size: tuple[int, int], orientation: int) -> tuple[int, int, int, int]:
    """Where a part of an upright picture is in the stored one of this `size` (width, height): left, top, right, bottom.

    Nothing, right before left or bottom before top, where it is not in it.
    """
    sides = (part.left, part.right), (part.top, part.bottom)
    (left, right), (top, bottom) = (
        [length - end for end in reversed(ends)] if turned else ends
        for ends, length, turned in zip(
            sides[:: -1 if orientation >= 5 else 1], size, _turned(orientation), strict=True
        )
    )
    width, height = size
    return (
        max(0, math.floor(left)),
        max(0, math.floor(top)),
        min(width, math.ceil(right)),
        min(height, math.ceil(bottom)),
    )
