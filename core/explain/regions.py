"""Which part of a head each pixel of a face crop shows, by the crop's geometry alone.

Every crop is cut the same way: the face box in the middle, its size known, the eyes level. So one
map holds for all crops of a recipe, masked or bare, which makes figures by region comparable.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.settings import CropRecipe


class Region(StrEnum):
    """Parts of a face crop."""

    EYES = "eyes_brow"
    HAIR = "hair_forehead"
    MASK = "mask"
    BACKGROUND = "background"

    @property
    def words(self) -> str:
        """The region as people call it."""
        return _WORDS[self]


_WORDS = {
    Region.EYES: "eyes and brow",
    Region.HAIR: "hair and forehead",
    Region.MASK: "mask region",
    Region.BACKGROUND: "around the head",
}
REGIONS = tuple(Region)

# In face sizes from the middle of the face box, x to the right, y down; the eyes lie at y -0.11, the chin at 0.5.
_HEAD_MIDDLE, _HEAD_RADII = -0.12, (0.50, 0.66)
_BROW, _MASK_TOP, _TEMPLE = -0.28, 0.0, 0.38


def region_map(recipe: CropRecipe) -> NDArray[np.uint8]:
    """The region of every pixel of a crop.

    The head is an ellipse. In it, the mask region is what lies below the bridge of the nose, eyes and
    brow are the band above it between the temples, and all else is hair and forehead. What lies
    outside (background, clothes, long hair) is "around the head".

    Args:
        recipe: How the crops are cut.

    Returns:
        uint8 (size, size): places in `REGIONS`.
    """
    line = (np.arange(recipe.size) + 0.5 - recipe.size / 2) * recipe.margin / recipe.size
    x, y = np.meshgrid(line, line)
    head = (x / _HEAD_RADII[0]) ** 2 + ((y - _HEAD_MIDDLE) / _HEAD_RADII[1]) ** 2 <= 1
    band = (y >= _BROW) & (np.abs(x) <= _TEMPLE)
    chosen = np.select(
        [~head, y >= _MASK_TOP, band],
        [REGIONS.index(region) for region in (Region.BACKGROUND, Region.MASK, Region.EYES)],
        REGIONS.index(Region.HAIR),
    )
    return chosen.astype(np.uint8)


def shares(amounts: NDArray[np.floating], recipe: CropRecipe) -> dict[Region, float] | None:
    """How an amount that is spread over a crop is shared among the regions.

    Args:
        amounts: (size, size); what is negative counts as nothing.
        recipe: How the crop was cut.

    Returns:
        A share in [0, 1] for each region, in the order of `REGIONS`, with the sum 1; None where there is nothing.

    Raises:
        ValueError: If the shape is not that of the recipe's crops or an amount is not finite.
    """
    if amounts.shape != (recipe.size, recipe.size) or not np.isfinite(amounts).all():
        raise ValueError(f"expected finite amounts ({recipe.size}, {recipe.size}), got {amounts.shape}")
    present = np.maximum(amounts, 0).astype(np.float64)
    largest = float(present.max())
    if largest == 0:
        return None
    # Divided before they are summed: neither the tiniest nor the largest amounts get lost.
    sums = np.bincount(region_map(recipe).ravel(), (present / largest).ravel(), minlength=len(REGIONS))
    return dict(zip(REGIONS, (sums / sums.sum()).tolist(), strict=True))


def area_shares(recipe: CropRecipe) -> dict[Region, float]:
    """The share of the crop's area that each region takes: what an evenly spread amount would give."""
    even = shares(np.ones((recipe.size, recipe.size)), recipe)
    assert even is not None
    return even
