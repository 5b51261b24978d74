"""The committed public-domain portraits, and pictures put together from them."""

import math
from functools import cache

import cv2
import numpy as np

from core.settings import ASSETS_DIR
from core.types import Face, Pixels, face_size
from core.vision.detection.faces import FaceDetector
from core.vision.pictures.decode import load_picture
from tests.unit.picture_files import encoded

NAMES = ("astronaut", "obama", "biden")


@cache
def detector() -> FaceDetector:
    return FaceDetector()


@cache
def portrait(name: str) -> Pixels:
    return load_picture(ASSETS_DIR / "samples" / "portraits" / f"{name}.jpg").pixels


@cache
def portrait_face(name: str) -> Face:
    (face,) = detector().detect(portrait(name))
    return face


def turned(pixels: Pixels, degrees: float) -> Pixels:
    """The whole picture turned counter-clockwise on a larger, grey ground."""
    height, width = pixels.shape[:2]
    side = math.ceil(math.hypot(height, width))
    matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), degrees, 1.0)
    matrix[:, 2] += (side - width) / 2, (side - height) / 2
    return cv2.warpAffine(pixels, matrix, (side, side), borderValue=(127, 127, 127)).astype(np.uint8)


def resized(pixels: Pixels, scale: float) -> Pixels:
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=way).astype(np.uint8)


@cache
def head(name: str, size: int) -> Pixels:
    """A square round a portrait's face, which is `size` pixels high."""
    face = portrait_face(name)
    scale = size / face_size(face)
    half = round(0.75 * size)
    small = cv2.copyMakeBorder(resized(portrait(name), scale), half, half, half, half, cv2.BORDER_REPLICATE)
    x, y = (round(value * scale) + half for value in face.box.center)
    return small[y - half : y + half, x - half : x + half].astype(np.uint8)


def head_file(name: str, form: str = "PNG", *, scale: float = 1.0, mirrored: bool = False) -> bytes:
    """A head as a picture file; other arguments give other files of the same photograph."""
    pixels = resized(head(name, 120), scale)
    return encoded(np.ascontiguousarray(pixels[:, ::-1]) if mirrored else pixels, form)
