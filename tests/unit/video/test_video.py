"""Video files: made here with PyAV, good ones and every kind of bad one."""

from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO

import av
import numpy as np
import pytest

from core.errors import VideoError
from core.heads import Thresholds
from core.results import Label
from core.settings import VideoLimits
from core.types import Pixels
from core.video.reader import VideoFile, VideoResult, read_video
from core.vision.annotate.draw import STYLES
from tests.unit.film_case import MAN, WOMAN, frame, squares_are_faces
from tests.unit.pipeline_case import BlueEngine, classifier_of

SMALL = (320, 240)
STEP = 1 / 10


@pytest.fixture(autouse=True)
def _squares(monkeypatch: pytest.MonkeyPatch) -> None:
    squares_are_faces(monkeypatch)


def film_of(frames: Sequence[Pixels], times: Sequence[float] | None = None, format: str = "mp4") -> bytes:
    """A film of frames; their times in seconds, by default ten frames a second."""
    file = BytesIO()
    codec = "libvpx" if format == "webm" else "libx264"
    with av.open(file, "w", format=format) as container:
        stream = container.add_stream(codec, rate=10)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, pixels in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            picture.pts = round(1000 * (STEP * number if times is None else times[number]))
            picture.time_base = Fraction(1, 1000)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return file.getvalue()


def sound() -> bytes:
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44100)
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        samples.sample_rate = 44100
        container.mux(stream.encode(samples))
        container.mux(stream.encode())
    return file.getvalue()


def moving(count: int = 12) -> list[Pixels]:
    return [frame((10 + 4 * step, 20, WOMAN), (200, 120, MAN), size=SMALL, side=80) for step in range(count)]


def read(data: bytes, **limits: float) -> VideoResult:
    return read_video(
        VideoFile(data, "film", VideoLimits(**limits)), classifier_of(BlueEngine()), Thresholds(gender=0.8)
    )


@pytest.mark.parametrize("format", ["mp4", "webm", "mov"])
def test_people_moments_and_an_annotated_copy(format: str) -> None:
    shares: list[float] = []
    video = VideoFile(film_of(moving(), format=format), "film")
    result = read_video(video, classifier_of(BlueEngine()), Thresholds(gender=0.8), shares.append)
    assert [person.decision.label for person in result.people] == [Label.FEMALE, Label.MALE]
    assert result.frames == 12
    assert result.seconds == pytest.approx(1.1, abs=0.02)
    assert len(result.moments) == 24
    assert result.notes == ()
    assert shares == sorted(shares)
    assert shares[-1] > 0.8
    with av.open(BytesIO(result.film)) as copy:
        assert copy.streams.video[0].codec_context.name == "h264"
        pictures = [(picture.time, picture.to_ndarray(format="rgb24")) for picture in copy.decode(video=0)]
    assert [time for time, _ in pictures] == pytest.approx([STEP * step for step in range(12)], abs=0.02)
    near = np.abs(pictures[5][1].astype(int) - STYLES[Label.FEMALE].fill).max(axis=2) < 60
    assert near.sum() > 50


def test_a_film_of_many_frames_is_read_to_its_end_in_the_memory_that_it_is_granted() -> None:
    video = VideoFile(film_of([np.full((360, 640, 3), 90, np.uint8)] * 90), "film")
    assert sum(1 for _ in video.frames()) == 90
    assert video.notes == []


def test_times_come_from_the_file_and_a_fast_one_is_thinned() -> None:
    times = [0, 0.1, 0.2, 0.9, 1.0, 2.0]
    result = read(film_of(moving(6), times))
    assert sorted({round(moment.second, 2) for moment in result.moments}) == pytest.approx(times, abs=0.02)
    assert read(film_of(moving(12)), max_rate=5).frames == 6


def test_too_long_is_refused_or_cut() -> None:
    data = film_of(moving(3), [0, 1, 20])
    with pytest.raises(VideoError, match="Shorten it") as refused:
        read(data, max_seconds=10)
    assert refused.value.code == "too_long"


def test_a_film_that_was_cut_off_gives_what_is_there() -> None:
    noise = np.random.default_rng(3)
    frames = [np.maximum(picture, noise.integers(0, 120, picture.shape, np.uint8)) for picture in moving(40)]
    data = film_of(frames, format="webm")
    result = read(data[: len(data) * 6 // 10])
    assert 1 <= result.frames < 40
    assert result.notes
    with pytest.raises(VideoError) as refused:  # an MP4 has its index at the end
        VideoFile(film_of(frames)[:3000], "film.mp4")
    assert refused.value.code == "not_a_video"


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty"), (b"no film" * 100, "not_a_video"), (sound(), "no_video")],
    ids=["empty", "text", "sound"],
)
def test_what_is_no_film_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(VideoError) as refused:
        VideoFile(data, "film.mp4")
    assert refused.value.code == code
    assert "'film.mp4'" in refused.value.message


def test_too_many_bytes() -> None:
    with pytest.raises(VideoError, match="larger than"):
        VideoFile(bytes(2_000_000), "film.mp4", VideoLimits(max_bytes=1_000_000))


def test_a_changing_size_is_fitted_into_the_first_one() -> None:
    small = [frame((100, 100, WOMAN)) for _ in range(6)]
    times = [STEP * number for number in range(12)]
    data = film_of(moving(6), times[:6], "mpegts") + film_of(small, times[6:], "mpegts")
    result = read(data)
    with av.open(BytesIO(result.film)) as copy:
        assert {(picture.width, picture.height) for picture in copy.decode(video=0)} == {SMALL}
    assert any("size" in note for note in result.notes)
