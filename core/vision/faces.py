"""Faces of a picture: boxes, five landmarks and scores, in reading order."""

import cv2
import numpy as np

from core.settings import DetectorSettings
from core.types import Box, Face, Pixels, Point, check_pixels
from core.vision.yunet import YuNet

# Landmarks as shares of the box: medians of YuNet on the train splits of lfw, fairface and scut.
_CANONICAL = ((0.26, 0.38), (0.72, 0.38), (0.49, 0.58), (0.30, 0.73), (0.70, 0.73))


class FaceDetector:
    """Finds faces; safe to share between threads."""

    def __init__(self, settings: DetectorSettings = DetectorSettings()) -> None:  # noqa: B008 (frozen)
        self._settings = settings
        self._network = YuNet(settings.nms_threshold)

    def detect(self, pixels: Pixels) -> list[Face]:
        """All faces of a picture, uint8 RGB (height, width, 3), in reading order; [] where there is none."""
        check_pixels(pixels)
        bgr = np.ascontiguousarray(pixels[:, :, ::-1])
        scale = min(1.0, self._settings.longest_side / max(bgr.shape[:2]))
        if scale < 1:
            size = (max(1, round(bgr.shape[1] * scale)), max(1, round(bgr.shape[0] * scale)))
            bgr = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
        found = self._network.look(bgr, self._settings.score_threshold)
        stretch = (pixels.shape[1] / bgr.shape[1], pixels.shape[0] / bgr.shape[0])
        return reading_order([_stretched(face, *stretch) for face in found])


def _stretched(face: Face, x: float, y: float) -> Face:
    box = Box(face.box.left * x, face.box.top * y, face.box.right * x, face.box.bottom * y)
    one, two, three, four, five = ((px * x, py * y) for px, py in face.landmarks)
    return Face(box, (one, two, three, four, five), face.score)


def reading_order(faces: list[Face]) -> list[Face]:
    """Rows from top to bottom, faces of a row from left to right.

    A face belongs to the current row while its centre lies within half a face height of the row's
    mean centre.
    """
    rows: list[list[Face]] = []
    for face in sorted(faces, key=lambda face: face.box.center[1]):
        if rows:
            centre = sum(other.box.center[1] for other in rows[-1]) / len(rows[-1])
            height = min(face.box.height, sum(other.box.height for other in rows[-1]) / len(rows[-1]))
            if face.box.center[1] - centre < height / 2:
                rows[-1].append(face)
                continue
        rows.append([face])
    return [face for row in rows for face in sorted(row, key=lambda face: face.box.center[0])]


def whole_picture_face(pixels: Pixels) -> Face:
    """The whole picture taken as one face, upright and frontal, as in a crop that the face fills."""
    check_pixels(pixels)
    height, width = pixels.shape[:2]

    def place(share: Point) -> Point:
        return share[0] * width, share[1] * height

    one, two, three, four, five = (place(share) for share in _CANONICAL)
    return Face(Box(0, 0, width, height), (one, two, three, four, five), score=0.0, detected=False)
