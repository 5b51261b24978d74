"""Drawn frames → an MP4 file (H.264), which every browser plays."""

from fractions import Fraction
from io import BytesIO

import av
from av.video.stream import VideoStream

from core.types import Pixels

_TICKS = 1000  # a second
_RATE = 30
_LONG = 500  # ticks: a last frame that stays longer is written once more at its end
_OPTIONS = {"preset": "veryfast", "crf": "23"}


class FilmWriter:
    """Writes frames of one size with the times that they have; the file is in memory."""

    def __init__(self) -> None:
        self._file = BytesIO()
        self._container = av.open(self._file, "w", format="mp4")
        self._stream: VideoStream | None = None
        self._last = -1
        self._newest: Pixels | None = None

    def write(self, pixels: Pixels, second: float) -> None:
        """Append a frame.

        Args:
            pixels: uint8 RGB (height, width, 3), of even height and width, the same for all frames.
            second: Its time; a frame that is not later than the one before comes right after it.
        """
        if self._stream is None:
            self._stream = self._container.add_stream("libx264", rate=_RATE, options=_OPTIONS)
            self._stream.height, self._stream.width = pixels.shape[:2]
            self._stream.pix_fmt = "yuv420p"
            self._stream.codec_context.time_base = Fraction(1, _TICKS)
        self._newest = pixels
        self._add(self._stream, pixels, second)

    def _add(self, stream: VideoStream, pixels: Pixels, second: float) -> None:
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        self._last = max(self._last + 1, round(second * _TICKS))
        frame.pts, frame.time_base = self._last, Fraction(1, _TICKS)
        self._container.mux(stream.encode(frame))

    def close(self, end: float | None = None) -> bytes:
        """End the film; returns the file's content.

        Args:
            end: Until when the last frame stays, seconds; None: as long as any other.

        Raises:
            ValueError: If there was no frame.
        """
        if self._stream is None or self._newest is None:
            raise ValueError("a film needs at least one frame")
        if end is not None and round(end * _TICKS) - self._last > _LONG:
            self._add(self._stream, self._newest, end)
        self._container.mux(self._stream.encode())
        self._container.close()
        return self._file.getvalue()
