"""What a HEIC or AVIF holds, by its boxes: whether its pictures are what they seem, before any decoder is asked.

A file of a few kilobytes may say that it is of 64 x 64 pixels, and have its decoder go over gigapixels: by tiles that
are larger than their grid, an alpha channel of another size, a thousand frames in one picture, or parts of the file
that are read again and again. Boxes: ISO/IEC 14496-12 and 23008-12; HEVC: 14496-15; AV1: its specification, 5.5.
"""

import struct
from collections import Counter
from collections.abc import Iterator

_MAX_BOXES = 4096
_MAX_PARTS = 10_000  # extents of a file, and units of all its coded pictures
_MAX_DESCRIBED = 2**20  # bytes of what describes the pictures, of which each may be a number to look at
HEVC, AV1, GRID = b"hvc1", b"av01", b"grid"
CODED = (HEVC, AV1)
_BESIDE = (GRID, b"Exif", b"mime", b"uri ", b"tmap")  # what else may stand in a file; nothing is decoded of these
_SEQUENCE_HEADER, _FRAMES = 1, (3, 6)  # units of AV1
_HEADER, _LAST_LEVEL_WITHOUT_TIER = 128, 7  # bytes of the former that are looked at
_PARAMETERS, _SPS = (32, 33, 34), 33  # units of HEVC

Extents = list[tuple[int, int]]


def boxes(data: bytes, *, strict: bool = False) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of the boxes that stand one after the other.

    Raises:
        ValueError: If `strict`, and they are too many or do not end where `data` does.
    """
    position = 0
    for _ in range(_MAX_BOXES):
        if position + 8 > len(data):
            break
        size, kind = struct.unpack_from(">I4s", data, position)
        header = 8
        if size == 1:
            (size,), header = struct.unpack_from(">Q", data, position + 8), 16
        end = len(data) if size == 0 else position + size
        if end < position + header:
            break
        yield kind, data[position + header : end]
        position = end
    if strict and position != len(data):
        raise ValueError("the boxes do not end with what they stand in")


def meta(data: bytes) -> dict[bytes, bytes]:
    """The boxes that describe the pictures of a file."""
    return dict(boxes(next((content for kind, content in boxes(data) if kind == b"meta"), b"")[4:]))


def items_of_heif(data: bytes) -> int:
    """How many items a HEIC or AVIF says it holds: pictures, their tiles, EXIF and others; 0 where it is damaged."""
    try:
        items = meta(data).get(b"iinf", b"")
        return int(struct.unpack_from(">I" if items[0] else ">H", items, 4)[0])
    except (struct.error, IndexError):
        return 0


def is_plain(data: bytes, most: int) -> bool:
    """Whether a HEIC or AVIF is surely decoded by going over `most` pixels at most, and through its bytes once.

    Films, pictures that are put together in rare ways, and files that are damaged are not plain.
    """
    try:
        return _pixels(data) <= most
    except (struct.error, IndexError, ValueError, KeyError):
        return False


def _pixels(data: bytes) -> int:
    """Pixels of all coded pictures of a file together, each as often as it may be decoded."""
    top = list(boxes(data, strict=True))
    if [kind for kind, _ in top if kind in (b"meta", b"moov")] != [b"meta"]:
        raise ValueError("a film, or several descriptions")
    described = dict(top)[b"meta"]
    if len(described) > _MAX_DESCRIBED:
        raise ValueError("more descriptions than pictures need")
    inside = _once(boxes(described[4:], strict=True))
    kinds, places = kinds_of(inside[b"iinf"]), places_of(inside[b"iloc"])
    if not all(kind in (*CODED, *_BESIDE) for kind in kinds.values()):
        raise ValueError("a picture of a rare kind")
    if sum(size for _, extents in places.values() for _, size in extents) > len(data):
        raise ValueError("items that share their bytes")
    times = _times(kinds, inside.get(b"iref", bytes(4)))
    sides, length = _properties(inside[b"iprp"]) if HEVC in kinds.values() else ({}, 0)
    pixels = units = 0
    for item, kind in kinds.items():
        if kind in CODED:
            in_file, extents = places[item]
            if not in_file:
                raise ValueError("a coded picture among the descriptions")
            coded = b"".join(data[start : start + size] for start, size in extents)
            own, more = _av1_pixels(coded) if kind == AV1 else _hevc_pixels(coded, length, sides[item])
            pixels, units = pixels + own * times[item], units + more
            if units > _MAX_PARTS:
                raise ValueError("too many parts")
    return pixels


def _once(found: Iterator[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Boxes by their kind, of which there must be one each."""
    pairs = list(found)
    if len({kind for kind, _ in pairs}) < len(pairs):
        raise ValueError("two boxes of a kind")
    return dict(pairs)


class Numbers:
    """Numbers that stand one after the other."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data, self._position = data, position

    def take(self, size: int) -> int:
        """The next number, of so many bytes."""
        self._position += size
        if self._position > len(self._data):
            raise ValueError("it ends within a number")
        return int.from_bytes(self._data[self._position - size : self._position], "big")


def kinds_of(iinf: bytes) -> dict[int, bytes]:
    """What each item is."""
    kinds = {}
    for kind, content in boxes(iinf[8 if iinf[0] else 6 :], strict=True):
        wide = {2: 2, 3: 4}[content[0]]
        number = int.from_bytes(content[4 : 4 + wide], "big")
        if kind != b"infe" or number in kinds:
            raise ValueError("an item is described in another way, or twice")
        kinds[number] = content[6 + wide : 10 + wide]
    return kinds


def places_of(iloc: bytes) -> dict[int, tuple[bool, Extents]]:
    """Whether each item's bytes are counted from the file's beginning, and where they stand: start and size."""
    version, sizes = iloc[0], (iloc[4] >> 4, iloc[4] & 15, iloc[5] >> 4, iloc[5] & 15 if iloc[0] else 0)
    numbers, wide, places, parts = Numbers(iloc, 6), 4 if version == 2 else 2, dict[int, tuple[bool, Extents]](), 0
    for _ in range(numbers.take(wide)):
        item = numbers.take(wide)
        method = numbers.take(2) & 15 if version else 0
        outside, base, count = numbers.take(2), numbers.take(sizes[2]), numbers.take(2)
        parts += count
        if item in places or outside or parts > _MAX_PARTS:
            raise ValueError("an item stands at two places, in another file, or in too many parts")
        extents = []
        for _ in range(count):
            numbers.take(sizes[3])
            start, size = numbers.take(sizes[0]) + base, numbers.take(sizes[1])
            if not size:
                raise ValueError("all the rest of the file")
            extents.append((start, size))
        places[item] = (method == 0, extents)
    return places


def _times(kinds: dict[int, bytes], iref: bytes) -> dict[int, int]:
    """How often each item is decoded at most for one picture."""
    wide = 4 if iref[0] else 2
    uses, alphas = Counter[int](), dict[int, int]()
    for kind, content in boxes(iref[4:], strict=True):
        numbers = Numbers(content, 0)
        item = numbers.take(wide)
        targets = [numbers.take(wide) for _ in range(numbers.take(2))]
        if kind == b"dimg":
            uses.update(targets)
            if kinds[item] == GRID and any(kinds[target] not in CODED for target in targets):
                raise ValueError("a grid of what is no coded picture")
        elif kind == b"auxl":
            if len(targets) != 1 or item in alphas:
                raise ValueError("an alpha channel of several pictures")
            alphas[item] = targets[0]
    if any(target in alphas or (uses[target] and kinds[item] == GRID) for item, target in alphas.items()):
        raise ValueError("an alpha channel of an alpha channel, or one of tiles for a tile")
    return {item: max(1, uses[item], uses[alphas.get(item, item)]) for item in kinds}


def _properties(iprp: bytes) -> tuple[dict[int, int], int]:
    """Width times height of each item, as it says, and in how many bytes the units of HEVC say their size."""
    inside = _once(boxes(iprp, strict=True))
    listed, numbers = list(boxes(inside[b"ipco"], strict=True)), Numbers(inside[b"ipma"], 4)
    lengths = {1 + (content[21] & 3) for kind, content in listed if kind == b"hvcC" and _has_one_sps(content)}
    if len(lengths) != 1 or not all(_has_one_sps(content) for kind, content in listed if kind == b"hvcC"):
        raise ValueError("several ways to read the units")
    wide, long, sides = 4 if inside[b"ipma"][0] else 2, bool(inside[b"ipma"][3] & 1), dict[int, int]()
    for _ in range(numbers.take(4)):
        item = numbers.take(wide)
        indexes = [numbers.take(2) & 0x7FFF if long else numbers.take(1) & 0x7F for _ in range(numbers.take(1))]
        sizes = [content for kind, content in (listed[index - 1] for index in indexes if index) if kind == b"ispe"]
        if item in sides or len(sizes) > 1:
            raise ValueError("two sizes of a picture")
        width, height = struct.unpack_from(">2I", sizes[0], 4) if sizes else (0, 0)
        sides[item] = width * height
    return sides, lengths.pop()


def _has_one_sps(hvcc: bytes) -> bool:
    """Whether the parameters of HEVC pictures state one size, which decoders compare with that of the item."""
    numbers, found = Numbers(hvcc, 22), 0
    for _ in range(numbers.take(1)):
        kind = numbers.take(1) & 0x3F
        for _ in range(numbers.take(2)):
            found += kind == _SPS
            numbers.take(numbers.take(2))
    return found == 1


def _hevc_pixels(coded: bytes, length: int, each: int) -> tuple[int, int]:
    """Pixels of all pictures in an item of HEVC, of which each has so many, and how many units it has."""
    position = pictures = units = 0
    while position < len(coded):
        size = int.from_bytes(coded[position : position + length], "big")
        kind = coded[position + length] >> 1 & 0x3F
        pictures += kind < _PARAMETERS[0] and coded[position + length + 2] >> 7  # the first part of one
        position, units = position + length + size, units + 1
        if kind in _PARAMETERS or units > _MAX_PARTS:
            raise ValueError("parameters among the pictures, or too many parts")
    return each * max(1, pictures), units


def _av1_pixels(coded: bytes) -> tuple[int, int]:
    """Pixels of all frames in an item of AV1, and how many units it has."""
    position = frames = largest = units = 0
    while position < len(coded):
        header, units = coded[position], units + 1
        position += 2 if header & 4 else 1
        size, shift = len(coded) - position, 0
        if header & 2:
            size = 0
            while True:
                size |= (coded[position] & 0x7F) << shift
                position, shift = position + 1, shift + 7
                if not coded[position - 1] & 0x80:
                    break
                if shift > 56:
                    raise ValueError("a size of more than eight bytes")
        kind = header >> 3 & 15
        frames += kind in _FRAMES
        if kind == _SEQUENCE_HEADER:
            largest = max(largest, _av1_size(coded[position : position + size]))
        position += size
        if units > _MAX_PARTS:
            raise ValueError("too many parts")
    if not largest:
        raise ValueError("nothing says how large the frames are")
    return largest * max(1, frames), units


def _av1_size(header: bytes) -> int:
    """Pixels that a frame has at most by a sequence header; after a long one it may have all that its bits can say."""
    bits, position = int.from_bytes(header[:_HEADER].ljust(_HEADER, b"\0"), "big"), 0

    def take(count: int) -> int:
        nonlocal position
        position += count
        return bits >> (8 * _HEADER - position) & ((1 << count) - 1)

    take(4)  # profile, and whether it is a still picture
    short = take(1)
    if short:
        take(5)  # level
    elif take(1):
        raise ValueError("times, as of a film")
    else:
        delays = take(1)
        for _ in range(take(5) + 1):
            take(12)
            tiered = take(5) > _LAST_LEVEL_WITHOUT_TIER
            take(1 if tiered else 0)
            if delays and take(1):
                take(4)
    wide, high = take(4) + 1, take(4) + 1
    return (take(wide) + 1) * (take(high) + 1) if short else 1 << wide + high
