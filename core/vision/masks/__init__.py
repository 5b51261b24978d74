"""Face masks drawn on bare faces: `random_style` chooses one, `draw_mask` draws it.

The mask is a surface over a canonical three-dimensional face that is posed by the five
landmarks, dressed with a procedural cloth and lit like the skin that it covers.
"""

from core.vision.masks.draw import draw_mask
from core.vision.masks.random_style import random_style
from core.vision.masks.style import (
    FAMILIES,
    HELD_OUT_FAMILY,
    TRAINING_FAMILIES,
    MaskFamily,
    MaskPosition,
    MaskShape,
    MaskStyle,
    Pattern,
)

__all__ = [
    "FAMILIES",
    "HELD_OUT_FAMILY",
    "TRAINING_FAMILIES",
    "MaskFamily",
    "MaskPosition",
    "MaskShape",
    "MaskStyle",
    "Pattern",
    "draw_mask",
    "random_style",
]
