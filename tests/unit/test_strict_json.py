"""Documents of others go in; values that can be counted with, shown and written again come out, or a phrase."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.strict_json import MAX_DEPTH, MAX_INTEGER, JsonError, parse_json, read_json, writable

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inside: st.lists(inside, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inside, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(PLAIN)
def test_what_json_can_hold_is_read_as_it_was_written(value: object) -> None:
    text = json.dumps(value, allow_nan=False)
    assert parse_json(text) == parse_json(text.encode()) == parse_json(b"\xef\xbb\xbf" + text.encode()) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("nan", "not valid JSON"),
        ("NaN", "not a number"),
        ('{"a": -Infinity}', "not a number"),
        ("1e999", "too large"),
        ("-1e400", "too large"),
        ("9" * 400, "too large"),
        ("9" * 5000, "too large"),
        (str(MAX_INTEGER + 1), "too large"),
        ('{"a": 1, "a": 2}', "'a' occurs in it twice"),
        (r'"\ud800"', "cannot be written"),
        (r'{"\udfff": 1}', "cannot be written"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "nested"),
        ("[" * 100_000, "nested"),
        ('{"a":' * 50_000, "nested"),
        (b"\xff\xfe[]", "not valid JSON"),
        ("[1] 2", "not valid JSON"),
    ],
)
def test_what_breaks_others_is_refused(text: str | bytes, words: str) -> None:
    with pytest.raises(JsonError, match=words) as caught:
        parse_json(text)
    assert len(str(caught.value)) < 200


@given(st.text() | st.binary())
def test_anything_else_is_a_refusal_too(text: str | bytes) -> None:
    try:
        json.dumps(parse_json(text), allow_nan=False).encode()
    except JsonError:
        return


def test_a_file_is_read_up_to_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_text("[1, 2, 3]")
    assert read_json(tmp_path / "a.json") == [1, 2, 3]
    monkeypatch.setattr("core.strict_json.MAX_BYTES", 8)
    with pytest.raises(JsonError, match="larger"):
        read_json(tmp_path / "a.json")


def test_what_is_not_finite_is_written_as_unknown() -> None:
    assert writable({"a": [math.nan, 1.5, (math.inf,)], "b": "NaN", "c": 3}) == {
        "a": [None, 1.5, [None]],
        "b": "NaN",
        "c": 3,
    }
