"""What cameras write: raw files with previews, reduced first pages, and light beyond an ordinary screen's."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.classify.pipeline import Classifier
from core.errors import PictureError
from core.results import Label
from core.vision.pictures.decode import decode_picture, load_picture
from core.vision.pictures.hdr import HDR_NOTE, Tags, tags_of_heif, tags_of_profile, to_ordinary
from tests.unit.picture_files import chunk, encoded, heic, quarters
from tests.unit.vision.tiff_case import rgb_page, tiff_of

CASES = Path(__file__).resolve().parents[2] / "cases"
DNG = 50706
SENSOR = {256: 4000, 257: 3000, 258: 16, 259: 1, 262: 32803, 273: b"\0\0", 277: 1, 278: 3000, 254: 0}
GREY = np.full((8, 8, 3), 112, np.uint8)


def jpeg_page(data: bytes, **more: int) -> dict[int, int | bytes]:
    """A page as cameras write previews: all that it says of itself is where its JPEG stands."""
    return {259: 6, 513: data, **{int(tag[1:]): value for tag, value in more.items()}}


def test_a_dng_is_answered_from_its_full_picture_and_says_so() -> None:
    picture = load_picture(CASES / "IMG_0001.dng")
    assert (picture.width, picture.height) == (900, 603)
    assert picture.notes == (
        "This is a camera raw file: the picture of 900 x 603 that the camera put into it is used.",
    )


def test_a_raw_file_without_a_large_preview_is_refused_by_its_name() -> None:
    for pages, inside in (
        ([rgb_page(64, 48, (9, 9, 9), t254=1, t50706=1)], [SENSOR]),
        ([rgb_page(64, 48, (9, 9, 9), t254=1, t50706=1)], []),
        ([SENSOR], []),
    ):
        with pytest.raises(PictureError, match="camera raw") as caught:
            decode_picture(tiff_of(pages, inside), "IMG_1.NEF")
        assert caught.value.code == "not_a_picture"


@pytest.mark.parametrize(
    "signature", [b"FUJIFILMCCD-RAW 0201", b"IIU\0\x18\0\0\0", b"IIRO\x08\0\0\0", b"\0\0\0\x18ftypcrx "]
)
def test_raw_files_of_other_makes_are_named(signature: bytes) -> None:
    with pytest.raises(PictureError, match="camera raw") as caught:
        decode_picture(signature + bytes(100), "IMG_1")
    assert caught.value.code == "not_a_picture"


@pytest.mark.parametrize("orientation", [1, 6, 8])
def test_a_preview_in_a_raw_file_is_turned_as_the_camera_was_held(orientation: int) -> None:
    large = encoded(Image.fromarray(quarters()).resize((2560, 1920), 0), "JPEG")
    data = tiff_of([rgb_page(64, 48, (9, 9, 9), t254=1, t274=orientation)], [SENSOR, jpeg_page(large, t254=1)])
    picture = decode_picture(data, "IMG_1.NEF")
    size, red = {1: ((2560, 1920), (640, 480)), 6: ((1920, 2560), (1440, 640)), 8: ((1920, 2560), (480, 1920))}[
        orientation
    ]
    assert (picture.width, picture.height) == size
    assert np.abs(picture.pixels[red[1], red[0]].astype(int) - (255, 0, 0)).max() < 12


def test_a_reduced_first_page_gives_way_to_the_full_one() -> None:
    small, full = rgb_page(16, 12, (9, 9, 9), t254=1), rgb_page(64, 48, (200, 10, 10), t254=0)
    pages = [Image.new("RGB", size, (200, 10, 10)) for size in ((16, 12), (64, 48))]
    of_64_bits = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], tiffinfo={254: 1}, big_tiff=True)
    assert of_64_bits[2] == 43
    for data in (tiff_of([small, full]), tiff_of([small], [full]), of_64_bits):
        picture = decode_picture(data, "scan.tif")
        assert (picture.width, picture.height) == (64, 48)
        assert picture.pixels[0, 0].tolist() == [200, 10, 10]
        assert "reduced copy" in picture.notes[0]


def test_an_ordinary_first_page_stays_though_a_later_one_is_larger() -> None:
    data = tiff_of([rgb_page(16, 12, (9, 200, 9)), rgb_page(64, 48, (200, 10, 10))])
    assert decode_picture(data, "scan.tif").width == 16


def test_pages_that_name_each_other_in_a_circle_are_read_once() -> None:
    data = bytearray(tiff_of([rgb_page(16, 12, (9, 9, 9), t254=1), rgb_page(64, 48, (200, 10, 10))]))
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    second = struct.unpack_from("<I", data, first + 2 + 12 * count)[0]
    (count,) = struct.unpack_from("<H", data, second)
    struct.pack_into("<I", data, second + 2 + 12 * count, first)
    assert decode_picture(bytes(data), "scan.tif").width == 64


def test_people_in_an_hdr_photograph_are_who_they_are() -> None:
    """Read as ordinary numbers, the two women in it were called men, with confidence."""
    result = Classifier.load().classify(str(CASES / "pq-10bit.heic"))
    assert HDR_NOTE in result.notes
    assert len(result.faces) == 6
    expected = [Label.FEMALE, Label.MALE, Label.MALE, Label.MALE, Label.MALE, Label.FEMALE]
    assert all(face.label in (label, Label.UNCERTAIN) for face, label in zip(result.faces, expected, strict=True))


@pytest.mark.parametrize(("transfer", "grey"), [(16, 135), (18, 119)])
def test_pq_and_hlg_by_their_tags(transfer: int, grey: int) -> None:
    """Code 112 of 255 in each curve; what the standards' own formulas give for a grey of that light."""
    tagged = encoded(GREY, "PNG")
    tagged = tagged[:33] + chunk(b"cICP", bytes([9, transfer, 0, 1])) + tagged[33:]
    avif = encoded(GREY, "AVIF", quality=95)
    at = avif.index(b"colrnclx") + 8
    avif = avif[:at] + struct.pack(">2H", 9, transfer) + avif[at + 4 :]
    for data in (tagged, avif):
        picture = decode_picture(data, "light")
        assert picture.notes == (HDR_NOTE,)
        assert np.abs(picture.pixels.astype(int) - grey).max() <= 3


def test_an_ordinary_picture_has_no_such_note() -> None:
    for data in (encoded(GREY, "AVIF"), heic(GREY), encoded(GREY, "PNG")):
        assert decode_picture(data, "light").notes == ()


def test_a_profile_may_carry_the_tags() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert tags_of_profile(profile) is None
    (count,) = struct.unpack_from(">I", profile, 128)
    end = len(profile)
    table = profile[132 : 132 + 12 * count]
    moved = b"".join(
        entry[:4] + struct.pack(">I", struct.unpack(">I", entry[4:8])[0] + 12) + entry[8:]
        for entry in (table[12 * i : 12 * i + 12] for i in range(count))
    )
    added = struct.pack(">4sII", b"cicp", end + 12, 12)
    tagged = profile[:128] + struct.pack(">I", count + 1) + moved + added + profile[132 + 12 * count :]
    tagged += b"cicp" + bytes(4) + bytes([12, 18, 0, 1])
    assert tags_of_profile(tagged) == Tags(12, 18)
    assert decode_picture(encoded(GREY, "JPEG", icc_profile=tagged), "a.jpg").notes == (HDR_NOTE,)
    assert tags_of_profile(profile[:140]) is None


def test_damaged_boxes_say_nothing() -> None:
    data = encoded(GREY, "AVIF")
    assert tags_of_heif(data) == Tags(1, 13)
    for end in range(8, len(data), 7):
        tags_of_heif(data[:end])


def test_lights_keep_their_order_and_hue() -> None:
    ramp = np.arange(256, dtype=np.uint8)[np.newaxis, :, np.newaxis].repeat(3, 2)
    for tags in (Tags(9, 16), Tags(9, 18), Tags(12, 16), Tags(1, 18)):
        grey = to_ordinary(ramp, tags).astype(int)
        assert (np.diff(grey[0, :, 0]) >= 0).all()
        assert np.ptp(grey, axis=2).max() <= 1
        assert (grey[0, 0, 0], grey[0, -1, 0]) == (0, 255)
