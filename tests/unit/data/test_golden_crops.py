import numpy as np
from PIL import Image

from tests.golden.crops import FILE, make

MEAN, LARGEST = 0.5, 24  # Levels of 255 by which other processors and library builds may differ.


def test_prepared_crops_change_only_with_their_version() -> None:
    kept = np.asarray(Image.open(FILE).convert("RGB")).astype(int)
    differences = np.abs(make().astype(int) - kept)
    changed = differences.mean() > MEAN or differences.max() > LARGEST
    assert not changed, (
        f"`prepare` makes other crops than those in {FILE.name}. If that is meant, raise PREPARATION_VERSION, so that "
        "folders prepared before are not mixed with new ones, and write the new crops: python -m tests.golden.crops"
    )
