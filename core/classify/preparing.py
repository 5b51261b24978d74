"""The half of the way before the model: source → picture → faces → crops, one source at a time."""

import logging
from dataclasses import dataclass

from core.classify.sources import Source, open_source, source_name
from core.errors import AppError
from core.results import Quality
from core.settings import CropRecipe, ImageLimits, QualityLimits
from core.types import Face, Picture, Pixels
from core.vision.crops import crop_face
from core.vision.detection.faces import FaceDetector, whole_picture_face
from core.vision.quality import assess

INTERNAL = "internal"
WHOLE_PICTURE_NOTE = "No face was found, so the whole picture was treated as a face, as asked."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
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
    faces: tuple[tuple[Face, Quality, Pixels], ...] = ()
    notes: tuple[str, ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Preparer:
    """Decodes sources and cuts out their faces; safe to share between threads."""

    detector: FaceDetector
    recipe: CropRecipe
    limits: ImageLimits
    quality: QualityLimits

    def prepare(self, source: Source, *, assume_crop: bool = False, keep_picture: bool = False) -> Prepared:
        """Prepare one source; never raises, because one bad file must not stop the others.

        Args:
            source: What to classify.
            assume_crop: Take the whole picture as a face where none is found.
            keep_picture: Hand the decoded picture on; else its memory is free after this call.
        """
        name = source_name(source)
        try:
            picture = open_source(source, self.limits)
            return self._cut_out(picture, assume_crop=assume_crop, keep_picture=keep_picture)
        except AppError as error:
            return Prepared(name, error.code, error.message)
        except Exception as error:
            return unexpected(name, error)

    def _cut_out(self, picture: Picture, *, assume_crop: bool, keep_picture: bool) -> Prepared:
        pixels, notes = picture.pixels, picture.notes
        found = self.detector.detect(pixels)
        if not found and assume_crop:
            found, notes = [whole_picture_face(pixels)], (*notes, WHOLE_PICTURE_NOTE)
        faces = tuple(
            (face, assess(pixels, face, self.quality), crop_face(pixels, face, self.recipe)) for face in found
        )
        return Prepared(picture.name, faces=faces, notes=notes, picture=picture if keep_picture else None)


def unexpected(name: str, error: Exception) -> Prepared:
    """A refusal for a failure that nobody foresaw; logged with its trace. Call it while handling `error`."""
    _log.exception("unexpected failure on %s", name)
    return Prepared(
        name,
        INTERNAL,
        f"Something went wrong inside the program on this file ({type(error).__name__}). The other files are "
        "not affected; the log has the details.",
    )
