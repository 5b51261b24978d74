"""What a picture file says of the light that its numbers mean: PNG's cICP, `colr` of HEIC and AVIF, ICC's cicp.

ISO/IEC 14496-12 and 23008-12 (boxes and items), PNG 3rd edition, ICC.1:2022; their codes are those of H.273.
"""

import struct
from collections.abc import Iterator

from core.vision.pictures.hdr.tones import Tags

_MAX_BOXES = 4096
_MAX_ITEMS = 65_536  # whose properties are looked through for the main picture's


def tags_of_png(data: bytes) -> Tags | None:
    """Of the chunk `cICP`, which stands before the pixels."""
    position = 8
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        if kind == b"cICP" and length == 4:
            return Tags(data[position + 8], data[position + 9])
        if kind == b"IDAT":
            return None
        position += 12 + length
    return None


def tags_of_profile(profile: bytes) -> Tags | None:
    """Of an ICC profile that says them."""
    try:
        (count,) = struct.unpack_from(">I", profile, 128)
        for number in range(min(count, _MAX_BOXES)):
            name, offset, size = struct.unpack_from(">4sII", profile, 132 + 12 * number)
            if name == b"cicp" and size >= 12:
                primaries, transfer = struct.unpack_from("2B", profile, offset + 8)
                return Tags(primaries, transfer)
    except struct.error:
        return None
    return None


def tags_of_heif(data: bytes) -> Tags | None:
    """Of the main picture of a HEIC or AVIF; None where it says none or is damaged."""
    try:
        inside = _meta(data)
        properties = dict(_boxes(inside.get(b"iprp", b"")))
        listed = list(_boxes(properties.get(b"ipco", b"")))
        primary = _primary(inside.get(b"pitm", b""))
        for index in _properties_of(primary, properties.get(b"ipma", b"")):
            kind, content = listed[index - 1] if 0 < index <= len(listed) else (b"", b"")
            if kind == b"colr" and content.startswith(b"nclx"):
                primaries, transfer = struct.unpack_from(">2H", content, 4)
                return Tags(primaries, transfer)
    except (struct.error, IndexError):
        return None
    return None


def items_of_heif(data: bytes) -> int:
    """How many items a HEIC or AVIF says it holds: pictures, their tiles, EXIF and others; 0 where it is damaged."""
    try:
        items = _meta(data).get(b"iinf", b"")
        return int(struct.unpack_from(">I" if items[0] else ">H", items, 4)[0])
    except (struct.error, IndexError):
        return 0


def _meta(data: bytes) -> dict[bytes, bytes]:
    """The boxes that describe the pictures of a file."""
    return dict(_boxes(next((content for kind, content in _boxes(data) if kind == b"meta"), b"")[4:]))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of the boxes that stand one after the other."""
    position = 0
    for _ in range(_MAX_BOXES):
        if position + 8 > len(data):
            return
        size, kind = struct.unpack_from(">I4s", data, position)
        header = 8
        if size == 1:
            (size,), header = struct.unpack_from(">Q", data, position + 8), 16
        end = len(data) if size == 0 else position + size
        if end < position + header:
            return
        yield kind, data[position + header : end]
        position = end


def _primary(pitm: bytes) -> int:
    """The number of the main picture."""
    return int(struct.unpack_from(">I" if pitm[0] else ">H", pitm, 4)[0])


def _properties_of(item: int, ipma: bytes) -> list[int]:
    """The properties of an item, by their place in the list, from 1 on."""
    wide, long = ipma[0] >= 1, bool(ipma[3] & 1)
    (count,) = struct.unpack_from(">I", ipma, 4)
    position = 8
    for _ in range(min(count, _MAX_ITEMS)):
        (number,) = struct.unpack_from(">I" if wide else ">H", ipma, position)
        position += 4 if wide else 2
        size, position = ipma[position], position + 1
        step = 2 if long else 1
        if number == item:
            raw = [ipma[position + step * k : position + step * (k + 1)] for k in range(size)]
            return [int.from_bytes(value, "big") & (0x7FFF if long else 0x7F) for value in raw]
        position += step * size
    return []
