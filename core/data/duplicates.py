"""Keeps every photograph on one side of every split, across all the sets that are prepared together.

A file may differ in every byte and still show a photograph that is also in another split, or in
another set: saved anew, smaller, in other colours, mirrored (`core.data.fingerprints`).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.data.fingerprints import SIDE, Indices, same_photographs, thumbnail
from core.data.preparation import Report
from core.data.samples import GENDERS, SPLITS, TEST, DataSource, Dropped, Sample
from core.errors import PictureError
from core.vision.pictures.decode import decode_picture

NAME = "near-duplicates"
"""What the progress of the comparison is reported under."""


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
