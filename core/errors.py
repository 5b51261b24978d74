"""The one error family: a stable `code` for programs and a sentence that a person can act on.

What the system says when something cannot be written becomes such a sentence too.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# HDF5 and TensorFlow report the system's words in exceptions of their own.
_FULL_WORDS = tuple(os.strerror(number) for number in _FULL)


class AppError(Exception):
    """Base of every expected failure.

    Attributes:
        code: Stable, lower-case identifier, safe to store and to compare.
        message: One or two sentences: what happened and what to do about it.
    """

    codes: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, code: str, message: str) -> None:
        """Check the code against those that the class declares.

        Raises:
            ValueError: If the class does not declare `code`.
        """
        if code not in self.codes:
            raise ValueError(f"{type(self).__name__} has no code {code!r}; it has {sorted(self.codes)}")
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type["AppError"], tuple[str, str]]:
        # An exception is pickled with what its base was given, here the message alone: a worker's would not come out.
        return type(self), (self.code, self.message)


class PictureError(AppError):
    """A file that cannot become a picture."""

    codes = frozenset(
        {
            "not_found",
            "unreadable",
            "empty",
            "too_many_bytes",
            "too_many_pixels",
            "too_complex",
            "not_a_picture",
            "truncated",
            "damaged",
        }
    )


class InputError(AppError):
    """A folder of pictures that goes away while they are worked on."""

    codes = frozenset({"vanished"})


class ArchiveError(AppError):
    """An archive, or a member of one, that is not unpacked."""

    codes = frozenset({"damaged", "bomb", "encrypted", "climbs_out", "nested", "too_large", "too_many"})


class VideoError(AppError):
    """A file that cannot be read as a video."""

    codes = frozenset(
        {
            "empty",
            "too_many_bytes",
            "not_a_video",
            "no_video",
            "too_long",
            "too_many_pixels",
            "too_many_frames",
            "too_complex",
            "no_frames",
        }
    )


class ModelError(AppError):
    """A model, an engine or the face detector that is missing, damaged, or made for another version."""

    codes = frozenset({"no_models", "unknown_model", "unknown_engine", "bad_metadata", "bad_checksum", "not_loadable"})


class DatasetError(AppError):
    """A data set that cannot be read, or that no training should be run on."""

    codes = frozenset(
        {
            "not_found",
            "unknown_layout",
            "unknown_split",
            "bad_table",
            "no_pictures",
            "one_class",
            "too_few",
            "not_prepared",
        }
    )


class RunError(AppError):
    """A saved training run whose artefacts are missing, damaged or of another schema."""

    codes = frozenset({"missing", "damaged", "wrong_schema"})


class PeerError(AppError):
    """A peer's saved predictions that cannot be compared with ours."""

    codes = frozenset({"not_found", "bad_table", "out_of_range", "unknown_files", "no_overlap"})


class TrainingError(AppError):
    """A training that cannot start, go on or be saved."""

    codes = frozenset(
        {"unknown_network", "no_epochs", "no_weights", "other_settings", "diverged", "name_taken", "removed"}
    )


class OutputError(AppError):
    """Results that cannot be written where the user wants them."""

    codes = frozenset(
        {"not_writable", "disk_full", "unknown_format", "other_settings", "in_use", "vanished", "lost_rows"}
    )


class WorkerError(AppError):
    """A process or a machine that shares the work and is not there, or came to an unexpected end."""

    codes = frozenset({"worker_lost", "other_model", "not_installed", "no_cluster", "not_shared"})


class ExplanationError(AppError):
    """An answer that cannot be explained, or a face that cannot be shown otherwise."""

    codes = frozenset({"no_answer", "no_landmarks", "not_drawn", "no_feature_maps"})


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
            f"There is no space left to write {path}: the disk is full, or a quota is reached. Free some space and run "
            "the same command again, or choose another place.",
        ) from error


def _is_full(error: Exception) -> bool:
    return getattr(error, "errno", None) in _FULL or any(words in str(error) for words in _FULL_WORDS)
