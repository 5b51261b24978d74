"""Random masks: families, colours and ways of wearing them in about the shares seen on streets."""

from collections.abc import Sequence

import numpy as np

from core.vision.masks.style import (
    FAMILIES,
    TRAINING_FAMILIES,
    WHITE,
    Colour,
    MaskFamily,
    MaskPosition,
    MaskStyle,
    Pattern,
    pick,
    vary,
)

_POSITIONS = {
    MaskPosition.NORMAL: 0.66,
    MaskPosition.HIGH: 0.18,
    MaskPosition.LOW: 0.12,
    MaskPosition.UNDER_NOSE: 0.04,
}


def _printed(rng: np.random.Generator) -> tuple[Pattern, Colour, Colour]:
    """A print, its ground and its second colour."""
    kinds = [pattern for pattern in Pattern if pattern is not Pattern.PLAIN]
    pattern = pick(rng, dict(zip(kinds, (0.32, 0.14, 0.16, 0.13, 0.08, 0.17), strict=True)))
    ground = pick(rng, {WHITE: 0.34, (28, 28, 32): 0.26, (40, 56, 100): 0.12, (150, 40, 50): 0.1,
                         (216, 180, 150): 0.08, (60, 110, 130): 0.1})  # fmt: skip
    light = sum(ground) > 380
    low, high = (15, 170) if light else (120, 245)
    red, green, blue = (int(value) for value in rng.integers(low, high, 3))
    if pattern is Pattern.CAMOUFLAGE:
        return pattern, *pick(rng, {((96, 104, 72), (60, 58, 44)): 0.6, ((120, 124, 128), (70, 72, 76)): 0.4})
    return pattern, vary(rng, ground), (red, green, blue)


def random_style(rng: np.random.Generator, families: Sequence[MaskFamily] = TRAINING_FAMILIES) -> MaskStyle:
    """A random mask of one of `families`, in their everyday proportions; all chance comes from `rng`.

    Raises:
        ValueError: If `families` is empty.
    """
    if not families:
        raise ValueError("random_style needs at least one family")
    family = pick(rng, {family: FAMILIES[MaskFamily(family)].share for family in families})
    spec = FAMILIES[family]
    shape = pick(rng, spec.shapes)
    pattern = Pattern.PLAIN
    if not spec.palette:
        pattern, colour, accent = _printed(rng)
    else:
        colour = vary(rng, pick(rng, dict(spec.palette)))
        accent = vary(rng, (200, 204, 208) if rng.random() < 0.6 else (60, 64, 70))
        if spec.emblems and rng.random() < spec.emblems:
            pattern = Pattern.PRINT
            accent = vary(rng, (225, 225, 225)) if sum(colour) < 330 else vary(rng, (40, 40, 60))
    return MaskStyle(
        family=family,
        shape=shape,
        colour=colour,
        accent=accent,
        strap=spec.loops(rng, colour),
        pattern=pattern,
        position=pick(rng, _POSITIONS),
        shift=float(np.clip(rng.normal(0, 0.045), -0.1, 0.12)),
        width=float(np.clip(rng.normal(1.02, 0.07), 0.85, 1.2)),
        height=float(np.clip(rng.normal(1.03, 0.07), 0.85, 1.2)),
        creases=float(rng.beta(1.7, 2.4)),
        valve=bool(spec.valves) and rng.random() < spec.valves,
        seed=int(rng.integers(0, 2**31)),
    )
