"""Small files that would cost much: refused at once, or decoded within their pixels' own size."""

import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import PictureError
from core.vision.pictures import costs
from core.vision.pictures.decode import decode_picture
from tests.unit.picture_files import chunk, encoded, quarters
from tests.unit.vision.tiff_case import tiff_of

CASES = Path(__file__).resolve().parents[2] / "cases"
STATUS = Path("/proc/self/status")
JPEG, PNG = encoded(quarters(), "JPEG"), encoded(quarters(), "PNG")


def refused(data: bytes) -> PictureError:
    with pytest.raises(PictureError) as caught:
        decode_picture(data, "photo")
    return caught.value


def test_a_jpeg_of_three_thousand_passes_is_refused_before_any_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "load", None)
    error = refused((CASES / "prog-3000.jpg").read_bytes())
    assert error.code == "too_complex"
    assert "passes" in error.message


@pytest.mark.parametrize("options", [{"progressive": True}, {"progressive": True, "restart_marker_rows": 1}, {}])
def test_ordinary_jpegs_are_decoded(options: dict[str, object]) -> None:
    assert (
        decode_picture(encoded(Image.fromarray(quarters()).resize((600, 400)), "JPEG", **options), "a.jpg").width == 600
    )


def test_passes_of_a_thumbnail_and_of_a_following_picture_do_not_count() -> None:
    inside = b"\xff\xe1" + (2 + 800).to_bytes(2, "big") + b"\xff\xda\0\x02" * 200
    assert decode_picture(JPEG[:2] + inside + JPEG[2:], "a.jpg").width == 64
    assert decode_picture(JPEG + b"\xff\xda\0\x02" * 200, "a.jpg").width == 64


def test_millions_of_tiny_parts_are_refused() -> None:
    comment = b"\xff\xfe\0\x02"
    assert refused(JPEG[:2] + comment * (costs.MAX_SEGMENTS + 1) + JPEG[2:]).code == "too_complex"
    assert decode_picture(JPEG[:2] + comment * 300 + JPEG[2:], "a.jpg").width == 64
    tiny = chunk(b"tEXt", b"a\0")
    assert refused(PNG[:33] + tiny * (costs.MAX_CHUNKS + 1) + PNG[33:]).code == "too_complex"
    rows = costs.MAX_STRIPS + 1
    strips = {256: 1, 257: rows, 258: 8, 259: 1, 262: 1, 273: [8] * rows, 277: 1, 278: 1, 279: [1] * rows}
    assert refused(tiff_of([strips])).code == "too_complex"


def test_a_tiff_that_must_be_unpacked_as_a_whole_is_refused_where_that_is_too_much() -> None:
    side = 7000
    page = {256: side, 257: side, 258: (16,) * 4, 259: 8, 262: 2, 273: zlib.compress(b""), 277: 4, 278: side, 338: 2}
    error = refused(tiff_of([page]))
    assert error.code == "too_complex"
    assert "256 MB at once" in error.message


def test_a_text_that_unpacks_to_a_hundred_megabytes_costs_nothing() -> None:
    bomb = chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(100 * 2**20)))
    assert np.array_equal(decode_picture(PNG[:33] + bomb + PNG[33:], "a.png").pixels, quarters())


def test_a_large_animated_webp_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    monkeypatch.setattr("core.vision.pictures.reading._MAX_ANIMATED_PIXELS", 1000)
    assert refused(data).code == "too_complex"


@pytest.mark.skipif(not STATUS.exists(), reason="what a process holds is read as Linux tells it")
@pytest.mark.parametrize("name", ["F-50mp.tif", "rgba-50mp.webp"])
def test_fifty_megapixels_cost_their_own_size_where_they_are_answered(name: str) -> None:
    """143 MB of pixels, measured in a process of its own, the interpreter and its libraries left out."""
    program = (
        "import json, sys\nfrom core.vision.pictures.decode import load_picture\nimport cv2, pillow_heif\n"
        "peak = lambda: int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) // 1024\nbefore = peak()\n"
        "picture = load_picture(sys.argv[1])\nprint(json.dumps([picture.width, picture.height, peak() - before]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(CASES / name)], capture_output=True, text=True, timeout=300
    )
    width, height, megabytes = json.loads(done.stdout)
    assert (width, height) == (7071, 7071), done.stderr
    assert 143 <= megabytes < 160


@pytest.mark.parametrize("coding", [0xC2, 0xCA, 0xC9, 0xC3])
def test_passes_over_a_large_picture_are_counted_by_its_pixels(coding: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progressive, the same and plain with arithmetic coding, lossless."""
    data = encoded(Image.fromarray(quarters()), "JPEG", progressive=True)
    frame = data.index(b"\xff\xc2") + 5
    data = data[: frame - 4] + bytes([coding]) + data[frame - 3 :]
    large = data[:frame] + (7000).to_bytes(2, "big") * 2 + data[frame + 4 :]
    scan = data[data.rindex(b"\xff\xda") : -2]
    monkeypatch.setattr(Image.Image, "load", None)
    error = refused(large[:-2] + scan * 40 + large[-2:])
    assert error.code == "too_complex"
    assert "2,000 megapixels" in error.message


@pytest.mark.parametrize("junk", [b"\xff", b"\xff\0\0"])
def test_a_jpeg_of_megabytes_of_nothing_is_refused_and_some_padding_is_not(junk: bytes) -> None:
    assert refused(JPEG[:2] + junk * (costs.MAX_JUNK + 1) + JPEG[2:]).code == "too_complex"
    assert decode_picture(JPEG[:2] + b"\xff" * 500 + JPEG[2:], "a.jpg").width == 64


GIF = encoded(quarters(), "GIF")


@pytest.mark.parametrize(
    "parts",
    [b"!\xfe" + b"\1a" * costs.MAX_BLOCKS + b"\0", b"!\xfe\0" * costs.MAX_BLOCKS, b"?" * costs.MAX_BLOCKS],
)
def test_a_gif_of_remarks_is_refused(parts: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would be read by itself in Python, while every session waits."""
    start = 13 + 3 * 2 ** ((GIF[10] & 7) + 1)
    assert GIF[start : start + 1] in b"!,"
    assert decode_picture(GIF[:start] + b"!\xfe\4said\0" + GIF[start:], "a.gif").width == 64
    monkeypatch.setattr(Image.Image, "load", None)
    assert refused(GIF[:start] + parts + GIF[start:]).code == "too_complex"


def test_a_bmp_of_millions_of_runs_is_refused_and_an_ordinary_one_read() -> None:
    def bmp(runs: bytes, side: int) -> bytes:
        palette = bytes([10, 20, 30, 0, 200, 100, 50, 0])
        header = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(runs), 0, 0, 2, 2)
        start = 14 + len(header) + len(palette)
        return struct.pack("<2sIII", b"BM", start + len(runs), 0, start) + header + palette + runs

    small = decode_picture(bmp(b"\2\1\0\0" * 2 + b"\0\1", 2), "a.bmp")
    assert (small.pixels == [50, 100, 200]).all()
    assert refused(bmp(b"\1\1" * costs.MAX_RLE_BYTES, 2000)).code == "too_complex"


@pytest.mark.parametrize("kind", [3, 4, 5, 11])
def test_a_tiff_with_a_list_of_millions_is_refused(kind: int) -> None:
    """Pillow makes a number of Python's, 36 bytes, of each."""
    page = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 273: bytes(64), 277: 1, 278: 8, 279: 64}
    data = bytearray(tiff_of([page]))
    place = data.index(struct.pack("<HHI", 258, 3, 1))
    data[place : place + 12] = struct.pack("<HHII", 258, kind, 1_000_000, 8)
    assert refused(bytes(data)).code == "too_complex"


@pytest.mark.parametrize("stated", [5000, 2**60])
def test_a_large_tiff_of_a_million_entries_is_refused(stated: int) -> None:
    entry = struct.pack("<HHQQ", 60000, 3, 1, 1)
    assert refused(b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, stated) + entry * 5000).code == "too_complex"


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("brand", [b"heic", b"avif"])
def test_a_picture_of_thousands_of_tiles_is_refused(version: int, brand: bytes) -> None:
    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content) + 8) + kind + content

    count = struct.pack(">I" if version else ">H", costs.MAX_ITEMS + 1)
    items = box(b"iinf", bytes([version, 0, 0, 0]) + count)
    data = box(b"ftyp", brand + bytes(4) + brand) + box(b"meta", bytes(4) + items)
    assert refused(data).code == "too_complex"


def test_megabytes_of_exif_say_nothing_of_the_way_up() -> None:
    """Their one entry would become a million numbers; of an ordinary size it counts."""

    def exif(values: int) -> bytes:
        entry = struct.pack("<HHI", 274, 3, values) + (
            struct.pack("<I", 26) if values > 2 else struct.pack("<HH", 6, 0)
        )
        return b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4) + b"\6\0" * values

    upright = Image.fromarray(quarters()[:32])
    for values, width in ((1, 32), (2_000_000, 64)):
        data = encoded(upright, "PNG")
        data = data[:33] + chunk(b"eXIf", exif(values)) + data[33:]
        assert decode_picture(data, "a.png").width == width
