"""Where a model is put: its folder is made elsewhere and comes whole, in the stead of a former one."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from core.errors import OutputError, full_disk_told
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
            f"{folder} holds something other than a model, which would be lost. Choose another --name, or move it "
            "away.",
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


def check_whole(part: Path, files: Iterable[str]) -> None:
    """Make sure that all files of a model are there: whoever writes the next one makes a folder that is gone anew.

    Raises:
        OutputError: `vanished`.
    """
    missing = [file for file in files if not (part / file).is_file()]
    if missing:
        raise OutputError(
            "vanished",
            f"{', '.join(missing)} disappeared while the model was being written to {part}: is the disk still "
            "connected?",
        )


@contextmanager
def adding(models_dir: Path, name: str, what: str) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Be the only process that makes such figures of a model, which may take long, and write them beside that model.

    A training may end meanwhile and put another model in this place: its figures these would not be.

    Args:
        models_dir: Folder of the models.
        name: Which one.
        what: One word for the figures, such as "explanations".

    Yields:
        What gives the block in which they are written. It raises `vanished` if the model's folder is gone by then
        or holds another model, and `in_use` while another process puts a model there.

    Raises:
        OutputError: `in_use` if another process makes the same figures; `vanished` if there is no such folder.
    """
    identity = _identity(models_dir / name)
    with claimed(models_dir / f".{name}.{what}.lock", f"the {what} of the model '{name}'"):
        yield partial(_writing, models_dir, name, identity)


@contextmanager
def _writing(models_dir: Path, name: str, identity: bytes) -> Iterator[None]:
    _check_identity(models_dir / name, identity)  # before the claim, which would make the folder of the models anew
    with claimed(models_dir / f".{name}.lock", f"the model '{name}'"):
        _check_identity(models_dir / name, identity)
        yield


def _check_identity(folder: Path, identity: bytes) -> None:
    if _identity(folder) != identity:
        raise OutputError(
            "vanished",
            f"Another model was put in {folder} while this one was being read, so nothing was written. Start again.",
        )


def _identity(folder: Path) -> bytes:
    """What a model's folder says it holds; empty where it says nothing."""
    if not folder.is_dir():
        raise OutputError("vanished", f"The model's folder {folder} is gone, so nothing was written there.")
    try:
        return (folder / FILE_NAME).read_bytes()
    except OSError:
        return b""


def link_or_copy(file: str, copy: str) -> None:
    """A second name for a file that stays as it is; a copy where the file system has no such names."""
    try:
        os.link(file, copy)
    except OSError:
        shutil.copy2(file, copy)
