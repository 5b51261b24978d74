"""A large WebP without the canvases of Pillow's reader, which are made for animations, and without second copies."""

import contextlib
import os
import struct
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, WebPImagePlugin

from core.types import Pixels
from core.vision.pictures.heif.layout import RareError
from core.vision.pictures.pieces import Area, PiecewiseImage

_PLAIN_HEADER = 5  # bytes before the numbers of a picture without loss: a mark, both sides, whether it has alpha
_ALPHA_BIT = 0x10
_PADDING = 64  # pixels by which FFmpeg makes its frames wider and higher
_MAX_CHUNKS = 1000  # looked through for the picture


def webp_pieces(data: bytes, header: WebPImagePlugin.WebPImageFile) -> PiecewiseImage:
    """A WebP by libwebp.

    Args:
        data: The file.
        header: Opened from it; it is given up.

    Raises:
        ValueError: If its pixels are damaged.
    """
    header._decoder = None
    decoded: NDArray[Any] | None = _straight(data, (header.height, header.width, len(header.mode)))
    if decoded is None:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.shape[:2] != (header.height, header.width):
        raise ValueError("the pixels of the WebP are damaged")
    pixels: Pixels = np.asarray(decoded, np.uint8)
    mode, order = ("RGBA", cv2.COLOR_BGRA2RGBA) if pixels.shape[2] == 4 else ("RGB", cv2.COLOR_BGR2RGB)

    def make(area: Area) -> Image.Image:
        left, top, right, bottom = area
        return Image.fromarray(cv2.cvtColor(pixels[top:bottom, left:right], order))

    return PiecewiseImage(mode, header.size, header.info, make)


def _straight(data: bytes, shape: tuple[int, int, int]) -> NDArray[Any] | None:
    """The pixels of a picture as OpenCV has them; None where it cannot write them straight into their array.

    It can where it reads a file, here one in memory; what it decodes from bytes it copies.
    """
    if not hasattr(os, "memfd_create"):
        return None
    with contextlib.suppress(OSError, cv2.error), open(os.memfd_create("webp"), "wb") as file:
        file.write(data)
        file.flush()
        path = f"/proc/self/fd/{file.fileno()}"
        if cv2.haveImageReader(path):  # else the array would be left as it is
            return cv2.imread(path, np.zeros(shape, np.uint8), cv2.IMREAD_UNCHANGED)
    return None


def lossless_webp_pieces(data: bytes, header: WebPImagePlugin.WebPImageFile) -> PiecewiseImage:
    """A WebP without loss by FFmpeg, which holds four bytes a pixel, where libwebp holds them beside what it gives.

    Args:
        data: The file.
        header: Opened from it; it is given up.

    Raises:
        RareError: If it is none, or FFmpeg does not read it.
    """
    # Imported when the first such picture comes: FFmpeg costs 60 ms and 20 MB, and few pictures need it.
    import av

    part = _lossless_part(data)
    header._decoder = None
    context = av.CodecContext.create("webp", "r")
    assert isinstance(context, av.VideoCodecContext), "it is"
    most = (header.width + _PADDING) * (header.height + _PADDING)
    context.options = {"max_pixels": str(most), "err_detect": "explode"}
    context.thread_count = 1  # more would have the memory of more
    try:
        frames = context.decode(av.Packet(b"RIFF" + struct.pack("<I", len(part) + 4) + b"WEBP" + part))
    except (av.FFmpegError, MemoryError) as error:
        raise RareError("FFmpeg does not read it") from error
    if not frames or frames[0].format.name != "argb" or (frames[0].width, frames[0].height) != header.size:
        raise RareError("a picture of another kind or size")
    plane = frames[0].planes[0]
    argb = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1, 4)[:, : plane.width]
    # A picture may say that what stands in the place of its alpha is none.
    alpha = header.mode == "RGBA" and bool(part[8 + _PLAIN_HEADER - 1] & _ALPHA_BIT)
    order = [1, 0, 2, 1, 3, 2, 0, 3][: 8 if alpha else 6]

    def make(area: Area) -> Image.Image:
        left, top, right, bottom = area
        shown = np.empty((bottom - top, right - left, len(order) // 2), np.uint8)
        cv2.mixChannels([argb[top:bottom, left:right]], [shown], order)
        return Image.fromarray(shown)

    return PiecewiseImage("RGBA" if alpha else "RGB", header.size, header.info, make)


def _lossless_part(data: bytes) -> bytes:
    """The part of a WebP that is its picture without loss, with its name and size.

    Raises:
        RareError: If it has none before another picture, or not all of it.
    """
    position = 12
    for _ in range(_MAX_CHUNKS):
        kind, size = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
        part = data[position : position + 8 + size + size % 2] if kind == b"VP8L" else b""
        if part:
            if len(part) != 8 + size + size % 2 or size <= _PLAIN_HEADER:
                break
            return part
        if kind in (b"VP8 ", b"ANMF", b""):
            break
        position += 8 + size + size % 2
    raise RareError("no picture without loss")
