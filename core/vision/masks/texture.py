"""The cloth itself, laid flat: colour and relief as textures over (v down, u across)."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.vision.masks.prints import paint
from core.vision.masks.style import FAMILIES, MaskShape, MaskStyle, Pattern

Array = NDArray[Any]


_ROUNDNESS = {
    MaskShape.PLEATED: 24,
    MaskShape.FITTED: 14,
    MaskShape.WINGED: 30,
    MaskShape.CUP: 3.2,
    MaskShape.FOLDED: 9,
    MaskShape.GAITER: 60,
}


@dataclass(frozen=True, slots=True)
class Texture:
    """A cloth laid flat, rows from the upper to the lower edge, columns from left to right.

    Attributes:
        colour: (rows, columns, 3) in neutral light, 0 to 1.
        shade: (rows, columns) factor on the light, about 1.
        alpha: (rows, columns) 1 where there is cloth.
        printed: False where the colour is the same everywhere.
    """

    colour: Array
    shade: Array
    alpha: Array
    printed: bool


def noise(rng: np.random.Generator, size: tuple[int, int], cells: tuple[int, int]) -> Array:
    """Smooth noise (rows, columns), about -1 to 1, with `cells` (rows, columns) independent values."""
    values = rng.uniform(-1, 1, (max(cells[0], 2), max(cells[1], 2))).astype(np.float32)
    return cv2.resize(values, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)


def make_texture(style: MaskStyle, rows: int, columns: int) -> Texture:
    """The cloth of a style at a given resolution; the same style gives the same cloth at every resolution."""
    rng = np.random.default_rng(style.seed)
    u, v = np.meshgrid(np.linspace(-1, 1, columns, dtype=np.float32), np.linspace(0, 1, rows, dtype=np.float32))
    colour = paint(style, rng, u, v)
    shade = np.ones((rows, columns), dtype=np.float32)
    shade += style.creases * _wrinkles(style, rng, u, v)
    alpha = _rounded(style, u, v)
    if style.shape is MaskShape.PLEATED:
        shade *= _pleats(style, rng, u, v)
    elif style.shape in (MaskShape.FITTED, MaskShape.WINGED, MaskShape.FOLDED):
        shade *= _seam(style, u, v)
    elif style.shape is MaskShape.CUP:
        shade *= _shell(u, v)
    if style.shape is MaskShape.WINGED:
        alpha = alpha * _wings(u, v)
    if FAMILIES[style.family].moulded:
        _nose_clip(colour, shade, style, u, v)
    if style.valve:
        _valve(colour, shade, style, rng)
    shade *= _hem(style, u, v)
    printed = style.pattern is not Pattern.PLAIN or FAMILIES[style.family].moulded
    return Texture(colour, np.clip(shade, 0.3, 1.5), alpha, printed)


def _line(distance: Array, width: float) -> Array:
    """1 on a line, falling off over `width`."""
    return np.exp(-((distance / width) ** 2))


def _relief(rng: np.random.Generator, size: tuple[int, int]) -> Array:
    """Ridged noise (rows, columns): smooth slopes that meet in sharp creases, longer across than down."""
    relief = np.zeros(size, dtype=np.float32)
    for down, across, height in ((4, 3, 0.9), (8, 4, 0.5), (15, 7, 0.26)):
        relief += height * np.abs(noise(rng, size, (down, across)) + rng.uniform(-0.2, 0.2))
    return relief


def _wrinkles(style: MaskStyle, rng: np.random.Generator, u: Array, v: Array) -> Array:
    """How folds change the light, about -0.3 to 0.3: creases, and tension that fans out from the corners."""
    size = u.shape
    relief = _relief(rng, size)
    if style.shape is MaskShape.GAITER:
        # Knit falls in soft rolls round the neck and lies smooth on the face.
        bend = 0.25 * u**2 * rng.uniform(0.4, 1.4)
        rolls = np.sin(rng.uniform(16, 30) * (v - bend) + 2.0 * noise(rng, size, (3, 3)))
        relief = 0.35 * relief + 0.45 * rolls * np.clip(v * 2.4 - 0.7, 0, 1)
    for corner_u in (-1.0, 1.0):
        for corner_v in (0.05, 0.95):
            angle = np.arctan2((v - corner_v) * 1.4, (u - corner_u) * -corner_u + 0.05)
            reach = np.exp(-2.4 * np.hypot(u - corner_u, 1.4 * (v - corner_v)))
            relief += 0.45 * reach * np.abs(np.sin(rng.uniform(4, 8) * angle + rng.uniform(0, 6.28)))
    # Light from above: slopes that face up are lit, those that face down are not.
    slope = cv2.Sobel(relief, cv2.CV_32F, 0, 1, scale=size[0] / 8) + 0.5 * cv2.Sobel(
        relief, cv2.CV_32F, 1, 0, scale=size[1] / 16
    ) * rng.choice([-1.0, 1.0])
    stiff = 0.3 if FAMILIES[style.family].moulded else 1.0
    return np.asarray(stiff * 0.30 * np.tanh(slope / 9), dtype=np.float32)


def _pleats(style: MaskStyle, rng: np.random.Generator, u: Array, v: Array) -> Array:
    """Three folds across that open towards the middle: a dark line under a light lip."""
    shade = np.ones_like(u)
    wave = 0.02 * noise(rng, u.shape, (2, 6))
    depth = 0.5 + 0.5 * style.creases
    for centre in (0.30, 0.50, 0.69):
        place = centre + rng.uniform(-0.03, 0.03)
        line = place + wave + (0.5 - place) * 0.1 * u**2
        below = v - line
        shade -= depth * 0.38 * _line(below, 0.009)
        shade -= depth * 0.16 * np.where(below > 0, np.exp(-np.maximum(below, 0) / 0.05), 0)
        shade += depth * 0.08 * np.where(below < 0, np.exp(np.minimum(below, 0) / 0.05), 0)
    return shade


def _seam(style: MaskStyle, u: Array, v: Array) -> Array:
    """The seam or fold down the middle."""
    strength = 0.30 if style.shape is MaskShape.FOLDED else 0.22
    return np.asarray(1 - strength * _line(u, 0.012) + 0.07 * _line(u - 0.03, 0.02), dtype=np.float32)


def _shell(u: Array, v: Array) -> Array:
    """The pressed rim and ribs of a moulded shell."""
    rim = 1 - (np.abs(u) ** 3.2 + np.abs(2 * v - 1) ** 3.2) ** (1 / 3.2)
    shade = 1 - 0.16 * _line(rim - 0.12, 0.02) + 0.06 * _line(rim - 0.17, 0.02)
    return np.asarray(shade - 0.07 * _line(v - 0.42 - 0.05 * u**2, 0.012), dtype=np.float32)


def _rounded(style: MaskStyle, u: Array, v: Array) -> Array:
    """A superellipse that rounds the corners: a lot on a moulded shell, hardly on a folded rectangle."""
    power = _ROUNDNESS[style.shape]
    radius = np.abs(u) ** power + np.abs(2 * v - 1) ** power
    return np.asarray(np.clip((1.0 - radius) * u.shape[1] / power / 2 + 0.5, 0, 1), dtype=np.float32)


def _wings(u: Array, v: Array) -> Array:
    """Cloth that narrows to the ear, with a hole to hang it by."""
    side = np.abs(u)
    narrow = np.clip((side - 0.60) / 0.4, 0, 1)
    band = np.abs(v - (0.42 + 0.02 * narrow)) < 0.5 - 0.12 * narrow + 0.5 * (narrow <= 0)
    hole = ((side - 0.93) / 0.17) ** 2 + ((v - 0.46) / 0.24) ** 2 < 1
    return cv2.blur((band & ~hole).astype(np.float32), (3, 3))


def _nose_clip(colour: Array, shade: Array, style: MaskStyle, u: Array, v: Array) -> None:
    """A bent metal strip over the nose, or its print through the cloth."""
    inside = (np.abs(u) < 0.34) & (np.abs(v - 0.075) < 0.022)
    if style.seed % 3 == 0:
        colour[inside] = 0.62
    shade[inside] *= 0.93
    shade -= 0.12 * (np.abs(u) < 0.34) * _line(v - 0.105, 0.008)


def _valve(colour: Array, shade: Array, style: MaskStyle, rng: np.random.Generator) -> None:
    """A round valve with slits, in the middle or to one side, drawn smoothly in 8 bits and laid on."""
    rows, columns = shade.shape
    side = float(rng.choice([0.0, 0.3, -0.3])) if style.shape is MaskShape.FOLDED else 0.0
    centre = (int((side + 1) / 2 * columns), int(0.55 * rows))
    radius = (max(2, int(0.105 * columns)), max(2, int(0.12 * rows)))
    plate = np.zeros(shade.shape, dtype=np.uint8)
    cv2.ellipse(plate, centre, radius, 0, 0, 360, 255, -1, cv2.LINE_AA)
    relief = np.full(shade.shape, 255, dtype=np.uint8)
    cv2.ellipse(relief, centre, radius, 0, 0, 360, 180, max(1, rows // 70), cv2.LINE_AA)
    for step in (-0.5, 0.0, 0.5):
        y = int(centre[1] + step * radius[1])
        half = int(radius[0] * 0.75 * np.sqrt(1 - step**2))
        cv2.line(relief, (centre[0] - half, y), (centre[0] + half, y), 200, max(1, rows // 100), cv2.LINE_AA)
    share = plate.astype(np.float32) / 255
    below = np.roll(cv2.GaussianBlur(share, (0, 0), max(rows / 60, 0.5)), max(1, rows // 50), axis=0)
    shade *= 1 - 0.25 * below * (1 - share)
    shade += (relief.astype(np.float32) / 255 - shade) * share
    colour += (np.asarray(style.accent, dtype=np.float32) / 255 - colour) * share[..., None]


def _hem(style: MaskStyle, u: Array, v: Array) -> Array:
    """The sewn edge: a fine line a little inside, and a rounded border."""
    edge = np.minimum(v, 1 - v)
    if style.shape in (MaskShape.PLEATED, MaskShape.FITTED):
        edge = np.minimum(edge, (1 - np.abs(u)) * 0.8)
    line = 0.10 if style.shape in (MaskShape.PLEATED, MaskShape.FITTED) else 0.04
    return np.asarray(1 - line * _line(edge - 0.055, 0.007) - 0.12 * np.exp(-edge / 0.012), dtype=np.float32)
