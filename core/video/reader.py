"""Video files: frames with their times, the people in them, and an annotated copy (PyAV, so FFmpeg)."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from core.classify.pipeline import Classifier
from core.errors import VideoError
from core.heads import Thresholds
from core.results import Decision
from core.settings import DetectorSettings, VideoLimits
from core.types import Pixels
from core.video.film.formats import Kind, container_of, is_complete, other_kind, refusal
from core.video.film.process import FilmProcess
from core.video.following import Follower, drawn
from core.video.people import Person
from core.video.writer import FilmWriter
from core.vision.pictures.hdr import Tags, to_ordinary

VIDEO_DETECTOR = DetectorSettings(longest_side=640, retry=False)
Progress = Callable[[float], None]
Stop = Callable[[], bool]
_CUT_SHORT = 0.9  # a film that ends before this share of its own length is taken as cut off
_TOO_SHORT_TO_TELL = 1.0  # seconds
_HDR_NOTE = "This is an HDR video: its brightness and colours were fitted to an ordinary screen."


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
    """A video that is in memory, read once from front to back; only one frame is held at a time.

    It is read in a process of its own, which ends with `frames`, `close`, or with the last reference.
    """

    def __init__(self, data: bytes, name: str, limits: VideoLimits = VideoLimits()) -> None:  # noqa: B008 (frozen)
        """Open a video; its frames are counted, and none is decoded yet.

        Args:
            data: The file's content, which alone says what it is.
            name: Its name, for messages.
            limits: What it may hold.

        Raises:
            VideoError: `empty`, `too_many_bytes`, `not_a_video`, `no_video` (sound alone, or with a cover
                picture), `too_long`, `too_many_pixels`, `too_many_frames` or `too_complex`.
        """
        if not data:
            raise VideoError("empty", f"'{name}' is empty (0 bytes). Choose another file.")
        if len(data) > limits.max_bytes:
            raise VideoError("too_many_bytes", f"'{name}' is larger than {limits.max_bytes // 2**20} MB. Shorten it.")
        container = container_of(data)
        if isinstance(container, Kind):
            raise other_kind(name, container)
        self._name, self._limits = name, limits
        self.notes: list[str] = []
        self._process = FilmProcess(data, container, limits)
        self._messages = self._process.messages()
        counted = self._next()
        if counted is None:
            raise refusal(name, {"refused": "too_complex"}, limits)
        # Seconds that its picture lasts, by its packets; a sound that goes on longer does not count.
        self.duration: float | None = counted[0]["seconds"]
        said, last = counted[0]["said"] or 0.0, max(0.0, counted[0]["last"])
        missing = said > _TOO_SHORT_TO_TELL and last < _CUT_SHORT * said and not is_complete(data, container)
        self._end = f"The video ends after {last:.1f} of {said:.1f} seconds: it seems to be cut off." if missing else ""

    def close(self) -> None:
        """Stop reading; nothing happens where it has ended."""
        self._messages.close()
        self._process.close()

    def frames(self) -> Generator[TimedFrame, None, None]:
        """The frames, at most `VideoLimits.max_rate` a second, all in the size of the first one.

        Time stamps decide, so a changing frame rate is kept; a frame of another size is fitted in,
        with black beside it; pixels that are not square are made so. Where the file ends too soon or
        a part of it is damaged, what could be read is given, and a note says so.

        Raises:
            VideoError: `no_frames`, where not one frame can be read; `too_many_frames` or `too_complex`.
        """
        size: tuple[int, int] | None = None
        resized = hdr = False
        try:
            while (message := self._next()) is not None and "end" not in message[0]:
                pixels, tags = _frame(*message)
                size = size or (pixels.shape[1] // 2 * 2, pixels.shape[0] // 2 * 2)
                resized |= abs(pixels.shape[1] - size[0]) > 1 or abs(pixels.shape[0] - size[1]) > 1
                hdr |= tags.is_hdr
                yield TimedFrame(fitted(pixels, size), message[0]["second"])
        finally:
            self.close()
        if size is None:
            raise self._no_frames(ended=message is not None)
        # A process that came to an unexpected end has found something that it could not bear.
        self._tell(resized=resized, hdr=hdr, damaged=message is None or message[0]["damaged"])

    def _no_frames(self, *, ended: bool) -> VideoError:
        if not ended:
            return refusal(self._name, {"refused": "too_complex"}, self._limits)
        return VideoError("no_frames", f"No frame of '{self._name}' can be read: it is damaged or cut off.")

    def _next(self) -> tuple[dict[str, Any], bytes] | None:
        """The next message that says something, None after the last; a refusal becomes the error that it means."""
        for message, payload in self._messages:
            if "refused" in message:
                self.close()
                raise refusal(self._name, message, self._limits)
            if len(message) > 1:  # else a sign of life
                return message, payload
        self.close()
        return None

    def _tell(self, *, resized: bool, hdr: bool, damaged: bool) -> None:
        if hdr:
            self.notes.append(_HDR_NOTE)
        if damaged:
            self.notes.append("Part of the file is damaged or missing; what could be read up to there is shown.")
        if resized:
            self.notes.append(
                "The picture size changes within the video; all frames were fitted to the size of the first."
            )
        if self._end:
            self.notes.append(self._end)


def _frame(message: dict[str, Any], payload: bytes) -> tuple[Pixels, Tags]:
    """A frame as it should be seen, uint8 RGB (height, width, 3), and what its file says of its colours."""
    pixels: Pixels = np.frombuffer(payload, np.uint8).reshape(message["height"], message["width"], 3)
    tags = Tags(message["primaries"], message["transfer"])
    return (to_ordinary(pixels, tags) if tags.is_hdr else pixels), tags


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
    video: VideoFile,
    classifier: Classifier,
    thresholds: Thresholds,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> VideoResult:
    """Follow and answer the faces of a video.

    Args:
        video: Not read yet.
        classifier: Answers the faces.
        thresholds: From which probabilities on something is said of a face.
        progress: Called after each frame with the share that is done, in [0, 1]; 0 where the length is unknown.
        stop: Asked after each frame whether to read no further; what was read until then is the result.

    Raises:
        VideoError: As `VideoFile.frames`.
    """
    follower = Follower(classifier, thresholds, VIDEO_DETECTOR)
    moments: list[Moment] = []
    writer, frames, second, end = FilmWriter(), 0, 0.0, video.duration
    with closing(video.frames()) as read:
        for frame in read:
            followed, second, frames = follower.follow(frame.pixels, frame.second), frame.second, frames + 1
            moments += [Moment(face.number, second, face.result.p_female, face.result.decision) for face in followed]
            writer.write(drawn(frame.pixels, followed), second)
            if progress is not None:
                progress(min(1.0, second / video.duration) if video.duration else 0.0)
            if stop is not None and stop():
                video.notes.append(f"Stopped after {second:.1f} seconds, at your request: the rest was not analysed.")
                end = second
                break
    film = writer.close(end)
    return VideoResult(second, frames, tuple(follower.people()), tuple(moments), film, tuple(video.notes))
