"""What is no data set, or none that a training should be run on, is refused in a sentence."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.data.readers.dataset import read_source
from core.errors import DatasetError
from tests.unit.dataset_case import PAIR, write_tar, write_tree


@pytest.mark.parametrize(
    ("files", "code", "words"),
    [
        ({}, "no_pictures", "no pictures in folders named by gender"),
        ({"readme.txt": b"x"}, "no_pictures", "Expected a folder"),
        ({"cats/a.jpg": b"a", "dogs/b.jpg": b"b"}, "unknown_layout", "'Male' and 'Female' folders"),
        ({"lfw.tar": b"x", "lfw.csv": b"x"}, "unknown_layout", r"name the tar files themselves: lfw\.tar"),
        (
            {"Training/Male/a.jpg": b"a", "Validation/Male/b.jpg": b"b"},
            "one_class",
            r"All labelled pictures of .* \(2\) are male",
        ),
        ({"Male/a.jpg": b"", "Female/b.jpg": b""}, "no_pictures", "2 empty_file; for example"),
        ({"Male/a.jpg": b"x", "Female/b.jpg": b"x"}, "no_pictures", "2 contradiction"),
    ],
)
def test_a_tree_that_is_no_data_set_is_refused(files: dict[str, bytes], code: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=words) as caught:
        read_source(write_tree(tmp_path / "set", files) if files else tmp_path)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("odd", "named"),
    [
        ("Male/c.jpg", "'Male'"),
        ("extra/Male/c.jpg", "'extra'"),
        ("train+val/Male/c.jpg", "'train\\+val'"),
        ("PublicTest/Male/c.jpg", "'PublicTest'"),
        ("unseen people/Male/c.jpg", "'unseen people'"),
        ("Male/test or val/c.jpg", "'Male'"),
        ("Male/train-val/c.jpg", "'train-val'"),
    ],
)
def test_what_may_not_be_meant_for_training_is_named_and_refused(odd: str, named: str, tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "set", {"train/Male/a.jpg": b"a", "train/Female/b.jpg": b"b", odd: b"c"})
    with pytest.raises(DatasetError, match=named) as caught:
        read_source(tree)
    assert caught.value.code == "unknown_split"
    assert "Training, Validation or Test" in caught.value.message


@pytest.mark.parametrize("folder", ["train_val", "Validations", "evals", "test.old", "hold-out-b"])
def test_a_folder_that_sounds_like_a_split_is_refused_without_others_beside_it_too(folder: str, tmp_path: Path) -> None:
    files = {f"{folder}/Male/a.jpg": b"a", f"{folder}/Female/b.jpg": b"b", "Male/c.jpg": b"c", "Female/d.jpg": b"d"}
    with pytest.raises(DatasetError, match=folder) as caught:
        read_source(write_tree(tmp_path / "set", files))
    assert caught.value.code == "unknown_split"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    write_tar(tmp_path, PAIR)
    for path, words in (
        (tmp_path / "nowhere", "no file or folder"),
        (write_tree(tmp_path / "a", {"x.tar": b""}) / "x.tar", r"x\.tar needs a x\.csv beside it"),
        (write_tree(tmp_path / "b", {"x.csv": b""}) / "x.csv", r"x\.csv needs a x\.tar beside it"),
    ):
        with pytest.raises(DatasetError, match=words) as caught:
            read_source(path)
        assert caught.value.code == "not_found"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (b"file,split,sex\na.webp,train,male\n", "one column gender.* names 'file', 'split', 'sex'"),
        (b"", "one column file and one column split .* names nothing"),
        (b"file,split,gender\n\xff\xfe\x00", "cannot be read as a CSV"),
        (b"file:split:gender\na.webp:train:male\n", "names 'file:split:gender'"),
        (b"file,split,gender,Split\na.webp,train,male,test\n", "one column split"),
        (b"a.webp,train,male\n", "names 'a.webp', 'train', 'male'"),
    ],
)
def test_a_table_that_is_none_is_refused(table: bytes, words: str, tmp_path: Path) -> None:
    write_tar(tmp_path, PAIR)
    (tmp_path / "faces.csv").write_bytes(table)
    with pytest.raises(DatasetError, match=words) as caught:
        read_source(tmp_path / "faces.tar")
    assert caught.value.code == "bad_table"


@pytest.mark.parametrize("data", [b"", b"not a tar at all" * 100, b"\x1f\x8b\x08\x00 gzip"])
def test_a_tar_that_is_none_is_refused(data: bytes, tmp_path: Path) -> None:
    write_tar(tmp_path, PAIR)
    (tmp_path / "faces.tar").write_bytes(data)
    with pytest.raises(DatasetError, match="uncompressed tar") as caught:
        read_source(tmp_path / "faces.tar")
    assert caught.value.code == "unknown_layout"


def test_a_picture_file_is_no_data_set(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.jpg": b"a"})
    with pytest.raises(DatasetError, match=r"a\.jpg is not a data set\. Expected"):
        read_source(tmp_path / "a.jpg")


def test_a_sample_takes_only_known_labels(tmp_path: Path) -> None:
    sample = read_source(write_tar(tmp_path, PAIR)).samples[0]
    with pytest.raises(ValueError, match="expected a split"):
        replace(sample, split="holdout")
