"""Colours and prints of the cloth, procedural and seeded."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import Pixels
from core.vision.masks.style import Colour, MaskStyle, Pattern

Array = NDArray[Any]
_LETTERS = "ABCDEHIKLMNORSTUVWYZaeimnorstu"
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


def _canvas(style: MaskStyle, shape: tuple[int, ...]) -> Pixels:
    """Plain cloth in 8 bits, which OpenCV needs to draw smooth edges."""
    return np.ascontiguousarray(np.broadcast_to(np.array(style.colour, dtype=np.uint8), (*shape, 3)))


def _others(style: MaskStyle, rng: np.random.Generator, count: int) -> list[Colour]:
    """Further colours that go with the style's two."""
    base = np.array([style.colour, style.accent])
    picked = 0.35 * base[rng.integers(0, 2, count)] + 0.65 * rng.uniform(25, 240, (count, 3))
    return [(int(red), int(green), int(blue)) for red, green, blue in picked]


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
    canvas = _canvas(style, u.shape)
    palette = [style.accent, *_others(style, rng, 2)]
    leaf = (int(rng.integers(25, 90)), int(rng.integers(75, 140)), int(rng.integers(25, 90)))
    count = int(rng.integers(10, 34))
    reach = rng.uniform(0.30, 0.5) / np.sqrt(count)
    for index in range(count):
        centre = rng.uniform(0, 1, 2) * (columns, rows)
        turn, size = rng.uniform(0, 360), reach * rng.uniform(0.6, 1.3)
        axes = (max(1, int(size * 0.5 * columns)), max(1, int(size * 0.22 * columns)))
        leaves = index % 3 == 0
        for petal in range(2 if leaves else 5):
            angle = turn + 72 * petal
            x, y = centre + axes[0] * 0.8 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
            paint_with = leaf if leaves else palette[index % len(palette)]
            cv2.ellipse(canvas, (int(x), int(y)), axes, angle, 0, 360, paint_with, -1, cv2.LINE_AA)
        if not leaves:
            heart = palette[(index + 1) % len(palette)]
            cv2.circle(canvas, (int(centre[0]), int(centre[1])), max(1, axes[1]), heart, -1, cv2.LINE_AA)
    return canvas.astype(np.float32) / 255


def _print(style: MaskStyle, rng: np.random.Generator, u: Array, v: Array) -> Array:
    """Letters, an emblem or both: logos and slogans look like this from afar."""
    rows, columns = u.shape
    canvas = _canvas(style, u.shape)
    kind = int(rng.integers(0, 3))
    left, top = rng.uniform(0.12, 0.5), rng.uniform(0.4, 0.6)
    if kind != 1:
        size = rng.uniform(0.0022, 0.0050) * columns
        thick = max(1, round(size * 1.6))
        for line in range(int(rng.integers(1, 3))):
            word = "".join(rng.choice(list(_LETTERS), int(rng.integers(3, 8))))
            place = (int(left * columns), int(top * rows + line * 30 * size))
            cv2.putText(canvas, word, place, cv2.FONT_HERSHEY_DUPLEX, size, style.accent, thick, cv2.LINE_AA)
    if kind != 0:
        centre = (int(rng.choice([0.25, 0.5, 0.75]) * columns), int((top - 0.16) * rows))
        radius = rng.uniform(0.04, 0.11) * columns
        outline = max(1, columns // 50) if rng.random() < 0.5 else -1
        axes = (max(1, int(radius)), max(1, int(radius * rng.uniform(0.5, 1.1))))
        cv2.ellipse(canvas, centre, axes, rng.uniform(0, 90), 0, 360, style.accent, outline, cv2.LINE_AA)
    return canvas.astype(np.float32) / 255


_PAINTERS: dict[Pattern, _Painter] = {
    Pattern.DOTS: _dots,
    Pattern.STRIPES: _stripes,
    Pattern.CHECK: _check,
    Pattern.CAMOUFLAGE: _camouflage,
    Pattern.FLORAL: _floral,
    Pattern.PRINT: _print,
}
