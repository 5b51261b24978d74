"""What can be classified: a path, the bytes of an upload, or a picture that is decoded already."""

import mimetypes
from dataclasses import dataclass, field
from pathlib import Path

from core.settings import ImageLimits
from core.types import Picture
from core.vision.pictures.decode import StoredPicture, decode_stored, read_picture
from core.vision.pictures.formats import format_of, kind_of
from core.vision.pictures.stored import Stored


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is in memory.

    Attributes:
        name: The file's name as the user gave it.
        data: Its content.
    """

    name: str
    data: bytes = field(repr=False)


Source = Path | str | Picture | Upload


def source_name(source: Source) -> str:
    """The name under which the source's outcome is reported."""
    return source.name if isinstance(source, (Picture, Upload)) else str(source)


def decoded(source: Source, limits: ImageLimits) -> StoredPicture:
    """The picture of a source.

    Raises:
        PictureError: If it cannot become a picture.
        TypeError: If it is none of the kinds of source.
    """
    if isinstance(source, Picture):
        return StoredPicture(Stored(source.pixels), source.name, source.sha256, source.notes)
    if isinstance(source, (str, Path)):
        source = Upload(str(source), read_picture(source, limits))
    if isinstance(source, Upload):
        return decode_stored(source.data, source.name, limits)
    raise TypeError(f"a source is a path, a Picture or an Upload, not {type(source).__name__}")


def is_video(name: str, data: bytes) -> bool:
    """Whether a file is a video rather than a picture, by its content, else by its name."""
    if format_of(data) is not None:
        return False
    return kind_of(data) == "a video" or (mimetypes.guess_type(name)[0] or "").startswith("video/")
