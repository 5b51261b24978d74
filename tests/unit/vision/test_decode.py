"""Picture files of every kind go in; pictures, or refusals with a sentence, come out."""

import hashlib
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from core.errors import PictureError
from core.vision.pictures.decode import PICTURE_SUFFIXES, decode_picture, load_picture
from tests.unit.picture_files import (
    QUARTERS,
    animation,
    encoded,
    everything,
    heic,
    quarters,
    rotated_by_exif,
)

FILES = everything()
LOSSY = {"JPEG", "WEBP", "AVIF", "GIF", "HEIC"}


@pytest.mark.parametrize("form", FILES)
def test_every_format_keeps_its_colours_whatever_the_name_says(form: str) -> None:
    picture = decode_picture(FILES[form], "holiday.txt")
    assert (picture.width, picture.height) == (64, 48)
    assert picture.sha256 == hashlib.sha256(FILES[form]).hexdigest()
    assert picture.notes == ()
    for (x, y), colour in QUARTERS.items():
        tolerance = 12 if form in LOSSY else 0
        assert np.abs(picture.pixels[y, x].astype(int) - colour).max() <= tolerance, (form, colour)


def test_a_picture_cannot_be_changed_by_its_readers() -> None:
    with pytest.raises(ValueError, match="read-only"):
        decode_picture(FILES["PNG"], "a.png").pixels[0, 0] = 0


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_all_eight_orientations_come_out_upright(form: str, orientation: int) -> None:
    picture = decode_picture(rotated_by_exif(quarters(), orientation, form), "phone")
    assert (picture.width, picture.height) == (64, 48)
    assert np.abs(picture.pixels.astype(int) - quarters()).mean() < 6


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_heic_comes_out_upright(orientation: int) -> None:
    turned = Image.open(BytesIO(rotated_by_exif(quarters(), orientation, "PNG")))
    data = heic(np.asarray(turned), exif=turned.getexif().tobytes())
    picture = decode_picture(data, "IMG_0001.HEIC")
    assert (picture.width, picture.height) == (64, 48)
    assert np.abs(picture.pixels.astype(int) - quarters()).mean() < 6


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_gives_its_first_frame_and_says_so(form: str) -> None:
    picture = decode_picture(animation(form), "party")
    assert np.abs(picture.pixels[10, 10].astype(int) - (255, 0, 0)).max() <= 12
    assert picture.notes == ("This is an animation; only its first frame is used.",)


def test_a_tiff_of_several_pages_gives_the_first_and_says_so() -> None:
    picture = decode_picture(animation("TIFF"), "scan.tif")
    assert tuple(picture.pixels[10, 10]) == (255, 0, 0)
    assert picture.notes == ("This file has several pages; only the first one is used.",)


def test_a_heic_of_several_pictures_gives_the_main_one_and_says_so() -> None:
    both = pillow_heif.from_pillow(Image.new("RGB", (64, 64), "red"))
    both.add_from_pillow(Image.new("RGB", (64, 64), "blue"))
    file = BytesIO()
    both.save(file, primary_index=0)
    picture = decode_picture(file.getvalue(), "burst.heic")
    assert np.abs(picture.pixels[10, 10].astype(int) - (255, 0, 0)).max() <= 12
    assert picture.notes == ("This file holds several pictures; only the main one is used.",)


def test_a_broken_second_frame_does_not_spoil_the_first() -> None:
    data = animation("GIF")
    second = data.index(b"\x21\xf9", data.index(b"\x2c"))
    picture = decode_picture(data[: second + 12] + b"\xff" * 40 + b";", "party.gif")
    assert tuple(picture.pixels[10, 10]) == (255, 0, 0)


def test_decoding_is_silent_and_leaves_the_limits_of_pillow_alone() -> None:
    before = Image.MAX_IMAGE_PIXELS
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0\xff\0\0\0\xff\xff\0\0"
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)  # of other tests, whose garbage is collected meanwhile
        decode_picture(encoded(quarters(), "JPEG", exif=exif), "a.jpg")
    assert said == []
    assert before == Image.MAX_IMAGE_PIXELS


def test_threads_may_decode_side_by_side() -> None:
    names = list(FILES) * 10
    with ThreadPoolExecutor(8) as pool:
        pictures = list(pool.map(lambda form: decode_picture(FILES[form], form), names))
    assert [picture.name for picture in pictures] == names
    assert {picture.pixels.shape for picture in pictures} == {(48, 64, 3)}


def test_a_path_is_loaded_under_the_name_that_was_given(tmp_path: Path) -> None:
    path = tmp_path / "bild.weird"
    path.write_bytes(FILES["WEBP"])
    assert load_picture(path).name == str(path)
    assert load_picture(str(path)).sha256 == hashlib.sha256(FILES["WEBP"]).hexdigest()


def test_paths_that_cannot_be_read_each_say_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(FILES["JPEG"])
    os.mkfifo(tmp_path / "pipe")
    cases = {
        tmp_path / "none.jpg": ("not_found", "does not exist"),
        file / "inside.jpg": ("not_found", "does not exist"),
        tmp_path: ("unreadable", "is a folder"),
        tmp_path / "pipe": ("unreadable", "is a device or a pipe"),
        Path("a\0b.jpg"): ("unreadable", "the path is not valid"),
        Path("x" * 300): ("unreadable", "File name too long"),
    }
    for path, (code, words) in cases.items():
        with pytest.raises(PictureError, match=words) as caught:
            load_picture(path)
        assert caught.value.code == code
    monkeypatch.setattr(os, "open", _denied)  # root, who runs tests in containers, may read everything
    with pytest.raises(PictureError, match="permission is denied") as caught:
        load_picture(file)
    assert caught.value.code == "unreadable"


def _denied(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "film.jpg"
    with path.open("wb") as file:
        file.truncate(3 * 2**30)  # a sparse file; reading it would say that it has a little more than is read
    with pytest.raises(PictureError, match=r"has 3072\.0 MB; at most 25 MB are read") as caught:
        load_picture(path)
    assert caught.value.code == "too_many_bytes"


def test_suffixes_are_lower_case_and_cover_the_formats() -> None:
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in PICTURE_SUFFIXES)
    assert {".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff", ".heic"} <= PICTURE_SUFFIXES
