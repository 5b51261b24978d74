"""Crops that `prepare` makes of the sample portraits, kept to tell when it makes others.

`python -m tests.golden.crops` writes them for the present `PREPARATION_VERSION`.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from core.data.preparation import PREPARATION_VERSION
from core.data.samples import Sample
from core.data.variants import FaceCropper, Variants
from core.settings import ASSETS_DIR, CropRecipe
from core.types import Pixels

FILE = Path(__file__).with_name(f"crops-{PREPARATION_VERSION}.png")
PORTRAITS = ("astronaut", "biden", "obama")


def make() -> Pixels:
    """A row a portrait: bare, with a drawn mask, with one of the held-out family; uint8 RGB."""
    cropper = FaceCropper(Variants(CropRecipe(size=64, margin=1.5)))
    rows = []
    for name in PORTRAITS:
        data = (ASSETS_DIR / "samples" / "portraits" / f"{name}.jpg").read_bytes()
        cuts = cropper.crop(Sample(f"{name}.jpg", "golden", "val", "female"), data)
        if not isinstance(cuts, list):
            raise RuntimeError(f"{name} gave no crop: {cuts.message}")
        rows.append(np.concatenate([cut.crop for cut in cuts], axis=1))
    return np.concatenate(rows)


if __name__ == "__main__":
    Image.fromarray(make()).save(FILE)
    print(FILE)
