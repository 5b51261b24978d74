"""Pixels out of a file become a picture only where it is wanted: whole, halved, or round some faces."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.types import Box, Pixels
from core.vision.pictures import jpeg, reading
from core.vision.pictures.decode import decode_picture, decode_stored
from core.vision.pictures.stored import Stored, as_stored
from tests.unit.picture_files import encoded, quarters

UPRIGHT = np.random.default_rng(5).integers(0, 256, (91, 120, 3), np.uint8)
TURNS = pytest.mark.parametrize("turn", range(1, 9))


def inverted(pixels: Pixels) -> Pixels:
    return 255 - pixels


def lying(turn: int, to_srgb: Callable[[Pixels], Pixels] | None = None) -> Stored:
    """`UPRIGHT` as a file of this EXIF orientation has it."""
    shape = (120, 91, 3) if turn >= 5 else (91, 120, 3)
    upright = np.zeros((91, 120, 3), np.uint8)
    stored = as_stored(upright, turn)
    assert stored.shape == shape
    stored[...] = as_stored(UPRIGHT, turn)
    return Stored(np.ascontiguousarray(stored), turn, to_srgb)


@TURNS
def test_the_whole_picture_is_upright(turn: int) -> None:
    assert np.array_equal(lying(turn).whole(), UPRIGHT)
    assert np.array_equal(lying(turn, inverted).whole(), inverted(UPRIGHT))


@TURNS
def test_a_halved_picture_is_the_mean_of_two_by_two_from_its_upper_left_corner(turn: int) -> None:
    means = UPRIGHT[:90].reshape(45, 2, 60, 2, 3).mean(axis=(1, 3))
    halved = lying(turn).halved()
    assert halved.shape == (45, 60, 3)
    assert np.abs(halved - means).max() <= 0.5
    assert np.abs(255.0 - lying(turn, inverted).halved() - means).max() <= 0.5


@TURNS
def test_what_is_wanted_is_as_in_the_whole_picture(turn: int) -> None:
    corner, inside, beyond = Box(-20.5, -7, 30.5, 12), Box(60, 20, 80.5, 70), Box(125, 9, 129, 12)
    for stored in (lying(turn), lying(turn, inverted)):
        found = stored.around([corner, inside, beyond])
        assert found.shape == UPRIGHT.shape
        for rows, columns in ((slice(0, 12), slice(0, 31)), (slice(20, 70), slice(60, 81))):
            assert np.array_equal(found[rows, columns], stored.whole()[rows, columns])


def test_colours_are_changed_in_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.vision.pictures.stored.STRIP_PIXELS", 500)
    rows = []
    done = lying(1, lambda strip: rows.append(len(strip)) or inverted(strip)).whole()
    assert np.array_equal(done, inverted(UPRIGHT))
    assert set(rows) == {4, 3}


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"subsampling": 1}, {"progressive": True}], ids=str)
def test_a_jpeg_is_pixel_by_pixel_what_pillow_makes_of_it(
    mode: str, options: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encoded(Image.fromarray(UPRIGHT).convert(mode), "JPEG", **options)
    read = decode_picture(data, "a").pixels
    monkeypatch.setattr(reading, "pixels_of_jpeg", lambda *_: None)
    assert np.array_equal(read, decode_picture(data, "a").pixels)


def test_a_profile_is_heeded_in_every_part_of_a_jpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = (profile.index(name, 128, 400) for name in (b"rXYZ", b"gXYZ"))
    profile[red : red + 4], profile[green : green + 4] = profile[green : green + 4], profile[red : red + 4]
    profile = bytes(profile).replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    data = encoded(quarters(), "JPEG", icc_profile=profile, quality=95)
    stored = decode_stored(data, "a").stored
    whole = stored.whole()
    assert np.abs(whole.astype(int) - decode_picture(encoded(quarters(), "JPEG", quality=95), "a").pixels).max() > 100
    assert np.array_equal(stored.around([Box(0, 0, 64, 48)]), whole)
    monkeypatch.setattr(reading, "pixels_of_jpeg", lambda *_: None)
    assert np.array_equal(whole, decode_picture(data, "a").pixels)


def test_what_pillow_alone_reads_is_left_to_it() -> None:
    sound = encoded(quarters(), "JPEG")
    middle = len(sound) // 2
    marked = sound[:middle] + b"\xff\xd9" + sound[middle:]  # an end in the middle
    inks = encoded(Image.fromarray(quarters()).convert("CMYK"), "JPEG")
    for data in (inks, marked, sound[:-9]):
        assert jpeg.pixels_of_jpeg(data, reading.JPEG.open(BytesIO(data))) is None
    assert decode_picture(inks, "a").width == 64


def test_a_header_that_says_another_size_than_was_counted_is_not_followed() -> None:
    small, large = encoded(quarters(), "JPEG"), encoded(UPRIGHT, "JPEG")
    assert jpeg.pixels_of_jpeg(large, reading.JPEG.open(BytesIO(small))) is None
