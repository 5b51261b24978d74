"""A hand before mask, cheek or brow, bare or gloved."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from core.training.occluders.scene import Colour, Points, Scene, curve

_SKIN = ((236, 200, 178), (214, 168, 138), (178, 128, 98), (126, 84, 62), (84, 56, 44))
_GLOVES = ((110, 150, 200), (232, 234, 238), (40, 42, 46), (96, 84, 160))


def hand(scene: Scene, rng: np.random.Generator) -> None:
    """Lay fingers, and most often the back of the hand, on a part of the face."""
    colour, bare = _colour(scene, rng)
    side = int(rng.choice((-1, 1)))
    # Where the fingertips are and how they lean: over the mask, on the cheek, on the brow.
    tips, lean = (
        (rng.uniform((-0.12, 0.08), (0.22, 0.32)), rng.uniform(-1.1, -0.2)),
        (rng.uniform((-0.3, 0.05), (-0.1, 0.4)), rng.uniform(-1.4, -0.6)),
        (rng.uniform((-0.2, -0.3), (0.1, -0.18)), rng.uniform(-0.6, 0.4)),
    )[int(rng.choice(3, p=(0.55, 0.3, 0.15)))]
    along = np.array((-math.cos(lean), math.sin(lean)))
    beside = np.array((-along[1], along[0]))
    width = float(rng.uniform(0.075, 0.1))
    count = int(rng.choice((2, 3, 4), p=(0.2, 0.25, 0.55)))
    lengths = np.array((0.9, 1.0, 0.94, 0.76))[:count] * float(rng.uniform(0.32, 0.42))
    fan = float(rng.uniform(-0.02, 0.1))
    knuckles = tips - along * 0.38
    fingers = []
    for number, length in enumerate(lengths):
        off = number - (count - 1) / 2
        turned = along * math.cos(fan * off) + beside * math.sin(fan * off)
        fingers.append(_finger(knuckles + beside * width * 0.95 * off, turned, length, float(rng.normal(0, 0.05))))
    half = width * 0.5 * max(count, 3)
    wrist = knuckles - along * 0.42
    palm = np.concatenate(
        [
            curve([tuple(knuckles - beside * half), tuple(knuckles + along * 0.06), tuple(knuckles + beside * half)]),
            curve([tuple(knuckles + beside * half), tuple(wrist + beside * half), tuple(wrist + beside * half * 0.7),
                   tuple(wrist - along * 0.5 + beside * half * 0.7)]),
            curve([tuple(wrist - along * 0.5 - beside * half * 0.7), tuple(wrist - beside * half * 0.7),
                   tuple(wrist - beside * half), tuple(knuckles - beside * half)]),
        ]
    )  # fmt: skip
    if rng.random() < 0.5:  # the thumb
        root = knuckles - along * 0.22 - beside * half * 0.8
        fingers.append(_finger(root, along * 0.75 - beside * 0.66, 0.3, -0.1))
    flip = np.array((side, 1))
    _draw(scene, [finger * flip for finger in fingers], palm * flip, width, colour, bare=bare, rng=rng)


def _colour(scene: Scene, rng: np.random.Generator) -> tuple[Colour, bool]:
    """The wearer's own skin most often, else a glove's or anybody's; and whether it is skin."""
    kind = rng.random()
    if kind < 0.7:
        return scene.skin() * rng.uniform(0.85, 1.1) * rng.uniform(0.97, 1.03, 3), True
    light = scene.light()
    if kind < 0.85:
        return np.array(_GLOVES[int(rng.integers(len(_GLOVES)))]) * light, False
    return np.array(_SKIN[int(rng.integers(len(_SKIN)))]) * light * rng.uniform(0.92, 1.05, 3), True


def _finger(knuckle: Points, along: Points, length: float, bend: float) -> Points:
    """The middle line of a finger from knuckle to tip, (6, 2)."""
    beside = np.array((-along[1], along[0]))
    tip = knuckle + along * length
    return curve([tuple(knuckle), tuple(knuckle + along * length * 0.5 + beside * 2 * bend * length), tuple(tip)], 6)


def _draw(
    scene: Scene, fingers: list[Points], palm: Points, width: float, colour: Colour, *, bare: bool,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    thick = max(2, round(width * scene.unit))
    cover = scene.cover([palm], 0.012)
    between = np.zeros_like(cover)
    ridge = np.zeros_like(cover)
    for finger in fingers:
        line = [np.round(scene.place(finger) - 0.5).astype(np.int32)]
        cv2.polylines(between, line, False, 255, thick + max(2, thick // 4), cv2.LINE_AA)
        cv2.polylines(cover, line, False, 255, thick, cv2.LINE_AA)
        cv2.polylines(ridge, line, False, 0, thick + max(1, thick // 5), cv2.LINE_AA)
        cv2.polylines(ridge, line, False, 255, max(1, round(thick * 0.7)), cv2.LINE_AA)
    soft = max(0.6, 0.03 * scene.unit)
    cast = _moved(cv2.GaussianBlur(np.maximum(cover, between), (0, 0), soft), round(0.02 * scene.unit))
    scene.darken(cast, float(rng.uniform(0.25, 0.5)))
    form = cv2.GaussianBlur(ridge, (0, 0), max(0.5, thick * 0.17)).astype(np.float32) * np.float32(0.3 / 255) + 0.8
    paint = scene.cloth(colour / max(scene.light(), 0.1), rng, (4, 4), 0.05) * form[..., None]
    if bare:  # blood shows where little light comes: shadows of skin are redder
        paint[..., 0] *= 1.04
    scene.paint(cover, paint)
    if bare and rng.random() < 0.6:
        varnish = np.array(((170, 30, 50), (220, 120, 140), (60, 20, 40)))[int(rng.integers(3))] * scene.light()
        nail = varnish if rng.random() < 0.2 else np.minimum(colour * 1.06 + 10, 250)
        ends = [np.array([finger[-1] + (finger[-2] - finger[-1]) * 0.5, finger[-1]]) for finger in fingers]
        scene.lines(ends, width * 0.5, nail)


def _moved(layer: object, down: int) -> NDArray[np.uint8]:
    """A layer shifted down by some pixels, for the shadow of what is drawn in it."""
    return np.asarray(np.roll(np.asarray(layer, dtype=np.uint8), down, axis=0), dtype=np.uint8)
