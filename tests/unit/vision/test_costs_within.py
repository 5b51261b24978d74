"""What in a file costs much although its pixels are few: profiles, parts that share bytes, long rows."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.vision.pictures import costs, modes
from core.vision.pictures.decode import decode_picture
from core.vision.pictures.reading import PROFILE_NOTE
from tests.unit.picture_files import chunk, encoded, quarters
from tests.unit.vision.test_costs import PNG, refused
from tests.unit.vision.tiff_case import tiff_of


def test_colour_profiles_by_the_thousand_are_refused_and_a_second_one_is_not() -> None:
    """Each is unpacked anew, a megabyte of it."""
    profile = chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(10**6)))
    assert refused(PNG[:33] + profile * (costs.MAX_PROFILES + 1) + PNG[33:]).code == "too_complex"
    assert decode_picture(PNG[:33] + profile * 2 + PNG[33:], "a.png").width == 64


@pytest.mark.parametrize("mode", ["F", "RGBA", "I;16"])
def test_one_row_of_millions_of_pixels_is_converted_in_pieces(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = np.arange(0, 240, dtype=np.uint8)
    grey = Image.fromarray(columns[np.newaxis] if mode != "RGBA" else np.stack([columns] * 4, axis=-1)[np.newaxis])
    data = encoded(np.asarray(grey).astype({"F": np.float32, "I;16": np.uint16}.get(mode, np.uint8)), "TIFF")
    whole = decode_picture(data, "a.tif").pixels
    widths = []
    crop = Image.Image.crop
    monkeypatch.setattr(modes, "STRIP_PIXELS", 50)
    monkeypatch.setattr(Image.Image, "crop", lambda image, area: widths.append(area[2] - area[0]) or crop(image, area))
    assert np.array_equal(decode_picture(data, "a.tif").pixels, whole)
    assert max(widths) == 50


def test_a_colour_profile_of_endless_steps_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of elements may name the same one as often as it likes, and each colour goes through all."""

    def profile(steps: int) -> bytes:
        matrix = b"matf" + struct.pack(">IHH12f", 0, 3, 3, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0)
        elements = b"mpet" + struct.pack(">IHHI", 0, 3, 3, steps) + struct.pack(">II", 16 + 8 * steps, 56) * steps
        tags = [b"XYZ " + struct.pack(">I3i", 0, 63190, 65536, 54061), elements + matrix]
        content, table = b"", b""
        for name, tag in zip((b"wtpt", b"D2B0"), tags, strict=True):
            table += name + struct.pack(">II", 132 + 24 + len(content), len(tag))
            content += tag
        header = struct.pack(">I4sI4s4s4s", 156 + len(content), b"lcms", 0x04400000, b"mntr", b"RGB ", b"XYZ ")
        header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
        return header.ljust(128, b"\0") + struct.pack(">I", 2) + table + content

    plain = decode_picture(encoded(quarters(), "PNG"), "a.png").pixels
    followed = decode_picture(encoded(quarters(), "PNG", icc_profile=profile(2)), "a")
    assert not np.array_equal(followed.pixels, plain)
    assert followed.notes == ()
    monkeypatch.setattr(ImageCms, "buildTransform", None)
    aside = decode_picture(encoded(quarters(), "PNG", icc_profile=profile(5000)), "a")
    assert np.array_equal(aside.pixels, plain)
    assert aside.notes == (PROFILE_NOTE,)


def tiff_of_one_strip(packed: bytes, compression: int, rows: int, sizes: bool = True) -> bytes:
    """A TIFF of many strips, 16 rows each, all of which are the same bytes."""
    page = {
        256: 16, 257: 16 * rows, 258: 8, 259: compression, 262: 1, 273: [8] * rows, 277: 1, 278: 16,
        279: [len(packed)] * rows,
    }  # fmt: skip
    if not sizes:
        del page[279]
    data = bytearray(tiff_of([{256: 1, 257: 1, 258: 8, 273: packed}, page]))
    (start,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, start)
    (following,) = struct.unpack_from("<I", data, start + 2 + 12 * entries)
    struct.pack_into("<I", data, 4, following)
    return bytes(data)


@pytest.mark.parametrize("sizes", [True, False])
@pytest.mark.parametrize("compression", [5, 7, 8, 32773, 34925])
def test_a_tiff_whose_parts_are_all_the_same_megabyte_is_refused(
    compression: int, sizes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image.Image, "load", None)
    error = refused(tiff_of_one_strip(bytes(10**6), compression, 100, sizes))
    assert error.code == "too_complex"
    assert "more bytes than the file" in error.message


def test_a_tiff_of_blank_parts_that_share_their_bytes_is_decoded() -> None:
    picture = decode_picture(tiff_of_one_strip(zlib.compress(bytes([7]) * 256), 8, 500), "a.tif")
    assert (picture.height, int(picture.pixels.min()), int(picture.pixels.max())) == (8000, 7, 7)


def test_what_a_tiff_says_twice_or_late_hides_nothing() -> None:
    """Readers take the first of two entries, and read as many as there are."""
    data = bytearray(tiff_of_one_strip(bytes(10**6), 8, 100))
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    own = bytes(data[start + 2 : start + 2 + 12 * count])
    for entries in (own + struct.pack("<HHII", 279, 4, 1, 5), struct.pack("<HHII", 40000, 1, 1, 0) * 1100 + own):
        struct.pack_into("<I", data, 4, len(data))
        changed = bytes(data) + struct.pack("<H", len(entries) // 12) + entries + bytes(4)
        assert refused(changed).code == "too_complex"


@pytest.mark.parametrize("compression", [6, 7])
def test_passes_of_the_jpegs_in_a_tiff_are_counted_by_its_pixels(
    compression: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    side = 4800
    jpeg = encoded(Image.new("L", (side, side)), "JPEG", progressive=True)
    scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    jpeg = jpeg[:-2] + scan * 88 + jpeg[-2:]
    page = {256: side, 257: side, 258: 8, 259: compression, 262: 1, 273: jpeg, 277: 1, 278: side}
    monkeypatch.setattr(Image.Image, "load", None)
    error = refused(tiff_of([page]))
    assert error.code == "too_complex"
    assert "2,000 megapixels" in error.message


def test_a_webp_of_thousands_of_parts_before_its_pixels_counts_as_wholly_without_loss() -> None:
    """To look through millions of them takes as long as what they would hide."""
    part = b"abcd" + bytes(4)
    data = encoded(quarters(), "WEBP", lossless=True)
    assert 0 < costs.lossless_bytes_of_webp(data[:12] + part * 100 + data[12:]) < len(data)
    many = data[:12] + part * (costs.MAX_CHUNKS + 1) + data[12:]
    assert costs.lossless_bytes_of_webp(many) == len(many)
    assert costs.lossless_bytes_of_webp(encoded(quarters(), "WEBP")) == 0
