"""Files that are either whole or not there, and a full disk said in a sentence."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import TrainingError

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def room_on_disk(folder: Path) -> Iterator[None]:
    """Turn "no space left" on `folder`'s disk into a sentence.

    Raises:
        TrainingError: `disk_full`. Other errors pass.
    """
    try:
        yield
    except OSError as error:
        # HDF5 reports the system's words without the number.
        if error.errno in _FULL or "No space left" in str(error):
            raise TrainingError(
                "disk_full",
                f"The disk that holds {folder} is full. Make room and run the same command again: "
                "it goes on after what was finished.",
            ) from error
        raise


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step: whoever looks sees the old text or the new one.

    Raises:
        TrainingError: `disk_full`.
    """
    with room_on_disk(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
