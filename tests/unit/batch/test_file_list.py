import os
import subprocess
from pathlib import Path

import pytest

from core.batch.file_list import FileList
from core.classify.pipeline import Classifier
from core.errors import PictureError
from core.vision.pictures.decode import load_picture


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


def test_folders_deeper_than_python_s_stack_are_walked(tmp_path: Path) -> None:
    """Beyond the longest path of the system, the folder is listed in the stead of what is in it."""
    depth, place = 1100, os.getcwd()
    os.chdir(tmp_path)
    try:
        for level in range(depth):
            os.mkdir("ab")
            os.chdir("ab")
            if level == 1000:
                Path("a.png").write_text("")
    finally:
        os.chdir(place)
    assert [os.path.basename(path) for path in FileList([tmp_path])] == ["a.png"]
    longer = tmp_path / "longer"
    longer.mkdir()
    os.chdir(longer)
    try:
        for _ in range(30):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
        Path("b.png").write_text("")
    finally:
        os.chdir(place)
    (listed,) = FileList([longer])
    assert listed.name == "d" * 200
    (result,) = Classifier.load().classify_many([listed])
    assert result.code == "unreadable"
    subprocess.run(["rm", "-rf", str(tmp_path / "ab"), str(longer)], check=True)  # Python's own way recurses


def test_a_folder_that_must_not_be_read_is_said_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a", "closed/b")
    listdir = os.listdir

    def refused(folder: Path) -> list[str]:
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied")
        return listdir(folder)

    monkeypatch.setattr(os, "listdir", refused)
    with pytest.raises(PictureError, match="The folder 'closed', with all that is in it, must not be read") as caught:
        load_picture(tmp_path / "closed")
    assert caught.value.code == "unreadable"


def test_a_file_that_becomes_a_pipe_between_two_looks_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    before = (tmp_path / "a.png").stat()
    (tmp_path / "a.png").unlink()
    os.mkfifo(tmp_path / "a.png")
    monkeypatch.setattr(Path, "stat", lambda self, **options: before)
    with pytest.raises(PictureError, match="a device or a pipe"):
        load_picture(tmp_path / "a.png")


def test_an_empty_folder_and_a_pipe_with_a_picture_s_name_are_listed(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").mkdir()
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "b.png")
    assert names(tmp_path) == ["a.jpg", "b.png"]
    os.mkfifo(tmp_path / "pipe")
    assert names(tmp_path, tmp_path, tmp_path / "pipe", tmp_path / "b.png") == ["a.jpg", "b.png", "pipe"]
