"""The process that decodes one picture: a program of its own, run by `core.vision.pictures.apart.process`."""

import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from PIL import AvifImagePlugin

from core.errors import PictureError
from core.limits import limit_memory, limit_processor_time
from core.settings import ImageLimits
from core.vision.pictures.decode import decode_picture

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


def main() -> None:
    """Decode the picture on standard input; say nothing where that takes more than there is."""
    request: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read(request["size"])
    if hasattr(signal, "alarm"):  # also where whoever asked for the picture has been killed and ends nothing
        signal.alarm(request["patience"])
    AvifImagePlugin.DEFAULT_MAX_THREADS = _THREADS
    most = _peak() + request["memory"] // 2
    limit_memory(request["memory"])
    limit_processor_time(request["seconds"])
    out = sys.stdout.buffer
    try:
        limits = ImageLimits(**request["limits"])
        picture = decode_picture(data, request["name"], limits, apart=False)
    except PictureError as error:
        # Decoders that get no more memory say so, or call it anything.
        if isinstance(error.__cause__, MemoryError) or (error.code == "damaged" and _peak() > most):
            return
        out.write(json.dumps({"code": error.code, "message": error.message}).encode() + b"\n")
        return
    told = {"shape": picture.pixels.shape, "notes": picture.notes}
    out.write(json.dumps(told).encode() + b"\n")
    out.write(picture.pixels.data)


if __name__ == "__main__":
    main()
