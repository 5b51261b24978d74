"""Reading files that others laid down: a pipe or a device in the place of one is said, and never waited for."""

import errno
import os
import stat
from pathlib import Path

_NONBLOCK = getattr(os, "O_NONBLOCK", 0)


def read_plain(path: Path, limit: int) -> bytes:
    """The first bytes of a file.

    Args:
        path: The file; links are followed.
        limit: How many to read at most; the file may be longer.

    Raises:
        OSError: If it cannot be read, or is no file.
    """
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _NONBLOCK)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no file, but a device or a pipe", str(path))
        return file.read(limit)
