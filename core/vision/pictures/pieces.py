"""A picture whose pixels are made when they are asked for, piece by piece, so that it is never held as a whole."""

from collections.abc import Callable
from typing import Any

from PIL import Image

Area = tuple[int, int, int, int]
"""Left, top, right, bottom; pixels, half open."""
Piece = Callable[[Area], Image.Image]


class PiecewiseImage(Image.Image):
    """A picture of Pillow's of which only `crop` gives pixels."""

    def __init__(self, mode: str, size: tuple[int, int], info: dict[str | tuple[int, int], Any], make: Piece) -> None:
        """Describe a picture.

        Args:
            mode: That of the pieces.
            size: Width and height, pixels.
            info: What its file says of it, as Pillow has it.
            make: A piece of it, by its area within the picture.
        """
        super().__init__()
        self._mode, self._size, self.info = mode, size, info
        self._make = make

    def load(self) -> None:
        """Nothing: there is no picture to be held."""

    def crop(self, box: tuple[float, float, float, float] | None = None) -> Image.Image:
        """A piece of the picture, or all of it."""
        left, top, right, bottom = map(int, box or (0, 0, *self.size))
        return self._make((left, top, right, bottom))
