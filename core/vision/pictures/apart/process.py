"""A process of its own for a picture that may cost much to decode: its time and its memory have an end.

The file goes to it through a pipe, and its pixels come back through another,
as they are made. Whatever a decoder does
there, this process goes on, and the picture is refused. A small file does not come here: to start the
process takes a third of a second.
"""

import contextlib
import json
import math
import os
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np

from core.errors import PictureError
from core.processes import PerProcess
from core.settings import ImageLimits
from core.types import Pixels
from core.vision.pictures.canvas import Canvas

SECONDS = 20  # of processor time: four times what the slowest file that is known takes
_PATIENCE = 180.0  # seconds that may pass in all, on a machine that is busy with other things
_MEMORY = 448 * 2**20  # bytes beside the file
# Bytes a pixel of address space, up to which a decoder that fails has found a fault: WebP's, which takes the most, has
# two canvases of four, and strips of what it gives. Beyond that, and half of what is granted, it has got no more.
_USUAL = 9
_PLACES = 4  # processes at a time, whatever the number of sessions: one has two pictures decoded at once
_WORKER = Path(__file__).with_name("worker.py")
_places = PerProcess(lambda: threading.BoundedSemaphore(_PLACES))


def decode_apart(
    data: bytes, name: str, shown: str, pixels: int, limits: ImageLimits, canvas: Canvas
) -> tuple[str, ...] | None:
    """Put a picture on a canvas, as `draw_picture` does, and give its notes.

    Args:
        data: As there, like `name`, `limits` and `canvas`.
        name: See there.
        shown: The name in a sentence.
        pixels: How many the picture has; 0 where nobody knows.
        limits: See there.
        canvas: See there.

    Returns:
        None where the system starts no process, or no thread that ends it in time.

    Raises:
        PictureError: As there; `too_complex` where the decoder takes too long, or ends the process.
        MemoryError: Where there is no room for the picture here.
    """
    request = {
        "name": name, "size": len(data), "limits": asdict(limits), "seconds": SECONDS,
        "patience": math.ceil(_PATIENCE), "memory": _MEMORY, "usual": max(_MEMORY // 2, _USUAL * pixels),
    }  # fmt: skip
    with _places.get():
        process = _begin()
        if process is None:
            return None
        watch = threading.Timer(_PATIENCE, process.kill)
        watch.daemon = True
        try:
            watch.start()
        except RuntimeError:  # no room for a thread more
            _end(process)
            return None
        try:
            answer = _ask(process, json.dumps(request).encode() + b"\n", data, canvas, limits)
        finally:
            watch.cancel()
            _end(process)
    if answer is None:
        raise PictureError(
            "too_complex",
            f"{shown} costs too much to decode: it takes more than {SECONDS} seconds or {_MEMORY // 2**20} MB, or ends "
            "the decoder. Open it in another program and save it as JPEG or PNG.",
        )
    if "code" in answer:
        raise PictureError(answer["code"], answer["message"])
    return tuple(answer["notes"])


def _begin() -> "subprocess.Popen[bytes] | None":
    try:
        # -P: the script's folder must not come before the library, whose names its files may have.
        return subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Each arena of the allocator would take 64 MB of the memory that is granted.
            env={**os.environ, "MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1"},
        )
    except OSError:  # no program, no memory or no descriptor for one
        return None


def _ask(
    process: "subprocess.Popen[bytes]", request: bytes, data: bytes, canvas: Canvas, limits: ImageLimits
) -> dict[str, Any] | None:
    assert process.stdin is not None, "asked for above"
    assert process.stdout is not None, "asked for above"
    with contextlib.suppress(OSError), process.stdin as pipe:  # it ended early: reading will tell
        pipe.write(request)
        pipe.write(data)
    return _answer(process.stdout, canvas, limits)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None, "asked for above"
        pipe.close()


def _answer(pipe: IO[bytes], canvas: Canvas, limits: ImageLimits) -> dict[str, Any] | None:
    """What the process says last, after the pieces of the picture; None where it ended before it was done."""
    while (line := pipe.readline()).endswith(b"\n"):
        message: dict[str, Any] = json.loads(line)
        if "size" in message:
            width, height = message["size"]
            if width * height > limits.max_pixels:
                return None
            canvas.begin((width, height), message["orientation"])
        elif "shape" in message:
            piece = _piece(pipe, message["shape"])
            if piece is None:
                return None
            canvas.put(message["left"], message["top"], piece)
        else:
            return message
    return None


def _piece(pipe: IO[bytes], shape: list[int]) -> Pixels | None:
    """The pixels that come next; None where they do not all come."""
    pixels = np.empty(shape, np.uint8)
    view, done = pixels.reshape(-1).data, 0
    while done < len(view):
        count = pipe.readinto(view[done:])  # type: ignore[attr-defined]
        if not count:
            return None
        done += count
    return pixels
