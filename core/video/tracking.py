"""Faces followed from frame to frame, by the overlap of their boxes or by what flows between the frames.

Where faces are searched for in every frame, boxes that overlap are one face (IoU tracking, Bochinski et al. 2017).
Without a search, optical flow tells where they go: corners of each face (Shi and Tomasi 1994) are followed in small
grey frames by pyramids (Lucas and Kanade 1981, Bouguet 2001) and back again. Those that do not come back are left out,
and the medians of the others say how the face moved and grew (Kalal et al. 2010, "Forward-backward error"). It takes a
third of a quick look's time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types import Box, Face, Pixels

MIN_OVERLAP = 0.2  # a head that turns or nods at ten frames a second still overlaps itself by more
MAX_MISSED = 10  # frames; a face that is hidden for a moment stays the same person
_LONGEST_SIDE = 320
_CORNERS, _FEWEST = 24, 5  # of a face; of those that must come back
_QUALITY, _APART = 0.005, 3  # of corners: strength by that of the strongest, and pixels between them
_INNER = 0.9  # Share of a box, in its middle, that shows the face and not what is behind it.
_WINDOW, _LEVELS = (15, 15), 2
_ASTRAY = 1.0  # Pixels that a corner may be from its place when it comes back.
_SPREAD = 3.0  # Pixels from the median movement at which a corner is of something else.
_GROWTH = 1.25  # From one frame to the next, at most, either way.
Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Track:
    """One face over time.

    Attributes:
        number: From 1; never given again.
        face: Where it was seen last.
        missed: Frames since then; 0 where it is in the newest frame.
    """

    number: int
    face: Face
    missed: int = 0


class Tracker:
    """Gives the faces of one frame after another their numbers."""

    def __init__(self, min_overlap: float = MIN_OVERLAP, max_missed: int = MAX_MISSED) -> None:
        """Begin without a face.

        Args:
            min_overlap: Smallest IoU of a face with its box in the frame before, in (0, 1].
            max_missed: Frames after which a face that is not seen again is gone.

        Raises:
            ValueError: If one is out of its range.
        """
        if not 0 < min_overlap <= 1 or max_missed < 0:
            raise ValueError(f"expected an overlap in (0, 1] and no negative number of frames, got {min_overlap}")
        self._min_overlap, self._max_missed = min_overlap, max_missed
        self._numbers = count(1)
        self._tracks: tuple[Track, ...] = ()

    @property
    def tracks(self) -> tuple[Track, ...]:
        """All tracks that are not gone, by number."""
        return self._tracks

    def carry(self, moved: Mapping[int, Face]) -> tuple[Track, ...]:
        """Take in a frame in which nobody searched for faces.

        Args:
            moved: Where known faces have gone, by the numbers of their tracks.

        Returns:
            As `update`; of any other face one more frame is missed.
        """
        carried = (
            replace(track, face=moved[track.number])
            if track.number in moved
            else replace(track, missed=track.missed + 1)
            for track in self._tracks
        )
        self._tracks = tuple(track for track in carried if track.missed <= self._max_missed)
        return self._tracks

    def update(self, faces: Sequence[Face]) -> tuple[Track, ...]:
        """Take in the faces of the next frame.

        The pairs of known and new boxes that overlap most are joined first.

        Returns:
            All tracks that are not gone, by number; each of `faces` is in exactly one of them.
        """
        pairs = sorted(
            (
                (track.face.box.overlap(face.box), known, new)
                for known, track in enumerate(self._tracks)
                for new, face in enumerate(faces)
            ),
            key=lambda pair: (-pair[0], pair[1:]),
        )
        joined: dict[int, int] = {}
        taken: set[int] = set()
        for overlap, known, new in pairs:
            if overlap >= self._min_overlap and known not in joined and new not in taken:
                joined[known] = new
                taken.add(new)
        followed = [
            Track(track.number, faces[joined[known]]) if known in joined else replace(track, missed=track.missed + 1)
            for known, track in enumerate(self._tracks)
        ]
        born = [Track(next(self._numbers), face) for new, face in enumerate(faces) if new not in taken]
        self._tracks = (*(track for track in followed if track.missed <= self._max_missed), *born)
        return self._tracks


class Flow:
    """The flow from frame to frame of one film; for one thread. One small grey frame is kept."""

    def __init__(self) -> None:
        self._grey: Pixels | None = None

    def see(self, pixels: Pixels) -> None:
        """Take in a frame, uint8 RGB (height, width, 3), in which faces are found otherwise."""
        self._grey = _small(pixels)

    def forget(self) -> None:
        """Drop the last frame: the next one does not follow it."""
        self._grey = None

    def carry(self, pixels: Pixels, faces: Sequence[Face]) -> list[Face | None]:
        """Take in the next frame, and say where faces of the last one are in it.

        Args:
            pixels: uint8 RGB (height, width, 3), of the last frame's size.
            faces: In the last frame.

        Returns:
            Each face in its new place; None where it is lost: hidden, gone, or without anything to hold on to.
        """
        before, self._grey = self._grey, _small(pixels)
        if before is None or before.shape != self._grey.shape:
            return [None] * len(faces)
        scale = before.shape[1] / pixels.shape[1]
        corners = [_corners(before, face, scale) for face in faces]
        if not any(map(len, corners)):
            return [None] * len(faces)
        there, back = _followed(before, self._grey, np.concatenate(corners))
        ends = np.cumsum([len(own) for own in corners])[:-1]
        parts = zip(faces, corners, np.split(there, ends), np.split(back, ends), strict=True)
        height, width = pixels.shape[:2]
        return [_moved(*part, scale, (width, height)) for part in parts]


def _small(pixels: Pixels) -> Pixels:
    scale = min(1.0, _LONGEST_SIDE / max(pixels.shape[:2]))
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)


def _corners(grey: Pixels, face: Face, scale: float) -> Points:
    """Corners of a face, (n, 2) as x and y in the small frame."""
    (x, y), half = face.box.center, _INNER / 2
    left, right = (round(scale * (x + side * half * face.box.width)) for side in (-1, 1))
    top, bottom = (round(scale * (y + side * half * face.box.height)) for side in (-1, 1))
    left, top = max(0, left), max(0, top)
    part = grey[top : max(top, bottom), left : max(left, right)]
    if min(part.shape) < _WINDOW[0] // 2:
        return np.empty((0, 2), np.float32)
    found = cv2.goodFeaturesToTrack(np.ascontiguousarray(part), _CORNERS, _QUALITY, _APART)
    if found is None:
        return np.empty((0, 2), np.float32)
    corner = np.array([left, top], np.float32)
    return np.asarray(found, np.float32).reshape(-1, 2) + corner


def _followed(before: Pixels, after: Pixels, points: Points) -> tuple[Points, NDArray[np.bool_]]:
    """Where points of one frame are in the next, and whether they come back to where they were."""
    there, found = _step(before, after, points)
    again, also = _step(after, before, there)
    return there, found & also & (np.linalg.norm(again - points, axis=1) < _ASTRAY)


def _step(before: Pixels, after: Pixels, points: Points) -> tuple[Points, NDArray[np.bool_]]:
    """Points of one frame in another, and whether they were found."""
    there, found, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points, np.empty_like(points), winSize=_WINDOW, maxLevel=_LEVELS
    )
    return np.asarray(there, np.float32), np.asarray(found).ravel() == 1


def _moved(
    face: Face, corners: Points, there: Points, back: NDArray[np.bool_], scale: float, size: tuple[int, int]
) -> Face | None:
    corners, there = corners[back], there[back]
    if len(corners) < _FEWEST:
        return None
    steps = there - corners
    shift = np.median(steps, axis=0)
    of_face = np.linalg.norm(steps - shift, axis=1) < _SPREAD
    if of_face.sum() < max(_FEWEST, len(back) / 3):
        return None
    growth = _growth(corners[of_face], there[of_face])
    if not 1 / _GROWTH < growth < _GROWTH:
        return None
    moved = _transformed(face, np.median(corners[of_face], axis=0) / scale, growth, shift / scale)
    x, y = moved.box.center
    return moved if 0 <= x < size[0] and 0 <= y < size[1] else None


def _growth(before: Points, after: Points) -> float:
    """Median ratio of the distances between points."""
    one, other = np.triu_indices(len(before), 1)
    was = np.linalg.norm(before[one] - before[other], axis=1)
    ratios = np.linalg.norm(after[one] - after[other], axis=1) / np.maximum(was, 1e-6)
    return float(np.median(ratios))


def _transformed(face: Face, middle: Points, growth: float, shift: Points) -> Face:
    """A face grown about a point, and moved."""
    box = face.box
    points = np.array([(box.left, box.top), (box.right, box.bottom), *face.landmarks])
    (left, top), (right, bottom), one, two, three, four, five = (
        (float(x), float(y)) for x, y in middle + growth * (points - middle) + shift
    )
    return replace(face, box=Box(left, top, right, bottom), landmarks=(one, two, three, four, five))
