"""The faces of a moving picture: found or carried on from frame to frame, looked at now and then, answered by votes.

A quick look at the whole frame says where faces are; where the machine is slow, in every few frames alone, and what
flows between them carries the faces on. Only a face that is new, whose vote is not
settled, or that was not looked at for some frames is looked at closely, cut out and classified; and
only so many of them in one frame, those that have waited longest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.classify.pipeline import Classifier
from core.heads import Thresholds
from core.results import FaceResult
from core.settings import DetectorSettings
from core.types import Pixels
from core.video.people import Person
from core.video.tracking import Flow, Track, Tracker
from core.video.voting import SETTLED_LOOKS, Vote
from core.vision.annotate.draw import annotate, live_tag
from core.vision.detection.faces import FaceDetector
from core.vision.quality import assess
from core.vision.warping import crop_face

LIVE_DETECTOR = DetectorSettings(longest_side=320, retry=False)
LOOKS_PER_FRAME = 2
LOOK_AGAIN = 10  # frames
MAX_EVERY = 4
SEARCH_SECONDS = 0.3  # after which a search is due, however slow the machine is: somebody may have come
MAX_PEOPLE = 10_000
_SHOWN_MISSED = 2  # frames for which the box of a face stays that is not found again


@dataclass(slots=True)
class _Seen:
    """What is known of one track."""

    first: float
    last: float
    frames: int = 0
    looks: int = 0
    looked_at: int = 0
    vote: Vote = field(default_factory=Vote)
    crop: Pixels | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A face of the newest frame: its number and its answer."""

    number: int
    result: FaceResult


class Follower:
    """Follows the faces of one film; for one thread. No frame is kept, only the newest crop of a face that is there."""

    def __init__(
        self,
        classifier: Classifier,
        thresholds: Thresholds,
        detector: DetectorSettings = LIVE_DETECTOR,
    ) -> None:
        """Begin a film.

        Args:
            classifier: Answers the faces.
            thresholds: From which probabilities on something is said of a face.
            detector: How large a frame is when faces are looked for; `retry` has no effect.
        """
        self._classifier, self._thresholds = classifier, thresholds
        self._detector = FaceDetector(detector)
        self._tracker = Tracker()
        self._seen: dict[int, _Seen] = {}
        self._gone: dict[int, Person] = {}
        self._frame = 0
        self._flow = Flow()
        self._searched = (-MAX_EVERY, 0.0)

    def use(self, classifier: Classifier, thresholds: Thresholds) -> None:
        """Go on with another model, which asks all faces anew, or with other thresholds."""
        if classifier is not self._classifier:
            for seen in self._seen.values():
                seen.vote, seen.looks, seen.crop = Vote(), 0, None
        self._classifier, self._thresholds = classifier, thresholds

    def follow(self, pixels: Pixels, seconds: float, every: int = 1) -> list[Followed]:
        """Take in the next frame.

        Args:
            pixels: uint8 RGB (height, width, 3).
            seconds: When it was taken, from the film's beginning; not before the last frame's.
            every: In one of how many frames to search, 1 to `MAX_EVERY`: more on a machine that is too slow for each.

        Returns:
            The faces in it that a close look has confirmed, by number.
        """
        self._frame += 1
        tracks = self._tracks(pixels, seconds, every)
        for number in self._seen.keys() - {track.number for track in tracks}:
            self._leave(number)
        for track in tracks:
            if track.missed == 0:
                seen = self._seen.setdefault(track.number, _Seen(seconds, seconds))
                seen.last, seen.frames = max(seconds, seen.first), seen.frames + 1
        self._look(pixels, self._due(tracks)[: LOOKS_PER_FRAME if every == 1 else 1])
        return [
            Followed(track.number, self._result(track, self._seen[track.number]))
            for track in tracks
            if track.missed <= _SHOWN_MISSED and self._seen[track.number].vote.looks
        ]

    def _tracks(self, pixels: Pixels, seconds: float, every: int) -> tuple[Track, ...]:
        """Where the faces are in a frame: carried on from the last one where that does, else searched for."""
        frame, at = self._searched
        if self._frame - frame < every and seconds - at < SEARCH_SECONDS:
            there = [track for track in self._tracker.tracks if track.missed == 0]
            carried = self._flow.carry(pixels, [track.face for track in there])
            moved = {track.number: face for track, face in zip(there, carried, strict=True) if face is not None}
            if len(moved) == len(there):
                return self._tracker.carry(moved)
        elif every > 1:
            self._flow.see(pixels)
        else:
            self._flow.forget()
        self._searched = self._frame, seconds
        return self._tracker.update(self._detector.glance(pixels))

    def people(self) -> list[Person]:
        """Everybody who was seen so far, by number; the newest 10,000 of those who have left."""
        there = [self._person(number, seen) for number, seen in self._seen.items() if seen.vote.looks]
        return sorted([*self._gone.values(), *there], key=lambda person: person.number)

    def _due(self, tracks: Sequence[Track]) -> list[Track]:
        """The faces that are to be looked at closely, those that have waited longest first."""
        waiting = []
        for track in tracks:
            seen = self._seen[track.number]
            waited = self._frame - seen.looked_at
            if track.missed == 0 and (seen.looks < SETTLED_LOOKS or waited >= LOOK_AGAIN):
                waiting.append((seen.looked_at, track.number, track))
        return [track for *_, track in sorted(waiting, key=lambda entry: entry[:2])]

    def _look(self, pixels: Pixels, tracks: Sequence[Track]) -> None:
        looks = []
        for track in tracks:
            seen = self._seen[track.number]
            seen.looks, seen.looked_at = seen.looks + 1, self._frame
            face = self._detector.confirm(pixels, track.face)
            if face is not None:
                crop = crop_face(pixels, face, self._classifier.model.metadata.crop)
                looks.append((seen, assess(pixels, face, self._classifier.quality), crop))
        if looks:
            predictions = self._classifier.predict(np.stack([crop for *_, crop in looks]))
            for (seen, quality, crop), prediction in zip(looks, predictions, strict=True):
                seen.vote.add(prediction, quality)
                seen.crop = crop

    def _result(self, track: Track, seen: _Seen) -> FaceResult:
        assert seen.crop is not None, "a vote has a look, and a look a crop"
        vote = seen.vote
        return FaceResult(track.face, vote.quality, vote.prediction, vote.decision(self._thresholds), seen.crop)

    def _person(self, number: int, seen: _Seen) -> Person:
        vote, model = seen.vote, self._classifier.model.metadata.name
        decision = vote.decision(self._thresholds)
        made = replace(self._classifier.provenance, thresholds=self._thresholds)
        return Person(number, seen.first, seen.last, seen.frames, vote.prediction, decision, model, made)

    def _leave(self, number: int) -> None:
        seen = self._seen.pop(number)
        if seen.vote.looks:
            self._gone[number] = self._person(number, seen)
            if len(self._gone) > MAX_PEOPLE:
                del self._gone[next(iter(self._gone))]


def drawn(pixels: Pixels, followed: Sequence[Followed]) -> Pixels:
    """A frame, uint8 RGB (height, width, 3), with the box, number, answer and mask of every face; as a new array."""
    results = [face.result for face in followed]
    tags = [live_tag(face.number, face.result) for face in followed]
    return annotate(pixels, results, tags, same_size=True)
