"""Small files that would cost much: refused at once, or decoded within their pixels' own size."""

import json
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
JPEG, PNG = encoded(quarters(), "JPEG"), encoded(quarters(), "PNG")


def refused(data: bytes) -> PictureError:
    with pytest.raises(PictureError) as caught:
        decode_picture(data, "photo")
    return caught.value


def test_a_jpeg_of_three_thousand_passes_is_refused_before_any_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "load", None)
    error = refused((CASES / "prog-3000.jpg").read_bytes())
    assert error.code == "too_complex"
    assert "more than 100 passes" in error.message


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


@pytest.mark.parametrize("name", ["F-50mp.tif", "rgba-50mp.webp"])
def test_fifty_megapixels_cost_about_twice_their_own_size(name: str) -> None:
    """200 MB of pixels, measured in a process of its own, the interpreter and its libraries left out."""
    program = (
        "import json, resource, sys\nfrom core.vision.pictures.decode import load_picture\nimport cv2, pillow_heif\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\nbefore = peak()\n"
        "picture = load_picture(sys.argv[1])\nprint(json.dumps([picture.width, picture.height, peak() - before]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(CASES / name)], capture_output=True, text=True, timeout=300
    )
    width, height, megabytes = json.loads(done.stdout)
    assert (width, height) == (7071, 7071), done.stderr
    assert megabytes < 520
