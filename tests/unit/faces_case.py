"""Made-up rows of predictions.csv."""

import numpy as np
import pandas as pd


def faces(gender: list[str] | str, p_female: object, **columns: object) -> pd.DataFrame:
    """One row a face; columns that are not given are those of an ordinary test face."""
    n = len(gender) if isinstance(gender, list) else len(np.atleast_1d(p_female))
    usual = {
        "file": [f"f/{number}.webp" for number in range(n)],
        "set": "faces",
        "split": "test",
        "gender": gender,
        "age": "31",
        "ethnicity": "",
        "masked": 1,
        "mask_family": "cloth",
        "variant": "drawn",
        "found": 1,
        "quality": "",
        "p_female": p_female,
    }
    return pd.DataFrame(usual | columns)


def random_faces(n: int, seed: int, apart: float = 2.0, **columns: object) -> pd.DataFrame:
    """Faces whose logits lie `apart` by gender, in standard deviations."""
    random = np.random.default_rng(seed)
    female = random.random(n) < 0.5
    logits = 2 * random.normal(np.where(female, apart / 2, -apart / 2), 1)
    return faces(list(np.where(female, "female", "male")), np.round(1 / (1 + np.exp(-logits)), 6), **columns)
