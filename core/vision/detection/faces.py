"""Faces of a picture: boxes, five landmarks and scores, in reading order."""

import copy
import math
from collections.abc import Callable
from dataclasses import replace

from core.settings import DetectorSettings
from core.types import Box, Face, Pixels, check_pixels, face_size, roll_of
from core.vision.detection import retries
from core.vision.detection.close_look import glimpse, look_closely
from core.vision.detection.retries import (
    first_scale,
    look_finer,
    merged,
    same_face,
    shared,
    turned_views,
    upright_views,
)
from core.vision.detection.uprightness import WayUp, opposed
from core.vision.detection.views import View, overview, quarter_turned
from core.vision.detection.yunet import YuNet

# Landmarks as shares of the box: medians of YuNet on the train splits of lfw, fairface and scut.
_CANONICAL = ((0.26, 0.38), (0.72, 0.38), (0.49, 0.58), (0.30, 0.73), (0.70, 0.73))
# Score from which a look's find is worth a glimpse: with it a look at 416 pixels loses none of the masked faces that
# one at 640 finds from 0.35 on, at two fifths of the time.
_HINT, _HINT_SEEN = 0.1, 0.85  # The second: what a close look at such a find must say.
# A box of which so much lies in another face's is a part of that face, unless the first look or the close one is sure,
# or the two are plainly apart: so different in size, or with eyes so far from the other's (in sizes of the smaller
# face). What is taken for a face within one begins at an eye (0.2 at the most) and is more than half as large.
_COVERED, _IN_FRONT, _SURELY_IN_FRONT = 0.3, 0.6, 0.91
_OTHER_SIZE, _OTHER_EYES = 0.5, 0.25
_DOUBTFUL = 0.35  # Score from which it is worth a close look at once.
_GLIMPSED = 0.5  # Score of a glimpse from which it is worth one after all.
# What both looks at a face must say together where a surer one of its size or larger is there. Beside it, what is
# doubtful is a part of it or somebody out of focus behind: of 191 known bystanders 140 are found, without this 150.
_BESIDE, _SURE, _ITS_SIZE = 1.35, 0.85, 0.8
_SEEN_AGAIN = 0.45  # Score that the close look must have: of real faces, even of 24 pixels, 99 % reach it.
# The first look's box is the steadier one, save for a roll of 20 degrees (in radians) and more, and
# where a doubtful find has led the close look to a face beside it.
_ROLLED, _ELSEWHERE = 0.35, 0.4
# A face so large in the first look (pixels), so upright (radians) and so clear needs no closer one.
_LARGE, _LEVEL, _CLEAR = 150, 0.06, 0.85
_FINER = 0.1  # Score that a finer look's find needs.
REDUCED_NOTE = "This picture is so large that it was searched at reduced size: faces of few pixels may be missing."
CROWD_NOTE = "More than {most:,} places in this picture may be faces: only that many were examined."


class FaceDetector:
    """Finds faces; safe to share between threads."""

    def __init__(self, settings: DetectorSettings = DetectorSettings()) -> None:  # noqa: B008 (frozen)
        self._settings = settings
        self._network = YuNet(settings.nms_threshold)
        self._way_up = WayUp()
        self._reduced = 1
        self._beat: Callable[[], None] = lambda: None
        self._tell: Callable[[str], None] = lambda _: None

    def at(
        self, reduced: int, beat: Callable[[], None] | None = None, tell: Callable[[str], None] | None = None
    ) -> "FaceDetector":
        """This detector for a picture.

        Args:
            reduced: How many times smaller it was decoded: the detector looks as finely as at the whole.
            beat: Called before each find is looked at closely; may raise to end the search.
            tell: Called with a sentence for the user where a limit ends the search early.
        """
        other = copy.copy(self)
        other._reduced, other._beat, other._tell = reduced, beat or self._beat, tell or self._tell
        return other

    def detect(self, pixels: Pixels) -> list[Face]:
        """All faces of a picture, uint8 RGB (height, width, 3), in reading order; [] where there is none.

        A face's score is the better one of the look that found it and of a close look at it. A picture that
        lies on its side or stands on its head is searched once more the right way up.
        """
        check_pixels(pixels)
        if self._settings.retry and retries.is_too_large(pixels, self._reduced):
            self._tell(REDUCED_NOTE)
        found = self._find(pixels)
        if found and self._settings.retry:
            found = self._upright(pixels, found)
        return reading_order(found)

    def glance(self, pixels: Pixels) -> list[Face]:
        """Where faces may be, from one quick look that nothing confirms; for the frames of a video.

        Args:
            pixels: uint8 RGB (height, width, 3).

        Returns:
            Faces, doubtful ones too, whose landmarks are rough: `confirm` looks closely.
        """
        check_pixels(pixels)
        side = min(self._settings.longest_side, max(pixels.shape[:2]))
        return self._look(overview(pixels, side), min(_DOUBTFUL, self._settings.score_threshold))

    def confirm(self, pixels: Pixels, face: Face) -> Face | None:
        """The face after a close look, with exact landmarks; None where that leaves it doubtful."""
        close = look_closely(self._network, pixels, face)
        return None if close is None else self._agreed(face, close)

    def _agreed(self, face: Face, close: Face) -> Face | None:
        """What a look and a close look show together; None where that is doubtful."""
        score = max(face.score, close.score)
        if close.score < _SEEN_AGAIN or score < self._settings.score_threshold:
            return None
        doubtful = face.score < _DOUBTFUL or abs(roll_of(close)) > _ROLLED
        elsewhere = doubtful or close.box.overlap(face.box) < _ELSEWHERE
        return replace(close, box=close.box if elsewhere else face.box, score=score)

    def _find(self, pixels: Pixels, guesses: list[Face] | None = None) -> list[Face]:
        scale = first_scale(pixels, self._settings.longest_side, self._reduced)
        seen = self._look(overview(pixels, round(scale * max(pixels.shape[:2]))), self._least(_HINT))
        found = self._confirmed(pixels, merged(seen, guesses or []), [], scale)
        return self._retry(pixels, found, scale) if self._settings.retry else found

    def _retry(self, pixels: Pixels, found: list[Face], scale: float) -> list[Face]:
        longest_side = self._settings.longest_side
        while scale := retries.finer_scale(pixels, found, scale, self._reduced):
            faint = self._least(_DOUBTFUL) if found else 0.0
            seen = look_finer(self._network, pixels, scale, self._least(_FINER), faint)
            found = self._confirmed(pixels, seen, found)
            if len(seen) > retries.MOST_FINDS:
                break
        if not found:
            for view in upright_views(pixels, longest_side):
                found = self._confirmed(pixels, self._look(view, self._least(_DOUBTFUL)))
                if found:
                    return found
            turns = [face for view in turned_views(pixels) for face in self._look(view, self._least(_DOUBTFUL))]
            found = self._confirmed(pixels, merged([], turns))
        return found

    def _upright(self, pixels: Pixels, found: list[Face]) -> list[Face]:
        """The faces, searched anew in the turned picture where they say that it is turned."""
        quarters, sure = self._way_up.of(self._network, pixels, found)
        if quarters:
            turned, there, back = quarter_turned(pixels, quarters)
            found = [back(face) for face in self._find(turned, [_guess(there(face)) for face in found])] or found
        elif sure:
            found = [self._righted(pixels, face) if opposed(face, 0) else face for face in found]
        roll = quarters * math.pi / 2
        return [replace(face, way_up_known=sure and not opposed(face, roll)) for face in found]

    def _righted(self, pixels: Pixels, face: Face) -> Face:
        """A face that was taken for one on its head, looked at as upright; as it was where that shows none."""
        close = look_closely(self._network, pixels, _guess(face))
        return face if close is None or opposed(close, 0) else replace(close, box=face.box)

    def _least(self, score: float) -> float:
        return min(score, self._settings.score_threshold)

    def _look(self, view: View, score: float) -> list[Face]:
        return [view.to_picture(face) for face in self._network.look(view.bgr, score)]

    def _confirmed(
        self, pixels: Pixels, faces: list[Face], known: list[Face] | None = None, scale: float = 0.0
    ) -> list[Face]:
        """`known`, and those of `faces` that closer looks do not leave doubtful.

        Args:
            pixels: The picture.
            faces: What a look found.
            known: What is known already.
            scale: Pixels of the look a pixel of the picture; 0 where every face needs a close look.
        """
        kept, doubted = list(known or []), list[Face]()
        if len(faces) > retries.MOST_FINDS:
            self._tell(CROWD_NOTE.format(most=retries.MOST_FINDS))
        for face in sorted(faces, key=lambda face: -face.score)[: retries.MOST_FINDS]:
            if any(same_face(face, other) for other in kept):
                continue
            self._beat()
            confirmed, firm = (face, True) if self._is_clear(face, scale) else self._checked(pixels, face)
            if confirmed is None or any(same_face(confirmed, other) for other in kept):
                continue
            sure = face.score >= _IN_FRONT or confirmed.score >= _SURELY_IN_FRONT
            if sure or not any(_is_part(confirmed, other) for other in kept):
                (kept if firm else doubted).append(confirmed)
        return merged(kept, [face for face in doubted if not any(_outshines(other, face) for other in kept)])

    def _is_clear(self, face: Face, scale: float) -> bool:
        return face.score >= _CLEAR and face_size(face) * scale >= _LARGE and abs(roll_of(face)) < _LEVEL

    def _checked(self, pixels: Pixels, face: Face) -> tuple[Face | None, bool]:
        """A face after closer looks, None where they leave it doubtful; and whether it stands beside a surer one."""
        hint = _HINT < face.score < self._least(_DOUBTFUL)
        if hint and glimpse(self._network, pixels, face, roll_of(face)) < self._least(_GLIMPSED):
            return None, False
        close = look_closely(self._network, pixels, face)
        if close is None or (hint and close.score < _HINT_SEEN):
            return None, False
        together = min(_BESIDE, 2 * self._settings.score_threshold)
        return self._agreed(face, close), close.score >= _HINT_SEEN or face.score + close.score >= together


def _is_part(one: Face, other: Face) -> bool:
    """Whether one of two faces is probably a part of the other, or a frame round it."""
    if shared(one, other) <= _COVERED:
        return False
    small, large = sorted((face_size(one), face_size(other)))
    nearest = min(math.dist(eye, of_other) for eye in one.landmarks[:2] for of_other in other.landmarks[:2])
    return small > _OTHER_SIZE * large and nearest < _OTHER_EYES * small


def _outshines(one: Face, other: Face) -> bool:
    return one.score >= _SURE and face_size(one) > _ITS_SIZE * face_size(other)


def reading_order(faces: list[Face]) -> list[Face]:
    """Rows from top to bottom, faces of a row from left to right.

    A face belongs to the current row while its centre lies within half a face height of the row's
    mean centre.
    """
    rows: list[list[Face]] = []
    for face in sorted(faces, key=lambda face: face.box.center[1]):
        if rows:
            centre = sum(other.box.center[1] for other in rows[-1]) / len(rows[-1])
            height = min(face.box.height, sum(other.box.height for other in rows[-1]) / len(rows[-1]))
            if face.box.center[1] - centre < height / 2:
                rows[-1].append(face)
                continue
        rows.append([face])
    return [face for row in rows for face in sorted(row, key=lambda face: face.box.center[0])]


def whole_picture_face(pixels: Pixels) -> Face:
    """The whole picture taken as one face, upright and frontal, as in a crop that the face fills."""
    check_pixels(pixels)
    height, width = pixels.shape[:2]
    one, two, three, four, five = ((x * width, y * height) for x, y in _CANONICAL)
    return Face(Box(0, 0, width, height), (one, two, three, four, five), score=0.0, detected=False)


def _guess(face: Face) -> Face:
    """Where a face may be, upright: the box is kept, the landmarks are where they usually are."""
    box = face.box
    one, two, three, four, five = ((box.left + x * box.width, box.top + y * box.height) for x, y in _CANONICAL)
    return Face(box, (one, two, three, four, five), _HINT)
