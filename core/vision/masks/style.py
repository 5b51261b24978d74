"""What a mask looks like: a frozen, validated description that `draw_mask` follows to the byte."""

import math
from dataclasses import dataclass
from enum import StrEnum

from core.vision.masks.families import FAMILIES, Colour, MaskFamily, MaskShape, Pattern


class MaskPosition(StrEnum):
    """How the mask is worn."""

    NORMAL = "normal"
    HIGH = "high"
    LOW = "low"
    UNDER_NOSE = "under_nose"


@dataclass(frozen=True, slots=True)
class MaskStyle:
    """One mask, fully described.

    Attributes:
        family: What people would call it.
        shape: How it is made; one that its family has.
        colour: Main colour of the cloth in neutral light, sRGB 0 to 255.
        accent: Second colour: of the print, the valve, or the other half of a two-tone mask.
        strap: Colour of ear loops and head straps.
        pattern: What is printed on it.
        position: How it is worn.
        shift: Further shift down the face, in eye distances, -0.2 to 0.2.
        width: Size across, 0.8 to 1.2 of the usual.
        height: Size down the face, 0.8 to 1.2 of the usual.
        creases: Depth of folds and wrinkles, 0 to 1.
        valve: An exhalation valve.
        seed: Seed of everything that is random in the cloth; not negative.
    """

    family: MaskFamily
    shape: MaskShape
    colour: Colour
    accent: Colour = (128, 128, 128)
    strap: Colour = (235, 235, 235)
    pattern: Pattern = Pattern.PLAIN
    position: MaskPosition = MaskPosition.NORMAL
    shift: float = 0.0
    width: float = 1.0
    height: float = 1.0
    creases: float = 0.5
    valve: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        shapes = tuple(FAMILIES[MaskFamily(self.family)].shapes)
        if self.shape not in shapes:
            raise ValueError(f"a {self.family} mask has one of the shapes {shapes}, got {self.shape!r}")
        for colour in (self.colour, self.accent, self.strap):
            if len(colour) != 3 or not all(0 <= value <= 255 for value in colour):
                raise ValueError(f"a colour is three values from 0 to 255, got {colour}")
        _within("shift", self.shift, -0.2, 0.2)
        _within("width", self.width, 0.8, 1.2)
        _within("height", self.height, 0.8, 1.2)
        _within("creases", self.creases, 0, 1)
        Pattern(self.pattern), MaskPosition(self.position)
        if self.seed < 0:
            raise ValueError(f"a seed is not negative, got {self.seed}")


def _within(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} lies in [{low}, {high}], got {value}")
