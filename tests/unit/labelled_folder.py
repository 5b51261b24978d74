"""A folder of labelled pictures of real faces, made from the committed portraits: enough for a small training."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tests.unit.portraits import portrait

WHO = {"Female": ("astronaut",), "Male": ("obama", "biden")}


def write_labelled(root: Path, each: int, genders: tuple[str, ...] = ("Female", "Male")) -> Path:
    """`each` pictures of either gender: turned, zoomed and lit differently, so that no two are near-duplicates."""
    for gender in genders:
        (root / gender).mkdir(parents=True, exist_ok=True)
        for number in range(each):
            rng = np.random.default_rng([number, len(gender)])
            names = WHO[gender]
            pixels = _changed(portrait(names[number % len(names)]), rng)
            Image.fromarray(pixels).save(root / gender / f"{number:03d}.jpg", quality=88)
    return root


def _changed(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = pixels.shape[:2]
    scale = 240 / min(height, width)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-14, 14), scale * rng.uniform(0.85, 1.25))
    matrix[:, 2] += np.array([120 - width / 2, 140 - height / 2]) + rng.uniform(-14, 14, 2)
    turned = cv2.warpAffine(pixels, matrix, (240, 280), borderMode=cv2.BORDER_REFLECT)
    lit = turned * rng.uniform(0.7, 1.25) + rng.uniform(-12, 12, 3)
    return np.clip(lit, 0, 255).astype(np.uint8)
