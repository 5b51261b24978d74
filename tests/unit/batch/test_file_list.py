import os
from pathlib import Path

import pytest

from core.batch.file_list import FileList


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def names(root: Path, *inputs: Path, skip: tuple[Path, ...] = ()) -> list[str]:
    return [str(path.relative_to(root)) for path in FileList(inputs or [root], skip)]


def test_folders_are_searched_in_order_without_hidden_files(tmp_path: Path) -> None:
    touch(tmp_path, "b.png", "a.txt", "c/z.jpg", "c/d/e.jpg", ".hidden", ".git/config", "c/.DS_Store", "noname")
    assert names(tmp_path) == ["a.txt", "b.png", "c/d/e.jpg", "c/z.jpg", "noname"]


def test_inputs_keep_their_order_and_are_listed_once(tmp_path: Path) -> None:
    touch(tmp_path, "a", "b", "c/d", ".hidden")
    given = [tmp_path / "b", tmp_path, tmp_path / "c" / "d", tmp_path / "c" / ".." / "a", tmp_path / ".hidden"]
    assert names(tmp_path, *given) == ["b", "a", "c/d", ".hidden"]


def test_what_does_not_exist_is_listed_where_it_was_named(tmp_path: Path) -> None:
    touch(tmp_path, "a")
    (tmp_path / "dangling").symlink_to("nowhere")
    assert names(tmp_path, tmp_path / "missing.png", tmp_path) == ["missing.png", "a", "dangling"]


def test_loops_of_links_end(tmp_path: Path) -> None:
    touch(tmp_path, "one/a", "two/b")
    (tmp_path / "one" / "up").symlink_to(tmp_path)
    (tmp_path / "two" / "other").symlink_to(tmp_path / "one")
    (tmp_path / "self").symlink_to("self")
    assert names(tmp_path) == ["one/a", "self", "two/b"]


def test_links_are_followed(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/deep/a.png", "elsewhere/b.png")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "elsewhere" / "deep")
    (tmp_path / "in" / "file.png").symlink_to(tmp_path / "elsewhere" / "b.png")
    assert names(tmp_path, tmp_path / "in") == ["in/file.png", "in/folder/a.png"]


def test_special_files_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "a")
    os.mkfifo(tmp_path / "pipe")
    assert names(tmp_path) == ["a"]


def test_results_of_this_run_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "results.csv", "annotated/a.jpg", "other/results.csv")
    skip = (tmp_path / "results.csv", tmp_path / "annotated")
    assert names(tmp_path, skip=skip) == ["a.png", "other/results.csv"]


def test_a_folder_that_cannot_be_read_is_listed_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a", "closed/b", "z")
    listdir = os.listdir

    def refused(folder: Path) -> list[str]:
        if folder.name == "closed":
            raise PermissionError
        return listdir(folder)

    monkeypatch.setattr(os, "listdir", refused)
    assert names(tmp_path) == ["a", "closed", "z"]


def test_the_number_is_known_and_the_list_can_be_walked_again(tmp_path: Path) -> None:
    touch(tmp_path, "a", "b/c", "b/d")
    files = FileList([tmp_path, tmp_path / "b"])
    assert (len(files), list(files)) == (3, list(files))
