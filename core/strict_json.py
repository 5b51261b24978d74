"""JSON that others wrote, read strictly: whatever comes out can be counted with, shown and written again.

Python's own reader takes NaN and Infinity, turns 1e999 into infinity, keeps the last of two equal keys, reads
integers of any size and strings that no encoding can write. Each of these has broken a page or a table far from the
file that it came from, so here they are refused at the door, with a phrase that says what and where.
"""

import errno
import json
import math
import os
import stat
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 32
MAX_INTEGER = 2**63 - 1
_SHOWN = 40
Item = TypeVar("Item")
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)


class JsonError(ValueError):
    """A document that is no strict JSON, or a value in it that is not of the kind that it should be."""


def read_json(path: Path) -> Any:
    """Read a file of UTF-8 JSON; see `parse_json`.

    Raises:
        OSError: If it cannot be read.
        JsonError: If it is larger than `MAX_BYTES` or no strict JSON.
    """
    return parse_json(read_plain(path, MAX_BYTES + 1))


def parse_json(text: str | bytes) -> Any:
    """Read strict JSON.

    Args:
        text: The document; bytes are UTF-8, with or without a byte order mark.

    Returns:
        Dictionaries without equal keys, lists, strings that UTF-8 can write, finite floats, integers of at most 63
        bits, booleans and None, nested at most `MAX_DEPTH` deep.

    Raises:
        JsonError: If the document is anything else, or larger than `MAX_BYTES`.
    """
    if len(text) > MAX_BYTES:
        raise JsonError(f"it is larger than {MAX_BYTES // 2**20} MB")
    try:
        value = json.loads(
            text if isinstance(text, str) else text.decode("utf-8-sig"),
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_short,
            object_pairs_hook=_unique,
        )
    except JsonError:
        raise
    except ValueError as error:  # also what is no UTF-8
        raise JsonError(f"it is not valid JSON: {error}") from error
    except RecursionError as error:
        raise JsonError(f"it is nested more than {MAX_DEPTH} levels deep") from error
    _check(value)
    return value


def writable(values: Any) -> Any:
    """The same values with None in the place of every float that is not finite, which JSON cannot hold."""
    if isinstance(values, dict):
        return {key: writable(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [writable(value) for value in values]
    return None if isinstance(values, float) and not math.isfinite(values) else values


def number(value: Any, name: str) -> float:
    """A number as a float; a boolean, a string or null is none.

    Raises:
        JsonError: If it is none; `name` says which value is meant.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        _wrong(value, name, "a number")
    return float(value)


def number_or_none(value: Any, name: str) -> float | None:
    """A number as `number` takes it, or None for null."""
    return None if value is None else number(value, name)


def integer(value: Any, name: str) -> int:
    """A whole number; 3.0 is not written as one.

    Raises:
        JsonError: If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        _wrong(value, name, "a whole number")
    return value


def is_integer(value: Any) -> bool:
    """Whether a value is a whole number, which a boolean is not."""
    return isinstance(value, int) and not isinstance(value, bool)


def string(value: Any, name: str) -> str:
    """A string.

    Raises:
        JsonError: If it is none.
    """
    if not isinstance(value, str):
        _wrong(value, name, "a text")
    return value


def array(value: Any, name: str, item: Callable[[Any, str], Item]) -> list[Item]:
    """A list, each item of which is what `item` takes.

    Raises:
        JsonError: If it is none, or one of its items is not.
    """
    if not isinstance(value, list):
        _wrong(value, name, "a list")
    return [item(one, name) for one in value]


def json_object(value: Any, name: str) -> dict[str, Any]:
    """An object, as a dictionary.

    Raises:
        JsonError: If it is none.
    """
    if not isinstance(value, dict):
        _wrong(value, name, "an object")
    return value


def strings(value: Any, name: str) -> dict[str, str]:
    """An object whose values are all strings.

    Raises:
        JsonError: If it is none.
    """
    return {key: string(one, f"{name}: {key[:_SHOWN]}") for key, one in json_object(value, name).items()}


def read_plain(path: Path, limit: int) -> bytes:
    """The first bytes of a file.

    Args:
        path: The file; links are followed.
        limit: How many to read at most; the file may be longer.

    Raises:
        OSError: If it cannot be read, or is no file.
    """
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _NONBLOCK)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is not a file but a device or a pipe", str(path))
        return file.read(limit)


def _wrong(value: Any, name: str, kind: str) -> NoReturn:
    shown = json.dumps(value)
    raise JsonError(f"{name} must be {kind}, got {shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '…'}")


def _no_number(name: str) -> NoReturn:
    raise JsonError(f"{name} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise JsonError(f"the number {text[:_SHOWN]} is too large to work with")
    return value


def _short(text: str) -> int:
    if len(text) > len(str(MAX_INTEGER)) + 1 or not -MAX_INTEGER <= int(text) <= MAX_INTEGER:
        raise JsonError(f"the number {text[:_SHOWN]} is too large to work with")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise JsonError(f"{twice[:_SHOWN]!r} occurs in it twice")
    return values


def _check(document: Any) -> None:
    """Refuse what is nested too deep, and lone surrogates, which no encoding can write."""
    waiting = [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise JsonError(f"a text in it cannot be written: {error.reason}") from error
        elif isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                raise JsonError(f"it is nested more than {MAX_DEPTH} levels deep")
            inside = [*value, *value.values()] if isinstance(value, dict) else value
            waiting += [(one, depth + 1) for one in inside]
