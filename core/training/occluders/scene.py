"""Where a face is in a crop, and paint that takes the light of the crop."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import Pixels

Matrix = NDArray[np.float64]
Points = NDArray[np.float64]
Colour = NDArray[np.float64]

EYE_X, EYE_Y = 0.17, -0.11
"""Where the eyes are, in face sizes from the middle of the detector's box (x to the right, y down)."""
BROW = -0.24
HEAD = 0.47
"""Half the width of a head with its hair, in face sizes."""

_FINE = 3  # Bits below a pixel with which lines and areas are placed.


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A crop that is drawn on.

    Attributes:
        canvas: uint8 RGB (size, size, 3), changed in place.
        matrix: Affine (2, 3) from where the face was to the canvas.
        middle: The face's middle there, x and y alike, pixels.
        face: The face's size there, pixels.
    """

    canvas: Pixels
    matrix: Matrix
    middle: float
    face: float

    @property
    def unit(self) -> float:
        """A face size in pixels of the canvas."""
        return self.face * float(np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))

    def place(self, points: Points) -> Points:
        """Points (…, 2) in face sizes → pixels of the canvas, origin at the corner of the first one."""
        return (points * self.face + self.middle) @ self.matrix[:, :2].T + self.matrix[:, 2]

    def skin(self) -> Colour:
        """Colour of the skin between and beside the eyes, (3,)."""
        return self.median((-0.12, -0.2), (0.12, -0.02))

    def light(self) -> float:
        """How brightly the face is lit, about 0.3 to 1.1: what a white thing's level is beside 235."""
        return float(np.clip(self.skin().max() / 200, 0.25, 1.1))

    def median(self, low: tuple[float, float], high: tuple[float, float]) -> Colour:
        """Median colour between two corners in face sizes, (3,)."""
        corners = self.place(np.array([low, high, (low[0], high[1]), (high[0], low[1])]))
        left, top = np.clip(np.floor(corners.min(axis=0)), 0, len(self.canvas) - 1).astype(int)
        right, bottom = np.clip(np.ceil(corners.max(axis=0)), (left + 1, top + 1), len(self.canvas)).astype(int)
        return np.asarray(np.median(self.canvas[top:bottom, left:right].reshape(-1, 3), axis=0), dtype=np.float64)

    def cover(self, areas: list[Points], soft: float = 0.0) -> NDArray[np.uint8]:
        """Areas in face sizes → how much of each pixel they cover, (size, size), 0 to 255.

        Args:
            areas: Outlines, (n, 2) each.
            soft: Blur of their edges, face sizes.
        """
        layer = np.zeros(self.canvas.shape[:2], np.uint8)
        for area in areas:
            cv2.fillPoly(layer, [self._fine(area)], 255, cv2.LINE_AA, _FINE)
        if soft * self.unit > 0.3:
            layer = np.asarray(cv2.GaussianBlur(layer, (0, 0), soft * self.unit), dtype=np.uint8)
        return layer

    def lines(self, lines: list[Points], width: float, colour: Colour, *, closed: bool = False) -> None:
        """Draw lines, (n, 2) in face sizes each, `width` face sizes wide and at least a pixel, onto the canvas."""
        shown = tuple(float(value) for value in np.clip(colour, 0, 255))
        thick = max(1, round(width * self.unit))
        cv2.polylines(self.canvas, [self._fine(line) for line in lines], closed, shown, thick, cv2.LINE_AA, _FINE)

    def _fine(self, points: Points) -> NDArray[np.int32]:
        # OpenCV's origin is the middle of the first pixel.
        far = 8 * len(self.canvas)
        return np.round(np.clip(self.place(points) - 0.5, -far, far) * (1 << _FINE)).astype(np.int32)

    def paint(self, cover: NDArray[np.uint8], paint: Any, strength: float = 1.0) -> None:
        """Lay paint on the canvas where `cover` (size, size) says so.

        Args:
            cover: 0 to 255.
            paint: A colour (3,), or one a pixel (size, size, 3).
            strength: Its opacity, in [0, 1].
        """
        left, top, width, height = cv2.boundingRect(cover)
        if not width:
            return
        part = slice(top, top + height), slice(left, left + width)
        under = self.canvas[part].astype(np.float32)
        share = cover[part].astype(np.float32)[..., None] * np.float32(strength / 255)
        over = np.asarray(paint, dtype=np.float32)
        under += (over[part] if over.ndim == 3 else over) * share - under * share
        self.canvas[part] = np.clip(under, 0, 255).astype(np.uint8)

    def darken(self, cover: NDArray[np.uint8], strength: float) -> None:
        """Throw a shadow: take `strength`, in [0, 1], of the light where `cover` says so."""
        self.paint(cover, (0.0, 0.0, 0.0), strength)

    def cloth(
        self, colour: Colour, rng: np.random.Generator, folds: tuple[int, int], strength: float
    ) -> NDArray[np.float32]:
        """A colour with the light and dark of folds and of the light's direction, (size, size, 3).

        Args:
            colour: (3,), 0 to 255, as in full light.
            rng: Where all chance comes from.
            folds: How many there are across and down the canvas.
            strength: Share of the light that they take.
        """
        coarse = 1 + strength * rng.standard_normal((folds[1] + 1, folds[0] + 1)).astype(np.float32)
        slope = float(rng.uniform(-0.25, 0.25))
        coarse += np.linspace(-slope, slope, folds[0] + 1, dtype=np.float32)
        size = self.canvas.shape[1], self.canvas.shape[0]
        shade = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
        lit = np.asarray(colour * self.light(), dtype=np.float32)
        return np.asarray(np.clip(shade, 0.25, 1.6)[..., None] * lit, dtype=np.float32)


def curve(points: list[tuple[float, float]], count: int = 12) -> Points:
    """A quadratic or cubic Bézier curve through its first and last of 3 or 4 points, (count, 2)."""
    along = np.linspace(0, 1, count)[:, None]
    row = np.asarray(points, dtype=np.float64)[:, None, :]
    while len(row) > 1:
        row = row[:-1] * (1 - along) + row[1:] * along
    return np.asarray(row[0])


def ellipse(middle: tuple[float, float], radius: tuple[float, float], square: float = 2.0, count: int = 28) -> Points:
    """A closed (count, 2) superellipse; `square` 2 is an ellipse, more goes towards a rectangle."""
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    unit = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return np.asarray(np.sign(unit) * np.abs(unit) ** (2 / square) * radius + middle)


def random_colour(rng: np.random.Generator) -> Colour:
    """Of clothes: two in three black, grey, navy, beige or white, the others of any hue, (3,)."""
    if rng.random() < 0.66:
        base = np.array([(24, 24, 26), (70, 72, 76), (30, 38, 66), (186, 170, 146), (228, 228, 226)])
        chosen = base[int(rng.choice(5, p=(0.35, 0.2, 0.2, 0.1, 0.15)))]
        return np.asarray(chosen * rng.uniform(0.8, 1.08, 3))
    hue = cv2.cvtColor(
        np.array([[(rng.integers(180), rng.integers(60, 230), rng.integers(70, 230))]], np.uint8), cv2.COLOR_HSV2RGB
    )
    return np.asarray(hue[0, 0], dtype=np.float64)
