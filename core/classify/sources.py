"""What can be classified: a path, the bytes of an upload, or a picture that is decoded already."""

from dataclasses import dataclass, field
from pathlib import Path

from core.settings import ImageLimits
from core.types import Picture
from core.vision.pictures.decode import decode_picture, load_picture


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


def open_source(source: Source, limits: ImageLimits) -> Picture:
    """Decode a source.

    Raises:
        PictureError: If it cannot become a picture.
        TypeError: If it is none of the kinds of source.
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, Upload):
        return decode_picture(source.data, source.name, limits)
    if isinstance(source, (str, Path)):
        return load_picture(source, limits)
    raise TypeError(f"a source is a path, a Picture or an Upload, not {type(source).__name__}")
