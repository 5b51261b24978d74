"""Pictures and faces: what vision hands on, and measures of them; frozen and validated at birth.

A picture is `uint8` RGB `(height, width, 3)` with EXIF orientation applied. A box is in pixels
`(left, top, right, bottom)`, half open, and may reach beyond the picture.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Point = tuple[float, float]
# Width to height of YuNet's boxes: median on the train splits of lfw, fairface and scut.
ASPECT = 0.76
_ASTRAY = 0.1  # Eyes nearer to each other than this share of the face say nothing of its roll.


def check_pixels(pixels: Pixels) -> None:
    """Raise `ValueError` unless `pixels` is a non-empty uint8 array (height, width, 3)."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
        raise ValueError(f"expected uint8 (height, width, 3), got {pixels.dtype} {pixels.shape}")


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture.

    Attributes:
        pixels: uint8 RGB (height, width, 3), read-only, EXIF orientation applied.
        name: The file's name or path as the user gave it.
        sha256: Hex digest of the encoded file.
        notes: Sentences worth telling the user, such as "first frame of an animation".
    """

    pixels: Pixels = field(repr=False)
    name: str
    sha256: str
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_pixels(self.pixels)
        view = self.pixels.view()
        view.flags.writeable = False
        object.__setattr__(self, "pixels", view)

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, half open; finite, with positive width and height."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        values = (self.left, self.top, self.right, self.bottom)
        if not all(math.isfinite(value) for value in values):
            raise ValueError(f"a box needs finite sides, got {values}")
        if self.right <= self.left or self.bottom <= self.top:
            raise ValueError(f"a box needs right > left and bottom > top, got {values}")

    @property
    def width(self) -> float:
        """Width in pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height in pixels."""
        return self.bottom - self.top

    @property
    def center(self) -> Point:
        """Centre (x, y) in pixels."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def overlap(self, other: "Box") -> float:
        """Intersection over union with `other`, 0 to 1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.width * self.height + other.width * other.height - shared)


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture.

    Attributes:
        box: Where it is.
        landmarks: Five points (x, y) in pixels, named as seen by the viewer of the picture:
            left eye, right eye, nose tip, left mouth corner, right mouth corner.
        score: The detector's confidence, in [0, 1]; 0 for a whole picture that is taken as a face.
        detected: False where the whole picture is taken as a face because the user asked for it.
        way_up_known: False where it cannot be told whether the face stands on its head.
    """

    box: Box
    landmarks: tuple[Point, Point, Point, Point, Point]
    score: float
    detected: bool = True
    way_up_known: bool = True

    def __post_init__(self) -> None:
        if len(self.landmarks) != 5 or not all(math.isfinite(v) for point in self.landmarks for v in point):
            raise ValueError(f"a face needs five finite landmarks, got {self.landmarks}")
        if not 0 <= self.score <= 1:
            raise ValueError(f"a score lies in [0, 1], got {self.score}")

    def scaled(self, factor: float) -> "Face":
        """The face in the same picture of `factor` times the size."""
        box = self.box
        one, two, three, four, five = ((factor * x, factor * y) for x, y in self.landmarks)
        larger = Box(factor * box.left, factor * box.top, factor * box.right, factor * box.bottom)
        return replace(self, box=larger, landmarks=(one, two, three, four, five))


def face_size(face: Face) -> float:
    """Height in pixels of a face of usual proportions whose box has the same diagonal.

    The diagonal of the box round an ellipse stays the same while the ellipse turns; and a mask
    changes it by 0 % in the mean (standard deviation 5 %), the longer side by -1 % (6 %): measured
    on the train splits of lfw, fairface and scut with drawn masks.
    """
    return math.hypot(face.box.width, face.box.height) / math.hypot(1.0, ASPECT)


def roll_of(face: Face) -> float:
    """Direction from the viewer's left eye to the right one, radians in [-pi, pi], positive clockwise.

    It is 0 for a whole picture taken as a face, and where the eyes fall together.
    """
    (left_x, left_y), (right_x, right_y) = face.landmarks[:2]
    x, y = right_x - left_x, right_y - left_y
    if not face.detected or math.hypot(x, y) < _ASTRAY * face_size(face):
        return 0.0
    return math.atan2(y, x)
