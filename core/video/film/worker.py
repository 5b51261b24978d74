"""The process in which a film is read: a script that `core.video.film.process` starts, with PyAV and little else.

What a film may cost is bounded before its pictures are decoded, and while they are: no file or socket
can be opened any more, memory and processor time have limits, packets are counted first. The input is
a line of JSON and the film's bytes; the output are messages, each a line of JSON and as many bytes as
its "bytes" says.
"""

import contextlib
import gc
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import av
import av.subtitles.stream  # PyAV would import it later, when no file can be opened any more
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from core.limits import limit_memory, limit_processor_time

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

_STILLS = Disposition.attached_pic | Disposition.still_image | Disposition.timed_thumbnails
_USUAL_RATE = 25  # frames a second
_BEAT = 20  # decoded frames between two signs of life
_STEP_SECONDS = 8  # of processor time between two signs of life
_MOST_OBLONG = 8  # a pixel; what says more is a mistake


class Refused(Exception):
    """A film that is not read; the other process has the words for its code and figures."""

    def __init__(self, code: str, **figures: Any) -> None:
        super().__init__(code)
        self.message = {"refused": code, **figures}


def say(message: dict[str, Any], payload: bytes = b"") -> None:
    """Send a message, and win time for the next step."""
    sys.stdout.buffer.write(json.dumps({**message, "bytes": len(payload)}).encode() + b"\n" + payload)
    sys.stdout.buffer.flush()
    limit_processor_time(_STEP_SECONDS)


def confine(memory: int) -> None:
    """From now on no file or socket can be opened, and `memory` bytes more than now be had at most."""
    if resource is None:
        return
    limit_memory(memory)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # standard input, output and error are all there is
    limit_processor_time(_STEP_SECONDS)


def _nothing_else(url: str, *_: Any) -> NoReturn:
    raise PermissionError(f"a film may not name another resource: {url}")


class Film:
    """One film: its packets are counted, then its pictures decoded."""

    def __init__(self, data: bytes, request: dict[str, Any]) -> None:
        self._data, self._request = data, request
        # One for all frames, without threads: each frame's own would bring as many as there are cores, and their stacks
        # count as memory.
        self._reformatter = VideoReformatter()
        self._codecs = {"codec_whitelist": ",".join(request["codecs"]), "max_pixels": str(request["max_pixels"])}

    def _open(self) -> tuple[InputContainer, VideoStream]:
        """The container and its moving picture: the first by default, else the first; covers and stills are none."""
        container = av.open(
            BytesIO(self._data),
            "r",
            format=self._request["container"],
            options={**self._codecs, "protocol_whitelist": "", "format_whitelist": self._request["container"]},
            io_open=_nothing_else,
        )
        moving = [stream for stream in container.streams.video if not stream.disposition & _STILLS]
        if not moving:
            raise Refused("no_video")
        return container, next((stream for stream in moving if stream.disposition & Disposition.default), moving[0])

    def count(self) -> dict[str, Any]:
        """What the film holds by its packets, of which none is decoded here.

        Returns:
            "seconds", how long its picture lasts (None where there is no packet of it); "last", when
            picture and sound both have ended; and "said", how long the container calls it, or None.
        """
        container, stream = self._open()
        self._check_kind(stream)
        origin = (container.start_time or 0) / av.time_base
        said = None if container.duration is None else container.duration / av.time_base
        times, last = _Times(self._request, _rate(stream)), 0.0
        with container, contextlib.suppress(av.FFmpegError, ValueError):  # what is missing shows when it is decoded
            for packet in container.demux(*container.streams.video, *container.streams.audio):
                if packet.stream.index == stream.index and packet.size:
                    times.add(packet)
                elif packet.pts is not None:
                    last = max(last, _seconds(packet.pts + (packet.duration or 0), packet) - origin)
        self._check_length(stream, times)
        return {"seconds": times.seconds, "last": max(last, times.end - origin), "said": said}

    def _check_kind(self, stream: VideoStream) -> None:
        codec = stream.codec_context
        if codec is None or codec.codec.name not in self._request["codecs"]:
            raise Refused("not_a_video", codec=codec.codec.name if codec else "unknown")
        if codec.width * codec.height > self._request["max_pixels"]:
            raise Refused("too_many_pixels", width=codec.width, height=codec.height)

    def _check_length(self, stream: VideoStream, times: "_Times") -> None:
        if times.frames == 1 and self._request["container"] == "gif":
            raise Refused("not_a_video", still=True)
        if times.frames * stream.codec_context.width * stream.codec_context.height > self._request["max_decoded"]:
            raise Refused("too_complex")
        if times.seconds is not None and times.seconds > self._request["max_seconds"]:
            raise Refused("too_long", seconds=times.seconds)

    def send(self) -> dict[str, Any]:
        """Decode, and send the frames that are wanted; whether what followed the last one is damaged."""
        container, stream = self._open()
        stream.codec_context.options = self._codecs
        rate, aspect, start, last, damaged = _rate(stream), _aspect(stream), 0.0, -math.inf, False
        with container:
            for number, frame in enumerate(self._decoded(container, stream)):
                if frame is None or frame.width * frame.height > self._request["max_pixels"]:
                    damaged = True
                    break
                if number >= self._request["max_frames"]:
                    raise Refused("too_many_frames")
                time = number / rate if frame.time is None else float(frame.time)
                start = time if number == 0 else start
                if time - start < last + 0.9 / self._request["max_rate"]:
                    if number % _BEAT == 0:
                        say({})
                    continue
                last = time - start
                self._send(frame, aspect, last)
        return {"damaged": damaged}

    def _decoded(self, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame | None]:
        """The frames; None at the end where the file breaks off."""
        try:
            yield from container.decode(stream)
        except (av.FFmpegError, ValueError):
            yield None

    def _send(self, frame: VideoFrame, aspect: float, second: float) -> None:
        pixels = _pixels(self._reformatter, frame, aspect, self._request["longest_side"])
        height, width = pixels.shape[:2]
        tags = {"transfer": int(frame.color_trc), "primaries": int(frame.color_primaries)}
        say({"second": second, "width": width, "height": height, **tags}, pixels.tobytes())
        gc.collect()  # a frame and its side data hold each other, and what they hold counts as memory


class _Times:
    """Times of the packets of the moving picture, counted as they come.

    Raises (in `add`):
        Refused: `too_many_frames`, in all or within one second.
    """

    def __init__(self, request: dict[str, Any], rate: float) -> None:
        self._request, self._rate = request, rate
        self.frames, self.start, self.end = 0, math.inf, -math.inf
        self._within: Counter[int] = Counter()

    @property
    def seconds(self) -> float | None:
        """From the first frame's beginning to the last one's end; None where there is no frame."""
        return self.end - self.start if self.frames else None

    def add(self, packet: "Packet[Any]") -> None:
        """Take in the next packet; one without a time has that of its place."""
        stamp = packet.dts if packet.pts is None else packet.pts
        time = self.frames / self._rate if stamp is None else _seconds(stamp, packet)
        self.frames += 1
        self.start = min(self.start, time)
        self.end = max(self.end, time + _seconds(packet.duration or 0, packet))
        self._within[math.floor(time)] += 1
        if self.frames > self._request["max_frames"]:
            raise Refused("too_many_frames")
        if self._within[math.floor(time)] > self._request["max_frames_a_second"]:
            raise Refused("too_many_frames", second=math.floor(time - self.start))


def _seconds(stamp: int, packet: "Packet[Any]") -> float:
    return float(stamp * Fraction(packet.time_base)) if packet.time_base else 0.0


def _rate(stream: VideoStream) -> float:
    return float(stream.guessed_rate or _USUAL_RATE)


def _aspect(stream: VideoStream) -> float:
    """Width of a pixel over its height."""
    aspect = float(stream.sample_aspect_ratio or 1)
    return aspect if 1 / _MOST_OBLONG <= aspect <= _MOST_OBLONG else 1.0


def _pixels(reformatter: VideoReformatter, frame: VideoFrame, aspect: float, longest_side: int) -> NDArray[np.uint8]:
    """A frame as uint8 RGB (height, width, 3) in square pixels, turned as its camera was held, at most so large."""
    width, height = frame.width * max(1.0, aspect), frame.height * max(1.0, 1 / aspect)
    scale = min(1.0, longest_side / max(width, height))
    size = {"width": max(2, round(width * scale)), "height": max(2, round(height * scale))}
    see_through = any(component.is_alpha for component in frame.format.components)
    kind = "rgba" if see_through else "rgb24"
    shrunk = reformatter.reformat(frame, **size, format=kind, interpolation="AREA", threads=1).to_ndarray()
    if see_through:
        alpha = shrunk[..., 3:].astype(np.uint16)
        shrunk = (shrunk[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255  # on white, as pictures are
    return _turned(shrunk, frame).astype(np.uint8, order="C")


def _turned(pixels: NDArray[Any], frame: VideoFrame) -> NDArray[Any]:
    """A frame as its camera was held, and not mirrored where the film says that it is stored so.

    The matrix of ISO/IEC 14496-12 leads from stored to shown places: (x, y) to (a x + c y, b x + d y), to the next
    quarter of a turn.
    """
    beside: Any = frame.side_data  # which PyAV's own stubs do not know in full
    matrix = beside.get("DISPLAYMATRIX")
    if matrix is None:
        return pixels
    a, b, _, c, d = np.frombuffer(matrix, np.int32, 5).tolist()
    if abs(a) + abs(d) < abs(b) + abs(c):
        pixels, a, d = pixels.swapaxes(0, 1), c, b
    return pixels[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]


def main() -> None:
    """Read one film from standard input."""
    request = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read(request["size"])
    gc.freeze()  # what was imported stays: to collect takes no time then
    confine(request["memory"])
    try:
        film = Film(data, request)
        say(film.count())
        say({"end": True, **film.send()})
    except Refused as refused:
        say(refused.message)
    except MemoryError:
        say({"refused": "too_complex"})
    except (av.FFmpegError, ValueError, OSError):
        say({"refused": "not_a_video"})


if __name__ == "__main__":
    main()
