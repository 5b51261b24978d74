"""The process that decodes one picture: a program of its own, run by `core.vision.pictures.apart.process`."""

import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

import numpy as np
from PIL import AvifImagePlugin

from core.errors import PictureError
from core.limits import limit_memory, limit_processor_time
from core.settings import ImageLimits
from core.types import Pixels
from core.vision.pictures.decode import draw_picture
from core.vision.pictures.formats import AVIF, HEIC, WEBP, format_of
from core.vision.pictures.stored import Stored

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

# That decode an AVIF: one a core, as is usual, would take 80 MB of the memory that is granted on 64 cores.
_THREADS = min(4, os.cpu_count() or 1)


def _peak() -> int:
    """Bytes of address space that this process had at its highest; 0 where that cannot be told."""
    with contextlib.suppress(OSError), open("/proc/self/status", encoding="ascii") as file:
        return next((1024 * int(line.split()[1]) for line in file if line.startswith("VmPeak")), 0)
    return 0


def _tell(out: BinaryIO, message: dict[str, object]) -> None:
    out.write(json.dumps(message).encode() + b"\n")


class _Pipe:
    """A canvas that hands on what it is given, so that a picture is never held here more than once."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def begin(self, size: tuple[int, int], orientation: int) -> None:
        """Say what will come."""
        _tell(self._out, {"size": size, "orientation": orientation})

    def put(self, left: int, top: int, rgb: Pixels) -> None:
        """Hand on a piece."""
        _tell(self._out, {"left": left, "top": top, "shape": rgb.shape})
        self._out.write(np.ascontiguousarray(rgb).data)

    def take(self, stored: Stored) -> None:
        """Hand on a picture that is decoded already."""
        height, width, _ = stored.pixels.shape
        self.begin((width, height), stored.turn)
        for top, strip in stored.strips():
            self.put(0, top, strip)


def main() -> None:
    """Decode the picture on standard input; say nothing where that takes more than there is."""
    request: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read(request["size"])
    if hasattr(signal, "alarm"):  # also where whoever asked for the picture has been killed and ends nothing
        signal.alarm(request["patience"])
    AvifImagePlugin.DEFAULT_MAX_THREADS = _THREADS
    if format_of(data) in (AVIF, HEIC, WEBP):  # its decoders are none of what the picture costs
        import av  # noqa: F401
    most = _peak() + request["usual"]
    limit_memory(request["memory"])
    limit_processor_time(request["seconds"])
    out = sys.stdout.buffer
    try:
        limits = ImageLimits(**request["limits"])
        notes = draw_picture(data, request["name"], _Pipe(out), limits, apart=False)
    except PictureError as error:
        # Decoders that get no more memory say so, or call it anything.
        if isinstance(error.__cause__, MemoryError) or (error.code == "damaged" and _peak() > most):
            return
        _tell(out, {"code": error.code, "message": error.message})
        return
    _tell(out, {"notes": notes})


if __name__ == "__main__":
    main()
