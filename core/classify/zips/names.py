"""The names of a ZIP's members as their user knows them.

A name is bytes in an encoding that older programs did not say: APPNOTE.TXT knows code page 437 and, by a flag or an
extra field, UTF-8. macOS writes UTF-8 without the flag, and Windows the code page of its language.
"""

import re
import struct
import unicodedata
import zlib

_UTF8 = 0x800  # of a member's flags (APPNOTE 4.4.4)
_UNICODE_PATH = 0x7075  # number of the extra field that says the name again in UTF-8 (APPNOTE 4.6.9)
_KANA = re.compile(r"[\u3040-\u30fa\u30fd-\u30ff]")
_CJK = re.compile(r"[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e\u2010-\u2027]+")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]+")


def member_name(raw: bytes, flags: int, extra: bytes = b"") -> str:
    """Decode a name.

    Args:
        raw: As it stands in the directory.
        flags: The member's flags.
        extra: The member's extra fields.

    Returns:
        The name in Unicode's composed form (NFC): as the archive says, else as UTF-8 where it can be that, else in
        the code page in which its letters make words: 437, 932 (Japanese), 936 (Chinese), 866 (Russian) or 1252.
        What comes after a zero byte is cut off.
    """
    said = _unicode_path(raw, extra)
    if said is None and (raw.isascii() or flags & _UTF8 or _decoded(raw, "utf-8") is not None):
        said = _decoded(raw, "utf-8")
    return unicodedata.normalize("NFC", said or _guessed(raw)).partition("\0")[0]


def _unicode_path(raw: bytes, extra: bytes) -> str | None:
    """The name in the extra field for it, unless the other name has been changed since."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        content, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and len(content) > 5:
            version, checksum = struct.unpack_from("<BL", content)
            if version == 1 and checksum == zlib.crc32(raw):
                return _decoded(content[5:], "utf-8")
    return None


def _guessed(raw: bytes) -> str:
    western, japanese, chinese, russian = (_decoded(raw, page) for page in ("cp437", "cp932", "gb2312", "cp866"))
    latin = _decoded(raw, "cp1252")
    usual = raw.decode("cp437")
    if western and _is_latin(western):
        return western
    if japanese and _KANA.search(japanese) and _all_of(_CJK, japanese):
        return japanese
    if chinese and _all_of(_CJK, chinese):
        return chinese
    if russian and _all_of(_CYRILLIC, russian) and _makes_words(russian):
        return russian
    if japanese and _all_of(_CJK, japanese):
        return japanese
    return latin if latin and _is_latin(latin) else usual


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _foreign(text: str) -> str:
    return "".join(letter for letter in text if not letter.isascii())


def _is_latin(text: str) -> bool:
    return all(unicodedata.name(letter, "").startswith("LATIN") for letter in _foreign(text))


def _all_of(letters: re.Pattern[str], text: str) -> bool:
    return letters.fullmatch(_foreign(text)) is not None


def _makes_words(text: str) -> bool:
    """Whether capitals stand where words have them, and no word mixes scripts."""
    words = re.findall(r"[^\W\d_]+", text)
    foreign = [word for word in words if not word.isascii()]
    return all(not any(letter.isascii() for letter in word) for word in foreign) and all(
        word.istitle() or word.islower() or word.isupper() for word in foreign
    )
