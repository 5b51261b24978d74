"""Which numbers of a picture mean black and white, where its type could hold far more than it does.

Cameras and scanners put 10, 12 or 14 bits into files of 16, and programs write floats from 0 to 1 or to
255. A few numbers outside, as sharpening and dead pixels leave them, must not set the scale.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]  # float32, int32 or uint32

# Largest numbers of 8, 10, 12, 14 and 16 bits.
WHOLE_SCALES = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)
SIGNED_SCALES = (255.0, 1023.0, 4095.0, 16383.0, 32767.0)  # of 16 bits of which one is the sign
_FLOAT_SCALES = (1.0, 255.0)
_FEW = 1.0  # per cent on either side that may lie outside
_FEW_BRIGHT = 0.1  # per cent; of 16 bits, where a night's few lights may be all that reaches beyond 12
_BELOW, _ABOVE = 0.02, 16.0  # of the brightest, below black (ringing); of white, above it (lights of a linear picture)
_ENOUGH = 1_000_000  # values to judge by


def sixteen_bit_top(strips: Iterable[NDArray[np.uint16]]) -> float:
    """The number that means white in a picture of 16 bits, given in strips: one of `WHOLE_SCALES`."""
    counts = np.zeros(65536, np.int64)
    for strip in strips:
        counts += np.bincount(strip.ravel(), minlength=65536)
    bright = np.searchsorted(np.cumsum(counts), counts.sum() * (1 - _FEW_BRIGHT / 100))
    return next(scale for scale in WHOLE_SCALES if bright <= scale)


def sampled(strips: Iterable[Values], pixels: int) -> Values:
    """Up to a million values, evenly spread, of a picture of so many pixels."""
    step = max(1, pixels // _ENOUGH)
    parts = [strip.ravel()[::step].copy() for strip in strips]  # views would keep all strips together
    return np.concatenate(parts)


class Range(NamedTuple):
    """Which numbers of a picture mean what.

    Attributes:
        black: What is darker is black too.
        white: What is brighter is white too.
        least: The smallest number there is, which stands for what is none (NaN).
    """

    black: float
    white: float
    least: float


def range_of(values: Values, whole_scales: Sequence[float] = WHOLE_SCALES) -> Range:
    """The numbers that mean black and white among values of an unbounded type, NaN and infinity apart.

    All but the odd one in [0, 1] (floats), [0, 255] or, for whole numbers, up to one of their scales: that scale.
    Floats that reach a few times beyond 1 are on the scale to 1, with lights brighter than white.
    Anything else is stretched from its smallest to its largest value.
    """
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return Range(0.0, 1.0, 0.0)
    floats = np.issubdtype(values.dtype, np.floating)
    least = float(finite.min())
    low = float(np.percentile(finite, _FEW, method="lower"))
    high = float(np.percentile(finite, 100 - _FEW, method="higher"))
    for scale in _FLOAT_SCALES if floats else whole_scales:
        if low >= -_BELOW * high and high <= scale * (_ABOVE if floats and scale == 1 else 1):
            return Range(0.0, scale, least)
    return Range(least, float(finite.max()), least)
