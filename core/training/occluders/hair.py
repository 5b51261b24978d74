"""Hair before the face: a fringe, hair along the sides over a mask's edge and loops, single strands."""

import cv2
import numpy as np

from core.training.occluders.scene import BROW, Colour, Points, Scene

_COLOURS = ((22, 20, 20), (48, 36, 30), (84, 58, 40), (128, 94, 62), (178, 146, 104), (120, 54, 32), (150, 148, 146))
_SHARES = (0.36, 0.26, 0.14, 0.08, 0.07, 0.03, 0.06)


def hair(scene: Scene, rng: np.random.Generator) -> None:
    """Let hair fall over the face, of the wearer's colour where that can be seen."""
    kind = (_fringe, _strands, _sides)[int(rng.choice(3, p=(0.45, 0.3, 0.25)))]
    kind(scene, _colour(scene, rng), rng)


def _colour(scene: Scene, rng: np.random.Generator) -> Colour:
    other = np.array(_COLOURS[int(rng.choice(len(_COLOURS), p=_SHARES))]) * rng.uniform(0.8, 1.2) * scene.light()
    own = scene.median((-0.15, -0.66), (0.15, -0.54))  # over the forehead: hair, or skin where a picture ends
    return own if own.sum() < 0.7 * scene.skin().sum() and rng.random() < 0.8 else other


def _locks(roots: Points, bends: Points, tips: Points, width: float, count: int = 8) -> Points:
    """Locks that grow thin from root to tip, as outlines (n, 2 * count, 2) in face sizes."""
    along = np.linspace(0, 1, count)[None, :, None]
    line = roots[:, None] * (1 - along) ** 2 + bends[:, None] * 2 * along * (1 - along) + tips[:, None] * along**2
    slope = np.gradient(line, axis=1)
    beside = np.stack([-slope[..., 1], slope[..., 0]], axis=2) / (np.linalg.norm(slope, axis=2, keepdims=True) + 1e-6)
    half = beside * width * 0.5 * (1 - along**2)
    return np.concatenate([line + half, (line - half)[:, ::-1]], axis=1)


def _comb(scene: Scene, locks: Points, colour: Colour, soft: float, rng: np.random.Generator) -> None:
    """Lay locks on the canvas, each of a shade of its own, over their own faint shadow."""
    cover = scene.cover(list(locks), soft)
    scene.darken(np.asarray(cv2.blur(cover, (5, 5)), dtype=np.uint8), 0.25)
    paint = np.full(scene.canvas.shape, np.clip(colour, 0, 255), np.uint8)
    shades = np.clip((colour + 6) * rng.normal(1, 0.16, (len(locks), 1)), 0, 255)
    for number in rng.permutation(len(locks)):
        shade = tuple(float(value) for value in shades[number])
        cv2.fillPoly(paint, [scene.place(locks[number]).astype(np.int32)], shade)
    scene.paint(cover, cv2.blur(paint, (2, 2)))


def _fringe(scene: Scene, colour: Colour, rng: np.random.Generator) -> None:
    """Over the forehead, down to the brow or into the eyes; straight, parted or swept to a side."""
    count = int(rng.integers(45, 80))
    x = np.linspace(-0.46, 0.46, count) + rng.normal(0, 0.02, count)
    parting = float(rng.choice((0.0, rng.uniform(-0.2, 0.2)), p=(0.5, 0.5)))
    low = BROW + float(rng.uniform(-0.12, 0.1)) + rng.normal(0, float(rng.uniform(0.015, 0.05)), count)
    sweep = rng.uniform(-0.12, 0.12) + rng.normal(0, 0.025, count)
    if parting:
        sweep = sweep * 0.3 + np.sign(x - parting) * 0.14
        low = low + 0.08 * np.minimum(np.abs(x - parting) / 0.2, 1) - 0.22 * np.exp(-(((x - parting) / 0.1) ** 2))
    tips = np.stack([x * 0.92 + sweep, low + 0.8 * x**2], axis=1)
    roots = np.stack([x * 0.9 - sweep * 0.5, np.full(count, -1.0)], axis=1)
    bends = np.stack([x * 1.02, low - 0.3], axis=1)
    _comb(scene, _locks(roots, bends, tips, float(rng.uniform(0.04, 0.07))), colour, 0.005, rng)


def _sides(scene: Scene, colour: Colour, rng: np.random.Generator) -> None:
    """Along the temples and cheeks, over the mask's edge and loops, on one side or both."""
    sides = ((-1,), (1,), (-1, 1))[int(rng.integers(3))]
    long, inner = float(rng.uniform(0.15, 0.75)), float(rng.uniform(0.27, 0.38))
    for side in sides:
        count = int(rng.integers(20, 34))
        x = np.linspace(inner, inner + 0.16, count)
        wild = rng.normal(0, 0.03, (2, count)) + rng.normal(0, 0.03)
        roots = np.stack([x - 0.17, np.full(count, -0.9)], axis=1)
        bends = np.stack([x + 0.1 + wild[0], np.full(count, -0.25)], axis=1)
        tips = np.stack([x + wild[1], long + rng.normal(0, 0.08, count)], axis=1)
        _comb(scene, _locks(roots, bends, tips, 0.035) * (side, 1), colour, 0.005, rng)


def _strands(scene: Scene, colour: Colour, rng: np.random.Generator) -> None:
    """A few, blown or fallen across brow, cheek and mask."""
    count = int(rng.integers(3, 12))
    root = rng.uniform((-0.4, -0.7), (0.4, -0.6))
    tip = np.array([rng.uniform(-0.4, 0.4), rng.uniform(-0.25, 0.35)])
    roots = root + rng.normal(0, 0.05, (count, 2))
    tips = tip + rng.normal(0, 0.09, (count, 2))
    bends = (roots + tips) / 2 + rng.normal(0, 0.05, (count, 2)) + rng.uniform(-0.12, 0.12, 2)
    _comb(scene, _locks(roots, bends, tips, float(rng.uniform(0.006, 0.015))), colour, 0.003, rng)
