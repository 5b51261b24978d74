"""What can be classified: a path, the bytes of an upload, or a picture that is decoded already."""

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.settings import ImageLimits
from core.types import Box, Picture
from core.vision.pictures.decode import decode_picture, read_picture
from core.vision.pictures.formats import format_of, kind_of


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


def in_memory(source: Source, limits: ImageLimits) -> Picture | Upload:
    """A source without its disk, so that it can be decoded twice and is the same both times.

    Raises:
        PictureError: If its file cannot be read.
        TypeError: If it is none of the kinds of source.
    """
    if isinstance(source, (Picture, Upload)):
        return source
    if isinstance(source, (str, Path)):
        return Upload(str(source), read_picture(source, limits))
    raise TypeError(f"a source is a path, a Picture or an Upload, not {type(source).__name__}")


def decoded(
    source: Picture | Upload, limits: ImageLimits, *, halved: bool = False, parts: Sequence[Box] | None = None
) -> Picture:
    """The picture of a source.

    Args:
        source: From `in_memory`.
        limits: What a file may hold.
        halved: As for `decode_picture`.
        parts: As for `decode_picture`.

    Raises:
        PictureError: If it cannot become a picture.
    """
    if isinstance(source, Picture):
        return source
    return decode_picture(source.data, source.name, limits, halved=halved, parts=parts)


def is_video(name: str, data: bytes) -> bool:
    """Whether a file is a video rather than a picture, by its content, else by its name."""
    if format_of(data) is not None:
        return False
    return kind_of(data) == "a video" or (mimetypes.guess_type(name)[0] or "").startswith("video/")
