"""A user's file name → one that is safe to write, to pack and to unpack on any system.

Rules: Microsoft, "Naming Files, Paths, and Namespaces" (characters, device names, trailing dots);
255 bytes a name on Linux; names that differ only in case are one name on Windows and macOS.
"""

import re
import unicodedata
from collections.abc import Callable

MAX_CHARACTERS = 120
_MAX_BYTES = 200  # of 255, so that a suffix such as ".part" still fits
_FALLBACK = "picture"
_FORBIDDEN = '<>:"|?*'
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_JOINER = "\u200d"  # holds an emoji of several parts together; other invisible characters only mislead


def safe_name(name: str, taken: set[str], suffix: str | None = None) -> str:
    """A name without folders that is unlike all others.

    Args:
        name: A file's name or path, holding anything.
        taken: Names in use, in lower case (`str.casefold`) as this function adds its own.
        suffix: Replaces the name's own, such as ".jpg"; None keeps that.

    Returns:
        At most 120 characters (and 200 bytes in UTF-8): no separator, control or invisible character,
        no device name of Windows, no leading or trailing dot, space or dash. Its beginning is that of
        `name`; a name that is taken gets a number: "photo (2).jpg".
    """
    stem, own_suffix = _parts(re.split(r"[/\\]", name)[-1])
    suffix = own_suffix if suffix is None else suffix

    def numbered(number: int) -> str:
        ending = suffix if number == 1 else f" ({number}){suffix}"
        return _shortened(stem, ending) + ending

    def is_taken(number: int) -> bool:
        return numbered(number).casefold() in taken

    chosen = numbered(_first_free(is_taken))
    taken.add(chosen.casefold())
    return chosen


def _first_free(is_taken: Callable[[int], bool]) -> int:
    """A free number after a taken one, from 1; by halving, since ten thousand files may share a name."""
    low, high = 0, 1
    while is_taken(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_taken(middle) else (low, middle)
    return high


def _parts(name: str) -> tuple[str, str]:
    """Stem and suffix with harmless characters only; the stem is never empty."""
    clean = "".join(_harmless(letter) for letter in unicodedata.normalize("NFC", name)).strip(" .")
    dot = clean.rfind(".")
    stem, suffix = (clean[:dot], clean[dot:]) if dot > 0 and _SUFFIX.fullmatch(clean[dot:]) else (clean, "")
    return stem.strip(" .-") or _FALLBACK, suffix


def _harmless(letter: str) -> str:
    category = unicodedata.category(letter)
    if letter in _FORBIDDEN or category in ("Cc", "Cs", "Zl", "Zp"):
        return "_"
    if category == "Zs":
        return " "
    return "" if category == "Cf" and letter != _JOINER else letter


def _shortened(stem: str, ending: str) -> str:
    stem = stem[: MAX_CHARACTERS - len(ending) - 1]
    room = _MAX_BYTES - len(ending.encode()) - 1
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(" .-" + _JOINER) or _FALLBACK
    # Windows takes the part before the first dot, whatever follows, for the device.
    return f"_{stem}" if _DEVICE.fullmatch(stem.split(".")[0].strip()) else stem
