"""A ZIP's directory and its members, read so that one bad entry is that entry's matter alone.

Python's own reader gives an archive up where any entry of its directory is odd, takes as many entries as there are
bytes for, and raises what each decompressor happens to. What is read here is PKWARE's APPNOTE.TXT, sections 4.3 to 4.5.
"""

import bz2
import lzma
import struct
import zlib
from dataclasses import dataclass, replace
from typing import NamedTuple

from core.classify.zips.names import member_name

_END, _LOCATOR, _END64 = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_ENTRY, _LOCAL = b"PK\x01\x02", b"PK\x03\x04"
_END_SIZE, _LOCATOR_SIZE, _END64_SIZE, _ENTRY_SIZE, _LOCAL_SIZE = 22, 20, 56, 46, 30
_LONGEST_COMMENT = 2**16 - 1
_IN_ZIP64 = 2**32 - 1  # stands for a number that is in the extra field for large archives
_ZIP64 = 0x0001
_ENTRY_BYTES = 512  # that an entry takes at most on average: names of 200 letters, and further fields
_STORED, _DEFLATED, _BZIP2, _LZMA = 0, 8, 12, 14


class DamagedError(ValueError):
    """A directory or a member that cannot be read."""


class TooManyError(ValueError):
    """A directory with more entries than anybody wants to have read."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive, as the directory describes it.

    Attributes:
        path: Its name with folders, decoded.
        raw: The name's bytes.
        flags: Bits of APPNOTE 4.4.4.
        method: How it is packed.
        checksum: CRC-32 of its content.
        packed: Bytes that it takes.
        size: Bytes that it has.
        start: Where its own header begins.
        apart: Whether no other member lies in the same bytes, or holds them before it in the archive.
    """

    path: str
    raw: bytes
    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    start: int
    apart: bool = True

    @property
    def is_folder(self) -> bool:
        """Whether it is an entry for a folder; old programs for Windows end its name otherwise."""
        return self.path.endswith("/") or (self.path.endswith("\\") and not self.size)


class Directory(NamedTuple):
    """What an archive holds: its members in its order, and how many more it says there are that cannot be read."""

    members: list[Member]
    lost: int


class _End(NamedTuple):
    entries: int
    start: int
    stop: int
    shift: int  # of all places that the archive names: bytes that were put before it


def read_directory(data: bytes, max_entries: int) -> Directory:
    """Read the directory, which is counted before.

    Raises:
        DamagedError: If there is none.
        TooManyError: If it has, or says that it has, more than `max_entries` entries, or the bytes of more.
    """
    end = _find_end(data)
    if end.entries > max_entries or end.stop - end.start > max_entries * _ENTRY_BYTES:
        raise TooManyError
    members: list[Member] = []
    place = end.start
    while place + _ENTRY_SIZE <= end.stop and data.startswith(_ENTRY, place):
        if len(members) >= max_entries:
            raise TooManyError
        member, place = _entry(data, place, end)
        members.append(member)
    return Directory(_told_apart(members), max(0, end.entries - len(members)))


def _find_end(data: bytes) -> _End:
    """The last record of the archive that points at a directory."""
    stop = len(data)
    lowest = max(0, stop - _END_SIZE - _LONGEST_COMMENT)
    while (place := data.rfind(_END, lowest, stop)) >= 0:
        if place + _END_SIZE <= len(data) and (end := _read_end(data, place)) is not None:
            return end
        stop = place + len(_END) - 1
    raise DamagedError("it has no directory")


def _read_end(data: bytes, place: int) -> _End | None:
    count, size, offset = struct.unpack_from("<HLL", data, place + 10)
    stop = place
    large = place - _LOCATOR_SIZE - _END64_SIZE
    if data.startswith(_LOCATOR, place - _LOCATOR_SIZE) and large >= 0 and data.startswith(_END64, large):
        count, size, offset = struct.unpack_from("<QQQ", data, large + 32)
        stop = large
    # Directly before the record, wherever the archive says: something may have been put in front of it.
    for start, shift in ((stop - size, stop - size - offset), (offset, 0)):
        if 0 <= start <= stop and shift >= 0 and (size == 0 or data.startswith(_ENTRY, start)):
            return _End(count, start, min(stop, start + size), shift)
    return None


def _entry(data: bytes, place: int, end: _End) -> tuple[Member, int]:
    """An entry, and where the next one begins; numbers that lead out of the archive are found when it is unpacked."""
    flags, method, _, _, checksum, packed, size, *lengths = struct.unpack_from("<4H3L3H", data, place + 8)
    (start,) = struct.unpack_from("<L", data, place + 42)
    name_end = place + _ENTRY_SIZE + lengths[0]
    extra_end = name_end + lengths[1]
    raw, extra = data[place + _ENTRY_SIZE : name_end], data[name_end : min(extra_end, end.stop)]
    size, packed, start = _large(extra, size, packed, start)
    name = member_name(raw, flags, extra)
    return Member(name, raw, flags, method, checksum, packed, size, start + end.shift), extra_end + lengths[2]


def _large(extra: bytes, *numbers: int) -> list[int]:
    """The numbers, each that does not fit into 32 bits from the extra field for it."""
    place = 0
    while place + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, place)
        if kind == _ZIP64:
            field = extra[place + 4 : place + 4 + size]
            found = iter(struct.unpack_from(f"<{len(field) // 8}Q", field))
            return [next(found, number) if number == _IN_ZIP64 else number for number in numbers]
        place += 4 + size
    return list(numbers)


def _told_apart(members: list[Member]) -> list[Member]:
    """The members, those marked that lie in bytes of another one before them: no honest archive has any."""
    reached, overlapping = 0, set()
    for number in sorted(range(len(members)), key=lambda number: members[number].start):
        member = members[number]
        if member.start < reached:
            overlapping.add(number)
        reached = max(reached, member.start + _LOCAL_SIZE + len(member.raw) + member.packed)
    return [replace(member, apart=False) if number in overlapping else member for number, member in enumerate(members)]


def unpack(data: bytes, member: Member) -> bytes:
    """The content of a member: never more than one byte beyond the size that it says.

    Raises:
        DamagedError: If its content does not match its checksum, or is packed in a way that cannot be read.
    """
    start = member.start
    if not member.apart:
        raise DamagedError("it overlaps another member")
    if not data.startswith(_LOCAL, start) or start + _LOCAL_SIZE > len(data):
        raise DamagedError("its header is missing")
    name_size, extra_size = struct.unpack_from("<HH", data, start + 26)
    begin = start + _LOCAL_SIZE + name_size + extra_size
    if data[start + _LOCAL_SIZE : start + _LOCAL_SIZE + name_size] != member.raw or begin + member.packed > len(data):
        raise DamagedError("its header belongs to another member, or it is cut off")
    packed = memoryview(data)[begin : begin + member.packed]
    try:
        content = _unpacked(packed, member.method, member.size)
    except Exception as error:  # each decompressor has errors of its own
        raise DamagedError(f"{type(error).__name__}: {error}") from error
    if len(content) != member.size or zlib.crc32(content) != member.checksum:
        raise DamagedError("its content does not match its checksum")
    return content


def _unpacked(packed: memoryview, method: int, size: int) -> bytes:
    if method == _STORED:
        return bytes(packed[: size + 1])
    if method == _DEFLATED:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1)
    if method == _BZIP2:
        return bz2.BZ2Decompressor().decompress(packed, size + 1)
    if method == _LZMA:
        (properties,) = struct.unpack_from("<H", packed, 2)
        kind, window = struct.unpack_from("<BL", packed, 4)
        filters = {
            "id": lzma.FILTER_LZMA1,
            "lc": kind % 9,
            "lp": kind // 9 % 5,
            "pb": kind // 45,
            # What it says may be 4 GB, and is allocated; nothing reaches back further than there is content.
            "dict_size": min(window, max(size, 4096)),
        }
        unpacker = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[filters])
        return unpacker.decompress(packed[4 + properties :], size + 1)
    raise DamagedError(f"compression method {method} is not supported")
