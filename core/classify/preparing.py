"""The half of the way before the model: source → picture → faces → crops, one source at a time."""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.classify.sources import Source, decoded, source_name
from core.errors import AppError
from core.results import Quality
from core.settings import CropRecipe, ImageLimits, QualityLimits
from core.types import Box, Face, Picture, Pixels, face_size
from core.vision.detection.faces import FaceDetector, whole_picture_face
from core.vision.pictures.stored import Stored
from core.vision.quality import assess
from core.vision.warping import crop_face

INTERNAL = "internal"
WHOLE_PICTURE_NOTE = "No face was found, so the whole picture was treated as a face, as asked."

# Pixels of a face from which a closer look tells its roll as well as at twice as many: of 64 faces of 70 pixels that
# were turned by 14 and 20 degrees within 3.6 degrees in the middle, and within 3.1 at 141 pixels.
_EXACT = 64
_HALVED_SIDE, _HALVED_PIXELS = 1664, 3_000_000  # from which on a picture is searched at half its sides
_ASTRAY = 1.0  # Face sizes that a closer look may lead beside a face, at the most, its being larger included.

PreparedFace = tuple[Face, Quality, Pixels]
"""A face, how well it can be seen, and its crop."""
_log = logging.getLogger(__name__)
Meanwhile = Callable[[str, int], None]
"""Told a few times a second, while a picture takes long, its name and how many looks at faces there were."""


class Unwanted(Exception):
    """Nobody waits for this picture any more."""


@dataclass(slots=True)
class Pulse:
    """The work on one picture; written by the thread that works, but for `wanted`.

    Attributes:
        beats: Looks at faces so far: each find is looked at, and each face is cut out.
        wanted: False ends the work at the next beat.
    """

    beats: int = 0
    wanted: bool = True

    def beat(self) -> None:
        """Say that the work goes on.

        Raises:
            Unwanted: If it need not.
        """
        if not self.wanted:
            raise Unwanted
        self.beats += 1


@dataclass(frozen=True, slots=True, eq=False)
class PreparedPicture:
    """A source on its way to the model.

    Attributes:
        name: The source's name.
        code: Code of the refusal, or "".
        message: Sentence of the refusal, or "".
        faces: Every face with its quality and its crop; empty where none was found.
        notes: Sentences for the user.
        picture: The decoded picture where it is to be kept.
    """

    name: str
    code: str = ""
    message: str = ""
    faces: tuple[PreparedFace, ...] = ()
    notes: tuple[str, ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Preparer:
    """Decodes sources and cuts out their faces; safe to share between threads."""

    detector: FaceDetector
    recipe: CropRecipe
    limits: ImageLimits
    quality: QualityLimits

    def prepare(
        self, source: Source, *, assume_crop: bool = False, keep_picture: bool = False, pulse: Pulse | None = None
    ) -> PreparedPicture:
        """Prepare one source; raises nothing else than `Unwanted`, because one bad file must not stop the others.

        Args:
            source: What to classify.
            assume_crop: Take the whole picture as a face where none is found.
            keep_picture: Hand the decoded picture on; else its memory is free after this call.
            pulse: Told how the work goes on.

        Raises:
            Unwanted: If the pulse says so.
        """
        name = source_name(source)
        try:
            found = decoded(source, self.limits)
            picture = found.whole() if keep_picture else None
            stored = found.stored if picture is None else Stored(picture.pixels)
            told = list(found.notes)
            faces = self._faces(stored, told.append, pulse or Pulse(), assume_crop=assume_crop)
            return PreparedPicture(name, faces=faces, notes=tuple(dict.fromkeys(told)), picture=picture)
        except AppError as error:
            return PreparedPicture(name, error.code, error.message)
        except Unwanted:
            raise
        except Exception as error:
            return unexpected(name, error)

    def _faces(
        self, stored: Stored, tell: Callable[[str], None], pulse: Pulse, *, assume_crop: bool
    ) -> tuple[PreparedFace, ...]:
        """All faces of a picture, in its pixels; `tell` is told sentences for the user."""
        factor = 2 if _is_large(stored) else 1
        pixels = stored.halved() if factor > 1 else stored.whole()
        found = self.detector.at(factor, pulse.beat, tell).detect(pixels)
        if not found and assume_crop:
            found = [whole_picture_face(pixels)]
            tell(WHOLE_PICTURE_NOTE)
        if factor > 1 and not all(map(self._fills_its_crop, found)):
            found = [face.scaled(factor) for face in found]
            pixels = stored.around([self._around(face) for face in found])
            found = [self._seen_whole(pixels, face, factor) for face in found]
            factor = 1
        faces = []
        for face in found:
            pulse.beat()
            faces.append(self._cut_out(pixels, face, factor))
        return tuple(faces)

    def _fills_its_crop(self, face: Face) -> bool:
        """Whether a face has so many pixels that its crop shows no more with more of them."""
        return face_size(face) * self.recipe.margin >= self.recipe.size

    def _around(self, face: Face) -> Box:
        """All that a closer look at a face and its crop can depend on."""
        (x, y), reach = face.box.center, (self.recipe.margin / math.sqrt(2) + _ASTRAY) * face_size(face)
        return Box(x - reach, y - reach, x + reach, y + reach)

    def _seen_whole(self, pixels: Pixels, face: Face, factor: int) -> Face:
        """A face that was found at `factor` times less, its landmarks anew where the whole picture tells more."""
        if not face.detected or face_size(face) >= factor * _EXACT:
            return face
        closer = self.detector.confirm(pixels, face)
        return face if closer is None else replace(closer, way_up_known=face.way_up_known)

    def _cut_out(self, pixels: Pixels, face: Face, factor: int) -> PreparedFace:
        """A face of a picture that has `factor` times fewer pixels a side than its file's."""
        quality = assess(pixels, face, self.quality)
        crop = crop_face(pixels, face, self.recipe)
        if factor == 1:
            return face, quality, crop
        # A face that is large enough at half the size is no smaller at the whole: the reasons stand.
        return face.scaled(factor), replace(quality, face_px=factor * quality.face_px), crop


def _is_large(stored: Stored) -> bool:
    """Whether a picture is searched at half of its sides: no search looks at more than half of its scale."""
    height, width = int(stored.pixels.shape[0]), int(stored.pixels.shape[1])
    return max(width, height) >= _HALVED_SIDE and width * height >= _HALVED_PIXELS


def unexpected(name: str, error: Exception) -> PreparedPicture:
    """A refusal for a failure that nobody foresaw; logged with its trace. Call it while handling `error`."""
    _log.exception("unexpected failure on %s", name)
    return PreparedPicture(
        name,
        INTERNAL,
        f"Something went wrong inside the program on this file ({type(error).__name__}). The other files are "
        "not affected; the log has the details.",
    )
