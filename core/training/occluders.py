"""Things that hide a part of a face in a training crop: glasses, a cap or a fringe, a hand.

They need not look real: they keep the network from resting on one part of the face.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import Pixels

Matrix = NDArray[np.float64]
Place = Callable[[NDArray[np.float64]], NDArray[np.int32]]

# Where things are, in face sizes from the middle of the detector's box (x to the right, y down).
_EYES = ((-0.17, -0.11), (0.17, -0.11))
_BROW = -0.27
_HEAD = 0.55
_SKIN = ((236, 200, 178), (214, 168, 138), (178, 128, 98), (126, 84, 62), (84, 56, 44))


def occlude(crop: Pixels, matrix: Matrix, middle: float, face: float, rng: np.random.Generator) -> Pixels:
    """Hide a part of the face.

    Args:
        crop: uint8 RGB (size, size, 3), left as it is.
        matrix: Affine (2, 3) from where the face was to the crop.
        middle: The face's middle there, x and y alike, pixels.
        face: The face's size there, pixels.
        rng: Where all chance comes from.

    Returns:
        A new crop of the same shape.
    """
    result = crop.copy()

    def place(points: NDArray[np.float64]) -> NDArray[np.int32]:
        """Points in face sizes → whole pixels of the crop."""
        return np.round((points * face + middle) @ matrix[:, :2].T + matrix[:, 2]).astype(np.int32)

    kind = (_glasses, _cap, _hand)[int(rng.choice(3, p=(0.5, 0.3, 0.2)))]
    kind(result, place, rng)
    return result


def _glasses(canvas: Pixels, place: Place, rng: np.random.Generator) -> None:
    """Frames round both eyes, at times dark glass."""
    colour = tuple(int(value) for value in rng.integers(0, 90, 3))
    radius = rng.uniform((0.10, 0.07), (0.16, 0.12))
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius
    rims = [place(circle + eye) for eye in _EYES]
    if rng.random() < 0.4:
        glass = canvas.copy()
        for rim in rims:
            cv2.fillPoly(glass, [rim], colour, cv2.LINE_AA)
        strength = float(rng.uniform(0.5, 1))
        canvas[:] = cv2.addWeighted(glass, strength, canvas, 1 - strength, 0)
    thickness = int(rng.integers(1, 4))
    cv2.polylines(canvas, rims, True, colour, thickness, cv2.LINE_AA)
    bridge = place(np.array([(-0.17 + radius[0], -0.12), (0.17 - radius[0], -0.12)]))
    cv2.line(canvas, bridge[0].tolist(), bridge[1].tolist(), colour, thickness, cv2.LINE_AA)


def _cap(canvas: Pixels, place: Place, rng: np.random.Generator) -> None:
    """A cap, a hood or a fringe: all above a line over the brow."""
    colour = tuple(int(value) for value in rng.integers(0, 256, 3))
    low = _BROW + float(rng.uniform(-0.16, 0.05))
    bend = float(rng.uniform(-0.06, 0.06))
    edge = [(-_HEAD, low + bend), (0, low), (_HEAD, low + bend), (_HEAD * 0.9, -1.2), (-_HEAD * 0.9, -1.2)]
    cv2.fillPoly(canvas, [place(np.array(edge))], colour, cv2.LINE_AA)


def _hand(canvas: Pixels, place: Place, rng: np.random.Generator) -> None:
    """A skin-coloured oval somewhere on the face."""
    colour = tuple(int(value) for value in np.asarray(_SKIN[int(rng.integers(len(_SKIN)))]) + rng.integers(-14, 15, 3))
    middle, radius = rng.uniform((-0.45, -0.35), (0.45, 0.5)), rng.uniform((0.08, 0.14), (0.2, 0.34))
    turn, lean = np.linspace(0, 2 * np.pi, 20, endpoint=False), float(rng.uniform(0, np.pi))
    oval = np.stack([np.cos(turn) * radius[0], np.sin(turn) * radius[1]], axis=1)
    lean_matrix = np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
    cv2.fillPoly(canvas, [place(oval @ lean_matrix.T + middle)], colour, cv2.LINE_AA)
