"""Bad and strange files go in; a refusal with a code and a sentence comes out, or the picture all the same."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import PictureError
from core.settings import ImageLimits
from core.vision.pictures.decode import decode_picture
from tests.unit.picture_files import (
    chunk,
    encoded,
    everything,
    heic,
    png,
    quarters,
)

FILES = everything()


def refusal(data: bytes, name: str = "photo.jpg", limits: ImageLimits | None = None) -> PictureError:
    with pytest.raises(PictureError) as caught:
        decode_picture(data, name, limits or ImageLimits())
    return caught.value


def test_empty_file() -> None:
    error = refusal(b"")
    assert error.code == "empty"
    assert error.message == "'photo.jpg' is empty (0 bytes). Copy or download it again."


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"Dear all, the picture follows.", "text"),
        ("BMühe und Not".encode(), "text"),
        ("é".encode() * 3000, "text"),
        (b"x" + "é".encode() * 3000, "text"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"PK\x03\x04....", "a ZIP archive"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "a video"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "text"),
        (bytes(range(256)), "of an unknown kind"),
        (b"\xff\xd8", "of an unknown kind"),
    ],
)
def test_content_that_is_no_picture_is_named(data: bytes, kind: str) -> None:
    error = refusal(data)
    assert error.code == "not_a_picture"
    assert f"its content is {kind}" in error.message
    assert "JPEG, PNG, WebP, AVIF, GIF, BMP, TIFF or HEIC" in error.message


def test_too_many_bytes_are_refused_before_the_content_is_looked_at() -> None:
    error = refusal(b"x" * (2**20 + 1), limits=ImageLimits(max_bytes=2**20))
    assert error.code == "too_many_bytes"
    assert "has 1.1 MB; at most 1 MB are read" in error.message


def test_a_header_of_a_hundred_megapixels_is_refused_with_its_figures() -> None:
    error = refusal(png(10_000, 10_000, 8, 2, b""))
    assert error.code == "too_many_pixels"
    assert "has 100.0 megapixels (10000 x 10000); at most 50 are decoded" in error.message


@pytest.mark.parametrize("form", FILES)
def test_pixels_are_counted_before_they_are_decoded(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*_: object) -> None:
        raise AssertionError("the limit comes first")

    monkeypatch.setattr("core.vision.pictures.reading.draw", decoded)
    assert refusal(FILES[form], limits=ImageLimits(max_pixels=64 * 48 - 1)).code == "too_many_pixels"


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    bomb = png(40_000, 40_000, 1, 0, b"\0" * 5001 * 400)
    assert len(bomb) < 10_000
    assert refusal(bomb).code == "too_many_pixels"


def test_more_pixels_than_pillow_would_warn_of_are_decoded_if_the_limit_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert decode_picture(FILES["PNG"], "a.png").width == 64
    assert decode_picture(FILES["JPEG"], "a.jpg").width == 64


def test_running_out_of_memory_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("core.vision.pictures.reading.draw", exhausted)
    error = refusal(FILES["PNG"])
    assert error.code == "too_many_pixels"
    assert "too large to be decoded on this machine" in error.message


@pytest.mark.parametrize("share", [0.99, 0.9, 0.5, 0.2])
@pytest.mark.parametrize("form", FILES)
def test_a_file_that_lacks_its_end_is_called_incomplete(form: str, share: float) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (64, 64, 3), np.uint8)
    if form == "HEIC":
        data = heic(noise)
    else:
        data = encoded(noise, form.split(",")[0], **({"compression": "tiff_lzw"} if "packed" in form else {}))
    error = refusal(data[: int(len(data) * share)])
    assert (error.code, "'photo.jpg' is incomplete" in error.message) == ("truncated", True)


def test_a_complete_file_with_a_broken_inside_is_called_damaged() -> None:
    broken = bytearray(FILES["PNG"])
    middle = broken.index(b"IDAT") + 20
    broken[middle : middle + 10] = b"\0" * 10
    error = refusal(bytes(broken))
    assert error.code == "damaged"
    assert "save it as JPEG or PNG" in error.message


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\0\x03" + b"\xff" * 30]
)
def test_broken_exif_does_not_cost_the_picture(exif: bytes) -> None:
    data = encoded(quarters(), "JPEG", exif=exif)
    assert decode_picture(data, "a.jpg").width == 64
    assert refusal(data[:-100]).code == "truncated"


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize(
    "text", [chunk(b"tEXt", b"Title\0x")[:-1] + b"?", chunk(b"zTXt", b"k\0\0broken"), chunk(b"iCCP", b"x")]
)
def test_broken_remarks_in_a_png_do_not_cost_the_picture(text: bytes, place: str) -> None:
    data = FILES["PNG"]
    at = 33 if place == "before" else data.index(b"IEND") - 4
    picture = decode_picture(data[:at] + text + data[at:], "a.png")
    assert np.array_equal(picture.pixels, quarters())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a folder/our photo.jpg", "'our photo.jpg'"),
        ("two\nlines\x1b[31m.jpg", "'two\ufffdlines\ufffd[31m.jpg'"),
        ("\udcff.jpg", "'\ufffd.jpg'"),
        ("x" * 150 + ".jpg", "'" + "x" * 40 + "…" + "x" * 35 + ".jpg'"),
        ("", "'The file'"),
    ],
)
def test_messages_name_the_file_on_one_readable_line(name: str, shown: str) -> None:
    assert refusal(b"", name).message.startswith(shown)


SIGNATURES = [b"", *(data[:16] for data in FILES.values())]
SMALL_LIMITS = ImageLimits(max_pixels=1_000_000)


def outcome(data: bytes) -> None:
    """A picture or a PictureError; anything else fails the test."""
    with suppress(PictureError):
        picture = decode_picture(data, "any", SMALL_LIMITS)
        assert picture.width * picture.height <= 1_000_000


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SIGNATURES), st.binary(max_size=300))
def test_random_bytes_give_a_picture_or_a_refusal(signature: bytes, rest: bytes) -> None:
    outcome(signature + rest)


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_mutated_files_give_a_picture_or_a_refusal(data: st.DataObject) -> None:
    mutated = bytearray(FILES[data.draw(st.sampled_from(sorted(FILES)))])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(mutated) - 1))
        piece = data.draw(st.binary(min_size=1, max_size=8))
        kind = data.draw(st.sampled_from(["replace", "insert", "cut"]))
        end = {"replace": at + len(piece), "insert": at, "cut": at + len(piece) * 4}[kind]
        mutated[at:end] = b"" if kind == "cut" else piece
        if not mutated:
            break
    outcome(bytes(mutated))
