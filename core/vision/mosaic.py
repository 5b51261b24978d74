"""Whether a face is made of a few large squares: enlarged without smoothing, or hidden behind a mosaic."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import Face, Pixels
from core.vision.geometry import face_size
from core.vision.warping import similarity, warp

_SIDE = 192  # Squares are larger than a pixel of this, and their edges lie along the picture's, not along the face's.
_LEFT, _SIZE = _SIDE // 12, (_SIDE - _SIDE // 6, _SIDE // 2)  # above a mask, whose print may repeat
_FEW, _MANY = 5, 25
"""Squares across a face that are looked for; a face of more is as good as one of as many pixels."""
_LENGTH = 1024  # Of the transform: between whole numbers of squares, too.
_FAINT = 0.3  # Levels of change from pixel to pixel that an even surface may have.


def mosaic(pixels: Pixels, face: Face) -> float:
    """How far all changes from pixel to pixel lie on a grid of 5 to 25 squares across the face.

    The changes along rows and along columns are each summed to a profile. That of a grid is a comb, whose
    spectrum has as high a peak at twice and three times its frequency; nothing else in a face has both ways.

    Args:
        pixels: The picture, uint8 RGB (height, width, 3).
        face: The face in it.

    Returns:
        0 (no grid) to 1 (nothing but it).
    """
    matrix = similarity(face.box.center, 0.0, _SIDE / face_size(face), (_SIDE, _SIDE))
    matrix[0, 2] -= _LEFT
    luminance = cv2.cvtColor(warp(pixels, matrix, _SIZE), cv2.COLOR_RGB2GRAY).astype(np.float32)
    along, down = (_comb(np.abs(np.diff(luminance, axis=axis)).mean(axis=1 - axis)) for axis in (1, 0))
    return float(np.minimum(along, down).max())


def _comb(profile: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far a profile is a comb of each frequency: the smallest of its first three peaks."""
    profile = profile - profile.min()
    spectrum = np.abs(np.fft.rfft(profile, _LENGTH)) / (profile.sum() + _FAINT * len(profile))
    first = np.arange(_FEW * _LENGTH // _SIDE, _MANY * _LENGTH // _SIDE + 1)
    return np.asarray(np.minimum.reduce([spectrum[first], spectrum[2 * first], spectrum[3 * first]]))
