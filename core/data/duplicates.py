"""Keeps every photograph on one side of every split, across all the sets that are prepared together.

A file may differ in every byte and still show a photograph that is also in another split, or in
another set: saved anew, smaller, in other colours, mirrored. A perceptual hash finds candidates, their pixels decide.

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

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.data.preparation import Report
from core.data.samples import GENDERS, SPLITS, TEST, DataSource, Dropped, Sample
from core.errors import PictureError
from core.types import Pixels
from core.vision.pictures.decode import decode_picture

NAME = "near-duplicates"
"""What the progress of the comparison is reported under."""
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


def without_near_duplicates(sources: Sequence[DataSource], report: Report = lambda *_: None) -> list[DataSource]:
    """Leave out of train and val what is nearly the same picture as one in a later split, of any of the sets.

    Of such a pair across splits the picture in test stays, else the one in val. Pairs within train or
    within val stay, unless their labels contradict each other: then both leave, and only a picture in
    test stays. Pictures in test always stay; pairs of them are named in `Source.repeated`. A picture
    that cannot be decoded is passed over: whoever cuts it says so.

    Args:
        sources: The sets, each without byte-identical copies.
        report: Called now and then with `NAME`, pictures done and pictures in all.

    Returns:
        The same sets in order, with `dropped` (codes "near_duplicate" and "contradiction"),
        `repeated` and `compared` filled in.
    """
    samples = [sample for source in sources for sample in source.samples]
    pairs = _pairs(samples, _thumbnails(sources, report))
    gone = _gone(samples, pairs)
    within_test = [(samples[j], samples[i]) for i, j in pairs if samples[i].split == samples[j].split == TEST]
    names = tuple(source.name for source in sources)
    results, start = [], 0
    for source in sources:
        mine = range(start, start := start + len(source.samples))
        results.append(
            replace(
                source,
                samples=tuple(samples[k] for k in mine if k not in gone),
                dropped=source.dropped + tuple(gone[k] for k in mine if k in gone),
                repeated=source.repeated + tuple(_repeated(source, within_test)),
                compared=names,
            )
        )
    return results


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


def _thumbnails(sources: Sequence[DataSource], report: Report) -> NDArray[np.uint8]:
    """Thumbnails of all samples in order; plain black where there is none."""
    total = sum(len(source.samples) for source in sources)
    small = np.zeros((total, SIDE, SIDE), np.uint8)
    every = ((source, sample) for source in sources for sample in source.samples)
    for done, (source, sample) in enumerate(every, start=1):
        with suppress(PictureError, OSError):
            small[done - 1] = thumbnail(decode_picture(source.read(sample), sample.file).pixels)
        report(NAME, done, total)
    return small


def _pairs(samples: list[Sample], small: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Numbers of samples that show the same photograph though they should not, in order."""
    split = np.array([SPLITS.index(sample.split) for sample in samples])
    gender = np.array([GENDERS.index(sample.gender) for sample in samples])

    def matters(first: Indices, second: Indices) -> NDArray[np.bool_]:
        apart = (split[first] != split[second]) | (gender[first] != gender[second])
        return np.asarray(apart | (split[first] == SPLITS.index(TEST)))

    return sorted(set(same_photographs(small, matters)))


def _gone(samples: list[Sample], pairs: list[tuple[int, int]]) -> dict[int, Dropped]:
    """Who leaves, and because of whom: by preference the picture in the latest split."""
    rivals: dict[int, list[Sample]] = defaultdict(list)
    for k, other in _both_ways(pairs):
        mine, theirs = samples[k], samples[other]
        later = SPLITS.index(theirs.split) > SPLITS.index(mine.split)
        if mine.split != TEST and (later or theirs.gender != mine.gender):
            rivals[k].append(theirs)
    gone = {}
    for k, others in rivals.items():
        rival = max(others, key=lambda sample: SPLITS.index(sample.split))
        code = "near_duplicate" if rival.gender == samples[k].gender else "contradiction"
        gone[k] = Dropped(samples[k].file, code, _nearly(samples[k], rival))
    return gone


def _repeated(source: DataSource, pairs: list[tuple[Sample, Sample]]) -> Iterator[str]:
    """Sentences on pairs within test whose first picture is the source's, but for those that it names itself."""
    for sample, other in pairs:
        if sample.set == source.name and not (other.set == source.name and source.read(sample) == source.read(other)):
            yield f"{sample.file} is {_nearly(sample, other)}"


def _both_ways(pairs: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for i, j in pairs:
        yield i, j
        yield j, i


def _nearly(sample: Sample, other: Sample) -> str:
    label = "" if other.gender == sample.gender else f", labelled {other.gender}"
    return f"nearly the same picture as {other.file} of {other.set}, which is in {other.split}{label}"


def _hashes(small: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.array([perceptual_hash(each) for each in small], np.uint64)
