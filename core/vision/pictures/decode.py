"""Bytes or a path → `Picture`: the only way by which pictures come in.

Limits are checked before any pixel is decoded. Whatever the content, nothing but `PictureError`
comes out; there is no shared state but one warnings filter, so threads may decode side by side.
"""

import hashlib
import math
import os
import re
import stat
import unicodedata
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePath

from PIL.Image import DecompressionBombError
from PIL.ImageFile import ImageFile

from core.errors import PictureError
from core.settings import ImageLimits
from core.types import Picture
from core.vision.pictures.apart.process import decode_apart
from core.vision.pictures.canvas import Canvas, WholeCanvas
from core.vision.pictures.formats import (
    FORMAT_NAMES,
    HEIC,
    PNG,
    TIFF,
    PictureFormat,
    format_of,
    kind_of,
    without_remarks,
)
from core.vision.pictures.lean import TooComplexError
from core.vision.pictures.reading import (
    CameraRawError,
    CostlyError,
    decode,
    is_costly,
    is_intricate,
    source_of,
)
from core.vision.pictures.stored import Stored

# Only to list folders and to tell the browser what to offer: the content decides.
PICTURE_SUFFIXES = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff",
    ".heic", ".heif", ".hif",
})  # fmt: skip
_DEFAULT_LIMITS = ImageLimits()
_MAX_SHOWN_NAME = 80
_MEGABYTE = 2**20
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
_PILLOW = re.compile(r"PIL\.")


def load_picture(path: Path | str, limits: ImageLimits = _DEFAULT_LIMITS) -> Picture:
    """Read and decode one file; its name is the path as given.

    Raises:
        PictureError: `not_found`, `unreadable`, or as `decode_picture` says.
    """
    return decode_picture(read_picture(path, limits), str(path), limits)


@dataclass(frozen=True, slots=True, eq=False)
class StoredPicture:
    """A decoded picture of which only what is wanted is turned upright and brought to sRGB.

    Attributes:
        stored: Its pixels.
        name: As in `Picture`.
        sha256: As in `Picture`.
        notes: As in `Picture`.
    """

    stored: Stored
    name: str
    sha256: str
    notes: tuple[str, ...] = ()

    def whole(self) -> Picture:
        """All of it."""
        return Picture(self.stored.whole(), self.name, self.sha256, self.notes)


def decode_picture(data: bytes, name: str, limits: ImageLimits = _DEFAULT_LIMITS, *, apart: bool = True) -> Picture:
    """Decode the first picture in an encoded file: upright, opaque, sRGB; see `decode_stored`."""
    return decode_stored(data, name, limits, apart=apart).whole()


def decode_stored(
    data: bytes, name: str, limits: ImageLimits = _DEFAULT_LIMITS, *, apart: bool = True
) -> StoredPicture:
    """Decode the first picture in an encoded file, opaque.

    Args:
        data: The file's content.
        name: What to call it in the picture and in messages; it does not decide the format.
        limits: Largest number of bytes and of pixels.
        apart: One that may cost much is decoded in a process of its own, which ends in time.

    Returns:
        Its `notes` say where only the first of several frames or pages was taken.

    Raises:
        PictureError: `empty`, `too_many_bytes`, `not_a_picture`, `too_many_pixels`, `too_complex`,
            `truncated` or `damaged`.
    """
    canvas = WholeCanvas()
    notes = draw_picture(data, name, canvas, limits, apart=apart)
    return StoredPicture(canvas.stored, name, hashlib.sha256(data).hexdigest(), notes)


def draw_picture(
    data: bytes, name: str, canvas: Canvas, limits: ImageLimits = _DEFAULT_LIMITS, *, apart: bool = True
) -> tuple[str, ...]:
    """Put the first picture in an encoded file on a canvas; its notes. All else is as for `decode_stored`."""
    shown = _shown(name)
    if not data:
        raise PictureError("empty", f"{shown} is empty (0 bytes). Copy or download it again.")
    _check_bytes(len(data), shown, limits)
    found = format_of(data)
    if found is None:
        raise PictureError(
            "not_a_picture",
            f"{shown} is not a picture that can be read: its content is {kind_of(data)}. Use a {FORMAT_NAMES} picture.",
        )
    _quieten_pillow()
    try:
        return _draw(data, found, shown, limits, canvas, apart=apart)
    except CostlyError as costly:
        return _draw_apart(data, name, limits, canvas, costly.pixels)
    except PictureError as error:
        if found is not PNG or error.code in ("too_many_pixels", "too_complex") or PNG.is_cut_short(data):
            raise
    plain = without_remarks(data)
    try:
        return _draw(plain, found, shown, limits, canvas, apart=apart)
    except CostlyError as costly:
        return _draw_apart(plain, name, limits, canvas, costly.pixels)


def _draw_apart(data: bytes, name: str, limits: ImageLimits, canvas: Canvas, pixels: int) -> tuple[str, ...]:
    """The same in a process of its own; here where the system starts none."""
    shown = _shown(name)
    try:
        notes = decode_apart(data, name, shown, pixels, limits, canvas)
    except MemoryError as error:  # the process has what it needs, and here there is no room for the picture
        raise _too_large(shown) from error
    return draw_picture(data, name, canvas, limits, apart=False) if notes is None else notes


def _draw(
    data: bytes, found: PictureFormat, shown: str, limits: ImageLimits, canvas: Canvas, *, apart: bool = False
) -> tuple[str, ...]:
    try:
        source = source_of(data, found)
        if apart and is_intricate(source):
            raise CostlyError
        image = source.found.open(BytesIO(source.data))
        _check_pixels(image.size, shown, limits)
        if apart and is_costly(source, image):
            raise CostlyError(image.width * image.height)
        notes = decode(source, image, canvas, apart)
        return (*notes, *(_notes(image, found) if source.found is found else ()))
    except (PictureError, CostlyError):
        raise
    except CameraRawError as error:
        raise PictureError(
            "not_a_picture",
            f"{shown} is a camera raw file without a preview that is large enough. Save it as JPEG or TIFF.",
        ) from error
    except TooComplexError as error:
        raise PictureError(
            "too_complex", f"{shown} costs too much to decode: {error}. Open it in another program and save it anew."
        ) from error
    except (DecompressionBombError, MemoryError) as error:
        raise _too_large(shown) from error
    except Exception as error:  # Pillow's readers raise nearly every kind of exception on bad content
        raise _failure(data, found, shown, error) from error


def _too_large(shown: str) -> PictureError:
    return PictureError(
        "too_many_pixels", f"{shown} is too large to be decoded on this machine. Make it smaller and try again."
    )


def _failure(data: bytes, found: PictureFormat, shown: str, error: Exception) -> PictureError:
    if "truncated" in str(error).lower() or found.is_cut_short(data):
        return PictureError(
            "truncated",
            f"{shown} is incomplete: the end of the {found.name} file is missing. Copy or download it again.",
        )
    return PictureError(
        "damaged",
        f"{shown} cannot be decoded: the {found.name} file is damaged or of a rare variant. "
        "Open it in another program and save it as JPEG or PNG.",
    )


def _notes(image: ImageFile, found: PictureFormat) -> tuple[str, ...]:
    """What was left out; asked for after decoding, because some readers have to move to the next frame."""
    try:
        several = bool(getattr(image, "is_animated", False))
    except Exception:  # the first frame is good; what follows it may be damaged in any way
        return ()
    if not several:
        return ()
    if found is TIFF:
        return ("This file has several pages; only the first one is used.",)
    if found is HEIC:
        return ("This file holds several pictures; only the main one is used.",)
    return ("This is an animation; only its first frame is used.",)


def read_picture(path: Path | str, limits: ImageLimits = _DEFAULT_LIMITS) -> bytes:
    """The content of one file.

    Raises:
        PictureError: `not_found`, `unreadable` or `too_many_bytes`.
    """
    path = Path(path)
    shown = _shown(str(path))
    try:
        _check_kind(path.stat(), path, shown)
        # Without waiting for a writer: what was a file a moment ago may be a pipe by now.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _NONBLOCK)) as file:
            status = os.fstat(file.fileno())
            _check_kind(status, path, shown)
            _check_bytes(status.st_size, shown, limits)
            return file.read(limits.max_bytes + 1)  # one more: the file may have grown since
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PictureError("not_found", f"{shown} does not exist. Check the path.") from error
    except PermissionError as error:
        what = f"The folder {shown}, with all that is in it," if path.is_dir() else shown
        raise PictureError(
            "unreadable", f"{what} must not be read: permission is denied. Change its rights."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise PictureError("unreadable", f"{shown} cannot be read: {reason}.") from error


def _check_kind(status: os.stat_result, path: Path, shown: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        os.listdir(path)  # raises where the folder was listed itself because it cannot be
        raise PictureError("unreadable", f"{shown} is a folder, not a picture file.")
    if not stat.S_ISREG(status.st_mode):  # reading a pipe or a device might never end
        raise PictureError("unreadable", f"{shown} is a device or a pipe, not a picture file.")


def _check_bytes(count: int, shown: str, limits: ImageLimits) -> None:
    if count > limits.max_bytes:
        raise PictureError(
            "too_many_bytes",
            f"{shown} has {_rounded_up(count / _MEGABYTE)} MB; at most {limits.max_bytes / _MEGABYTE:.4g} MB are read. "
            "Make it smaller, or save it as JPEG.",
        )


def _check_pixels(size: tuple[int, int], shown: str, limits: ImageLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise PictureError(
            "too_many_pixels",
            f"{shown} has {_rounded_up(width * height / 1e6)} megapixels ({width} x {height}); "
            f"at most {limits.max_pixels / 1e6:.4g} are decoded. Make it smaller and try again.",
        )


def _rounded_up(value: float) -> str:
    """One decimal, upwards: a file just above a limit must not seem to be just within it."""
    return f"{math.ceil(value * 10) / 10:.1f}"


def _shown(name: str) -> str:
    """A file's name for a message: its last part on one line, at most 80 characters, in quotes."""
    last = PurePath(name).name or name or "The file"
    plain = "".join("\ufffd" if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in last)
    if len(plain) > _MAX_SHOWN_NAME:
        half = _MAX_SHOWN_NAME // 2
        plain = f"{plain[:half]}…{plain[-half + 1 :]}"
    return f"'{plain}'"


def _quieten_pillow() -> None:
    """Keep Pillow's remarks on odd metadata away from the user (and from tests, where they are errors).

    `warnings.catch_warnings` is not thread-safe; adding a filter that is there to stay is.
    """
    for category in (UserWarning, RuntimeWarning):
        if ("ignore", None, category, _PILLOW, 0) not in warnings.filters:
            warnings.filterwarnings("ignore", category=category, module=_PILLOW.pattern)
