"""Names of folders and files as users give them."""

from pathlib import Path

import pytest

from core.errors import DatasetError
from core.ui.given import named_folder, own_name


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    made = tmp_path / "Fotos für Übung (1)"
    made.mkdir()
    return made


@pytest.mark.parametrize(
    "form", ["{0}", "  {0}  ", '"{0}"', "'{0}'", "\u201c{0}\u201d", "file://{1}", "{2}", "~/{3}", ' "~/{3}" ', "{0}/"]
)
def test_a_folder_is_found_in_every_form_in_which_it_is_copied(folder: Path, form: str) -> None:
    address = folder.as_uri().removeprefix("file://")
    escaped = "".join(f"\\{letter}" if letter in " ()" else letter for letter in str(folder))
    assert named_folder(form.format(folder, address, escaped, folder.name)) == folder


def test_a_folder_whose_name_has_a_backslash_is_found(tmp_path: Path) -> None:
    (tmp_path / "a\\b").mkdir()
    assert named_folder(str(tmp_path / "a\\b")) == tmp_path / "a\\b"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/nowhere/at/all", "There is no file or folder /nowhere/at/all."),
        ("pictures", "'pictures' is not a full path on this machine. Enter one such as /"),
        ("C:\\Users\\me", "'C:\\Users\\me' is not a full path"),
        ("~nobody-of-this-name/x", "This machine has no user"),
        ("/a\0b", "There is no file or folder"),
        ("/" + "a" * 300, "cannot be opened: File name too long."),
        ("/" + "a/" * 9000, "cannot be opened: File name too long."),
        ("", "is not a full path"),
        ('"', "is not a full path"),
    ],
)
def test_what_is_no_folder_is_a_sentence(typed: str, words: str) -> None:
    with pytest.raises(DatasetError) as raised:
        named_folder(typed)
    assert raised.value.code == "not_found"
    assert words in raised.value.message
    assert len(raised.value.message) < 300


def test_a_folder_that_must_not_be_seen_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", denied)
    with pytest.raises(DatasetError, match="'/secret' cannot be opened: Permission denied"):
        named_folder("/secret")


def test_a_file_has_the_name_that_it_has_for_its_user() -> None:
    assert own_name("my %22best%22.zip") == 'my "best".zip'
    assert own_name("100%25.zip") == "100%25.zip"
