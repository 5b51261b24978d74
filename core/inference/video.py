"""Video files: frames with their times, the people in them, and an annotated copy (PyAV, so FFmpeg)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

from core.errors import VideoError
from core.inference.following import Follower, drawn
from core.inference.people import Person
from core.inference.pipeline import Classifier
from core.inference.video_writer import FilmWriter
from core.results import Decision
from core.settings import DetectorSettings, Thresholds, VideoLimits
from core.types import Pixels

VIDEO_DETECTOR = DetectorSettings(longest_side=640, retry=False)
Progress = Callable[[float], None]
_CUT_SHORT = 0.9  # a film that ends before this share of its own length is taken as cut off
_TOO_SHORT_TO_TELL = 1.0  # seconds
_USUAL_RATE = 25  # frames a second


@dataclass(frozen=True, slots=True)
class Moment:
    """One face in one frame.

    Attributes:
        person: Its number.
        second: The frame's time, seconds.
        p_female: The vote so far, in [0, 1].
        decision: The answer at that time.
    """

    person: int
    second: float
    p_female: float
    decision: Decision


@dataclass(frozen=True, slots=True, eq=False)
class VideoResult:
    """What was found in a video.

    Attributes:
        seconds: Time of the last frame that was read.
        frames: Number of frames that were answered.
        people: Everybody in it, by number.
        moments: Every face of every answered frame, in order of time.
        film: The annotated copy, an MP4 file (H.264).
        notes: Sentences for the user, such as that the file was cut off.
    """

    seconds: float
    frames: int
    people: tuple[Person, ...]
    moments: tuple[Moment, ...]
    film: bytes = field(repr=False)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TimedFrame:
    """A frame, uint8 RGB (height, width, 3), and its time in seconds from the first one."""

    pixels: Pixels = field(repr=False)
    second: float


class VideoFile:
    """A video that is in memory, read once from front to back; only one frame is held at a time."""

    def __init__(self, data: bytes, name: str, limits: VideoLimits = VideoLimits()) -> None:  # noqa: B008 (frozen)
        """Open a video.

        Args:
            data: The file's content.
            name: Its name, for messages.
            limits: What it may hold.

        Raises:
            VideoError: `empty`, `too_many_bytes`, `not_a_video`, `no_video` (sound alone) or `too_long`.
        """
        if not data:
            raise VideoError("empty", f"'{name}' is empty (0 bytes). Choose another file.")
        if len(data) > limits.max_bytes:
            raise VideoError("too_many_bytes", f"'{name}' is larger than {limits.max_bytes // 2**20} MB. Shorten it.")
        self._name, self._limits = name, limits
        self.notes: list[str] = []
        try:
            self._container = av.open(BytesIO(data), mode="r")
        except (av.FFmpegError, ValueError) as error:
            raise VideoError(
                "not_a_video", f"'{name}' is not a video that can be read, or its beginning or index is missing."
            ) from error
        if not self._container.streams.video:
            self._container.close()
            raise VideoError("no_video", f"'{name}' holds no moving picture, only sound or text. Choose another file.")
        # In microseconds; files that were never closed properly do not say it.
        self.duration = None if self._container.duration is None else self._container.duration / av.time_base
        if self.duration is not None and self.duration > limits.max_seconds:
            self._container.close()
            raise VideoError(
                "too_long",
                f"'{name}' is {self.duration:.0f} seconds long; up to {limits.max_seconds:.0f} are read. Shorten it.",
            )

    def frames(self) -> Iterator[TimedFrame]:
        """The frames, at most `VideoLimits.max_rate` a second, all in the size of the first one.

        Time stamps decide, so a changing frame rate is kept; a frame of another size is fitted in,
        with black beside it. Where the file ends too soon or a part of it is damaged, what could be
        read is given, and a note says so.

        Raises:
            VideoError: `no_frames`, where not one frame can be read.
        """
        size: tuple[int, int] | None = None
        start, resized = 0.0, False
        last: float | None = None
        with self._container:
            for frame, time in self._decoded():
                start = time if last is None else start
                second = time - start
                if last is not None and second < last + 0.9 / self._limits.max_rate:
                    continue
                if second > self._limits.max_seconds:
                    self.notes.append(f"Only the first {self._limits.max_seconds:.0f} seconds were read.")
                    break
                pixels = upright(frame, self._limits.longest_side)
                size = size or (pixels.shape[1] // 2 * 2, pixels.shape[0] // 2 * 2)
                resized |= abs(pixels.shape[1] - size[0]) > 1 or abs(pixels.shape[0] - size[1]) > 1
                last = second
                yield TimedFrame(fitted(pixels, size), second)
        if last is None:
            raise VideoError("no_frames", f"Not one frame of '{self._name}' can be read: it is damaged or cut off.")
        if resized:
            self.notes.append("The size of its picture changes; all frames were fitted into that of the first one.")
        if self.duration is not None and self.duration > _TOO_SHORT_TO_TELL and last < _CUT_SHORT * self.duration:
            self._tell_cut_off(last)

    def _decoded(self) -> Iterator[tuple[VideoFrame, float]]:
        """Frames with their times, seconds; where the file holds none, the frame rate gives them."""
        rate = float(self._container.streams.video[0].guessed_rate or _USUAL_RATE)
        try:
            for number, frame in enumerate(self._container.decode(video=0)):
                yield frame, number / rate if frame.time is None else frame.time
        except (av.FFmpegError, ValueError):
            self.notes.append("A part of the file is damaged or missing; what could be read up to there is shown.")

    def _tell_cut_off(self, last: float) -> None:
        if not any("Only the first" in note for note in self.notes):
            self.notes.append(
                f"The picture ends after {last:.1f} of {self.duration:.1f} seconds: it seems to be cut off."
            )


def upright(frame: VideoFrame, longest_side: int) -> Pixels:
    """A frame as uint8 RGB (height, width, 3), turned as its camera was held, shrunk to `longest_side` pixels."""
    scale = min(1.0, longest_side / max(frame.width, frame.height))
    width, height = max(2, round(frame.width * scale)), max(2, round(frame.height * scale))
    pixels = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA").to_ndarray()
    return np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90) % 4)).astype(np.uint8, copy=False)


def fitted(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """A picture brought to `size` (width, height) in its own proportions, with black beside it."""
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    scale = min(size[0] / width, size[1] / height)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    beside, below = size[0] - inner[0], size[1] - inner[1]
    edges = (below // 2, below - below // 2, beside // 2, beside - beside // 2)
    return cv2.copyMakeBorder(small, *edges, cv2.BORDER_CONSTANT).astype(np.uint8, copy=False)


def read_video(
    video: VideoFile, classifier: Classifier, thresholds: Thresholds, progress: Progress | None = None
) -> VideoResult:
    """Follow and answer the faces of a video.

    Args:
        video: Not read yet.
        classifier: Answers the faces.
        thresholds: From which probabilities on something is said of a face.
        progress: Called after each frame with the share that is done, in [0, 1]; 0 where the length is unknown.

    Raises:
        VideoError: As `VideoFile.frames`.
    """
    follower = Follower(classifier, thresholds, VIDEO_DETECTOR)
    moments: list[Moment] = []
    writer, frames, second = FilmWriter(), 0, 0.0
    for frame in video.frames():
        followed, second, frames = follower.follow(frame.pixels, frame.second), frame.second, frames + 1
        moments += [Moment(face.number, second, face.result.p_female, face.result.decision) for face in followed]
        writer.write(drawn(frame.pixels, followed), second)
        if progress is not None:
            progress(min(1.0, second / video.duration) if video.duration else 0.0)
    return VideoResult(second, frames, tuple(follower.people()), tuple(moments), writer.close(), tuple(video.notes))
