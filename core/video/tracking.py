"""Faces followed from frame to frame by the overlap of their boxes (IoU tracking, Bochinski et al. 2017)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from core.types import Face

MIN_OVERLAP = 0.2  # a head that turns or nods at ten frames a second still overlaps itself by more
MAX_MISSED = 10  # frames; a face that is hidden for a moment stays the same person


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
