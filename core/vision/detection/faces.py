"""Faces of a picture: boxes, five landmarks and scores, in reading order."""

from dataclasses import replace

from core.settings import DetectorSettings
from core.types import Box, Face, Pixels, check_pixels
from core.vision.detection.close_look import look_closely, turned_picture
from core.vision.detection.retries import finer, merged, turned_views, upright_views
from core.vision.detection.views import View, overview
from core.vision.detection.yunet import YuNet
from core.vision.geometry import roll_of

# Landmarks as shares of the box: medians of YuNet on the train splits of lfw, fairface and scut.
_CANONICAL = ((0.26, 0.38), (0.72, 0.38), (0.49, 0.58), (0.30, 0.73), (0.70, 0.73))
_DOUBTFUL = 0.35  # Score from which a look's find is worth a close look.
_SEEN_AGAIN = 0.45  # Score that the close look must have: of real faces, even of 24 pixels, 99 % reach it.
# The first look's box is the steadier one, save for a roll of 20 degrees (in radians) and more, and
# where a doubtful find has led the close look to a face beside it.
_ROLLED, _ELSEWHERE = 0.35, 0.4


class FaceDetector:
    """Finds faces; safe to share between threads."""

    def __init__(self, settings: DetectorSettings = DetectorSettings()) -> None:  # noqa: B008 (frozen)
        self._settings = settings
        self._network = YuNet(settings.nms_threshold)

    def detect(self, pixels: Pixels) -> list[Face]:
        """All faces of a picture, uint8 RGB (height, width, 3), in reading order; [] where there is none.

        A face's score is the better one of the look that found it and of a close look at it.
        """
        check_pixels(pixels)
        side = min(self._settings.longest_side, max(pixels.shape[:2]))
        view = overview(pixels, side)
        doubtful = min(_DOUBTFUL, self._settings.score_threshold)
        found = self._confirmed(pixels, self._look(view, doubtful))
        if self._settings.retry:
            found = self._righted(pixels, self._retry(pixels, found, doubtful))
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

    def _righted(self, pixels: Pixels, found: list[Face]) -> list[Face]:
        """The faces of a picture that lies on its side or head with landmarks that say so."""
        best = max(found, key=lambda face: face.score, default=None)
        turn = turned_picture(self._network, pixels, best) if best is not None else None
        if turn is None:
            return found
        looks = ((face, look_closely(self._network, pixels, face, turn)) for face in found)
        return merged([], [close if close is not None and close.score > face.score else face for face, close in looks])

    def _retry(self, pixels: Pixels, found: list[Face], doubtful: float) -> list[Face]:
        longest_side = self._settings.longest_side
        found = self._confirmed(pixels, finer(self._network, pixels, found, longest_side, doubtful), found)
        if not found:
            for view in upright_views(pixels, longest_side):
                found = self._confirmed(pixels, self._look(view, doubtful))
                if found:
                    return found
            turns = [face for view in turned_views(pixels) for face in self._look(view, doubtful)]
            found = self._confirmed(pixels, merged([], turns))
        return found

    def _look(self, view: View, score: float) -> list[Face]:
        return [view.to_picture(face) for face in self._network.look(view.bgr, score)]

    def _confirmed(self, pixels: Pixels, faces: list[Face], known: list[Face] | None = None) -> list[Face]:
        """`known`, and those of `faces` that a close look does not leave doubtful."""
        kept = list(known or [])
        confirmed = [self.confirm(pixels, face) for face in faces if face not in kept]
        return merged(kept, [face for face in confirmed if face is not None])

    def confirm(self, pixels: Pixels, face: Face) -> Face | None:
        """The face after a close look, with exact landmarks; None where that leaves it doubtful."""
        close = look_closely(self._network, pixels, face)
        if close is None or close.score < _SEEN_AGAIN:
            return None
        score = max(face.score, close.score)
        if score < self._settings.score_threshold:
            return None
        elsewhere = abs(roll_of(close)) > _ROLLED or close.box.overlap(face.box) < _ELSEWHERE
        return replace(close, box=close.box if elsewhere else face.box, score=score)


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
