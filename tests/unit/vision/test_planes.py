"""Large HEIC and AVIF are decoded to their planes alone, and look as their libraries show them."""

import contextlib
import struct
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.errors import PictureError
from core.vision.pictures import lean
from core.vision.pictures.decode import decode_picture
from core.vision.pictures.formats import AVIF, HEIC
from tests.unit.picture_files import animation, encoded, heic
from tests.unit.vision.heif_case import AV1, GRID, HEVC, OVERLAY, Item, box, coded_in, grid_of, heif, size_of

Pixels = NDArray[np.uint8]
KINDS = pytest.mark.parametrize("kind", [HEVC, AV1], ids=["HEIC", "AVIF"])
SIDE = 96


def shaded(width: int, height: int) -> Pixels:
    """Colours that change slowly: libraries enlarge the planes of colours in slightly different ways."""
    across, down = np.linspace(20, 230, width), np.linspace(230, 20, height)
    red, green = np.meshgrid(across, down)
    return np.stack([red, green, (red + green) / 2], axis=-1).astype(np.uint8)


def both(data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Pixels, Pixels | None]:
    """The picture as its library reads it, and by its planes; None where those are left to the library."""
    by_library = decode_picture(data, "a", apart=False).pixels
    found: list[object] = []

    def spied(*told: object, read: Callable[..., object] = lean._in_planes) -> object:
        found.append(read(*told))
        return found[-1]

    with monkeypatch.context() as patched:
        patched.setattr(lean, "PIXELS_IN_PLANES", {AVIF: 0, HEIC: 0})
        patched.setattr(lean, "_in_planes", spied)
        pixels = decode_picture(data, "a", apart=False).pixels
    return by_library, pixels if found else None


def assert_alike(data: bytes, monkeypatch: pytest.MonkeyPatch, most: int = 3) -> None:
    by_library, by_planes = both(data, monkeypatch)
    assert by_planes is not None
    assert by_planes.shape == by_library.shape
    assert np.abs(by_planes.astype(int) - by_library).max() <= most


def deep_heic(pixels: Pixels, chroma: int) -> bytes:
    """A HEIC of ten bits."""
    height, width, _ = pixels.shape
    file = BytesIO()
    pillow_heif.from_bytes("RGB;16", (width, height), (pixels.astype(np.uint16) * 257).tobytes()).save(
        file, quality=95, chroma=chroma
    )
    return file.getvalue()


@pytest.mark.parametrize("chroma", [420, 422, 444])
@pytest.mark.parametrize("write", [lambda pixels, chroma: heic(pixels, chroma=chroma), deep_heic], ids=["8", "10"])
def test_a_heic_looks_the_same(
    write: Callable[[Pixels, int], bytes], chroma: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_alike(write(shaded(160, 96), chroma), monkeypatch)


@pytest.mark.parametrize("sampling", ["4:2:0", "4:2:2", "4:4:4", "4:0:0"])
@pytest.mark.parametrize("light", ["full", "limited"])
@pytest.mark.parametrize("size", [(160, 96), (67, 49)])
def test_an_avif_looks_the_same(
    sampling: str, light: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_alike(encoded(shaded(*size), "AVIF", quality=95, subsampling=sampling, range=light), monkeypatch)


@pytest.mark.parametrize("turned", range(1, 9))
def test_an_avif_is_turned_as_its_library_says(turned: int, monkeypatch: pytest.MonkeyPatch) -> None:
    exif = Image.Exif()
    exif[0x0112] = turned
    assert_alike(encoded(shaded(160, 96), "AVIF", quality=95, exif=exif), monkeypatch)


@pytest.mark.parametrize("angle", range(4))
@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("tiles", [1, 4])
def test_a_heic_is_turned_as_its_properties_say(
    angle: int, axis: int | None, tiles: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = [box(b"irot", bytes([angle])), *([] if axis is None else [box(b"imir", bytes([axis]))])]
    content, properties = coded_in(heic(shaded(SIDE, SIDE - 32), chroma=444))
    if tiles == 1:
        data = heif([Item(HEVC, content, (size_of(SIDE, SIDE - 32), *properties, *turns))])
    else:
        tile = Item(HEVC, content, (size_of(SIDE, SIDE - 32), *properties))
        width, height = 2 * SIDE - 10, 2 * SIDE - 70
        sides = [size_of(width, height), *turns]
        data = heif([Item(GRID, grid_of(2, 2, width, height), sides, {b"dimg": [2, 3, 4, 5]}), *[tile] * 4])
    assert_alike(data, monkeypatch)


@KINDS
def test_tiles_stand_in_their_places(kind: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = shaded(2 * SIDE, 2 * SIDE)
    tiles = []
    for row in (0, SIDE):
        for column in (0, SIDE):
            part = np.ascontiguousarray(whole[row : row + SIDE, column : column + SIDE])
            content, properties = coded_in(heic(part) if kind == HEVC else encoded(part, "AVIF", quality=95))
            tiles.append(Item(kind, content, (size_of(SIDE, SIDE), *properties)))
    sides = (2 * SIDE - 2, 2 * SIDE - 6)
    data = heif([Item(GRID, grid_of(2, 2, *sides), [size_of(*sides)], {b"dimg": [2, 3, 4, 5]}), *tiles])
    assert_alike(data, monkeypatch)


@pytest.mark.parametrize("write", [lambda image: encoded(image, "AVIF", quality=95), lambda image: heic_of(image)])
def test_what_is_transparent_stands_on_white(
    write: Callable[[Image.Image], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = Image.fromarray(shaded(160, 96)).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    assert_alike(write(image), monkeypatch)


def heic_of(image: Image.Image) -> bytes:
    file = BytesIO()
    pillow_heif.from_pillow(image).save(file, quality=95)
    return file.getvalue()


@pytest.mark.parametrize("size", [(67, 49), (33, 70)])
def test_a_heic_of_odd_sides_is_cut_to_them(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    data = heic(shaded(*size), chroma=444)
    assert b"clap" in data
    assert_alike(data, monkeypatch)


def test_rare_pictures_are_left_to_their_library(monkeypatch: pytest.MonkeyPatch) -> None:
    content, properties = coded_in(heic(shaded(SIDE, SIDE)))
    tile = Item(HEVC, content, (size_of(SIDE, SIDE), *properties))
    overlay = Item(
        OVERLAY, struct.pack(">2B4H2H2i", 0, 0, 0, 0, 0, 65535, SIDE, SIDE, 0, 0), [size_of(SIDE, SIDE)], {b"dimg": [2]}
    )
    for data in (heif([overlay, tile]), animation("AVIF")):
        by_library, by_planes = both(data, monkeypatch)
        assert by_library.size
        assert by_planes is None


@KINDS
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_what_is_damaged_within_its_coded_picture_is_refused_or_seen(
    kind: bytes, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (96, 160, 3), np.uint8)
    content, properties = coded_in(heic(noise) if kind == HEVC else encoded(noise, "AVIF", quality=95))
    broken = bytearray(content)
    at = int(share * len(content))
    broken[at : at + 200] = bytes(200)
    monkeypatch.setattr(lean, "PIXELS_IN_PLANES", {AVIF: 0, HEIC: 0})
    data = heif([Item(kind, bytes(broken), (size_of(160, 96), *properties))])
    with contextlib.suppress(PictureError):  # some damage changes nothing but colours
        assert decode_picture(data, "a", apart=False).width == 160
