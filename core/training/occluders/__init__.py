"""Things before a face in a training crop: glasses, headwear, hair, a hand.

They are drawn at the place, size and turn of the face, in the light of the crop. They need not be
portraits of real things, but none may be what no photograph shows: the network must not learn that
a flat oval means nothing.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from core.training.occluders.glasses import glasses
from core.training.occluders.hair import hair
from core.training.occluders.hands import hand
from core.training.occluders.headwear import headwear
from core.training.occluders.scene import Matrix, Scene
from core.types import Pixels

Kind = Callable[[Scene, np.random.Generator], None]

KINDS: Mapping[str, tuple[Kind, float]] = {
    "glasses": (glasses, 0.3),
    "headwear": (headwear, 0.25),
    "hair": (hair, 0.25),
    "hand": (hand, 0.2),
}
"""What may hide a part of a face, and the share of the hidden faces that has it, before `TWICE`."""

TWICE = 0.2
"""Share of the hidden faces that has a second thing of another kind."""


def occlude(
    crop: Pixels,
    matrix: Matrix,
    middle: float,
    face: float,
    rng: np.random.Generator,
    kinds: Mapping[str, tuple[Kind, float]] = KINDS,
) -> Pixels:
    """Hide a part of the face.

    Args:
        crop: uint8 RGB (size, size, 3), left as it is.
        matrix: Affine (2, 3) from where the face was to the crop.
        middle: The face's middle there, x and y alike, pixels.
        face: The face's size there, pixels.
        rng: Where all chance comes from.
        kinds: What may be drawn, and how often.

    Returns:
        A new crop of the same shape.
    """
    scene = Scene(crop.copy(), matrix, middle, face)
    names = list(kinds)
    shares = np.array([kinds[name][1] for name in names])
    count = 2 if len(names) > 1 and rng.random() < TWICE else 1
    chosen = rng.choice(len(names), count, replace=False, p=shares / shares.sum())
    for number in sorted(chosen, reverse=True):  # a hand lies under the hair, glasses on top
        kinds[names[number]][0](scene, rng)
    if _coloured(crop):
        return scene.canvas
    return np.asarray(cv2.cvtColor(cv2.cvtColor(scene.canvas, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def _coloured(crop: Pixels) -> bool:
    """Whether it is a picture in colour: in a grey one all things are grey."""
    some = crop[::7, ::7].astype(np.int16)
    return bool((np.ptp(some, axis=2) > 6).mean() > 0.01)


__all__ = ["KINDS", "TWICE", "Kind", "Matrix", "occlude"]
