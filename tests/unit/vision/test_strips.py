"""A TIFF of one deflated strip is cut into many, and is the same picture."""

import struct
import zlib
from itertools import product
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from core.errors import PictureError
from core.vision.pictures import lean, strips
from core.vision.pictures.decode import decode_picture
from tests.unit.picture_files import encoded, quarters
from tests.unit.vision.test_planes import shaded
from tests.unit.vision.tiff_case import tiff_of

PACKED = zlib.compress(shaded(97, 61).tobytes())


def in_one_strip(image: Image.Image, packing: str = "tiff_adobe_deflate", **tags: object) -> bytes:
    with patch.object(TiffImagePlugin, "STRIP_SIZE", 2**30):
        return encoded(image, "TIFF", compression=packing, **tags)


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many strips there were in the end."""
    found: list[int] = []

    def cut(data: bytes, image: TiffImagePlugin.TiffImageFile) -> TiffImagePlugin.TiffImageFile:
        done = strips.in_short_strips(data, image)
        found.append(len(done.tag_v2[273]))
        return done

    monkeypatch.setattr(lean, "MANY", 0)
    monkeypatch.setattr(lean, "in_short_strips", cut)
    monkeypatch.setattr(strips, "_STRIP_BYTES", 500)
    return found


@pytest.mark.parametrize(
    ("mode", "predictor"),
    [("1", 1), ("F", 3), *product(("RGB", "RGBA", "L", "LA", "P", "CMYK", "LAB", "F", "I", "I;16"), (1, 2))],
)
def test_it_looks_the_same(mode: str, predictor: int, counts: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image.fromarray(shaded(97, 61))
    if mode == "LAB":
        image = Image.merge("LAB", image.split())
    elif mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 200)
    else:
        image = (image.convert("L") if mode in ("F", "I", "LA") else image).convert(mode)
    data = in_one_strip(image, tiffinfo={317: predictor, 274: 6})
    cut = decode_picture(data, "a")
    monkeypatch.setattr(lean, "MANY", 10**9)
    whole = decode_picture(data, "a")
    assert len(counts) == 1
    assert counts[0] > 1, "it was cut"
    assert (cut.width, cut.height) == (61, 97)
    assert np.array_equal(cut.pixels, whole.pixels)


@pytest.mark.parametrize("kind", [1, 3, 4])
def test_the_number_of_rows_may_be_of_any_kind(kind: int, counts: list[int]) -> None:
    data = tiff_of([{256: 97, 257: 61, 258: (8, 8, 8), 259: 8, 262: 2, 273: PACKED, 277: 3, 278: 61}])
    entry = struct.pack("<HHII", 278, 4, 1, 61)
    assert data.count(entry) == 1
    of_kind = data.replace(entry, struct.pack("<HHII", 278, kind, 1, 61))
    assert np.array_equal(decode_picture(of_kind, "a.tif").pixels, shaded(97, 61))
    assert (counts[0] > 1) == (kind > 1), "bytes are left to libtiff"


def test_numbers_of_two_bytes_keep_their_order(counts: list[int]) -> None:
    """The other order than that of most files."""
    values = np.arange(64 * 48, dtype=np.uint16).reshape(48, 64) * 21
    packed = zlib.compress(values.astype(">u2").tobytes())
    tags = {256: 64, 257: 48, 258: 16, 259: 8, 262: 1, 273: 8, 277: 1, 278: 48, 279: len(packed)}
    entries = b"".join(struct.pack(">HHII", tag, 4, 1, value) for tag, value in tags.items())
    data = b"MM\0*" + struct.pack(">I", 8 + len(packed)) + packed + struct.pack(">H", len(tags)) + entries + bytes(4)
    shown = decode_picture(data, "a").pixels[..., 0]
    assert np.abs(shown.astype(int) - values / 257).max() <= 1
    assert counts[0] > 1


@pytest.mark.parametrize("packing", ["tiff_lzw", "packbits", "tiff_deflate"])
def test_other_packings_are_left_as_they_are(packing: str, counts: list[int]) -> None:
    data = in_one_strip(Image.fromarray(quarters()), packing)
    assert np.array_equal(decode_picture(data, "a").pixels, quarters())
    assert (counts[0] > 1) == (packing == "tiff_deflate")


def test_a_strip_that_ends_too_early_is_left_to_libtiff(counts: list[int]) -> None:
    page = {256: 97, 257: 61, 258: (8, 8, 8), 259: 8, 262: 2, 273: PACKED, 277: 3, 278: 61}
    assert np.array_equal(decode_picture(tiff_of([page]), "a.tif").pixels, shaded(97, 61))
    half = PACKED[: len(PACKED) // 2]
    for damaged in (half, half + b"\xff" * len(half)):
        with pytest.raises(PictureError) as caught:
            decode_picture(tiff_of([page | {273: damaged}]), "a.tif")
        assert caught.value.code == "damaged"
    assert counts[0] > 1
    assert counts[1:] == [1, 1]


def test_a_strip_that_is_cut_off_is_refused_even_if_it_has_all_pixels(counts: list[int]) -> None:
    tags = {256: 97, 257: 61, 258: 8, 259: 8, 262: 2, 273: 122, 277: 3, 278: 61, 279: len(PACKED)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    data = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + PACKED
    assert np.array_equal(decode_picture(data, "a.tif").pixels, shaded(97, 61))
    with pytest.raises(PictureError) as caught:
        decode_picture(data[:-2], "a.tif")
    assert caught.value.code == "truncated"
    assert counts[0] > 1


def test_a_directory_that_is_cut_off_is_refused_lest_numbers_mean_something_else(counts: list[int]) -> None:
    data = in_one_strip(Image.fromarray(shaded(97, 61)).convert("L"), tiffinfo={317: 2})
    predictor = data.rindex(struct.pack("<H", 317))
    assert decode_picture(data, "a.tif").width == 97
    with pytest.raises(PictureError) as caught:
        decode_picture(data[: predictor + 4], "a.tif")
    assert caught.value.code == "truncated"
    assert counts[0] > 1


@pytest.mark.parametrize("tags", [{278: 10}, {322: 16, 323: 16}], ids=["strips of a few rows", "tiles"])
def test_a_file_that_has_further_strips_or_tiles_which_are_missing_is_refused(
    tags: dict[int, int], counts: list[int]
) -> None:
    page = {256: 97, 257: 61, 258: (8, 8, 8), 259: 8, 262: 2, 273: PACKED, 277: 3}
    assert decode_picture(tiff_of([page | {278: 61}]), "a.tif").width == 97
    with pytest.raises(PictureError) as caught:
        decode_picture(tiff_of([page | tags]), "a.tif")
    assert caught.value.code == "damaged"
    assert counts[0] > 1
