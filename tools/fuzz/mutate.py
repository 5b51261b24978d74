"""Ways to damage files: byte by byte, and by what JSON, tables and archives are made of."""

import json
import random
from typing import Any

_LONG = "9" * 400
_NUMBERS = ("1e999", "-1e999", "NaN", "Infinity", _LONG, "-1", "0", "true", "null", '"0.5"', "1e-320", "2.5", "1e308")
_TEXTS = ("", "a:b", "../x", "/etc/passwd", "\u202e", "\0", "=1+1", "<b>", "ü" * 300, "😷", "\ud800", "a\nb", "figure")
_NESTED = ("[" * 60 + "]" * 60, '{"a":' * 40 + "1" + "}" * 40, "[" * 20_000)
_CELLS = ("", "nan", "inf", "-inf", "1e999", _LONG, "-1", "0", "true", "0x10", "1_000", "ü", '"', ",", "\0", "1e308")
_BYTES = (0, 1, 127, 128, 255)


def damaged(data: bytes, draw: random.Random) -> bytes:
    """Some of: bytes changed, cut off, cut out, repeated, put in; the beginning, with the headers, more often."""
    content = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 3, 8, 30))):
        if not content:
            break
        reach = len(content) if draw.random() < 0.5 else min(len(content), 400)
        place = draw.randrange(reach)
        step = draw.random()
        if step < 0.55:
            content[place] = draw.choice(_BYTES) if draw.random() < 0.5 else draw.randrange(256)
        elif step < 0.7:
            width = draw.choice((2, 4, 8))
            content[place : place + width] = draw.choice((b"\xff", b"\x00", b"\x7f")) * width
        elif step < 0.78:
            del content[draw.randrange(len(content)) :]
        elif step < 0.86:
            del content[place : place + draw.randrange(1, 64)]
        elif step < 0.94:
            content[place:place] = content[place : place + draw.randrange(1, 256)]
        else:
            content[place:place] = draw.randbytes(draw.randrange(1, 64))
    return bytes(content)


def damaged_json(text: str, draw: random.Random) -> bytes:
    """The document with one to three values replaced, removed or renamed; now and then damaged as bytes instead."""
    if draw.random() < 0.1:
        return damaged(text.encode(), draw)
    document = json.loads(text)
    marks: dict[str, str] = {}
    for _ in range(draw.choice((1, 1, 2, 3))):
        places = list(_places(document))
        if not places:
            break
        holder, key = draw.choice(places)
        step = draw.random()
        if step < 0.1:
            del holder[key]
        elif step < 0.2 and isinstance(holder, dict):
            holder[draw.choice(_TEXTS)] = holder.pop(key)
        else:
            marks[mark := f"<<{len(marks)}>>"] = _value(draw)
            holder[key] = mark
    written = json.dumps(document)
    for mark, value in marks.items():
        written = written.replace(f'"{mark}"', value)
    return written.encode()


def _value(draw: random.Random) -> str:
    step = draw.random()
    if step < 0.5:
        return draw.choice(_NUMBERS)
    if step < 0.8:
        return json.dumps(draw.choice(_TEXTS))
    return draw.choice((*_NESTED, "[]", "{}", '{"a": 1, "a": 2}', "[[], {}]"))


def _places(document: Any) -> list[tuple[Any, Any]]:
    found = []
    waiting = [document]
    while waiting:
        holder = waiting.pop()
        if isinstance(holder, dict | list):
            keys = holder if isinstance(holder, dict) else range(len(holder))
            found += [(holder, key) for key in keys]
            waiting += list(holder.values()) if isinstance(holder, dict) else holder
    return found


def damaged_table(text: str, draw: random.Random) -> bytes:
    """The CSV with cells, lines or the header changed; now and then damaged as bytes instead."""
    if draw.random() < 0.15:
        return damaged(text.encode(), draw)
    rows = [line.split(",") for line in text.splitlines()]
    for _ in range(draw.choice((1, 1, 2, 5, 20))):
        row = draw.choice(rows[:1] if draw.random() < 0.1 else rows)
        step = draw.random()
        if step < 0.75 and row:
            row[draw.randrange(len(row))] = draw.choice(_CELLS)
        elif step < 0.85:
            row.append(draw.choice(_CELLS))
        elif row:
            row.pop()
    end = draw.choice(("\n", "\n", "\r\n", "\r"))
    return end.join(",".join(row) for row in rows).encode("utf-8", "surrogatepass")
