"""Films as they are meant: in their true shape, length, light and with a white ground."""

import struct
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from core.heads import Thresholds
from core.types import Pixels
from core.video.reader import VideoFile, read_video
from tests.unit.film_case import MAN, WOMAN, frame, squares_are_faces
from tests.unit.picture_files import quarters
from tests.unit.pipeline_case import BlueEngine, classifier_of
from tests.unit.video.test_films import case
from tests.unit.video.test_video import SMALL, film_of, moving, read


@pytest.fixture(autouse=True)
def _squares(monkeypatch: pytest.MonkeyPatch) -> None:
    squares_are_faces(monkeypatch)


def frames_of(data: bytes) -> list[Pixels]:
    return [timed.pixels for timed in VideoFile(data, "film").frames()]


def test_pixels_that_are_not_square_are_made_so() -> None:
    pixels = frames_of(case("sar-2x1.mp4"))[0]
    assert pixels.shape == (480, 480, 3)


@pytest.mark.parametrize("name", ["audio-longer.mp4", "half-fps-4s.mp4"])
def test_intact_films_are_not_called_cut_off(name: str) -> None:
    result = read_video(VideoFile(case(name), name), classifier_of(BlueEngine()), Thresholds(gender=0.8))
    assert result.notes == ()
    if name.startswith("half"):
        with av.open(BytesIO(result.film)) as copy:
            assert copy.duration == pytest.approx(4e6, abs=2e5)


@pytest.mark.parametrize("form", ["mp4", "webm", "avi"])
def test_a_long_last_frame_is_not_taken_for_a_missing_end(form: str) -> None:
    data = film_of(moving(4), [0, 0.1, 0.2, 9.0], "webm" if form == "webm" else form)
    assert read(data).notes == ()


def test_a_faststart_film_without_its_end_says_so(tmp_path: Path) -> None:
    noise = np.random.default_rng(3)
    pictures = [np.maximum(picture, noise.integers(0, 120, picture.shape, np.uint8)) for picture in moving(40)]
    path = tmp_path / "film.mp4"
    with av.open(BytesIO(film_of(pictures))) as film, av.open(str(path), "w", options={"movflags": "faststart"}) as out:
        stream = out.add_stream_from_template(film.streams.video[0])
        for packet in film.demux():
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    result = read(data[: len(data) // 2])
    assert 1 <= result.frames < 40
    assert any("seems to be cut off" in note for note in result.notes)


def test_an_animated_gif_is_a_film_on_white() -> None:
    squares = [frame((10 + 8 * step, 20, WOMAN), (200, 120, MAN), size=SMALL, side=80) for step in range(8)]
    images = [Image.fromarray(pixels).quantize(16) for pixels in squares]
    file = BytesIO()
    images[0].save(file, "GIF", save_all=True, append_images=images[1:], duration=100)
    result = read(file.getvalue())
    assert (result.frames, len(result.people), result.notes) == (8, 2, ())
    see_through = [Image.new("RGBA", (64, 64), (0, 0, 0, 0)) for _ in range(2)]
    for step, image in enumerate(see_through):
        image.paste((200, 0, 0, 255), (step * 8, 0, step * 8 + 8, 64))
    file = BytesIO()
    see_through[0].save(file, "GIF", save_all=True, append_images=see_through[1:], duration=100, disposal=2)
    assert frames_of(file.getvalue())[0][32, 40].tolist() == [255, 255, 255]


def test_an_hdr_film_is_shown_as_on_an_ordinary_screen() -> None:
    """In PQ, 112 of 255 is a brighter grey than in sRGB."""
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 10)
        stream.codec_context.color_trc, stream.codec_context.color_primaries = 16, 9
        for number in range(4):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 112, np.uint8), format="rgb24")
            picture.pts, picture.color_trc, picture.color_primaries = number, 16, 9
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    video = VideoFile(file.getvalue(), "film")
    pixels = next(iter(video.frames())).pixels
    assert np.abs(pixels.astype(int) - 133).max() < 8
    assert "HDR" in " ".join(read(file.getvalue()).notes)


def test_a_film_stands_as_its_camera_was_held_in_all_eight_ways() -> None:
    """Turned and mirrored by the matrix of its track; as a turn alone, a mirrored film would stand on its head."""
    shown = quarters()
    data = film_of([shown] * 2)
    place = data.index(struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30), data.index(b"tkhd"))
    for a, b, c, d in ((s, 0, 0, t) for s in (1, -1) for t in (1, -1)):
        for matrix, expected in (
            ((a, b, c, d), shown[::d, ::a]),
            ((b, a, d, c), shown.transpose(1, 0, 2)[::a, ::d]),
        ):
            m, n, o, p = (value << 16 for value in matrix)
            held = data[:place] + struct.pack(">9i", m, n, 0, o, p, 0, 0, 0, 1 << 30) + data[place + 36 :]
            found = frames_of(held)[0]
            assert found.shape == expected.shape
            assert np.abs(found.astype(int) - expected).mean() < 12, matrix
