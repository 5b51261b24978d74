"""ZIPs as other programs write them, and as somebody forges them: names, methods, directories."""

import random
import struct
import unicodedata
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest

from core.classify.archives import read_archive
from core.classify.sources import Upload
from core.classify.zips.names import member_name
from core.errors import ArchiveError
from core.settings import ArchiveLimits

CASES = Path(__file__).parents[2] / "cases"
LOCAL, ENTRY, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return bytearray(file.getvalue())


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def outcomes(data: bytes, limits: ArchiveLimits | None = None) -> list[tuple[str, bytes] | str]:
    found = read_archive(bytes(data), "a.zip", limits or ArchiveLimits())
    return [(one.name, one.data) if isinstance(one, Upload) else one.code for one in found]


def refusal(data: bytes) -> str:
    with pytest.raises(ArchiveError) as caught:
        outcomes(data)
    return caught.value.code


def raw_named(raw: bytes, flags: int = 0, extra: bytes = b"", data: bytes = b"x") -> bytes:
    """An archive of one stored file whose name is these bytes."""
    header = struct.pack("<HHHHHLLLHH", 20, flags, 0, 0, 0, zlib.crc32(data), len(data), len(data), len(raw), 0)
    local = LOCAL + header + raw + data
    fields = header[:-2] + struct.pack("<HHHHLL", len(extra), 0, 0, 0, 0, 0)
    entry = ENTRY + struct.pack("<H", 20) + fields + raw + extra
    return local + entry + END + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(entry), len(local), 0)


def test_a_damaged_member_leaves_the_others() -> None:
    found = list(read_archive((CASES / "damaged-lzma.zip").read_bytes(), "damaged-lzma.zip"))
    assert [one.name if isinstance(one, Upload) else one.code for one in found] in (
        ["a.jpg", "damaged"],
        ["damaged", "b.jpg"],
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("place", range(-2, 40, 3))
def test_whatever_is_wrong_inside_a_member_is_its_own_matter(method: int, place: int) -> None:
    data = packed(("a.jpg", noise(300)), ("b.jpg", noise(300, 1)), ("c.jpg", b"end"), method=method)
    begin = data.index(b"b.jpg") + len("b.jpg")
    for offset in range(6):
        data[begin + place + offset + 2] ^= 0xA5
    assert outcomes(data) == [("a.jpg", noise(300)), "damaged", ("c.jpg", b"end")]


@pytest.mark.parametrize("method", [1, 6, 9, 93, 95, 99, 65535])
def test_an_unknown_method_is_its_members_matter(method: int) -> None:
    data = packed(("a.jpg", b"a"), ("b.jpg", b"b"))
    place = data.index(ENTRY)
    data[place + 10 : place + 12] = struct.pack("<H", method)
    assert outcomes(data) == ["damaged", ("b.jpg", b"b")]


@pytest.mark.parametrize("place", [6, 30], ids=["version that is needed", "length of the extra field"])
def test_an_odd_entry_does_not_cost_the_archive(place: int) -> None:
    data = packed(("a.jpg", b"a"), ("b.jpg", b"b"))
    data[data.index(ENTRY) + place] = 0xFF
    found = outcomes(data)
    assert found[0] == ("a.jpg", b"a")
    assert found[1:] == [("b.jpg", b"b")] if place == 6 else ["damaged"], "nothing is left out without a word"


def test_a_window_of_gigabytes_is_not_allocated() -> None:
    data = packed(("a.jpg", noise(300)), method=zipfile.ZIP_LZMA)
    properties = data.index(b"a.jpg") + len("a.jpg") + 4
    data[properties + 1 : properties + 5] = b"\xff\xff\xff\xff"
    assert outcomes(data) == [("a.jpg", noise(300))]


def test_names_are_those_that_their_user_knows() -> None:
    found = outcomes((CASES / "macos-utf8-no-flag.zip").read_bytes())
    names = [name for name, _ in found]
    assert names == ["Fotos/Björk Müller.jpg", "照片/口罩.jpg", "Фото/маска.jpg"]
    assert names == [unicodedata.normalize("NFC", name) for name in names]


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("Müller & Søn/Café.jpg", "utf-8"),
        ("Müller/Straße Ñandú.jpg", "cp437"),
        ("写真/マスク.jpg", "cp932"),
        ("日本.jpg", "cp932"),
        ("东京的照片.jpg", "gbk"),
        ("照片/口罩 2.jpg", "gbk"),
        ("Фото/маска.jpg", "cp866"),
        ("Café São.jpg", "cp1252"),
        ("plain.jpg", "ascii"),
    ],
)
def test_a_name_without_a_word_on_its_encoding(name: str, page: str) -> None:
    assert outcomes(raw_named(name.encode(page))) == [(name, b"x")]


def test_the_unicode_name_beside_the_old_one_counts_while_it_belongs_to_it() -> None:
    old, name = b"M?ller.jpg", "Mu\u0308ller.jpg"
    for checksum, right in ((zlib.crc32(old), "Müller.jpg"), (7, "M?ller.jpg")):
        content = struct.pack("<BL", 1, checksum) + name.encode()
        extra = struct.pack("<HH", 0x7075, len(content)) + content
        assert outcomes(raw_named(old, extra=extra)) == [(right, b"x")]


@pytest.mark.parametrize("raw", [b"\xff\xfe.jpg", b"\x80\xe9a\xc3.jpg", b"a\0b.jpg"])
def test_a_name_that_is_no_utf8_though_it_says_so_is_still_a_name(raw: bytes) -> None:
    ((name, _),) = outcomes(raw_named(raw, flags=0x800))
    assert name
    assert "\0" not in name
    name.encode()


def test_every_name_can_be_written() -> None:
    draw = random.Random(3)
    for _ in range(2000):
        member_name(draw.randbytes(draw.randrange(1, 20)), draw.choice([0, 0x800]), draw.randbytes(9)).encode()


def test_a_directory_of_millions_is_refused_by_its_own_word_and_by_its_bytes() -> None:
    data = packed(("a.jpg", b"a"))
    entry = bytes(data[data.index(ENTRY) : data.index(END)])
    many = 100_000
    directory = entry * many
    body = bytes(data[: data.index(ENTRY)])
    for said in (1, many % 65536, 65535):
        end = END + struct.pack("<HHHHLLH", 0, 0, said, said, len(directory), len(body), 0)
        assert refusal(body + directory + end) == "too_many"
    honest = END + struct.pack("<HHHHLLH", 0, 0, 60_000, 60_000, len(entry), len(body), 0)
    assert refusal(body + entry + honest) == "too_many"


def test_a_directory_that_ends_too_early_is_said() -> None:
    data = packed(("a.jpg", b"a"), ("b.jpg", b"b"), ("c.jpg", b"c"))
    second = data.index(ENTRY, data.index(ENTRY) + 1)
    data[second : second + 4] = b"PK\0\0"
    found = list(read_archive(bytes(data), "a.zip"))
    assert isinstance(found[0], Upload)
    assert isinstance(found[1], ArchiveError)
    assert found[1].code == "damaged"
    assert "2 more files" in found[1].message


def test_members_in_the_same_bytes_are_unpacked_once() -> None:
    data = packed(("a.jpg", noise(50)), ("b.jpg", b"b"))
    first = data.index(ENTRY)
    second = data.index(ENTRY, first + 1)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    assert outcomes(data) == [("a.jpg", noise(50)), "damaged"]


def test_two_files_of_one_name_both_come_out() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = packed(("a.jpg", b"one"), ("a.jpg", b"two"))
    assert outcomes(data) == [("a.jpg", b"one"), ("a.jpg", b"two")]


@pytest.mark.parametrize("comment", [b"", b"a word", b"PK\x05\x06 again, and eighteen further bytes"])
def test_what_stands_before_or_after_an_archive_does_not_matter(comment: bytes) -> None:
    data = bytes(packed(("a.jpg", b"a")))
    commented = data[:-2] + struct.pack("<H", len(comment)) + comment
    assert outcomes(LOCAL + b"front" + commented) == [("a.jpg", b"a")]


def test_an_archive_in_the_large_form_is_read() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive, archive.open("a.jpg", "w", force_zip64=True) as member:
        member.write(b"a")
    data = bytearray(file.getvalue())
    place = data.index(END)
    count, size, offset = struct.unpack_from("<HLL", data, place + 10)
    large = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, place, 1)
    end = END + struct.pack("<HHHHLLH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert outcomes(bytes(data[:place]) + large + locator + end) == [("a.jpg", b"a")]
