"""Where the gallery finds the pictures of a data set."""

import tarfile
from pathlib import Path

import pytest

from core.data.samples import TarStore
from core.ui.report.pictures import pictures_of

NAME = "faces/a.jpg"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "faces").mkdir()
    (tmp_path / NAME).write_bytes(b"of the folder")
    return tmp_path


def test_pictures_are_found_by_their_name_in_the_folder(folder: Path) -> None:
    store = pictures_of(folder, "faces", [NAME])

    assert store is not None
    assert store.read(NAME) == b"of the folder"


def test_pictures_are_found_in_the_folder_with_the_name_of_the_set(folder: Path) -> None:
    store = pictures_of(folder, "faces", ["a.jpg"])

    assert store is not None
    assert store.read("a.jpg") == b"of the folder"


def test_the_tar_of_the_set_comes_first(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.jpg").write_bytes(b"of the tar")
    with tarfile.open(folder / "faces.tar", "w") as archive:
        archive.add(tmp_path / "other.jpg", NAME)
    store = pictures_of(folder, "faces", [NAME])

    assert isinstance(store, TarStore)
    assert store.read(NAME) == b"of the tar"


def test_a_damaged_tar_is_passed_over(folder: Path) -> None:
    (folder / "faces.tar").write_bytes(b"no tar at all" * 100)

    assert pictures_of(folder, "faces", ["b.jpg"]) is None


@pytest.mark.parametrize("name", ["b.jpg", "../secret.jpg", "faces/../../secret.jpg"])
def test_what_is_not_in_the_folder_is_not_found(folder: Path, name: str) -> None:
    inside = folder / "inside"
    inside.mkdir()
    (folder / "secret.jpg").write_bytes(b"secret")

    assert pictures_of(inside, "faces", [name]) is None


def test_a_folder_that_does_not_exist_has_no_pictures(tmp_path: Path) -> None:
    assert pictures_of(tmp_path / "nowhere", "faces", [NAME]) is None
