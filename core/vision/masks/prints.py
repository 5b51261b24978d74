"""Colours and prints of the cloth, procedural and seeded."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.vision.masks.style import MaskStyle, Pattern

Array = NDArray[Any]
_Painter = Callable[[MaskStyle, np.random.Generator, Array, Array], Array]


def paint(style: MaskStyle, rng: np.random.Generator, u: Array, v: Array) -> Array:
    """The colour (rows, columns, 3), 0 to 1, of cloth whose coordinates are `u` and `v` (rows, columns)."""
    if style.pattern is Pattern.PLAIN:
        return np.broadcast_to(_unit(style.colour), (*u.shape, 3)).copy()
    return _PAINTERS[style.pattern](style, rng, u, v)


def _unit(colour: tuple[int, int, int]) -> Array:
    return np.asarray(colour, dtype=np.float32) / 255


def _mix(style: MaskStyle, share: Array) -> Array:
    """Main colour where `share` is 0, accent where it is 1."""
    weight = share[..., None].astype(np.float32)
    return np.asarray(_unit(style.colour) * (1 - weight) + _unit(style.accent) * weight, dtype=np.float32)


def _others(style: MaskStyle, rng: np.random.Generator, count: int) -> list[tuple[float, float, float]]:
    """Further colours that go with the style's two."""
    base = np.stack([_unit(style.colour), _unit(style.accent)])
    free = rng.uniform(0.1, 0.95, (count, 3))
    picked = 0.35 * base[rng.integers(0, 2, count)] + 0.65 * free
    return [(float(red), float(green), float(blue)) for red, green, blue in picked]


def _dots(style: MaskStyle, rng: np.random.Generator, u: Array, v: Array) -> Array:
    pitch, size = rng.uniform(0.14, 0.34), rng.uniform(0.2, 0.36)
    x, y = u / pitch, 1.5 * v / pitch
    x = x + 0.5 * (np.floor(y) % 2)
    distance = np.hypot(x - np.floor(x) - 0.5, y - np.floor(y) - 0.5)
    return _mix(style, np.clip((size - distance) * 12 + 0.5, 0, 1))


def _stripes(style: MaskStyle, rng: np.random.Generator, u: Array, v: Array) -> Array:
    angle = rng.choice([0.0, 0.5 * np.pi, 0.25 * np.pi, -0.25 * np.pi])
    pitch, share = rng.uniform(0.10, 0.3), rng.uniform(0.2, 0.6)
    along = (u * np.cos(angle) + 1.5 * v * np.sin(angle)) / pitch
    ramp = np.abs(along - np.floor(along) - 0.5) * 2
    return _mix(style, np.clip((share - ramp) * 8 + 0.5, 0, 1))


def _check(style: MaskStyle, rng: np.random.Generator, u: Array, v: Array) -> Array:
    pitch = rng.uniform(0.14, 0.34)
    bars = [np.clip((np.abs(np.mod(c / pitch, 1) - 0.5) - 0.25) * 10 + 0.5, 0, 1) for c in (u, 1.5 * v)]
    return _mix(style, (bars[0] + bars[1]) / 2)


def _camouflage(style: MaskStyle, rng: np.random.Generator, u: Array, v: Array) -> Array:
    colour = np.broadcast_to(_unit(style.colour), (*u.shape, 3)).copy()
    tones = [_unit(style.accent), _unit(style.colour) * 0.45, _unit(style.accent) * 0.6 + 0.3]
    for tone in tones:
        cells = rng.uniform(-1, 1, (9, 11)).astype(np.float32)
        field = cv2.resize(cells, (u.shape[1], u.shape[0]), interpolation=cv2.INTER_CUBIC)
        share = np.clip((field - 0.25) * 10, 0, 1)[..., None]
        colour = colour * (1 - share) + tone * share
    return np.asarray(colour, dtype=np.float32)


def _floral(style: MaskStyle, rng: np.random.Generator, u: Array, v: Array) -> Array:
    rows, columns = u.shape
    colour = np.ascontiguousarray(np.broadcast_to(_unit(style.colour), (rows, columns, 3)), dtype=np.float32)
    palette = [tuple(map(float, _unit(style.accent))), *_others(style, rng, 2)]
    leaf = (rng.uniform(0.1, 0.35), rng.uniform(0.3, 0.55), rng.uniform(0.1, 0.35))
    count = int(rng.integers(10, 34))
    reach = rng.uniform(0.30, 0.5) / np.sqrt(count)
    for index in range(count):
        x, y, turn = rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0, 360)
        size = reach * rng.uniform(0.6, 1.3)
        axes = (max(1, int(size * 0.5 * columns)), max(1, int(size * 0.22 * columns)))
        centre = np.array([x * columns, y * rows])
        petals = 5 if index % 3 else 2
        shade = leaf if petals == 2 else palette[index % len(palette)]
        for petal in range(petals):
            angle = turn + 360 / 5 * petal
            direction = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
            middle = centre + direction * axes[0] * 0.8
            cv2.ellipse(colour, (int(middle[0]), int(middle[1])), axes, angle, 0, 360, shade, -1, cv2.LINE_AA)
        if petals == 5:
            heart = palette[(index + 1) % len(palette)]
            cv2.circle(colour, (int(centre[0]), int(centre[1])), max(1, axes[1]), heart, -1, cv2.LINE_AA)
    return colour


def _print(style: MaskStyle, rng: np.random.Generator, u: Array, v: Array) -> Array:
    """A motif in the middle or letters: logos, slogans and drawn mouths look like this from afar."""
    rows, columns = u.shape
    colour = np.ascontiguousarray(np.broadcast_to(_unit(style.colour), (rows, columns, 3)), dtype=np.float32)
    accent = tuple(map(float, _unit(style.accent)))
    thick = max(1, columns // 64)
    left, top = rng.uniform(0.22, 0.5), rng.uniform(0.35, 0.6)
    for line in range(int(rng.integers(1, 4))):
        x = left * columns
        y = (top + 0.14 * line) * rows
        for _ in range(int(rng.integers(2, 7))):
            size = rng.uniform(0.03, 0.06) * columns
            points = np.array([x, y]) + rng.uniform(-0.6, 0.6, (4, 2)) * size
            cv2.polylines(colour, [points.astype(np.int32)], False, accent, thick, cv2.LINE_AA)
            x += 1.5 * size
    return colour


_PAINTERS: dict[Pattern, _Painter] = {
    Pattern.DOTS: _dots,
    Pattern.STRIPES: _stripes,
    Pattern.CHECK: _check,
    Pattern.CAMOUFLAGE: _camouflage,
    Pattern.FLORAL: _floral,
    Pattern.PRINT: _print,
}
