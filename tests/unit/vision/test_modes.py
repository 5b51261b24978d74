"""Files of every pixel mode give what a person would see."""

import struct
import warnings

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from core.vision.pictures.decode import decode_picture
from tests.unit.picture_files import chunk, encoded, png, quarters


def seen(data: bytes) -> NDArray[np.int64]:
    """Decoded pixels, (height, width, 3)."""
    return decode_picture(data, "file").pixels.astype(np.int64)


def greys(data: bytes) -> list[int]:
    """The first line of a picture that must be grey."""
    pixels = seen(data)
    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert (pixels[..., 0] == pixels[..., 2]).all()
    return [int(value) for value in pixels[0, :, 0]]


def tiff(values: list[float] | list[int], kind: type[np.generic], **options: object) -> bytes:
    return encoded(np.array([values], kind), "TIFF", **options)


def test_red_stays_red_and_is_not_swapped_with_blue() -> None:
    for form in ("PNG", "BMP", "TIFF"):
        assert seen(encoded(np.full((4, 4, 3), (250, 40, 10), np.uint8), form))[0, 0].tolist() == [250, 40, 10]


def test_one_bit_and_eight_bit_grey() -> None:
    assert greys(encoded(np.array([[True, False]]), "PNG")) == [255, 0]
    assert greys(encoded(np.array([[0, 99, 255]], np.uint8), "PNG")) == [0, 99, 255]
    assert greys(encoded(np.array([[0, 99, 255]], np.uint8), "BMP")) == [0, 99, 255]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparent_parts_are_white_whatever_colour_hides_there(mode: str) -> None:
    hidden = Image.new("RGBA", (3, 1), (0, 0, 0, 0))
    hidden.putpixel((1, 0), (0, 0, 0, 255))
    hidden.putpixel((2, 0), (0, 0, 0, 128))
    data = encoded(hidden if mode != "LA" else hidden.convert("LA"), "PNG" if mode != "PA" else "WEBP", lossless=True)
    assert greys(data) == [255, 0, 127]


def test_a_palette_with_and_without_transparency() -> None:
    paletted = Image.fromarray(quarters()).quantize(8)
    assert np.array_equal(seen(encoded(paletted, "PNG")), quarters())
    red = int(np.asarray(paletted)[12, 16])
    see_through = seen(encoded(paletted, "PNG", transparency=red))
    assert see_through[12, 16].tolist() == [255, 255, 255]
    assert see_through[12, 48].tolist() == [0, 160, 0]
    shades = seen(encoded(paletted, "PNG", transparency=bytes(128 if i == red else 255 for i in range(8))))
    assert shades[12, 16].tolist() == [255, 127, 127]
    gif = seen(encoded(paletted, "GIF", transparency=red))
    assert gif[12, 16].tolist() == [255, 255, 255]


def test_one_colour_that_a_png_calls_transparent_is_white() -> None:
    assert greys(encoded(Image.fromarray(np.array([[7, 8]], np.uint8)), "PNG", transparency=7)) == [255, 8]
    pixels = seen(encoded(np.array([[(9, 8, 7), (7, 8, 9)]], np.uint8), "PNG", transparency=(9, 8, 7)))
    assert pixels[0].tolist() == [[255, 255, 255], [7, 8, 9]]
    lines = b"\0" + struct.pack(">2H", 1000, 65535)
    assert greys(png(2, 1, 16, 0, lines, chunk(b"tRNS", struct.pack(">H", 1000)))) == [255, 255]


def test_cmyk_in_a_tiff_and_in_an_inverted_adobe_jpeg() -> None:
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[:, :8] = (0, 255, 255, 0)  # magenta and yellow over each other are red
    inks[:, 8:] = (0, 0, 0, 204)
    image = Image.fromarray(inks, "CMYK")
    plain, adobe = encoded(image, "TIFF"), encoded(image, "JPEG")
    assert b"Adobe" in adobe
    for data, tolerance in ((plain, 0), (adobe, 6)):
        pixels = seen(data)
        assert np.abs(pixels[8, 2] - (255, 0, 0)).max() <= tolerance
        assert np.abs(pixels[8, 13] - 51).max() <= tolerance


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    values = [0, 257, 32896, 65535]
    assert greys(encoded(np.array([values], np.uint16), "PNG")) == [0, 1, 128, 255]
    assert greys(tiff(values, np.uint16)) == [0, 1, 128, 255]
    assert greys(tiff(values, np.uint16, tiffinfo={262: 0})) == [255, 254, 127, 0]  # white is zero


def test_sixteen_bit_colour_with_and_without_transparency() -> None:
    line = b"\0" + struct.pack(">6H", 65535, 0, 0, 0, 32896, 0)
    assert seen(png(2, 1, 16, 2, line))[0].tolist() == [[255, 0, 0], [0, 128, 0]]
    line = b"\0" + struct.pack(">8H", 65535, 0, 0, 65535, 0, 0, 0, 0)
    assert seen(png(2, 1, 16, 6, line))[0].tolist() == [[255, 0, 0], [255, 255, 255]]
    line = b"\0" + struct.pack(">4H", 32896, 65535, 0, 0)
    assert greys(png(2, 1, 16, 4, line)) == [128, 255]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 100, 255], [0, 100, 255]),
        ([0, 32896, 65535], [0, 128, 255]),
        ([-100, 0, 100], [0, 128, 255]),
        ([1_000_000, 2_000_000, 3_000_000], [0, 128, 255]),
        ([7, 7, 7], [7, 7, 7]),
    ],
)
def test_whole_numbers_of_32_bits_are_on_the_scale_that_fits(values: list[int], expected: list[int]) -> None:
    assert greys(tiff(values, np.int32)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.2, 0.4, 0.6], [51, 102, 153]),
        ([0.0, 100.0, 255.0], [0, 100, 255]),
        ([-1.0, 0.0, 1.0], [0, 128, 255]),
        ([0.0, 1000.0, 2000.0], [0, 128, 255]),
        ([float("nan"), 0.5, 1.0], [128, 128, 255]),
        ([0.0, float("inf"), 1.0], [0, 255, 255]),
        ([float("-inf"), 0.0, 1.0], [0, 0, 255]),
        ([float("nan")] * 3, [0, 0, 0]),
        ([5000.0] * 3, [0, 0, 0]),
        ([-3e38, 0.0, 3e38], [0, 128, 255]),
        ([1e-45, 0.0, 0.0], [0, 0, 0]),
    ],
)
def test_floats_are_on_the_scale_that_fits(values: list[float], expected: list[int]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert greys(tiff(values, np.float32)) == expected


def test_other_colour_spaces_of_a_tiff() -> None:
    green = Image.new("RGB", (4, 4), (0, 160, 0))
    assert np.abs(seen(encoded(green.convert("YCbCr"), "TIFF"))[0, 0] - (0, 160, 0)).max() <= 3
    lab = Image.new("LAB", (4, 4), (136, 128, 128))  # half-way lightness, no colour
    assert np.ptp(seen(encoded(lab, "TIFF"))[0, 0]) <= 2


def test_wide_gamut_colours_become_srgb() -> None:
    """The same numbers mean a stronger red under a profile whose red is stronger: here, a rotated one."""
    swapped = _profile_with_red_and_green_swapped()
    red = encoded(np.full((8, 8, 3), (255, 0, 0), np.uint8), "PNG", icc_profile=swapped)
    assert np.abs(seen(red)[0, 0] - (0, 255, 0)).max() <= 3
    mild = encoded(np.full((8, 8, 4), (255, 0, 0, 0), np.uint8), "PNG", icc_profile=swapped)
    assert seen(mild)[0, 0].tolist() == [255, 255, 255]


def _profile_with_red_and_green_swapped() -> bytes:
    """sRGB with its red and green primaries exchanged, and another name."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {}
    for i in range(struct.unpack_from(">I", profile, 128)[0]):
        entry = 132 + 12 * i
        tags[bytes(profile[entry : entry + 4])] = entry
    profile[tags[b"rXYZ"] : tags[b"rXYZ"] + 4] = b"gXYZ"
    profile[tags[b"gXYZ"] : tags[b"gXYZ"] + 4] = b"rXYZ"
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))


@pytest.mark.parametrize("kind", ["srgb", "grey", "garbage"])
def test_srgb_foreign_and_broken_profiles_change_nothing(kind: str) -> None:
    profile = {
        "srgb": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        "grey": ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
        "garbage": b"\0" * 200,
    }[kind]
    assert np.array_equal(seen(encoded(quarters(), "PNG", icc_profile=profile)), quarters())
