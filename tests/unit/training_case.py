"""A small prepared folder that a network learns in an epoch or two, without a detector or masks."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.prepared import COLUMNS, Prepared, open_prepared
from core.heads import AGE, AGE_LABELS, GENDER, GENDER_LABELS, MASK, MASK_LABELS
from core.model.architectures import find_network
from core.settings import CropRecipe
from core.training.recipes import Recipe

CROP = CropRecipe(size=32)
COUNTS = {"train": 60, "val": 20, "test": 4}
RECIPE = Recipe(epochs=3, batch=20, learning_rate=0.003)
BASELINE = find_network("baseline-cnn")
THREE = replace(BASELINE, heads={GENDER: GENDER_LABELS, MASK: MASK_LABELS, AGE: AGE_LABELS})
"""The small network with all three answers."""


class Killed(BaseException):
    """Stands for the end of the process."""


def write_prepared(
    folder: Path,
    *,
    sets: tuple[str, ...] = ("faces",),
    counts: dict[str, int] = COUNTS,
    variants: tuple[str, ...] = ("bare", "drawn"),
    crop: CropRecipe = CROP,
) -> Prepared:
    """Women have a bright forehead, men a dark one; masked faces a bright chin; the rest is noise.

    Every third picture is of unknown age; the others are of 5 and of 30 years, the older ones bluish.
    """
    rng = np.random.default_rng(1)
    recipe = {"crop": asdict(crop), "seed": 0}
    folder.mkdir(parents=True)
    (folder / "recipe.json").write_text(json.dumps(recipe))
    for name in sets:
        rows, crops = [], []
        for split, count in counts.items():
            for number in range(count):
                gender, age = ("female", "male")[number % 2], ("", "5", "30")[number % 3]
                for variant in variants:
                    crops.append(_face(rng, crop.size, gender, age, variant))
                    labels = (f"{split}{number}.png", name, split, gender, age, "", "", int(variant != "bare"), "")
                    rows.append((*labels, variant, 1, 0.9, "", 0.0, 0.0, 9.0, 9.0))
        (folder / name).mkdir()
        np.save(folder / name / "crops.npy", np.stack(crops))
        pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(folder / name / "index.csv", index=False)
        (folder / name / "report.json").write_text(json.dumps({"recipe": recipe, "dropped_counts": {"no_face": 2}}))
    return open_prepared(folder)


def _face(rng: np.random.Generator, size: int, gender: str, age: str, variant: str) -> np.ndarray:
    face = rng.integers(60, 196, (size, size, 3), dtype=np.uint8)
    face[: size // 2] = (face[: size // 2] / 4) + (150 if gender == "female" else 0)
    if variant != "bare":
        face[size // 2 :] = face[size // 2 :] / 4 + 150
    if age == "30":
        face[..., 2] = np.minimum(255, face[..., 2] + 60.0)
    return face
