"""A process of its own for each film that is read: it can be stopped, and what it asks for is bounded.

The film goes to it through a pipe and comes back as small frames through another; nothing is written
to disk. Whatever happens to that process, this one goes on.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from core.settings import VideoLimits
from core.video.film.formats import CODECS

_WORKER = Path(__file__).with_name("worker.py")
_MEMORY = 640 * 2**20  # bytes beside the film itself: a 16-megapixel film of 10 bits with ten frames kept
_PATIENCE = 60.0  # seconds without a message after which a process is taken as stuck


class FilmProcess:
    """Reads one film; a context manager, at whose end the process is gone."""

    def __init__(self, data: bytes, container: str, limits: VideoLimits) -> None:
        """Start the process and give it the film.

        Args:
            data: The film's content.
            container: FFmpeg's name of its reader, from `core.video.film.formats.container_of`.
            limits: What it may hold.
        """
        request = {
            **asdict(limits), "container": container, "codecs": sorted(CODECS), "size": len(data),
            "memory": _MEMORY + len(data),
        }  # fmt: skip
        # -P: the script's folder must not come before the library, whose names its files may have.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Each arena of the allocator would take 64 MB of the memory that is granted.
            env={**os.environ, "MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1"},
        )
        self._finalizer = weakref.finalize(self, _end, self._process)
        assert self._process.stdin is not None, "asked for above"
        with contextlib.suppress(OSError), self._process.stdin as pipe:  # it ended early: reading will tell
            pipe.write(json.dumps(request).encode() + b"\n")
            pipe.write(data)

    def messages(self) -> Generator[tuple[dict[str, Any], bytes], None, None]:
        """What it says, each with its bytes; ends with the process, or when that says nothing for a minute."""
        assert self._process.stdout is not None, "asked for above"
        while True:
            watch = threading.Timer(_PATIENCE, self._process.kill)
            watch.daemon = True
            watch.start()
            try:
                message = _message(self._process.stdout)
            finally:
                watch.cancel()
            if message is None:
                return
            yield message

    def close(self) -> None:
        """End the process, whatever it is at."""
        self._finalizer()


def _message(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    line = pipe.readline()
    if not line.endswith(b"\n"):
        return None
    message: dict[str, Any] = json.loads(line)
    payload = pipe.read(message["bytes"])
    return (message, payload) if len(payload) == message["bytes"] else None


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
