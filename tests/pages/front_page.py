"""What the front page's tests share: the dashboard's place, an engine with a known answer, pictures."""

import json
import math
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.metadata import GENDER

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "assets" / "samples"
MakeModel = Callable[..., Path]


class FixedEngine:
    """Answers every face with the probability of *female* that its file holds, and counts the faces."""

    name = "LiteRT"
    faces = 0

    def __init__(self, path: Path) -> None:
        p = json.loads(path.read_text())
        self.logits = [0.0, math.log(p / (1 - p))]

    def predict(self, crops: Any) -> dict[str, Any]:
        FixedEngine.faces += len(crops)
        return {GENDER: np.tile(np.float32(self.logits), (len(crops), 1))}


def encoded(pixels: Any) -> bytes:
    """Pixels as PNG bytes."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
