"""A classifier whose answers are known beforehand, and pictures with as many faces as one likes."""

from collections.abc import Callable

import numpy as np

from core.classify.pipeline import Classifier, Upload
from core.heads import AGE, AGE_LABELS, GENDER, GENDER_LABELS, MASK, MASK_LABELS
from core.model.engines import Logits
from core.model.loaded import LoadedModel
from core.model.metadata import Head, ModelMetadata
from core.settings import CropRecipe, QualityLimits
from core.types import Box, Face, Pixels
from core.vision.detection.faces import FaceDetector

Draw = Callable[..., bytes]


class BlueEngine:
    """Takes blue faces for women: the mean of the blue channel decides; remembers its batches."""

    name = "Blue"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def predict(self, crops: Pixels) -> Logits:
        self.batches.append(len(crops))
        female = (crops[..., 2].mean(axis=(1, 2)) - 127) / 10
        return {GENDER: np.stack([np.zeros_like(female), female], axis=1).astype(np.float32)}


class ColourEngine(BlueEngine):
    """Has three answers: blue faces are women, green ones masked, and the redder, the older."""

    def predict(self, crops: Pixels) -> Logits:
        red, green, _ = np.moveaxis(crops.mean(axis=(1, 2)), 1, 0)
        masked = (green - 127) / 10
        ages = -np.abs(red[:, np.newaxis] - 60 * np.arange(len(AGE_LABELS))) / 10
        mask = np.stack([np.zeros_like(masked), masked], axis=1)
        return {**super().predict(crops), MASK: mask.astype(np.float32), AGE: ages.astype(np.float32)}


class BrokenEngine(BlueEngine):
    """Gives NaN for pictures that are very blue."""

    def predict(self, crops: Pixels) -> Logits:
        answer = super().predict(crops)
        answer[GENDER][answer[GENDER][:, 1] > 10] = np.nan
        return answer


HEADS = {GENDER: Head(GENDER_LABELS)}
THREE_HEADS = {**HEADS, MASK: Head(MASK_LABELS), AGE: Head(AGE_LABELS)}


def classifier_of(engine: BlueEngine, **settings: object) -> Classifier:
    """Its crops hold little but the face, and its faces, being of one colour, may be as blurred as they like."""
    recipe = CropRecipe(size=16, margin=1.5)
    heads = THREE_HEADS if isinstance(engine, ColourEngine) else HEADS
    metadata = ModelMetadata("blue", "For tests", "none", recipe, heads)
    return Classifier(
        LoadedModel(metadata, engine),
        **{"quality": QualityLimits(min_sharpness=0, max_brightness=255, max_clipped=1)} | settings,
    )


def uploads(draw: Draw, number: int, **how: int) -> list[Upload]:
    return [Upload(f"{index}.png", draw(seed=index, **how)) for index in range(number)]


def a_face_every_ten_columns(self: FaceDetector, pixels: Pixels) -> list[Face]:
    """Stands in for `FaceDetector.detect`."""
    boxes = [Box(left, 0, left + 10, pixels.shape[0]) for left in range(0, pixels.shape[1] // 10 * 10, 10)]
    return [Face(box, (box.center,) * 5, 0.9) for box in boxes]
