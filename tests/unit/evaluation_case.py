"""A small prepared folder and a model whose answers can be worked out by hand."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.prepared import COLUMNS, Prepared, open_prepared
from core.heads import AGE, AGE_LABELS, MASK, MASK_LABELS
from core.model.loaded import LoadedModel
from core.model.metadata import Head, ModelMetadata
from core.settings import CropRecipe

CROP = CropRecipe(size=16, margin=1.8, padding="replicate")
# set, split, variant, gender, brightness of the crop, found, quality
FACES = [
    ("faces", "train", "drawn", "male", 0, 1, ""),
    ("faces", "test", "bare", "female", 255, 1, ""),
    ("faces", "test", "drawn", "female", 250, 1, ""),
    ("faces", "test", "drawn", "female", 40, 0, ""),
    ("faces", "test", "drawn", "male", 10, 1, "too_small;too_dark"),
    ("faces", "val", "drawn", "male", 20, 1, ""),
    ("faces", "val", "bare", "male", 30, 1, ""),
    ("real", "test", "real", "male", 128, 1, ""),
    ("real", "test", "real", "", 128, 1, ""),
    ("real", "test", "real", "female", 200, 1, ""),
]


class BrightIsFemale:
    """Stands for a trained model: the brighter a crop, the more female; logits as (male, female)."""

    name = "test"

    def predict(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        female = (crops.reshape(len(crops), -1).mean(axis=1) - 127.5) / 40
        return {"gender": np.stack([np.zeros_like(female), female], axis=1).astype(np.float32)}


class BrightIsMaskedAndOld(BrightIsFemale):
    """Stands for a model of three answers: the brighter a crop, the surer of a mask, and the older."""

    def predict(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        said = super().predict(crops)
        brightness = crops.reshape(len(crops), -1).mean(axis=1)
        ages = -np.abs(brightness[:, np.newaxis] - 50 * np.arange(len(AGE_LABELS))) / 10
        return {**said, MASK: said["gender"], AGE: ages.astype(np.float32)}


def write_prepared(folder: Path, faces: list[tuple], crop: CropRecipe = CROP) -> Prepared:
    recipe = {"crop": {"size": crop.size, "margin": crop.margin, "padding": crop.padding}}
    folder.mkdir()
    (folder / "recipe.json").write_text(json.dumps(recipe))
    for name in sorted({face[0] for face in faces}):
        own = [face for face in faces if face[0] == name]
        (folder / name).mkdir()
        np.save(folder / name / "crops.npy", np.stack([np.full((crop.size,) * 2 + (3,), f[4], np.uint8) for f in own]))
        rows = [
            [f"{n}.webp", s, split, gender, "31", "", "", 0, "", variant, found, 0.9, quality, 0, 0, 9, 9]
            for n, (s, split, variant, gender, _, found, quality) in enumerate(own)
        ]
        pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(folder / name / "index.csv", index=False)
        (folder / name / "report.json").write_text(json.dumps({"recipe": recipe}))
    return open_prepared(folder)


def bright_model() -> LoadedModel:
    metadata = ModelMetadata("bright", "A test.", "none", CROP, {"gender": Head(("male", "female"))})
    return LoadedModel(metadata, BrightIsFemale())


def three_heads_model() -> LoadedModel:
    model = bright_model()
    heads = {**model.metadata.heads, MASK: Head(MASK_LABELS), AGE: Head(AGE_LABELS)}
    return LoadedModel(replace(model.metadata, heads=heads), BrightIsMaskedAndOld())
