"""Where a model is put: its folder is made elsewhere and comes whole, in the stead of a former one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.disk_errors import full_disk_told
from core.errors import OutputError
from core.files import claimed, put_folder
from core.model.metadata import FILE_NAME


def check_model_place(folder: Path) -> None:
    """Make sure, before any work, that a model may be put in this place.

    Raises:
        OutputError: `not_writable` if something stands there that is no model.
    """
    if os.path.lexists(folder) and not (folder / FILE_NAME).is_file() and not _is_empty(folder):
        raise OutputError(
            "not_writable",
            f"{folder} holds something that is no model, and it would be lost. Choose another --name, or move it away.",
        )


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir())


@contextmanager
def model_folder(models_dir: Path, name: str) -> Iterator[Path]:
    """Give the place of a folder to be made; it becomes the model's when the block is done.

    Raises:
        OutputError: `in_use`, `disk_full` or `not_writable`; a former model stays as it was.
    """
    with claimed(models_dir / f".{name}.lock", f"the model '{name}'"), full_disk_told(models_dir):
        part = models_dir / f".{name}.part"
        shutil.rmtree(part, ignore_errors=True)  # of a program that was killed
        try:
            yield part
            put_folder(part, models_dir / name)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def link_or_copy(file: str, copy: str) -> None:
    """A second name for a file that stays as it is; a copy where the file system has no such names."""
    try:
        os.link(file, copy)
    except OSError:
        shutil.copy2(file, copy)
