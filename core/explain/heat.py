"""A heat map over a face crop, in colours that people with any colour vision can tell apart."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import Pixels

_OPACITY = 0.55


def heat_over(crop: Pixels, evidence: NDArray[np.floating], size: int, strength: float = 1.0) -> Pixels:
    """The crop in grey under its heat map: bright yellow where most evidence lies, dark blue where none does.

    The colours are those of cividis (Nuñez, Anderton and Renslow 2018), whose lightness grows evenly.

    Args:
        crop: uint8 RGB (n, n, 3).
        evidence: (n, n); negative values count as none.
        size: Side of the result, pixels.
        strength: How bright the most evidence is, in [0, 1]: a map of little worth must not glow like one of much.

    Returns:
        uint8 RGB (size, size, 3).
    """
    # Blurred by half a cell, so that the grid on which parts were covered does not look like something in the face.
    smooth = cv2.GaussianBlur(np.maximum(evidence, 0).astype(np.float32), (0, 0), len(evidence) / 20)
    levels = np.round(255 * strength * smooth / max(float(smooth.max()), 1e-12)).astype(np.uint8)
    side = (size, size)
    colours = cv2.cvtColor(
        cv2.applyColorMap(cv2.resize(levels, side, interpolation=cv2.INTER_LINEAR), cv2.COLORMAP_CIVIDIS),
        cv2.COLOR_BGR2RGB,
    )
    grey = cv2.cvtColor(cv2.cvtColor(cv2.resize(crop, side), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return cv2.addWeighted(colours, _OPACITY, grey, 1 - _OPACITY, 0).astype(np.uint8, copy=False)
