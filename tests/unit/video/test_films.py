"""Files that were dropped as films and are none, films that ask for too much, and films in their true shape."""

import json
import socket
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest

from core.errors import VideoError
from core.heads import Thresholds
from core.settings import VideoLimits
from core.types import Pixels
from core.video.film import worker
from core.video.film.formats import Kind, container_of, is_complete
from core.video.reader import VideoFile, read_video
from tests.unit.film_case import WOMAN, frame, squares_are_faces
from tests.unit.picture_files import animation, everything
from tests.unit.pipeline_case import BlueEngine, classifier_of
from tests.unit.video.test_video import film_of, moving, read, sound

CASES = Path(__file__).resolve().parents[2] / "cases"


@pytest.fixture(autouse=True)
def _squares(monkeypatch: pytest.MonkeyPatch) -> None:
    squares_are_faces(monkeypatch)


def case(name: str) -> bytes:
    return (CASES / name).read_bytes()


def refused(data: bytes, **limits: float) -> VideoError:
    with pytest.raises(VideoError) as caught:
        list(VideoFile(data, "film.mp4", VideoLimits(**limits)).frames())
    return caught.value


def frames_of(data: bytes) -> list[Pixels]:
    return [timed.pixels for timed in VideoFile(data, "film").frames()]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (case("concat-relative.mp4"), "not_a_video"),
        (case("sdp-rtp.mp4"), "not_a_video"),
        (case("song-with-cover.mp3"), "no_video"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "not_a_video"),
        (b"<?xml version='1.0'?><MPD><BaseURL>http://127.0.0.1/</BaseURL></MPD>", "not_a_video"),
        (b"#!/usr/bin/env vpy\n" * 9, "not_a_video"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "no_video"),
        (b"RIFF\x10\0\0\0CDXAfmt ", "not_a_video"),
        *(
            (sound + bytes(99), "no_video")
            for sound in (b"fLaC", b"caff", b"wvpk", b"\xff\xe3\x18\xc4", b"FORM\0\0\0\x10AIFF")
        ),
        (b"FORM\0\0\0\x10ILBMBMHD", "not_a_video"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not_a_video"),
        (b"[playlist]\nFile1=http://127.0.0.1/\n", "not_a_video"),
        (b"RTSPtextrtsp://127.0.0.1/\r\n", "not_a_video"),
        (b"<asx version='3.0'><ref href='http://127.0.0.1/'/></asx>", "not_a_video"),
        (b"G" + bytes(1000), "not_a_video"),
        *((data, "not_a_video") for form, data in everything().items()),
        *((animation(form), "not_a_video") for form in ("WEBP", "PNG", "AVIF")),
    ],
)
def test_content_that_is_no_film_is_told_apart_without_any_reader(data: bytes, code: str) -> None:
    assert refused(data).code == code


def test_a_picture_is_sent_to_where_pictures_go() -> None:
    assert "is a picture, not a video" in refused(everything()["JPEG"]).message
    assert "is a still picture" in refused(everything()["GIF"]).message


def test_a_song_with_its_cover_in_a_container_of_films_is_no_film() -> None:
    file = BytesIO()
    with av.open(BytesIO(sound())) as song, av.open(file, "w", format="mp4") as out:
        cover = out.add_stream("mjpeg", rate=1)
        cover.width = cover.height = 64
        cover.pix_fmt = "yuvj420p"
        cover.disposition = 1 << 10  # a cover
        stream = out.add_stream_from_template(song.streams.audio[0])
        picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 90, np.uint8), format="rgb24")
        out.mux(cover.encode(picture) + cover.encode())
        for packet in song.demux():
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    assert refused(file.getvalue()).code == "no_video"


def test_a_codec_that_is_not_on_the_list_is_not_decoded() -> None:
    file = BytesIO()
    with av.open(file, "w", format="avi") as container:
        stream = container.add_stream("png", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "rgb24"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode())
    error = refused(file.getvalue())
    assert error.code == "not_a_video"
    assert "(png)" in error.message


def test_a_film_that_names_another_file_shows_nothing_of_it(tmp_path: Path) -> None:
    """The reference of an MP4's track (`dref`, `url `) is made to name another film instead of the file itself."""
    other = tmp_path / "other.mp4"
    other.write_bytes(film_of(moving()))
    data = film_of(moving(3))
    url = b"file://" + str(other).encode() + b"\0"
    own = (12).to_bytes(4, "big") + b"url " + (1).to_bytes(4, "big")
    assert data.count(own) == 1
    foreign = (12 + len(url)).to_bytes(4, "big") + b"url " + bytes(4) + url
    grown = bytearray(data.replace(own, foreign))
    for box in (b"dref", b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        at = grown.index(box) - 4
        grown[at : at + 4] = (int.from_bytes(grown[at : at + 4], "big") + len(url)).to_bytes(4, "big")
    shown = [timed.pixels for timed in VideoFile(bytes(grown), "film").frames()]
    assert len(shown) == 3, "its own frames, not the other's twelve"


def test_the_reading_process_can_open_neither_file_nor_socket() -> None:
    program = (
        f"import sys; sys.path.append({str(Path(worker.__file__).parent)!r})\n"
        "import json, socket, worker; worker.confine(600 * 2**20); tried = []\n"
        "for attempt in (lambda: open('/etc/hostname'), lambda: socket.socket(), lambda: bytearray(2**30)):\n"
        "    try: attempt(); tried.append('done')\n"
        "    except (OSError, MemoryError) as error: tried.append(type(error).__name__)\n"
        "print(json.dumps(tried))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout) == ["OSError", "OSError", "MemoryError"], done.stderr


@pytest.mark.parametrize(
    ("limits", "code", "words"),
    [
        ({"max_pixels": 320 * 240 - 1}, "too_many_pixels", "320 x 240"),
        ({"max_frames": 11}, "too_many_frames", "more than 11 frames"),
        ({"max_frames_a_second": 9}, "too_many_frames", "more than 9 frames within its second 0"),
        ({"max_decoded": 320 * 240 * 12 - 1}, "too_complex", "needs more time or memory"),
        ({"max_seconds": 1}, "too_long", "at most 1 are read"),
    ],
)
def test_limits_hold_before_anything_is_decoded(limits: dict[str, float], code: str, words: str) -> None:
    with pytest.raises(VideoError, match=words) as caught:
        VideoFile(film_of(moving()), "film", VideoLimits(**limits))
    assert caught.value.code == code


def test_a_frame_that_grows_beyond_the_limit_ends_the_film() -> None:
    times = [0.1 * number for number in range(12)]
    large = [frame((100, 100, WOMAN)) for _ in range(6)]
    data = film_of(moving(6), times[:6], "mpegts") + film_of(large, times[6:], "mpegts")
    result = read(data, max_pixels=320 * 240)
    assert 1 <= result.frames <= 6
    assert any("damaged or missing" in note for note in result.notes)


def test_a_process_that_dies_is_a_refusal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dying = tmp_path / "worker.py"
    dying.write_text("import os, sys\nsys.stdin.buffer.read()\nos.abort()\n")
    monkeypatch.setattr("core.video.film.process._WORKER", dying)
    assert refused(film_of(moving())).code == "too_complex"


def test_a_film_that_wants_more_memory_than_is_granted_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.video.film.process._MEMORY", 4 * 2**20)
    assert refused(film_of(moving())).code in {"too_complex", "no_frames"}


def test_reading_can_be_stopped_and_what_was_read_stays() -> None:
    shares: list[float] = []
    video = VideoFile(film_of(moving(30)), "film")
    result = read_video(
        video, classifier_of(BlueEngine()), Thresholds(gender=0.8), shares.append, lambda: len(shares) == 5
    )
    assert (result.frames, len(shares)) == (5, 5)
    assert len(result.people) == 2
    assert any("Stopped after 0.4 seconds" in note for note in result.notes)
    assert video._process._process.returncode is not None, "the reading process is gone"


def test_a_film_that_nobody_reads_on_leaves_no_process() -> None:
    video = VideoFile(film_of(moving(30)), "film")
    process = video._process._process
    next(iter(video.frames()))
    video.close()
    assert process.returncode is not None
    other = VideoFile(film_of(moving(3)), "film")
    process = other._process._process
    del other
    assert process.returncode is not None


def test_the_first_bytes_choose_one_reader() -> None:
    forms = ("mp4", "mov", "webm", "avi", "flv", "mpegts")
    found = [container_of(film_of(moving(2), format=form)) for form in forms]
    assert found == ["mov", "mov", "matroska", "avi", "flv", "mpegts"]
    assert container_of(b"") is Kind.OTHER


@pytest.mark.parametrize("form", ["mp4", "webm", "avi"])
def test_a_file_knows_whether_it_is_complete(form: str) -> None:
    data = film_of(moving(4), format=form)
    container = container_of(data)
    assert is_complete(data, str(container)) is True
    assert is_complete(data[:-50], str(container)) is False


def test_no_socket_is_left_open_in_this_process() -> None:
    """A free port stays free: nothing listens because of a session description."""
    refused(case("sdp-rtp.mp4"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind(("127.0.0.1", 18990))
