"""Films whose faces are known beforehand: coloured squares that move over a grey ground."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from core.types import Box, Face, Pixels
from core.vision.detection.faces import FaceDetector

SIZE = (640, 480)
WOMAN, MAN = (60, 60, 250), (60, 60, 10)  # as `pipeline_case.ColourEngine` takes them


def face_at(x: float, y: float, side: float = 100, score: float = 0.9) -> Face:
    box = Box(x, y, x + side, y + side)
    marks = [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)]
    one, two, three, four, five = ((x + side * a, y + side * b) for a, b in marks)
    return Face(box, (one, two, three, four, five), score)


def frame(*squares: tuple[int, int, tuple[int, int, int]], side: int = 100, size: tuple[int, int] = SIZE) -> Pixels:
    """A frame with a square at each (x, y, colour)."""
    pixels = np.full((size[1], size[0], 3), 127, np.uint8)
    for x, y, colour in squares:
        pixels[y : y + side, x : x + side] = colour
    return pixels


def squares_are_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the detector find the squares, and confirm each."""

    def glance(self: FaceDetector, pixels: Pixels) -> list[Face]:
        coloured = (np.abs(pixels.astype(int) - 127).max(axis=2) > 50).astype(np.uint8)
        found = cv2.connectedComponentsWithStats(coloured)[2][1:]
        return [face_at(float(x), float(y), float(width)) for x, y, width, _, area in found if area > 400]

    monkeypatch.setattr(FaceDetector, "glance", glance)
    monkeypatch.setattr(FaceDetector, "confirm", lambda self, pixels, face: face)


def numbers(tracks: Sequence[object]) -> list[int]:
    return [track.number for track in tracks]  # type: ignore[attr-defined]
