"""What a mask looks like: a frozen, validated description that `draw_mask` follows to the byte."""

import math
from dataclasses import dataclass
from enum import StrEnum

Colour = tuple[int, int, int]


class MaskFamily(StrEnum):
    """Kinds of mask, as people would name them."""

    SURGICAL = "surgical"
    CLOTH = "cloth"
    N95 = "n95"
    PATTERNED = "patterned"
    BLACK = "black"
    GAITER = "gaiter"


HELD_OUT_FAMILY = MaskFamily.GAITER
TRAINING_FAMILIES = tuple(family for family in MaskFamily if family is not HELD_OUT_FAMILY)


class MaskPosition(StrEnum):
    """How the mask is worn."""

    NORMAL = "normal"
    HIGH = "high"
    LOW = "low"
    UNDER_NOSE = "under_nose"


class MaskShape(StrEnum):
    """How the mask is made.

    PLEATED: a folded rectangle on ear loops. FITTED: two halves sewn along the middle. WINGED: one
    stretchy piece with ear holes. CUP: a moulded shell. FOLDED: a stiff vertical fold (KN95).
    GAITER: a tube from the nose to the neck.
    """

    PLEATED = "pleated"
    FITTED = "fitted"
    WINGED = "winged"
    CUP = "cup"
    FOLDED = "folded"
    GAITER = "gaiter"


class Pattern(StrEnum):
    """What is printed on the cloth."""

    PLAIN = "plain"
    FLORAL = "floral"
    STRIPES = "stripes"
    DOTS = "dots"
    CHECK = "check"
    CAMOUFLAGE = "camouflage"
    PRINT = "print"


SHAPES = {
    MaskFamily.SURGICAL: (MaskShape.PLEATED,),
    MaskFamily.CLOTH: (MaskShape.FITTED, MaskShape.PLEATED, MaskShape.WINGED),
    MaskFamily.N95: (MaskShape.CUP, MaskShape.FOLDED),
    MaskFamily.PATTERNED: (MaskShape.FITTED, MaskShape.PLEATED),
    MaskFamily.BLACK: (MaskShape.WINGED, MaskShape.FITTED, MaskShape.PLEATED),
    MaskFamily.GAITER: (MaskShape.GAITER,),
}


@dataclass(frozen=True, slots=True)
class MaskStyle:
    """One mask, fully described.

    Attributes:
        family: What people would call it.
        shape: How it is made; one of `SHAPES[family]`.
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
        if self.shape not in SHAPES[MaskFamily(self.family)]:
            raise ValueError(f"a {self.family} mask has one of the shapes {SHAPES[self.family]}, got {self.shape!r}")
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
