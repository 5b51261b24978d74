"""Which pictures show the same photograph: a perceptual hash finds candidates, their pixels decide.

The hash alone does not do: small and aligned, faces of different people look alike. Of the 7,700
pairs across the splits of six sets (43,871 pictures) whose hashes differ in at most `MAX_BITS` of 64,
186 showed the same photograph; at 4 bits it was 165 of 243, at 2 bits 131 of 134. The correlation of
fine detail tells them apart. Of the 218 pairs that are found across splits or with contradictory
labels, all looked at side by side, 2 were not the same photograph re-encoded, resized, recoloured,
mirrored (14) or marked: two babies, and one woman twice. From a correlation of 0.85 to 0.9 about a
third were, beside many of merely the same person or pose.

The hash looks at the middle, as a logo, or corners left black by a rotation, change that of a whole
picture: of 182 sure pairs (correlation from 0.93) found by any of five hashes it misses 4, one of the
whole picture 12. Hashing every picture 7 % larger and smaller as well added 3 pairs to 196.

What this cannot see is a photograph that was cut out otherwise: it compares pictures whose parts lie
on each other within a few pixels. No photograph was found in two sets; comparing aligned faces (train
and val of the four bare sets) in place of whole pictures found none either.

The hash is Zauner's pHash (2010, "Implementation and Benchmarking of Perceptual Image Hash
Functions", section 3.2.1), 64 low frequencies of the cosine transform against their median.
"""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import Pixels

SIDE = 64
"""Side of a thumbnail, pixels."""
MAX_BITS = 8
"""Most differing bits of 64 with which two pictures are compared further."""
MIN_LIKENESS = 0.9
"""Correlation of fine detail from which two pictures show the same photograph."""

_HASHED = slice(SIDE // 8, -SIDE // 8)
_MATCHED = slice(12, -12)
_SHIFT = 3
_MIN_DETAIL = 2.0  # grey levels; all but 2 of the 43,871 pictures are far above
_ROWS = 64

Thumbnail = NDArray[np.uint8]
Indices = NDArray[np.intp]
Wanted = Callable[[Indices, Indices], NDArray[np.bool_]]


def thumbnail(pixels: Pixels) -> Thumbnail:
    """A picture, uint8 RGB (height, width, 3), in grey and squeezed to uint8 (`SIDE`, `SIDE`)."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def perceptual_hash(small: Thumbnail) -> np.uint64:
    """64 bits that hardly change when a picture is re-encoded, resized or recoloured."""
    middle = cv2.resize(small[_HASHED, _HASHED], (32, 32), interpolation=cv2.INTER_AREA)
    low = cv2.dct(middle.astype(np.float32))[:8, :8]
    return np.uint64(np.packbits(low > np.median(low)).view(np.uint64)[0])


def likeness(one: Thumbnail, other: Thumbnail) -> float:
    """Correlation of the fine detail in the middle of two pictures, over shifts of up to 3 pixels.

    Returns:
        At most 1; -1 where a picture is too plain to tell.
    """
    fine, other_fine = _detail(one), _detail(other)
    middle = fine[_MATCHED, _MATCHED]
    around = other_fine[
        _MATCHED.start - _SHIFT : _MATCHED.stop + _SHIFT, _MATCHED.start - _SHIFT : _MATCHED.stop + _SHIFT
    ]
    if min(middle.std(), around.std()) < _MIN_DETAIL:
        return -1.0
    return float(cv2.matchTemplate(around, middle, cv2.TM_CCOEFF_NORMED).max())


def _detail(small: Thumbnail) -> NDArray[np.float32]:
    """What lies between the finest grain and the light and shade of the face: a difference of Gaussians."""
    values = small.astype(np.float32)
    return np.asarray(cv2.GaussianBlur(values, (0, 0), 0.8) - cv2.GaussianBlur(values, (0, 0), 3.0), np.float32)


def same_photographs(small: NDArray[np.uint8], wanted: Wanted) -> Iterator[tuple[int, int]]:
    """Pairs of thumbnails that show the same photograph, upright or mirrored.

    Args:
        small: Thumbnails, uint8 (n, `SIDE`, `SIDE`).
        wanted: Which of the pairs (numbers of the first ones, of the second ones) matter; saves time.

    Yields:
        Numbers of two thumbnails, the smaller first; a pair may come twice.
    """
    hashes = _hashes(small)
    for turned in (small, small[:, :, ::-1]):
        turned_hashes = hashes if turned is small else _hashes(turned)
        for start in range(0, len(small), _ROWS):
            differing = np.bitwise_count(hashes[start : start + _ROWS, None] ^ turned_hashes[None, start:])
            first, second = np.nonzero(differing <= MAX_BITS)
            later = first < second
            first, second = first[later] + start, second[later] + start
            chosen = wanted(first, second)
            for i, j in zip(first[chosen].tolist(), second[chosen].tolist(), strict=True):
                if likeness(small[i], turned[j]) >= MIN_LIKENESS:
                    yield i, j


def _hashes(small: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.array([perceptual_hash(each) for each in small], np.uint64)
