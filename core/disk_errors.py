"""What the system says when something cannot be written, in sentences that a person can act on."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import OutputError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# HDF5 and TensorFlow report the system's words in exceptions of their own.
_FULL_WORDS = tuple(os.strerror(number) for number in _FULL)


@contextmanager
def told_as_output_error(path: Path) -> Iterator[None]:
    """Turn what the system says about writing `path` into a sentence.

    Raises:
        OutputError: `disk_full` or `not_writable`.
    """
    with full_disk_told(path):
        try:
            yield
        except OSError as error:
            if _is_full(error):
                raise
            reason = "it is a link" if error.errno == errno.ELOOP else error.strerror or error
            raise OutputError("not_writable", f"{path} cannot be written: {reason}. Choose another place.") from error


@contextmanager
def full_disk_told(path: Path) -> Iterator[None]:
    """Turn "no space left", from whoever writes `path`, into a sentence; other errors pass.

    Raises:
        OutputError: `disk_full`.
    """
    try:
        yield
    except OutputError:
        raise
    except Exception as error:
        if not _is_full(error):
            raise
        raise OutputError(
            "disk_full",
            f"There is no room left to write {path}: the disk is full, or a limit of it is reached. Make room and run "
            "the same command again, or choose another place.",
        ) from error


def _is_full(error: Exception) -> bool:
    return getattr(error, "errno", None) in _FULL or any(words in str(error) for words in _FULL_WORDS)
