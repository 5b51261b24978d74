"""Names of users' files go in; names that are safe on every system come out."""

import unicodedata
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.classify.file_names import MAX_CHARACTERS, safe_name

NAMES = st.text() | st.text("./\\:. -\u202e\u200d\n\0CONcon1😷é(2)jpg", max_size=300)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("photo.jpg", "photo.jpg"),
        ("Ünïcode 😷 family 👨\u200d👩\u200d👧.jpeg", "Ünïcode 😷 family 👨\u200d👩\u200d👧.jpeg"),
        ("some/folder/photo.jpg", "photo.jpg"),
        ("..\\..\\windows\\photo.jpg", "photo.jpg"),
        ("../..", "picture"),
        ("", "picture"),
        (".jpg", "jpg"),
        (".hidden.png", "hidden.png"),
        ("-rf.jpg", "rf.jpg"),
        ("CON", "_CON"),
        ("nul.jpg", "_nul.jpg"),
        ("Com1.tar.jpg", "_Com1.tar.jpg"),
        ("lpt¹.jpg", "_lpt¹.jpg"),
        ("console.jpg", "console.jpg"),
        ("a:b*c?d.jpg", "a_b_c_d.jpg"),
        ('=cmd|"x".jpg', "=cmd__x_.jpg"),
        ("two\nlines\x7f.jpg", "two_lines_.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("photo.jpg. . ", "photo.jpg"),
        ("\udcff.jpg", "_.jpg"),
        ("archive.tar.gz", "archive.tar.gz"),
        ("not a.suffix at all", "not a.suffix at all"),
    ],
)
def test_names_become_safe_and_stay_recognisable(name: str, safe: str) -> None:
    assert safe_name(name, set()) == safe


def test_long_names_keep_beginning_and_suffix() -> None:
    safe = safe_name("holiday " * 30 + ".jpeg", set())
    assert len(safe) <= MAX_CHARACTERS
    assert safe.startswith("holiday holiday")
    assert safe.endswith(".jpeg")
    assert len(safe_name("😷" * 200 + ".jpg", set()).encode()) <= 200


def test_taken_names_get_numbers_whatever_their_case() -> None:
    taken = {"given.png"}
    assert [safe_name(name, taken) for name in ["a.jpg", "A.JPG", "b/a.jpg", "a (2).jpg", "Given.png"]] == [
        "a.jpg", "A (2).JPG", "a (3).jpg", "a (2) (2).jpg", "Given (2).png",
    ]  # fmt: skip


def test_another_suffix_can_be_asked_for() -> None:
    taken: set[str] = set()
    assert [safe_name(name, taken, ".jpg") for name in ("a.png", "a.webp", "a")] == ["a.jpg", "a (2).jpg", "a (3).jpg"]


def test_ten_thousand_files_of_one_name_are_named_at_once() -> None:
    taken: set[str] = set()
    assert len({safe_name("x" * 200 + ".jpg", taken).casefold() for _ in range(10_000)}) == 10_000


@given(st.lists(NAMES, max_size=8), st.sampled_from([None, ".jpg", ".png"]))
def test_any_names_become_safe_and_unique(names: list[str], suffix: str | None) -> None:
    taken: set[str] = set()
    safe = [safe_name(name, taken, suffix) for name in names]
    assert len({name.casefold() for name in safe}) == len(names)
    for name in safe:
        assert 0 < len(name) <= MAX_CHARACTERS
        assert len(name.encode()) <= 200
        assert Path(name).name == name == PureWindowsPath(name).name
        assert not PureWindowsPath(name).is_reserved()
        assert name == name.strip(" .-")
        assert not set(name) & set('<>:"/\\|?*')
        assert all(unicodedata.category(letter) not in ("Cc", "Cs") for letter in name)
        assert "\u202e" not in name
        assert suffix is None or name.endswith(suffix)
