"""Random masks: families, colours and ways of wearing them in about the shares seen on streets."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from core.vision.masks.style import TRAINING_FAMILIES, Colour, MaskFamily, MaskPosition, MaskShape, MaskStyle, Pattern

# Shares and colours were set by eye after public photographs of masked people.
_FAMILY_SHARES = {
    MaskFamily.SURGICAL: 0.42,
    MaskFamily.CLOTH: 0.12,
    MaskFamily.N95: 0.13,
    MaskFamily.PATTERNED: 0.10,
    MaskFamily.BLACK: 0.23,
    MaskFamily.GAITER: 0.06,
}
_POSITIONS = {
    MaskPosition.NORMAL: 0.66,
    MaskPosition.HIGH: 0.18,
    MaskPosition.LOW: 0.12,
    MaskPosition.UNDER_NOSE: 0.04,
}
_Palette = tuple[tuple[Colour, float], ...]
_WHITE = (240, 240, 238)
_SURGICAL: _Palette = (
    (_WHITE, 0.36), ((176, 208, 228), 0.24), ((130, 184, 216), 0.10), ((206, 226, 234), 0.08), ((150, 208, 196), 0.06),
    ((238, 196, 206), 0.03), ((34, 36, 40), 0.10), ((120, 124, 130), 0.02), ((70, 96, 140), 0.01),
)  # fmt: skip
_CLOTH: _Palette = (
    (_WHITE, 0.20), ((44, 58, 96), 0.12), ((126, 128, 132), 0.18), ((140, 32, 46), 0.08), ((206, 194, 172), 0.10),
    ((58, 84, 120), 0.08), ((60, 76, 62), 0.05), ((206, 150, 160), 0.06), ((110, 150, 176), 0.06), ((86, 74, 68), 0.07),
)  # fmt: skip
_N95: _Palette = (((238, 238, 234), 0.76), ((222, 226, 228), 0.1), ((40, 42, 46), 0.08), ((126, 176, 206), 0.06))
_BLACK: _Palette = (((26, 26, 29), 0.55), ((38, 38, 42), 0.25), ((56, 57, 62), 0.12), ((32, 38, 58), 0.08))
_GAITER: _Palette = (
    ((34, 34, 38), 0.4), ((110, 112, 116), 0.2), ((44, 58, 92), 0.15), ((74, 84, 60), 0.1), ((140, 40, 46), 0.15),
)  # fmt: skip
_PALETTES = {
    MaskFamily.SURGICAL: _SURGICAL,
    MaskFamily.CLOTH: _CLOTH,
    MaskFamily.N95: _N95,
    MaskFamily.BLACK: _BLACK,
    MaskFamily.GAITER: _GAITER,
}
_SHAPE_SHARES = {
    MaskFamily.SURGICAL: {MaskShape.PLEATED: 1.0},
    MaskFamily.CLOTH: {MaskShape.FITTED: 0.6, MaskShape.PLEATED: 0.2, MaskShape.WINGED: 0.2},
    MaskFamily.N95: {MaskShape.CUP: 0.4, MaskShape.FOLDED: 0.6},
    MaskFamily.PATTERNED: {MaskShape.FITTED: 0.65, MaskShape.PLEATED: 0.35},
    MaskFamily.BLACK: {MaskShape.WINGED: 0.45, MaskShape.FITTED: 0.25, MaskShape.PLEATED: 0.30},
    MaskFamily.GAITER: {MaskShape.GAITER: 1.0},
}


_Choice = TypeVar("_Choice")


def _pick(rng: np.random.Generator, shares: Mapping[_Choice, float]) -> _Choice:
    options = list(shares)
    weights = np.array([shares[option] for option in options])
    return options[int(rng.choice(len(options), p=weights / weights.sum()))]


def _vary(rng: np.random.Generator, colour: Colour, spread: float = 9) -> Colour:
    """A neighbour of a colour: lighter or darker as a whole, a little off in each channel."""
    whole = rng.normal(0, spread * 0.7)
    red, green, blue = (int(np.clip(value + whole + rng.normal(0, spread * 0.35), 6, 252)) for value in colour)
    return red, green, blue


def _printed(rng: np.random.Generator) -> tuple[Pattern, Colour, Colour]:
    """A print, its ground and its second colour."""
    kinds = [pattern for pattern in Pattern if pattern is not Pattern.PLAIN]
    pattern = _pick(rng, dict(zip(kinds, (0.32, 0.14, 0.16, 0.13, 0.08, 0.17), strict=True)))
    ground = _pick(rng, {_WHITE: 0.34, (28, 28, 32): 0.26, (40, 56, 100): 0.12, (150, 40, 50): 0.1,
                         (216, 180, 150): 0.08, (60, 110, 130): 0.1})  # fmt: skip
    light = sum(ground) > 380
    low, high = (15, 170) if light else (120, 245)
    red, green, blue = (int(value) for value in rng.integers(low, high, 3))
    if pattern is Pattern.CAMOUFLAGE:
        return pattern, *_pick(rng, {((96, 104, 72), (60, 58, 44)): 0.6, ((120, 124, 128), (70, 72, 76)): 0.4})
    return pattern, _vary(rng, ground), (red, green, blue)


def _strap(rng: np.random.Generator, family: MaskFamily, colour: Colour) -> Colour:
    """Loops are white on medical masks, else mostly of the cloth's colour or black."""
    if family is MaskFamily.SURGICAL:
        return _vary(rng, _WHITE) if sum(colour) > 200 else _vary(rng, colour)
    if family is MaskFamily.N95:
        return _pick(rng, {_WHITE: 0.6, (206, 190, 120): 0.2, (60, 110, 170): 0.2})
    return _pick(rng, {_vary(rng, colour): 0.6, (28, 28, 30): 0.25, (236, 236, 234): 0.15})


def random_style(rng: np.random.Generator, families: Sequence[MaskFamily] = TRAINING_FAMILIES) -> MaskStyle:
    """A random mask of one of `families`, in their everyday proportions; all chance comes from `rng`.

    Raises:
        ValueError: If `families` is empty.
    """
    if not families:
        raise ValueError("random_style needs at least one family")
    family = _pick(rng, {family: _FAMILY_SHARES[MaskFamily(family)] for family in families})
    shape = _pick(rng, _SHAPE_SHARES[family])
    pattern = Pattern.PLAIN
    if family is MaskFamily.PATTERNED:
        pattern, colour, accent = _printed(rng)
    else:
        colour = _vary(rng, _pick(rng, dict(_PALETTES[family])))
        accent = _vary(rng, (200, 204, 208) if rng.random() < 0.6 else (60, 64, 70))
        if family in (MaskFamily.BLACK, MaskFamily.CLOTH) and rng.random() < 0.12:
            pattern = Pattern.PRINT
            accent = _vary(rng, (225, 225, 225)) if sum(colour) < 330 else _vary(rng, (40, 40, 60))
    return MaskStyle(
        family=family,
        shape=shape,
        colour=colour,
        accent=accent,
        strap=_strap(rng, family, colour),
        pattern=pattern,
        position=_pick(rng, _POSITIONS),
        shift=float(np.clip(rng.normal(0, 0.045), -0.1, 0.12)),
        width=float(np.clip(rng.normal(1.02, 0.07), 0.85, 1.2)),
        height=float(np.clip(rng.normal(1.03, 0.07), 0.85, 1.2)),
        creases=float(rng.beta(1.7, 2.4)),
        valve=family is MaskFamily.N95 and rng.random() < 0.3,
        seed=int(rng.integers(0, 2**31)),
    )
