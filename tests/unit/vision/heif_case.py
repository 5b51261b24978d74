"""HEIC and AVIF files box by box, for what no encoder writes: tiles that lie, parts that are read again and again."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.vision.pictures.heif.items import boxes, meta

HEVC, AV1, GRID, OVERLAY = b"hvc1", b"av01", b"grid", b"iovl"
_CONFIGURATIONS = (b"hvcC", b"av1C")


@dataclass(frozen=True)
class Item:
    """One item: what it is, its bytes, its properties as boxes, and what it refers to by which kind of reference.

    Its bytes stand in the file `again` times more than once by its own account, each time at the same place.
    """

    kind: bytes
    content: bytes
    properties: Sequence[bytes] = ()
    refers: Mapping[bytes, Sequence[int]] = field(default_factory=dict)
    again: int = 0


def box(kind: bytes, content: bytes) -> bytes:
    """A box."""
    return struct.pack(">I", len(content) + 8) + kind + content


def size_of(width: int, height: int) -> bytes:
    """The property that states a size."""
    return box(b"ispe", struct.pack(">3I", 0, width, height))


ALPHA = box(b"auxC", bytes(4) + b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")


def grid_of(rows: int, columns: int, width: int, height: int) -> bytes:
    """The content of a grid."""
    return struct.pack(">4B2H", 0, 0, rows - 1, columns - 1, width, height)


def coded_in(data: bytes) -> tuple[bytes, list[bytes]]:
    """What an encoder wrote as the one item of a file, and its properties but for the size."""
    inside = meta(data)
    (media,) = (content for kind, content in boxes(data) if kind == b"mdat")
    properties = dict(boxes(inside[b"iprp"]))[b"ipco"]
    return media, [box(kind, content) for kind, content in boxes(properties) if kind != b"ispe"]


def heif(items: Sequence[Item]) -> bytes:
    """A file of these items, numbered from 1 on; the first is the picture. Equal contents stand there once."""
    brand = b"avif" if any(item.kind == AV1 for item in items) else b"heic"
    media = b"".join(dict.fromkeys(item.content for item in items))
    return _file(brand, items, media, len(_file(brand, items, media, 0)) - len(media)) if items else b""


def _file(brand: bytes, items: Sequence[Item], media: bytes, start: int) -> bytes:
    listed = list(dict.fromkeys(each for item in items for each in item.properties))
    described = places = owned = refers = b""
    for number, item in enumerate(items, start=1):
        described += box(b"infe", struct.pack(">I2H4sx", 2 << 24, number, 0, item.kind))
        place = struct.pack(">2I", start + media.index(item.content), len(item.content)) * (1 + item.again)
        places += struct.pack(">3H", number, 0, 1 + item.again) + place
        indexes = [listed.index(each) + 1 | (each[4:8] in _CONFIGURATIONS) << 7 for each in item.properties]
        owned += struct.pack(">HB", number, len(indexes)) + bytes(indexes)
        for kind, targets in item.refers.items():
            refers += box(kind, struct.pack(f">2H{len(targets)}H", number, len(targets), *targets))
    inside = [
        box(b"hdlr", bytes(8) + b"pict" + bytes(13)),
        box(b"pitm", struct.pack(">IH", 0, 1)),
        box(b"iloc", struct.pack(">I2BH", 0, 0x44, 0, len(items)) + places),
        box(b"iinf", struct.pack(">2I", 1 << 24, len(items)) + described),
        box(b"iref", bytes(4) + refers),
        box(b"iprp", box(b"ipco", b"".join(listed)) + box(b"ipma", struct.pack(">2I", 0, len(items)) + owned)),
    ]
    head = box(b"ftyp", brand + bytes(4) + b"mif1" + brand) + box(b"meta", bytes(4) + b"".join(inside))
    return head + box(b"mdat", media)
