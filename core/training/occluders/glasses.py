"""Glasses: thin, thick and rimless frames; clear, reflecting, fogged or dark glass."""

import numpy as np

from core.training.occluders.scene import EYE_X, EYE_Y, Points, Scene, curve, ellipse

_CLEAR, _GLARE, _FOG, _DARK = range(4)
_PLASTIC = ((18, 18, 20), (22, 20, 22), (60, 36, 24), (96, 62, 38), (34, 40, 70), (110, 24, 34), (150, 150, 152))
_SHARES = (0.35, 0.28, 0.17, 0.2)


def glasses(scene: Scene, rng: np.random.Generator) -> None:
    """Put glasses before the eyes."""
    width, height = rng.uniform((0.115, 0.07), (0.155, 0.125))
    square = float(rng.uniform(2, 3.6))
    x, y = EYE_X + float(rng.uniform(-0.005, 0.015)), EYE_Y + float(rng.uniform(-0.01, 0.035))
    rims = [ellipse((side * x, y), (width, height), square) for side in (-1, 1)]
    glass = int(rng.choice(4, p=_SHARES))
    if glass != _CLEAR:
        (_glare, _fog, _dark)[glass - 1](scene, rims, rng)
    plastic = rng.random() < 0.5
    if plastic:
        thick, colour = float(rng.uniform(0.012, 0.03)), np.array(_PLASTIC[int(rng.integers(len(_PLASTIC)))])
    else:
        thick, colour = float(rng.uniform(0.004, 0.01)), rng.uniform(40, 170) * np.array((1.06, 1.0, 0.9))
    colour = colour * scene.light()
    if glass == _DARK or rng.random() < 0.85:
        scene.lines(rims, thick, colour, closed=True)
    bridge = curve([(-(x - width), y - 0.02), (0, y - 0.05), (x - width, y - 0.02)], 6)
    temples = [np.array([(side * (x + width), y - 0.03), (side * 0.42, y - 0.04)]) for side in (-1, 1)]
    scene.lines([bridge, *temples], thick * 0.8, colour)


def _glare(scene: Scene, rims: list[Points], rng: np.random.Generator) -> None:
    """A window or a lamp, reflected: a slanted band or a patch of light, alike in both glasses."""
    lens = scene.cover(rims)
    lean, wide, off = rng.uniform(-0.1, 0.1), rng.uniform(0.025, 0.11), rng.uniform(-0.08, 0.08)
    middles = [rim.mean(axis=0)[0] for rim in rims]
    if rng.random() < 0.6:
        bands = [
            np.array([(m + off + lean, -0.3), (m + off + lean + wide, -0.3), (m + off - lean + wide, 0.1),
                      (m + off - lean, 0.1)])
            for m in middles
        ]  # fmt: skip
    else:
        level = EYE_Y + rng.uniform(-0.05, 0.03)
        bands = [ellipse((m + off, level), (wide, wide * rng.uniform(0.5, 1)), 4) for m in middles]
    light = scene.cover(bands, soft=float(rng.uniform(0, 0.015)))
    both = (lens.astype(np.uint16) * light // 255).astype(np.uint8)
    tint = np.array((244, 248, 255.0)) * rng.uniform(0.85, 1, 3)
    scene.paint(both, tint, float(rng.uniform(0.25, 0.9)))


def _fog(scene: Scene, rims: list[Points], rng: np.random.Generator) -> None:
    """Breath on the glass, most where the mask lets it out: below."""
    low = EYE_Y + float(rng.uniform(-0.14, 0.05))
    mist = scene.cover([np.array([(-0.6, low), (0.6, low), (0.6, 0.3), (-0.6, 0.3)])], soft=0.035)
    both = (scene.cover(rims).astype(np.uint16) * mist // 255).astype(np.uint8)
    grey = np.full(3, 225.0 * scene.light()) * rng.uniform(0.97, 1.03, 3)
    scene.paint(both, grey, float(rng.uniform(0.45, 0.9)))


def _dark(scene: Scene, rims: list[Points], rng: np.random.Generator) -> None:
    """Sunglasses: dark or tinted, lighter towards the cheek, often with a reflection."""
    tint = rng.uniform(10, 60) + rng.uniform(-10, 25, 3)
    strength = float(rng.uniform(0.6, 0.98))
    scene.paint(scene.cover(rims), tint * scene.light(), strength)
    if rng.random() < 0.5:
        _glare(scene, rims, rng)
