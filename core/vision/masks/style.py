"""Kinds of mask, each declared once: its makes, colours, loops and how often it is seen."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np

Colour = tuple[int, int, int]
WHITE: Colour = (240, 240, 238)
_NAVY, _BLACK = (44, 58, 96), (26, 26, 29)
_Choice = TypeVar("_Choice")
_Palette = tuple[tuple[Colour, float], ...]


class MaskFamily(StrEnum):
    """Kinds of mask, as people would name them."""

    SURGICAL = "surgical"
    CLOTH = "cloth"
    N95 = "n95"
    PATTERNED = "patterned"
    BLACK = "black"
    GAITER = "gaiter"


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


def pick(rng: np.random.Generator, shares: Mapping[_Choice, float]) -> _Choice:
    """One of some things, drawn in their shares."""
    options = list(shares)
    weights = np.array([shares[option] for option in options])
    return options[int(rng.choice(len(options), p=weights / weights.sum()))]


def vary(rng: np.random.Generator, colour: Colour, spread: float = 9) -> Colour:
    """A neighbour of a colour: lighter or darker as a whole, a little off in each channel."""
    whole = rng.normal(0, spread * 0.7)
    red, green, blue = (int(np.clip(value + whole + rng.normal(0, spread * 0.35), 6, 252)) for value in colour)
    return red, green, blue


def _like_the_cloth(rng: np.random.Generator, colour: Colour) -> Colour:
    return pick(rng, {vary(rng, colour): 0.6, (28, 28, 30): 0.25, (236, 236, 234): 0.15})


def _white_on_light(rng: np.random.Generator, colour: Colour) -> Colour:
    return vary(rng, WHITE) if sum(colour) > 200 else vary(rng, colour)


def _rubber(rng: np.random.Generator, colour: Colour) -> Colour:
    return pick(rng, {WHITE: 0.6, (206, 190, 120): 0.2, (60, 110, 170): 0.2})


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilySpec:
    """A kind of mask. Shares and colours were set by eye after public photographs of masked people.

    Attributes:
        share: How often it is seen, relative to the others.
        shapes: How it is made → how often.
        palette: Colours of the cloth → how often; empty for cloth that is printed all over.
        loops: The colour of its loops, by that of its cloth.
        thickness: Of the loops, in eye distances.
        emblems: How many of it bear a print.
        valves: How many of it have an exhalation valve.
        moulded: Whether it is stiff, with a clip over the nose.
        ordinary: One of it as it is often seen: fields of `MaskStyle`.
    """

    share: float
    shapes: Mapping[MaskShape, float]
    palette: _Palette = ()
    loops: Callable[[np.random.Generator, Colour], Colour] = _like_the_cloth
    thickness: float = 0.036
    emblems: float = 0.0
    valves: float = 0.0
    moulded: bool = False
    ordinary: Mapping[str, Any] = field(default_factory=dict)


FAMILIES = {
    MaskFamily.SURGICAL: FamilySpec(
        share=0.42,
        shapes={MaskShape.PLEATED: 1.0},
        palette=(
            (WHITE, 0.36), ((176, 208, 228), 0.24), ((130, 184, 216), 0.10), ((206, 226, 234), 0.08),
            ((150, 208, 196), 0.06), ((238, 196, 206), 0.03), ((34, 36, 40), 0.10), ((120, 124, 130), 0.02),
            ((70, 96, 140), 0.01),
        ),
        loops=_white_on_light,
        thickness=0.032,
        ordinary={"shape": MaskShape.PLEATED, "colour": (176, 208, 228)},
    ),
    MaskFamily.CLOTH: FamilySpec(
        share=0.12,
        shapes={MaskShape.FITTED: 0.6, MaskShape.PLEATED: 0.2, MaskShape.WINGED: 0.2},
        palette=(
            (WHITE, 0.20), (_NAVY, 0.12), ((126, 128, 132), 0.18), ((140, 32, 46), 0.08), ((206, 194, 172), 0.10),
            ((58, 84, 120), 0.08), ((60, 76, 62), 0.05), ((206, 150, 160), 0.06), ((110, 150, 176), 0.06),
            ((86, 74, 68), 0.07),
        ),
        emblems=0.12,
        ordinary={"shape": MaskShape.FITTED, "colour": _NAVY, "strap": _NAVY},
    ),
    MaskFamily.N95: FamilySpec(
        share=0.13,
        shapes={MaskShape.CUP: 0.4, MaskShape.FOLDED: 0.6},
        palette=(((238, 238, 234), 0.76), ((222, 226, 228), 0.1), ((40, 42, 46), 0.08), ((126, 176, 206), 0.06)),
        loops=_rubber,
        thickness=0.045,
        valves=0.3,
        moulded=True,
        ordinary={"shape": MaskShape.FOLDED, "colour": (238, 238, 234)},
    ),
    MaskFamily.PATTERNED: FamilySpec(
        share=0.10,
        shapes={MaskShape.FITTED: 0.65, MaskShape.PLEATED: 0.35},
        ordinary={
            "shape": MaskShape.FITTED, "colour": WHITE, "accent": (150, 40, 50), "pattern": Pattern.FLORAL,
        },
    ),
    MaskFamily.BLACK: FamilySpec(
        share=0.23,
        shapes={MaskShape.WINGED: 0.45, MaskShape.FITTED: 0.25, MaskShape.PLEATED: 0.30},
        palette=((_BLACK, 0.55), ((38, 38, 42), 0.25), ((56, 57, 62), 0.12), ((32, 38, 58), 0.08)),
        emblems=0.12,
        ordinary={"shape": MaskShape.WINGED, "colour": _BLACK, "strap": _BLACK},
    ),
    MaskFamily.GAITER: FamilySpec(
        share=0.06,
        shapes={MaskShape.GAITER: 1.0},
        palette=(
            ((34, 34, 38), 0.4), ((110, 112, 116), 0.2), ((44, 58, 92), 0.15), ((74, 84, 60), 0.1),
            ((140, 40, 46), 0.15),
        ),
        ordinary={"shape": MaskShape.GAITER, "colour": (110, 112, 116)},
    ),
}  # fmt: skip
HELD_OUT_FAMILY = MaskFamily.GAITER
TRAINING_FAMILIES = tuple(family for family in MaskFamily if family is not HELD_OUT_FAMILY)


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
