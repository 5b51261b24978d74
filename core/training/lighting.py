"""Light that training pictures seldom show: from one side, in hard shadows, too much of it, coloured."""

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import Pixels

Gain = NDArray[np.float32]

_GRID = 32  # Light changes slowly: its map is made this large and then enlarged.
_GAMMA = 2.2


def shade(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """Light from one side, the hard shadow of a wall or a leaf, or stripes of light through a blind.

    Args:
        crop: uint8 RGB (size, size, 3), the face about its middle; left as it is.
        rng: Where all chance comes from.
    """
    x, y = np.meshgrid(*[np.linspace(-1, 1, _GRID, dtype=np.float32)] * 2)
    turn = float(rng.uniform(0, 2 * math.pi))
    across = x * math.cos(turn) + y * math.sin(turn)
    kind = rng.random()
    if kind < 0.45:  # the face is round: what turns away from the light lies in the dark
        gain = np.exp2(-rng.uniform(0.6, 2.2) * (across + rng.uniform(0, 0.4)))
    else:
        along = y * math.cos(turn) - x * math.sin(turn)
        edge = across - rng.uniform(-0.45, 0.45) + 0.15 * np.sin(along * rng.uniform(1, 7) + rng.uniform(0, 6))
        if kind > 0.85:
            edge = 0.5 * np.sin(across * rng.uniform(5, 13) + rng.uniform(0, 6)) - rng.uniform(-0.2, 0.2)
        soft = math.exp(rng.uniform(math.log(0.04), math.log(0.5)))
        lit = 0.5 + 0.5 * np.tanh(edge / soft)
        deep = float(rng.uniform(0.12, 0.5))
        gain = deep + (1 - deep) * lit
    return _lit(crop, gain / float(gain.mean()) ** float(rng.uniform(0.3, 1)))


def expose(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """Too much light: blown out as a whole or by a lamp on one side, or squeezed as cheap HDR does."""
    kind = rng.random()
    if kind < 0.45:
        stops = float(rng.uniform(0.5, 1.9))
        return _tabled(crop, lambda level: level * 2**stops)
    if kind < 0.75:
        x, y = np.meshgrid(*[np.linspace(-1, 1, _GRID, dtype=np.float32)] * 2)
        spot = np.hypot(x - rng.uniform(-0.8, 0.8), y - rng.uniform(-0.9, 0.5)) / float(rng.uniform(0.35, 0.9))
        return _lit(crop, 1 + float(rng.uniform(1.5, 5)) * np.exp(-(spot**2)))
    return _squeezed(crop, rng)


def _squeezed(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """Local contrast and colours overdone, light and dark cut off."""
    size = crop.shape[0]
    small = cv2.resize(crop, (_GRID, _GRID), interpolation=cv2.INTER_AREA)
    around = cv2.resize(cv2.GaussianBlur(small, (0, 0), float(rng.uniform(1.5, 4))), (size, size))
    strength = float(rng.uniform(0.5, 1.5))
    local = cv2.addWeighted(crop, 1 + strength, around, -strength, float(rng.uniform(0, 40)))
    grey = cv2.cvtColor(cv2.cvtColor(local, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    more = float(rng.uniform(1, 1.6))
    return np.asarray(cv2.addWeighted(local, more, grey, 1 - more, 0), dtype=np.uint8)


def tint(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """Coloured light, all over or from one side: a stage, a screen, a sodium lamp, a sunset."""
    turn = float(rng.uniform(0, 2 * math.pi))
    near, far = (_light_colour(rng) for _ in range(2))
    if rng.random() < 0.6:
        far = near
    x, y = np.meshgrid(*[np.linspace(-1, 1, _GRID, dtype=np.float32)] * 2)
    share = np.clip((x * math.cos(turn) + y * math.sin(turn)) * 0.9 + 0.5, 0, 1)[..., None]
    return _lit(crop, near * (1 - share) + far * share)


def _light_colour(rng: np.random.Generator) -> NDArray[np.float64]:
    """Of a light, (3,), as bright as white."""
    hue = np.exp(rng.normal(0, 1, 3) * float(rng.uniform(0.25, 0.8)))
    return np.asarray(hue / (hue @ (0.3, 0.59, 0.11)), dtype=np.float64)


def _lit(crop: Pixels, gain: NDArray[np.float64]) -> Pixels:
    """The crop in `gain` times the light, (_GRID, _GRID) or one a channel, cut off at white."""
    size = crop.shape[1], crop.shape[0]
    # A picture's levels are about the 1 / 2.2th power of light.
    factor = cv2.resize(np.asarray(gain, dtype=np.float32) ** np.float32(1 / _GAMMA), size)
    if factor.ndim == 2:
        factor = np.asarray(cv2.merge([factor] * 3))
    return np.asarray(cv2.multiply(crop, factor, dtype=cv2.CV_8U), dtype=np.uint8)


def _tabled(crop: Pixels, change: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Pixels:
    """The crop with a change of its light, level by level."""
    light = np.linspace(0, 1, 256) ** _GAMMA
    table = np.clip(change(light), 0, 1) ** (1 / _GAMMA) * 255
    return np.asarray(cv2.LUT(crop, np.round(table).astype(np.uint8)), dtype=np.uint8)
