"""HEIC and AVIF whose decoder would do far more than their size says: for a process of their own, unopened."""

import struct
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from core.errors import PictureError
from core.vision.pictures import decode, formats, reading
from core.vision.pictures.canvas import WholeCanvas
from core.vision.pictures.decode import decode_picture
from core.vision.pictures.heif.items import is_plain
from core.vision.pictures.stored import Stored
from tests.unit.picture_files import animation, encoded, heic, quarters
from tests.unit.vision.heif_case import ALPHA, AV1, GRID, HEVC, OVERLAY, Item, box, coded_in, grid_of, heif, size_of

SIDE, LARGE_SIDE, MOST = 64, 512, 200_000  # the large one has more pixels than may be gone over
KINDS = pytest.mark.parametrize("kind", [HEVC, AV1], ids=["HEIC", "AVIF"])
References = dict[bytes, Sequence[int]]


def coded(kind: bytes, side: int) -> tuple[bytes, list[bytes]]:
    pixels = np.full((side, side, 3), 90, np.uint8)
    return coded_in(heic(pixels) if kind == HEVC else encoded(pixels, "AVIF"))


SMALL = {kind: coded(kind, SIDE) for kind in (HEVC, AV1)}
LARGE = {kind: coded(kind, LARGE_SIDE) for kind in (HEVC, AV1)}


def small(kind: bytes, *more: bytes, refers: References | None = None, again: int = 0) -> Item:
    content, properties = SMALL[kind]
    return Item(kind, content, (size_of(SIDE, SIDE), *properties, *more), refers or {}, again)


def large(kind: bytes, *more: bytes, said: int = LARGE_SIDE, refers: References | None = None) -> Item:
    content, properties = LARGE[kind]
    return Item(kind, content, (size_of(said, said), *properties, *more), refers or {})


def grid(side: int, targets: Sequence[int]) -> Item:
    rows = side // SIDE
    return Item(GRID, grid_of(rows, rows, side, side), [size_of(side, side)], {b"dimg": targets})


def padding(kind: bytes, number: int) -> bytes:
    """A unit after the picture that its decoder leaves out."""
    return struct.pack(">IBBB", 3, 39 << 1, 1, number) if kind == HEVC else bytes([0x7A, 1, number])


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process is begun, and none of more than a tenth of a megapixel is decoded here."""
    monkeypatch.setattr(reading, "PIXELS_IN_PLANES", {formats.AVIF: MOST // 2, formats.HEIC: MOST // 2})
    monkeypatch.setattr(decode, "decode_apart", None)


@pytest.mark.usefixtures("here")
@KINDS
def test_ordinary_files_are_decoded_where_they_are(kind: bytes) -> None:
    remarks = Image.Exif()
    remarks[0x010E] = "mask"
    exif = remarks.tobytes()
    written = heic(quarters(), exif=exif) if kind == HEVC else encoded(quarters(), "AVIF", exif=exif)
    alpha = heif([small(kind), small(kind, ALPHA, refers={b"auxl": [1]})])
    for data in (
        written,
        heif([small(kind)]),
        alpha,
        heif([small(kind), Item(b"Exif", bytes(4) + exif[6:], (), {b"cdsc": [1]})]),
    ):
        assert decode_picture(data, "a").width == SIDE


@pytest.mark.usefixtures("here")
@KINDS
def test_tiles_of_their_own_bytes_are_decoded_where_they_are(kind: bytes) -> None:
    tiles = [small(kind), small(kind), small(kind), small(kind)]
    # Tiles of one content would share their place.
    tiles = [Item(kind, tile.content + padding(kind, number), tile.properties) for number, tile in enumerate(tiles)]
    assert decode_picture(heif([grid(2 * SIDE, [2, 3, 4, 5]), *tiles]), "a").width == 2 * SIDE


def hostile(kind: bytes) -> dict[str, bytes]:
    content, properties = SMALL[kind]
    frame = content + content if kind == HEVC else content[2:]  # but for what separates one time from the next
    many = Item(kind, content + frame * 60, (size_of(SIDE, SIDE), *properties))
    padded = [Item(kind, content + padding(kind, number) * 6000, small(kind).properties) for number in (1, 2)]
    found = {
        "a part that is read a hundred times": heif([small(kind, again=100)]),
        "remarks that are read a hundred times": heif([small(kind), Item(b"Exif", bytes(99), again=100)]),
        "a large alpha channel": heif([small(kind), large(kind, ALPHA, refers={b"auxl": [1]})]),
        "an alpha channel of many": heif([small(kind), small(kind), small(kind, ALPHA, refers={b"auxl": [1, 2]})]),
        "an alpha channel of its own": heif([small(kind), small(kind, ALPHA, refers={b"auxl": [2]})]),
        "large tiles in a small grid": heif([grid(SIDE, [2]), large(kind)]),
        "one tile a hundred times": heif([grid(10 * SIDE, [2] * 100), small(kind)]),
        "a grid of grids": heif([grid(SIDE, [2]), grid(SIDE, [3]), small(kind)]),
        "an overlay": heif([Item(OVERLAY, bytes(30), [size_of(SIDE, SIDE)], {b"dimg": [2]}), small(kind)]),
        "pictures in one": heif([many]),
        "units of several pictures": heif(padded),
        "a description of a megabyte": heif([small(kind, box(b"free", bytes(2**20)))]),
        "two descriptions": heif([small(kind)]) + box(b"meta", bytes(4)),
        "without its end": heif([small(kind)])[:-9],
    }
    return found


@KINDS
def test_what_a_decoder_would_go_over_for_long_is_not_opened_here(kind: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PIXELS_IN_PLANES", {formats.AVIF: MOST // 2, formats.HEIC: MOST // 2})
    went = []

    def elsewhere(*told: object) -> tuple[str, ...]:
        went.append(told)
        canvas = told[-1]
        assert isinstance(canvas, WholeCanvas)
        canvas.take(Stored(quarters()))
        return ()

    monkeypatch.setattr(decode, "decode_apart", elsewhere)
    monkeypatch.setattr(decode, "is_costly", None)
    for number, (name, data) in enumerate(hostile(kind).items(), start=1):
        assert decode_picture(data, name).width == SIDE
        assert len(went) == number, name


@pytest.mark.usefixtures("here")
def test_frames_that_are_larger_than_they_are_said_to_be_are_seen_by_their_own_header() -> None:
    with pytest.raises(TypeError):  # the process that there is none of
        decode_picture(heif([large(AV1, said=SIDE)]), "a")
    with pytest.raises(PictureError):  # libheif compares them itself
        decode_picture(heif([large(HEVC, said=SIDE)]), "a")


def test_films_go_to_a_process_of_their_own() -> None:
    assert not is_plain(animation("AVIF"), 10**9)


@pytest.mark.parametrize(("bits", "plain"), [((7, 7), True), ((11, 5), True), ((11, 11), False)])
def test_a_long_header_counts_by_what_its_frames_may_be(bits: tuple[int, int], plain: bool) -> None:
    """Of a frame that states its own size, nothing else is known."""
    wide, high = bits
    text = f"000{1}{0}{0}{0}{0:05b}{0:012b}{8:05b}1{wide - 1:04b}{high - 1:04b}{1:0{wide}b}{1:0{high}b}"
    header = int(text.ljust(128, "0"), 2).to_bytes(16, "big")
    content = b"\x0a" + bytes([len(header)]) + header + b"\x32\x02ab"
    assert is_plain(heif([Item(AV1, content, small(AV1).properties)]), MOST) is plain


@pytest.mark.usefixtures("here")
@KINDS
def test_beside_a_gain_map_the_ordinary_picture_is_read(kind: bytes) -> None:
    """What would brighten it for an HDR screen is an item of its own, joined to it by one that nothing else reads."""
    bright = np.full((SIDE, SIDE, 3), 255, np.uint8)
    content, properties = coded_in(heic(bright) if kind == HEVC else encoded(bright, "AVIF"))
    gain = Item(kind, content, (size_of(SIDE, SIDE), *properties))
    joined = Item(b"tmap", bytes(62), [size_of(SIDE, SIDE)], {b"dimg": [1, 2]})
    pixels = decode_picture(heif([small(kind), gain, joined]), "a").pixels
    assert np.array_equal(pixels, decode_picture(heif([small(kind)]), "a").pixels)


def test_of_a_jpeg_with_a_gain_map_behind_it_the_ordinary_picture_is_read() -> None:
    base, gain = encoded(quarters(), "JPEG"), encoded(np.full((48, 64, 3), 255, np.uint8), "JPEG")
    entries = struct.pack(">2I2I2H", 0x030000, len(base), 0, 0, 0, 0) + struct.pack(">4I", 0, len(gain), len(base), 0)
    index = b"MM\0*" + struct.pack(">IH", 8, 2) + struct.pack(">2HII", 0xB001, 4, 1, 2)
    index += struct.pack(">2HII", 0xB002, 7, 32, 38) + bytes(4) + entries[:32]
    part = b"MPF\0" + index
    joined = base[:2] + b"\xff\xe2" + struct.pack(">H", len(part) + 2) + part + base[2:] + gain
    assert np.array_equal(decode_picture(joined, "a").pixels, decode_picture(base, "a").pixels)
