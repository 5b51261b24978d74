"""Files that are whole or not there, whatever ends the program or the machine: the one way to write any.

A file is written under a hidden name beside its place (`.new.<name>`), synced and renamed, and its
folder is synced: after a power cut the former content stands there or the new one, never a part.
Nothing is written through a link. What a killed program left under the hidden name is used anew.
"""

import ctypes
import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import OutputError, told_as_output_error

try:
    import fcntl
except ImportError:  # Windows: no lock is held there, and two runs at once are the user's to avoid
    fcntl = None  # type: ignore[assignment]

_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)  # of a folder, on some network file systems
_NO_LOCKS = (errno.ENOTSUP, errno.ENOSYS, errno.ENOLCK)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux's renameat2


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, with its folder where that is missing.

    Raises:
        OutputError: `disk_full` or `not_writable`; the former file stays.
    """
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, with its folder where that is missing.

    Raises:
        OutputError: `disk_full` or `not_writable`; the former file stays.
    """
    with told_as_output_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as new, new.open("wb") as file:
        file.write(data)


def check_replaceable(path: Path, mark: bytes) -> None:
    """Make sure, before any work, that a file may be written: nothing is there, or what bears our mark.

    Raises:
        OutputError: `not_writable`.
    """
    with told_as_output_error(path):
        if not os.path.lexists(path) or (path.is_file() and (not path.stat().st_size or mark in path.read_bytes())):
            return
    raise OutputError(
        "not_writable",
        f"{path} is not what this program writes there, and would be lost. Choose another name, or move it away.",
    )


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the place of an empty hidden file with the ending of `path`; it becomes `path` when the block is done.

    Another process that writes the same path meanwhile is waited for.

    Raises:
        OutputError: `disk_full` or `not_writable`; the former file stays.
    """
    with _beside(path) as (_, new):
        yield new
        sync_file(new)
        os.replace(new, path)
        sync_folder(path.parent)


def write_new(path: Path, data: bytes) -> None:
    """Write a file where nothing is; `sync_folder` then makes its name safe, which pays for many files at once.

    Raises:
        FileExistsError: If something is there, be it a link to nowhere.
        OutputError: `disk_full` or `not_writable`.
    """
    with _beside(path) as (handle, new):
        with os.fdopen(os.dup(handle), "wb") as file:
            file.write(data)
        os.fsync(handle)
        taken = not _name_first(new, path)
    if taken:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


@contextmanager
def _beside(path: Path) -> Iterator[tuple[int, Path]]:
    """An empty hidden file for the content of `path`, open and locked; gone afterwards unless it got its name."""
    new = path.with_name(f".new.{path.name}")
    with told_as_output_error(path):
        handle = _open_alone(new, wait=True)
        try:
            os.ftruncate(handle, 0)
            yield handle, new
        finally:
            if is_at(handle, new):
                new.unlink()
            os.close(handle)


def _name_first(new: Path, path: Path) -> bool:
    """Give a file its name unless that is taken; whether it was free."""
    try:
        os.link(new, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without second names
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        os.replace(new, path)
    return True


@contextmanager
def claimed(place: Path, words: str) -> Iterator[None]:
    """Be the only process that works on something, until the block ends.

    Args:
        place: A hidden file that stands for it; made, and removed at the end.
        words: What it is, for the message.

    Raises:
        OutputError: `in_use` if another process is at it; `disk_full` or `not_writable`.
    """
    with told_as_output_error(place):
        place.parent.mkdir(parents=True, exist_ok=True)
    handle = open_alone(place, words)
    try:
        yield
    finally:
        with suppress(OSError):
            if is_at(handle, place):
                place.unlink()
        os.close(handle)


def open_alone(place: Path, words: str) -> int:
    """Open a file to read and write and keep every other process from doing so here; its content stays.

    Returns:
        The file's descriptor, which no process inherits; closing it ends the claim.

    Raises:
        OutputError: `in_use` if another process has it; `disk_full` or `not_writable`.
    """
    with told_as_output_error(place):
        try:
            return _open_alone(place, wait=False)
        except BlockingIOError as error:
            raise OutputError(
                "in_use",
                f"Another run is writing {words} at the moment. Wait until it has finished, or choose another place.",
            ) from error


def _open_alone(place: Path, *, wait: bool) -> int:
    while True:
        handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | _NOFOLLOW, 0o666)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(errno.EINVAL, "it is not a file but a device or a pipe")
            _lock(handle, wait=wait)
            if is_at(handle, place):  # and not what another process has just put in place or removed
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _lock(handle: int, *, wait: bool) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise


def is_at(handle: int, place: Path) -> bool:
    """Whether an open file, by its descriptor, is the one that stands at a place."""
    try:
        there = os.stat(place, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(handle), there)


def sync_file(path: Path) -> None:
    """Bring a file's content to the disk; the folder knows of it only after `sync_folder`."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | _NOFOLLOW)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Bring to the disk which files a folder holds, where the file system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(handle)


def put_folder(new: Path, target: Path) -> None:
    """Put a complete folder, which may hold links, in its place on the same disk, in the stead of a former one.

    All that it holds is synced first, and the former one removed only when the new one is safe.

    Raises:
        OutputError: `disk_full` or `not_writable`.
    """
    with told_as_output_error(target):
        for folder, _, files in os.walk(new, topdown=False):
            for path in (Path(folder, file) for file in files):
                if not path.is_symlink():  # a link is what its folder says
                    sync_file(path)
            sync_folder(Path(folder))
        if not _move_free(new, target) and not _exchange(new, target):
            former = target.with_name(f".{target.name}.former")
            shutil.rmtree(former, ignore_errors=True)
            os.rename(target, former)
            os.rename(new, target)
            new = former
        sync_folder(target.parent)
        shutil.rmtree(new, ignore_errors=True)


def _move_free(new: Path, target: Path) -> bool:
    """Give a folder its name unless that is taken, if only at this moment; whether it was free."""
    if os.path.lexists(target):
        return False
    try:
        os.rename(new, target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        return False
    return True


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step, where the system can (Linux); False where it cannot."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    return rename is not None and rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0


# What systems put beside a user's own: of macOS, Windows, Android, Linux, and of network storage by Synology and QNAP.
_FOLDERS = frozenset({
    "__macosx", "network trash folder", "temporary items", "$recycle.bin", "recycler", "system volume information",
    "lost.dir", "lost+found", "@eadir", "@tmp", "#recycle", "#snapshot", "@recycle", "@recently-snapshot",
})  # fmt: skip
_FILES = frozenset({"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r"})


def is_clutter(path: str) -> bool:
    """Whether a path is hidden, lies in a hidden folder, or is what a system or a storage device adds by itself.

    Args:
        path: Relative, with slashes or backslashes; a single name too.
    """
    parts = path.replace("\\", "/").lower().split("/")
    return parts[-1] in _FILES or any(
        part in _FOLDERS or (part.startswith(".") and part not in (".", "..")) for part in parts
    )
