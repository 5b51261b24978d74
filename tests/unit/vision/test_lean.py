"""JPEGs in passes that would take too much are decoded in two goes, and look the same."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

from core.errors import PictureError
from core.vision.pictures import lean
from core.vision.pictures.decode import decode_picture
from tests.unit.picture_files import encoded, quarters, rotated_by_exif
from tests.unit.vision.test_planes import shaded


@pytest.fixture
def goes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of every JPEG that is decoded, the mode and the size; each in passes has no room."""
    found: list[str] = []

    def loaded(image: JpegImagePlugin.JpegImageFile, load: object = JpegImagePlugin.JpegImageFile.load_prepare) -> None:
        found.append(f"{image.mode} {image.width}")
        assert callable(load)
        load(image)

    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "load_prepare", loaded)
    monkeypatch.setattr(lean, "_TWICE", 0)
    return found


@pytest.mark.parametrize("sampling", [0, 1, 2], ids=["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("size", [(160, 96), (67, 49)])
def test_brightness_and_colours_are_decoded_apart(sampling: int, size: tuple[int, int], goes: list[str]) -> None:
    image = Image.fromarray(shaded(*size))
    in_one = decode_picture(encoded(image, "JPEG", subsampling=sampling), "a").pixels
    goes.clear()
    in_two = decode_picture(encoded(image, "JPEG", subsampling=sampling, progressive=True), "a").pixels
    assert goes == [f"YCbCr {-(-size[0] // 2)}", f"L {size[0]}"]
    assert in_two.shape == in_one.shape
    assert np.abs(in_two.astype(int) - in_one).max() <= 6


def test_strips_of_it_have_no_seams(goes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(Image.fromarray(shaded(160, 96)), "JPEG", progressive=True)
    whole = decode_picture(data, "a").pixels
    monkeypatch.setattr("core.vision.pictures.modes.STRIP_PIXELS", 50)
    assert np.array_equal(decode_picture(data, "a").pixels, whole)
    assert len(goes) == 4


@pytest.mark.parametrize("orientation", [3, 6])
def test_it_is_turned_as_the_camera_was_held(orientation: int, goes: list[str]) -> None:
    file = rotated_by_exif(quarters(), orientation, "JPEG")
    with Image.open(BytesIO(file)) as image:
        data = encoded(image.convert("RGB"), "JPEG", progressive=True, exif=image.getexif())
    goes.clear()
    picture = decode_picture(data, "a")
    assert (picture.width, picture.height) == (64, 48)
    assert np.abs(picture.pixels[12, 16].astype(int) - (255, 0, 0)).max() <= 8
    assert len(goes) == 2


@pytest.mark.parametrize(
    "data",
    [
        encoded(quarters(), "JPEG"),
        encoded(quarters(), "JPEG", progressive=True, keep_rgb=True),
        encoded(Image.fromarray(quarters()).convert("L"), "JPEG", progressive=True),
        encoded(Image.fromarray(quarters()).convert("CMYK"), "JPEG", progressive=True),
    ],
    ids=["in one pass", "red, green and blue", "grey", "CMYK"],
)
def test_what_has_no_passes_or_no_brightness_is_decoded_in_one(data: bytes, goes: list[str]) -> None:
    assert decode_picture(data, "a").width == 64
    assert not any(go.startswith("YCbCr") for go in goes)


def test_what_has_no_room_even_so_is_refused(goes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lean, "_MOST_HELD", 3 * 2 * 64 * 48 + 64 * 48)
    assert decode_picture(encoded(quarters(), "JPEG"), "a").width == 64
    goes.clear()
    with pytest.raises(PictureError) as caught:
        decode_picture(encoded(quarters(), "JPEG", progressive=True), "holiday.jpg")
    assert caught.value.code == "too_complex"
    assert "a JPEG that is not progressive has none" in caught.value.message
    assert goes == []
