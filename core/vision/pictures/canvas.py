"""Where the pixels of a picture go, strip by strip: into an array, or elsewhere without ever being held together."""

from typing import Protocol

import numpy as np

from core.types import Pixels
from core.vision.pictures.stored import Stored, as_stored


class Canvas(Protocol):
    """Takes a picture: a beginning and its pieces, or all at once."""

    def begin(self, size: tuple[int, int], orientation: int) -> None:
        """Say what will come.

        Args:
            size: Width and height of the picture as it is stored, pixels.
            orientation: How it is to be turned, as in EXIF, 1 to 8.
        """

    def put(self, left: int, top: int, rgb: Pixels) -> None:
        """Take a piece, uint8 sRGB (height, width, 3), that stands in the stored picture at this column and row."""

    def take(self, stored: Stored) -> None:
        """Take a picture that is decoded already."""


class WholeCanvas:
    """The picture as an array.

    Attributes:
        stored: What it was given.
    """

    def __init__(self) -> None:
        self._upright: Pixels = np.empty((0, 0, 3), np.uint8)
        self._lying, self._turned = self._upright, False
        self._taken: Stored | None = None

    @property
    def stored(self) -> Stored:
        """The picture that it was given."""
        return self._taken or Stored(self._upright)

    def begin(self, size: tuple[int, int], orientation: int) -> None:
        """Make room for a picture."""
        width, height = size if orientation <= 4 else size[::-1]
        self._upright, self._turned = np.empty((height, width, 3), np.uint8), orientation != 1
        self._lying = as_stored(self._upright, orientation)

    def put(self, left: int, top: int, rgb: Pixels) -> None:
        """Take a piece; one that is all of an upright picture is not copied."""
        if not self._turned and rgb.shape == self._upright.shape:
            self._upright = rgb
        else:
            self._lying[top : top + rgb.shape[0], left : left + rgb.shape[1]] = rgb

    def take(self, stored: Stored) -> None:
        """Take a picture without a copy."""
        self._taken = stored
