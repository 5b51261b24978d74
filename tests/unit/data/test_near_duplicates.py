"""A photograph is on one side of every split, whatever file and set it is in."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.data.duplicates import NAME, without_near_duplicates
from core.data.readers.dataset import read_source
from core.data.samples import DataSource, Dropped, FolderStore, Sample
from tests.unit.dataset_case import write_tree
from tests.unit.picture_files import encoded
from tests.unit.portraits import head, head_file


def source(folder: Path, pictures: dict[str, bytes], *, set: str = "faces") -> DataSource:
    """A set of files named split/gender/anything."""
    samples = tuple(Sample(file, set, *file.split("/")[:2]) for file in pictures)
    return DataSource(set, samples, (), FolderStore(write_tree(folder / set, pictures)))


def left(sources: list[DataSource]) -> dict[str, list[str]]:
    return {each.name: [sample.file for sample in each.samples] for each in without_near_duplicates(sources)}


@pytest.mark.parametrize(
    ("splits", "stays"),
    [
        (("train", "test"), ["test"]),
        (("train", "val"), ["val"]),
        (("val", "test"), ["test"]),
        (("train", "val", "test"), ["test"]),
        (("train", "train"), ["train", "train"]),
        (("val", "val"), ["val", "val"]),
        (("test", "test"), ["test", "test"]),
    ],
)
@pytest.mark.parametrize("together", [True, False], ids=["one set", "a set each"])
def test_the_copy_in_the_latest_split_stays(
    splits: tuple[str, ...], stays: list[str], together: bool, tmp_path: Path
) -> None:
    copies = {
        f"{split}/male/{number}.jpg": head_file("obama", "JPEG", scale=1 - number / 4)
        for number, split in enumerate(splits)
    }
    if together:
        sources = [source(tmp_path, copies)]
    else:
        sources = [source(tmp_path, {file: data}, set=f"set{n}") for n, (file, data) in enumerate(copies.items())]
    files = [file for files in left(sources).values() for file in files]
    assert sorted(file.split("/")[0] for file in files) == stays


def test_who_left_is_named_with_the_picture_that_stayed(tmp_path: Path) -> None:
    ours = source(
        tmp_path,
        {"train/male/a.jpg": head_file("obama", "JPEG", mirrored=True), "train/female/b.png": head_file("astronaut")},
    )
    ours = DataSource(ours.name, ours.samples, (Dropped("c.png", "no_label", "before"),), ours.store)
    theirs = source(
        tmp_path, {"test/male/x.png": head_file("obama"), "val/male/y.webp": head_file("biden")}, set="news"
    )
    ours, theirs = without_near_duplicates([ours, theirs])
    assert [sample.file for sample in ours.samples] == ["train/female/b.png"]
    assert ours.dropped == (
        Dropped("c.png", "no_label", "before"),
        Dropped(
            "train/male/a.jpg",
            "near_duplicate",
            "nearly the same picture as test/male/x.png of news, which is in test",
        ),
    )
    assert len(theirs.samples) == 2
    assert theirs.dropped == ()
    assert ours.compared == theirs.compared == ("faces", "news")


@pytest.mark.parametrize(
    ("splits", "stays"),
    [
        (("train", "train"), []),
        (("val", "val"), []),
        (("train", "val"), []),
        (("train", "test"), ["test"]),
        (("val", "test"), ["test"]),
        (("test", "test"), ["test", "test"]),
    ],
)
def test_labels_that_contradict_each_other_leave_train_and_val(
    splits: tuple[str, str], stays: list[str], tmp_path: Path
) -> None:
    files = (f"{splits[0]}/male/a.png", f"{splits[1]}/female/b.jpg")
    (result,) = without_near_duplicates(
        [source(tmp_path, {files[0]: head_file("biden"), files[1]: head_file("biden", "JPEG")})]
    )
    assert [sample.split for sample in result.samples] == stays
    assert {item.code for item in result.dropped} <= {"contradiction"}
    details = {item.file: item.detail for item in result.dropped}
    if files[0] in details:
        assert details[files[0]].endswith(f"as {files[1]} of faces, which is in {splits[1]}, labelled female")


def test_copies_within_test_are_named(tmp_path: Path) -> None:
    pictures = {"test/male/a.png": head_file("biden"), "test/male/b.jpg": head_file("biden", "JPEG")}
    (result,) = without_near_duplicates([source(tmp_path, pictures)])
    assert len(result.samples) == 2
    assert result.repeated == (
        "test/male/b.jpg is nearly the same picture as test/male/a.png of faces, which is in test",
    )


def test_copies_that_the_set_names_itself_are_not_named_again(tmp_path: Path) -> None:
    same = {f"{split}/{number}.png": head_file("biden") for split in ("Male/test", "Male/Test/x") for number in "12"}
    tree = write_tree(tmp_path / "faces", same | {"Female/test/3.png": head_file("astronaut")})
    read = read_source(tree)
    (result,) = without_near_duplicates([read])
    assert len(result.repeated) == 3
    assert result.repeated == read.repeated


def test_people_who_are_merely_alike_all_stay(tmp_path: Path) -> None:
    pictures = {
        "train/male/a.png": head_file("obama"),
        "val/male/b.png": head_file("biden"),
        "test/female/c.png": head_file("astronaut"),
        "train/male/plain.png": encoded(np.zeros((9, 9, 3), np.uint8), "PNG"),
        "test/male/plain.png": encoded(np.full((9, 9, 3), 90, np.uint8), "PNG"),
    }
    assert left([source(tmp_path, pictures)]) == {"faces": list(pictures)}


def test_what_cannot_be_read_is_left_to_those_who_say_so(tmp_path: Path) -> None:
    pictures = {
        "train/male/broken.png": head_file("obama")[:300], "test/male/text.png": b"no picture",
        "train/male/gone.png": b"", "test/male/good.png": head_file("obama"),
    }  # fmt: skip
    one = source(tmp_path, pictures)
    (tmp_path / "faces" / "train/male/gone.png").unlink()
    (result,) = without_near_duplicates([one])
    assert result.samples == one.samples
    assert result.dropped == ()


def test_a_folder_of_one_s_own_is_read_upright_and_in_every_format(tmp_path: Path) -> None:
    """The camera's turned picture in test and its upright copy in train are one photograph."""
    pixels = head("obama", 120)
    turned = np.ascontiguousarray(cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE))
    exif = {
        "exif": b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"
        + bytes(6)
    }
    pictures = {"train/male/a.webp": encoded(pixels, "WEBP"), "test/male/b.jpg": encoded(turned, "JPEG", **exif)}
    assert left([source(tmp_path, pictures)]) == {"faces": ["test/male/b.jpg"]}


def test_progress_is_told_for_all_sets_together(tmp_path: Path) -> None:
    told = []
    sets = [
        source(tmp_path, {"train/male/a.png": head_file("obama"), "test/male/b.png": head_file("biden")}, set="one"),
        source(tmp_path, {"test/female/c.png": head_file("astronaut")}, set="two"),
    ]
    without_near_duplicates(sets, lambda *progress: told.append(progress))
    assert told == [(NAME, done, 3) for done in (1, 2, 3)]
