"""Numbers that mean other than they seem: unused alpha, a few values out of range, few bits in a wide file."""

import struct

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.vision.pictures.decode import decode_picture
from tests.unit.picture_files import chunk, encoded, png, quarters, rotated_by_exif
from tests.unit.vision.tiff_case import tiff_of


def seen(data: bytes) -> NDArray[np.int64]:
    return decode_picture(data, "file").pixels.astype(np.int64)


def bmp_with_alpha(pixels: NDArray[np.uint8]) -> bytes:
    """A BMP of 32 bits whose header (BITMAPV4) declares an alpha channel; pixels (height, width, 4) as RGBA."""
    height, width = pixels.shape[:2]
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    body = pixels[::-1, :, [2, 1, 0, 3]].tobytes()
    header = struct.pack("<IiiHHIIiiII", 108, width, height, 1, 32, 3, len(body), 0, 0, 0, 0) + masks
    header = header.ljust(108, b"\0")
    return b"BM" + struct.pack("<IHHI", 14 + len(header) + len(body), 0, 0, 14 + len(header)) + header + body


def with_alpha(alpha: int) -> NDArray[np.uint8]:
    return np.dstack([quarters(), np.full((48, 64), alpha, np.uint8)])


def test_an_alpha_of_nought_throughout_is_an_unused_one_where_writers_leave_it_so() -> None:
    assert np.array_equal(seen(bmp_with_alpha(with_alpha(0))), quarters())
    assert np.array_equal(seen(encoded(Image.fromarray(with_alpha(0)), "TIFF")), quarters())
    assert seen(encoded(Image.fromarray(with_alpha(0)), "PNG")).min() == 255, "a PNG means it"


def test_an_alpha_that_is_used_shows_the_white_below() -> None:
    pixels = with_alpha(255)
    pixels[:24, :32, 3] = 0
    for data in (bmp_with_alpha(pixels), encoded(Image.fromarray(pixels), "TIFF")):
        assert seen(data)[12, 16].tolist() == [255, 255, 255]
        assert seen(data)[12, 48].tolist() == [0, 160, 0]


def ramp(top: float) -> NDArray[np.float64]:
    """200 x 200 numbers, evenly spread from 0 to `top`."""
    return np.linspace(0, top, 40_000).reshape(200, 200)


@pytest.mark.parametrize(
    ("values", "outliers"),
    [
        (ramp(1).astype(np.float32), (7.5, -3.0, 1e9, float("inf"))),
        (ramp(255).astype(np.float32), (300.0, -20.0, 1e9, float("-inf"))),
        (ramp(255).astype(np.int32), (70_000, -5, 256)),
        (ramp(65535).astype(np.int32), (100_000, -5)),
        (ramp(4095).astype(np.int32), (100_000, -5)),
        (ramp(1023).astype(np.uint16), (65535, 4000)),
        (ramp(4095).astype(np.uint16), (65535, 5000)),
        (ramp(16383).astype(np.uint16), (65535,)),
    ],
)
def test_a_few_values_out_of_range_do_not_set_the_scale(
    values: NDArray[np.generic], outliers: tuple[float, ...]
) -> None:
    expected = np.rint(ramp(255))
    values = values.copy()
    places = [(10 + 7 * number, 20) for number in range(len(outliers))]
    for place, outlier in zip(places, outliers, strict=True):
        values[place] = outlier
    grey = seen(encoded(values, "TIFF"))[..., 0]
    for (row, column), outlier in zip(places, outliers, strict=True):
        assert grey[row, column] == (0 if outlier < 0 else 255)
        grey[row, column] = expected[row, column]
    assert np.abs(grey - expected).max() <= 1


def test_linear_floats_with_lights_beyond_white_stay_on_their_scale() -> None:
    grey = seen(encoded(ramp(4).astype(np.float32), "TIFF"))[..., 0]
    assert np.abs(grey - np.minimum(np.rint(255 * ramp(4)), 255)).max() <= 1


def test_full_sixteen_bits_are_not_stretched() -> None:
    grey = seen(encoded(ramp(40_000).astype(np.uint16), "PNG"))[..., 0]
    assert np.abs(grey - np.rint(ramp(40_000 / 257))).max() <= 1


@pytest.mark.parametrize(("bits", "top"), [(10, 1023), (12, 4095), (14, 16383)])
def test_colours_of_few_bits_in_a_png_of_sixteen(bits: int, top: int) -> None:
    values = np.rint(ramp(top)).astype(np.uint16)
    lines = b"".join(
        b"\0" + np.dstack([row, row // 2, 0 * row]).astype(">u2").tobytes() for row in values[:, np.newaxis]
    )
    pixels = seen(png(200, 200, 16, 2, lines))
    assert np.abs(pixels[..., 0] - ramp(255)).max() <= 1, f"{bits} bits"
    assert np.abs(pixels[..., 1] - ramp(255) / 2).max() <= 1
    assert pixels[..., 2].max() == 0


def test_a_night_of_sixteen_bits_in_colour_stays_dark() -> None:
    lines = b"".join(b"\0" + np.full((1, 600), 200, ">u2").tobytes() for _ in range(200))
    assert seen(png(200, 200, 16, 2, lines)).max() == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_of_many_strips_come_out_upright(orientation: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.vision.pictures.modes.STRIP_PIXELS", 64 * 5)
    assert np.array_equal(seen(rotated_by_exif(quarters(), orientation, "PNG")), quarters())


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "CMYK", "LAB", "I;16", "F", "1"])
def test_strips_leave_no_seam_in_any_mode(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image.fromarray(quarters())
    if mode == "LAB":
        image = Image.merge("LAB", image.split())
    elif mode in ("I;16", "F"):
        image = Image.fromarray(ramp(1).astype(np.float32) if mode == "F" else ramp(65535).astype(np.uint16))
    elif mode != "RGB":
        image = image.convert(mode)
    data = encoded(image, "TIFF" if mode in ("CMYK", "LAB", "F") else "PNG")
    whole = seen(data)
    monkeypatch.setattr("core.vision.pictures.modes.STRIP_PIXELS", 64 * 5)
    assert np.array_equal(seen(data), whole)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_large_webp_is_read_as_a_small_one(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = with_alpha(255)
    pixels[:24, :32, 3] = 0
    image = Image.fromarray(pixels) if mode == "RGBA" else Image.fromarray(quarters())
    exif = Image.Exif()
    exif[0x0112] = 3
    data = encoded(image, "WEBP", lossless=True, exif=exif)
    small = seen(data)
    monkeypatch.setattr("core.vision.pictures.lean.LARGE", 0)
    assert np.array_equal(seen(data), small)


def grey_tiff(values: NDArray[np.generic], sample_format: int) -> bytes:
    """An unpacked TIFF of one sample a pixel, or with alpha; tag 339 says what its numbers are."""
    height, width = values.shape[:2]
    samples = values.shape[2] if values.ndim == 3 else 1
    page = {256: width, 257: height, 258: (8 * values.itemsize,) * samples, 259: 1, 262: 1 if samples < 3 else 2,
            273: values.tobytes(), 277: samples, 278: height, 339: (sample_format,) * samples}  # fmt: skip
    return tiff_of([page | ({338: 2} if samples in (2, 4) else {})])


UNSIGNED, SIGNED = 1, 2


@pytest.mark.parametrize(
    ("values", "sample_format"),
    [
        (ramp(32767).astype("<i2"), SIGNED),
        (ramp(4095).astype("<i2"), SIGNED),
        ((ramp(65535) - 32768).astype("<i2"), SIGNED),
        (ramp(127).astype("i1"), SIGNED),
        ((ramp(255) - 128).astype("i1"), SIGNED),
        (ramp(2**32 - 1).astype("<u4"), UNSIGNED),
        (ramp(65535).astype("<u4"), UNSIGNED),
        (ramp(2**31 - 1).astype("<i4"), SIGNED),
    ],
    ids=["int16", "12 bits in int16", "int16 both sides", "int8", "int8 both sides", "uint32", "16 in uint32", "int32"],
)
def test_whole_numbers_with_and_without_a_sign_are_on_their_scale(
    values: NDArray[np.generic], sample_format: int
) -> None:
    assert np.abs(seen(grey_tiff(values, sample_format)) - ramp(255)[..., np.newaxis]).max() <= 3


def test_alpha_of_few_bits_in_a_file_of_sixteen_is_opaque_at_its_own_top() -> None:
    """Of 65,535 the largest number of 12 bits would be a sixteenth: a picture that cannot be seen."""
    grey = ramp(4095)[::5, :, np.newaxis].astype(np.uint16)
    colours = np.repeat(grey, 3, axis=2)
    for opaque in (4095, 65535):
        alpha = np.full_like(grey, opaque)
        for colour_type, values in ((4, np.dstack([grey, alpha])), (6, np.dstack([colours, alpha]))):
            raw = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
            assert np.abs(seen(png(200, 40, 16, colour_type, raw)) - colours * (255 / 4095)).max() <= 1.5
    half = np.dstack([colours, np.full_like(grey, 4095)])
    half[20:, :, 3] = 0
    shown = seen(grey_tiff(half, UNSIGNED))
    assert np.abs(shown[:20] - colours[:20] * (255 / 4095)).max() <= 1.5
    assert shown[20:].min() == 255


def test_grey_with_an_alpha_of_nought_throughout_shows_its_grey() -> None:
    grey = ramp(255).astype(np.uint8)
    assert np.array_equal(seen(grey_tiff(np.dstack([grey, np.zeros_like(grey)]), UNSIGNED))[..., 0], grey)


@pytest.mark.parametrize("extra", [chunk(b"gAMA", (100_000).to_bytes(4, "big")), chunk(b"cICP", bytes([1, 8, 0, 1]))])
def test_a_png_of_linear_light_is_as_bright_as_it_says(extra: bytes) -> None:
    raw = b"\0" + bytes([0, 56, 255]) * 3
    linear, ordinary = png(9, 1, 8, 0, raw, extra), png(9, 1, 8, 0, raw, chunk(b"gAMA", (45_455).to_bytes(4, "big")))
    assert seen(linear)[0, :3, 0].tolist() == pytest.approx([0, 128, 255], abs=1)
    assert seen(ordinary)[0, :3, 0].tolist() == [0, 56, 255]
    as_srgb = png(9, 1, 8, 0, raw, chunk(b"gAMA", (100_000).to_bytes(4, "big")) + chunk(b"sRGB", b"\0"))
    assert seen(as_srgb)[0, :3, 0].tolist() == [0, 56, 255], "what says sRGB is sRGB"
