"""Where boxes and tags go on an annotated picture: geometry only, in pixels of the output.

A tag is placed above its box, or else where it hides the least of other tags and of faces.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.types import Box

MIN_FONT_PX = 13
_MIN_LONGEST_SIDE = 480
_MIN_SHORTEST_SIDE = 120
_MIN_FACE_PX = 48
_MAX_ENLARGED_SIDE = 1600
_CELLS = 48  # Along the longer side, by which neighbours are looked up.

Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom in whole pixels, half open, inside the picture."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """The output picture's size, pixels, and how many times larger than the input it is."""

    width: int
    height: int
    factor: int

    @property
    def longest(self) -> int:
        """The longer side, pixels."""
        return max(self.width, self.height)

    def rectangle(self, box: Box) -> Rectangle:
        """A box of the input picture on this canvas, cut to it; at least one pixel."""
        left = min(max(round(box.left * self.factor), 0), self.width - 1)
        top = min(max(round(box.top * self.factor), 0), self.height - 1)
        right = min(max(round(box.right * self.factor), left + 1), self.width)
        bottom = min(max(round(box.bottom * self.factor), top + 1), self.height)
        return left, top, right, bottom

    def line_width(self, rectangle: Rectangle) -> int:
        """Width of a box's line: grows with picture and face, at least 2 pixels."""
        face = _shorter_side(rectangle)
        wanted = min(max(self.longest / 320, face / 50), self.longest / 160)
        return max(2, round(min(wanted, face / 10)))

    def font_size(self, rectangle: Rectangle) -> int:
        """Size of a tag's letters: grows with the face; readable with the whole picture on a screen.

        Where faces leave room for it, letters are 2 % of the picture: 11 pixels in a column of 550.
        """
        face = _shorter_side(rectangle)
        smallest = max(MIN_FONT_PX, self.longest * 0.012, min(self.longest * 0.02, face * 0.2))
        largest = max(20.0, self.longest * 0.03)
        return round(min(max(face * 0.14, smallest), largest))


def canvas_for(width: int, height: int, boxes: Sequence[Box]) -> Canvas:
    """The output size: the input's own, times a whole number where letters could not be read on it.

    A picture is enlarged until its sides are at least 480 and 120 pixels long and half of its faces
    at least 48; but not beyond 1600 pixels for the faces' sake.
    """
    longest, shortest = max(width, height), min(width, height)
    factor = max(math.ceil(_MIN_LONGEST_SIDE / longest), math.ceil(_MIN_SHORTEST_SIDE / shortest))
    if longest * factor > _MAX_ENLARGED_SIDE:
        factor = max(1, _MAX_ENLARGED_SIDE // longest)
    faces = sorted(min(box.width, box.height) for box in boxes)
    if faces:
        wanted = math.ceil(_MIN_FACE_PX / faces[len(faces) // 2])
        factor = max(factor, min(wanted, _MAX_ENLARGED_SIDE // longest))
    return Canvas(width * factor, height * factor, factor)


class Places:
    """Rectangles on a canvas by where they are, so that what hides what is asked of neighbours alone."""

    def __init__(self, canvas: Canvas, rectangles: Iterable[Rectangle] = ()) -> None:
        """Begin with some rectangles."""
        self._side = max(1, math.ceil(canvas.longest / _CELLS))
        self._cells: dict[tuple[int, int], list[Rectangle]] = {}
        for rectangle in rectangles:
            self.add(rectangle)

    def add(self, rectangle: Rectangle) -> None:
        """Take in one more."""
        for cell in self._touched(rectangle):
            self._cells.setdefault(cell, []).append(rectangle)

    def hidden(self, place: Rectangle) -> int:
        """Pixels of `place` that lie in the rectangles, each counted for itself."""
        found = 0
        for column, row in self._touched(place):
            for other in self._cells.get((column, row), ()):
                left, top = max(place[0], other[0]), max(place[1], other[1])
                # What two rectangles share lies in several cells; it is counted in the one of its first corner.
                if (left // self._side, top // self._side) == (column, row):
                    found += max(min(place[2], other[2]) - left, 0) * max(min(place[3], other[3]) - top, 0)
        return found

    def _touched(self, rectangle: Rectangle) -> Iterator[tuple[int, int]]:
        left, top, right, bottom = rectangle
        for row in range(top // self._side, (bottom - 1) // self._side + 1):
            for column in range(left // self._side, (right - 1) // self._side + 1):
                yield column, row


def place_tag(size: tuple[int, int], own: Rectangle, boxes: Places, tags: Places, canvas: Canvas) -> Rectangle:
    """Where a tag of `size` (width, height) goes.

    Args:
        size: Width and height of the tag; cut to the canvas where it is larger.
        own: The box that the tag belongs to.
        boxes: All boxes, `own` among them.
        tags: Tags that are placed already.
        canvas: What the tag stays inside.
    """
    width, height = min(size[0], canvas.width), min(size[1], canvas.height)
    left, top, right, bottom = own
    middle = (left + right - width) // 2
    corners = [
        (left, top - height), (right - width, top - height), (middle, top - height),
        (left, bottom), (right - width, bottom), (middle, bottom),
        (left, top), (left, bottom - height), (right, top), (left - width, top),
    ]  # fmt: skip
    candidates = []
    for rank, (x, y) in enumerate(corners):
        x, y = min(max(x, 0), canvas.width - width), min(max(y, 0), canvas.height - height)
        place = (x, y, x + width, y + height)
        # A covered tag is an answer lost; a covered rim of a face is not. The rank breaks ties.
        hidden = 20 * tags.hidden(place) + boxes.hidden(place)
        candidates.append((hidden / (width * height) + rank / 100, place))
    return min(candidates)[1]


def _shorter_side(rectangle: Rectangle) -> int:
    return min(rectangle[2] - rectangle[0], rectangle[3] - rectangle[1])
