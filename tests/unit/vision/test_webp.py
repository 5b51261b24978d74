"""Large WebPs by ways that hold fewer copies give the pixels that libwebp gives, and refuse what it refuses."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms, WebPImagePlugin

from core.errors import PictureError
from core.types import Pixels
from core.vision.pictures import lean, webp
from core.vision.pictures.decode import decode_picture
from core.vision.pictures.formats import WEBP
from core.vision.pictures.heif.layout import RareError
from tests.unit.picture_files import encoded, quarters, rotated_by_exif
from tests.unit.vision.test_planes import shaded

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def lossless(image: Image.Image, **options: object) -> bytes:
    return encoded(image, "WEBP", lossless=True, **options)


def see_through(image: Image.Image) -> Image.Image:
    image = image.convert("RGBA")
    image.putalpha(Image.radial_gradient("L").resize(image.size))
    return image


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """By which ways pictures were read; small ones are taken for large ones."""
    found: list[str] = []

    def spied(name: str, read: object) -> object:
        def reading(*told: object) -> object:
            assert callable(read)
            answer = read(*told)
            found.append(name)
            return answer

        return reading

    monkeypatch.setattr(lean, "LARGE", 0)
    monkeypatch.setattr(lean, "PIXELS_IN_PLANES", {WEBP: 0})
    monkeypatch.setattr(lean, "lossless_webp_pieces", spied("ffmpeg", lean.lossless_webp_pieces))
    monkeypatch.setattr(lean, "webp_pieces", spied("libwebp", lean.webp_pieces))
    return found


def by_pillow(data: bytes) -> Pixels:
    """On white, as the product shows it."""
    with Image.open(BytesIO(data)) as image:
        shown = image.convert("RGBA")
    white = Image.new("RGB", shown.size, "white")
    white.paste(shown, mask=shown)
    return np.asarray(white)


@pytest.mark.parametrize("quality", [0, 100], ids=["fast", "dense"])
@pytest.mark.parametrize("colours", ["many", "grey", "200", "16", "two", "one"])
@pytest.mark.parametrize("size", [(160, 96), (67, 49), (1, 40), (333, 3)])
def test_a_picture_without_loss_is_the_very_same(
    size: tuple[int, int], colours: str, quality: int, ways: list[str]
) -> None:
    image = Image.fromarray(shaded(*size))
    if colours == "grey":
        image = image.convert("L").convert("RGB")
    elif colours == "one":
        image = Image.new("RGB", size, (12, 34, 56))
    elif colours != "many":
        image = image.quantize(2 if colours == "two" else int(colours)).convert("RGB")
    for drawn in (image, see_through(image)):
        data = lossless(drawn, quality=quality, exact=True)
        assert np.array_equal(decode_picture(data, "a").pixels, by_pillow(data))
    assert ways == ["ffmpeg"] * 2


@pytest.mark.parametrize("orientation", [3, 6])
def test_it_is_turned_and_its_profile_is_looked_at(orientation: int, ways: list[str]) -> None:
    with Image.open(BytesIO(rotated_by_exif(quarters(), orientation, "PNG"))) as image:
        data = lossless(image, exif=image.getexif(), icc_profile=PROFILE)
    assert data[12:16] == b"VP8X"
    assert np.array_equal(decode_picture(data, "a").pixels, quarters())
    assert ways == ["ffmpeg"]


def test_what_stands_in_the_place_of_alpha_is_none_where_the_picture_says_so(ways: list[str]) -> None:
    data = bytearray(lossless(see_through(Image.fromarray(quarters())), exact=True, icc_profile=PROFILE))
    assert decode_picture(bytes(data), "a").pixels[0, 0].min() > 0, "white shows through"
    data[data.index(b"VP8L") + 12] &= 0xEF
    assert np.array_equal(decode_picture(bytes(data), "a").pixels, quarters())
    assert ways == ["ffmpeg"] * 2


@pytest.mark.parametrize("options", [{}, {"exact": True}], ids=["without alpha", "with alpha"])
@pytest.mark.parametrize("in_memory", [True, False])
def test_a_picture_with_loss_is_libwebps(
    in_memory: bool, options: dict[str, object], ways: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not in_memory:
        monkeypatch.delattr(webp.os, "memfd_create", raising=False)
    image = Image.fromarray(shaded(67, 49))
    data = encoded(see_through(image) if options else image, "WEBP", quality=80, **options)
    assert np.array_equal(decode_picture(data, "a").pixels, by_pillow(data))
    assert ways == ["libwebp"]


def test_strips_of_it_have_no_seams(ways: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    data = lossless(see_through(Image.fromarray(shaded(160, 96))))
    whole = decode_picture(data, "a").pixels
    monkeypatch.setattr("core.vision.pictures.modes.STRIP_PIXELS", 50)
    assert np.array_equal(decode_picture(data, "a").pixels, whole)
    assert ways == ["ffmpeg"] * 2


def test_what_ffmpeg_does_not_read_libwebp_does(ways: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webp, "_PADDING", -10)
    data = lossless(Image.fromarray(quarters()))
    with pytest.raises(RareError, match="FFmpeg"):
        webp.lossless_webp_pieces(data, WebPImagePlugin.WebPImageFile(BytesIO(data)))
    assert np.array_equal(decode_picture(data, "a").pixels, quarters())
    assert ways == ["libwebp"]


@pytest.mark.parametrize("lossy", [False, True])
@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_file_that_is_cut_off_is_refused(kept: float, lossy: bool, ways: list[str]) -> None:
    image = Image.fromarray(shaded(160, 96))
    data = encoded(image, "WEBP", quality=80) if lossy else lossless(image)
    with pytest.raises(PictureError) as caught:
        decode_picture(data[: int(kept * len(data))], "holiday.webp")
    assert caught.value.code == "truncated"
    assert ways == []


def test_a_damaged_picture_with_loss_is_refused_in_memory_too(ways: list[str]) -> None:
    data = bytearray(encoded(Image.fromarray(shaded(160, 96)), "WEBP", quality=80))
    data[30:60] = bytes(30)
    with pytest.raises(PictureError) as caught:
        decode_picture(bytes(data), "holiday.webp")
    assert caught.value.code == "damaged"
    assert ways == []
