"""ZIPs of pictures, honest ones and others: what comes out, what stays in, and what is said of it."""

import random
import struct
import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.classify.archives import is_archive, read_archive
from core.classify.sources import Upload
from core.errors import ArchiveError
from core.settings import ArchiveLimits

SMALL = ArchiveLimits(max_members=3, max_bytes=1000, max_member_bytes=400, max_ratio=100)


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def outcomes(data: bytes, limits: ArchiveLimits = SMALL) -> list[tuple[str, bytes] | str]:
    found = read_archive(data, "a.zip", limits)
    return [(one.name, one.data) if isinstance(one, Upload) else one.code for one in found]


def noise(size: int) -> bytes:
    return random.Random(0).randbytes(size)


@settings(deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-zü ]{1,8})?\.(jpg|png|txt)", fullmatch=True),
                       st.binary(max_size=50).filter(lambda data: not is_archive(data))))  # fmt: skip
def test_what_is_packed_comes_out_in_order(files: dict[str, bytes]) -> None:
    data = packed(*files.items())
    assert is_archive(data)
    assert outcomes(data, ArchiveLimits()) == list(files.items())


@settings(deadline=None)
@given(st.data())
def test_a_damaged_archive_raises_nothing_else_and_its_whole_members_are_right(data: st.DataObject) -> None:
    files = {f"{number}.jpg": noise(60 + number) for number in range(3)}
    content = bytearray(packed(*files.items()))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    try:
        found = list(read_archive(bytes(content[:cut] if data.draw(st.booleans()) else content), "a.zip"))
    except ArchiveError as error:
        if error.code in ("damaged", "bomb", "too_many"):  # as its directory may say after the change
            return
        raise
    whole = [one.data for one in found if isinstance(one, Upload)]
    assert set(whole) <= set(files.values()) | {b""}, "a checksum stands for every member that comes out"


@pytest.mark.parametrize(
    "path", ["../up.jpg", "a/../../up.jpg", "/etc/passwd", "C:\\up.jpg", "..\\up.jpg", "c:/up.jpg", "a/.."]
)
def test_a_path_that_climbs_out_stays_in(path: str) -> None:
    assert outcomes(packed((path, b"x"), ("in.jpg", b"y"))) == ["climbs_out", ("in.jpg", b"y")]


def test_what_no_person_packed_is_left_out_without_a_word() -> None:
    junk = ["__MACOSX/._a.jpg", ".DS_Store", "d/.hidden.jpg", "Thumbs.db", "d/desktop.ini", "folder/"]
    assert outcomes(packed(*((name, b"x") for name in junk[:-1]), (junk[-1], b""), ("a.jpg", b"y"))) == [
        ("a.jpg", b"y")
    ]


@pytest.mark.parametrize("name", ["inner.zip", "inner.jpg", "more.tar", "more.7z"])
def test_archives_in_archives_are_not_opened(name: str) -> None:
    assert outcomes(packed((name, packed(("a.jpg", b"x"))), ("b.jpg", b"y"))) == ["nested", ("b.jpg", b"y")]


def test_a_member_with_a_password_is_said() -> None:
    data = bytearray(packed(("a.jpg", b"x"), ("b.jpg", b"y")))
    for place in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
        data[place] |= 1
    assert outcomes(bytes(data)) == ["encrypted", ("b.jpg", b"y")]


def test_more_files_than_fit_are_counted() -> None:
    limits = ArchiveLimits(max_members=3)
    found = list(read_archive(packed(*((f"{number}.jpg", b"x") for number in range(10_000))), "a.zip", limits))
    assert [one.name for one in found[:3] if isinstance(one, Upload)] == ["0.jpg", "1.jpg", "2.jpg"]
    assert isinstance(found[3], ArchiveError)
    assert "holds 10,000 files: the first 3 were taken, 9,997 were not" in found[3].message


def test_a_file_that_is_too_large_stays_in() -> None:
    assert outcomes(packed(("a.bmp", noise(401)), ("b.jpg", b"y"))) == ["too_large", ("b.jpg", b"y")]


@pytest.mark.parametrize(
    "data",
    [
        packed(*((f"{number}.jpg", noise(300)) for number in range(4))),
        packed(("a.bmp", b"\0" * 10**6)),
    ],
    ids=["too much in all", "far more than its size"],
)
def test_a_bomb_is_not_opened(data: bytes) -> None:
    with pytest.raises(ArchiveError, match="was not opened") as caught:
        outcomes(data)
    assert caught.value.code == "bomb"


def test_a_hundred_gigabytes_are_refused_by_what_the_archive_declares() -> None:
    content = b"\0" * (20 * 2**20)
    data = packed(*((f"{number}.bmp", content) for number in range(30)))
    assert len(data) < 10**6
    with pytest.raises(ArchiveError, match=r"would unpack to 600 MB"):
        list(read_archive(data, "bomb.zip"))


def test_a_member_that_lies_about_its_size_ends_where_it_said() -> None:
    data = bytearray(packed(("a.bmp", b"\0" * 100_000)))
    for place in (data.index(b"PK\x03\x04") + 22, data.index(b"PK\x01\x02") + 24):
        data[place : place + 4] = struct.pack("<I", 300)
    assert outcomes(bytes(data)) == ["damaged"]


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 3, b"PK\x03\x04" + b"\0" * 500])
def test_what_only_begins_like_an_archive_is_said_to_be_damaged(data: bytes) -> None:
    assert is_archive(data)
    with pytest.raises(ArchiveError) as caught:
        outcomes(data)
    assert caught.value.code == "damaged"


def test_an_archive_without_files_gives_nothing() -> None:
    assert is_archive(packed())
    assert outcomes(packed()) == []


@pytest.mark.parametrize("marker", [b"PK\x07\x08", b"PK00"])
def test_an_archive_that_might_have_become_several_is_one(marker: bytes) -> None:
    data = marker + packed(("a.jpg", b"picture"))
    assert is_archive(data)
    assert outcomes(data) == [("a.jpg", b"picture")]


def test_folders_as_old_programs_for_windows_write_them_are_no_files() -> None:
    data = packed(("photos\\", b""), ("photos\\a.jpg", b"picture"), ("b\\", b"a file all the same"))
    assert outcomes(data) == [("photos\\a.jpg", b"picture"), ("b\\", b"a file all the same")]
