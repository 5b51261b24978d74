"""Data sets as people, spreadsheets and storage devices leave them."""

import io
import os
import tarfile
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from core.data.readers.dataset import read_source
from core.data.samples import GENDERS
from core.files import is_clutter
from tests.unit.dataset_case import PAIR, row, write_tar, write_tree

TRAINED = {"train/Male/a.jpg": b"a", "train/Female/b.jpg": b"b"}
CLUTTER = (
    "@eaDir/c.jpg", "@eaDir/a.jpg/SYNOFILE_THUMB_M.jpg", "._a.jpg", ".DS_Store", "Thumbs.db", "desktop.ini",
    "__MACOSX/a.jpg", "#recycle/old.jpg", "$RECYCLE.BIN/old.jpg", ".thumbnails/a.jpg", "@Recycle/a.jpg",
    "#snapshot/GMT-2026/a.jpg", "@Recently-Snapshot/a.jpg", "LOST.DIR/a.jpg", "RECYCLER/S-1/a.jpg", ".@__thumb/a.jpg",
)  # fmt: skip


def splits(root: Path) -> dict[str, str]:
    return {sample.file: sample.split for sample in read_source(root).samples}


@pytest.mark.parametrize("name", CLUTTER)
@pytest.mark.parametrize("place", ["", "train/Male/", "odd/"])
def test_what_systems_add_is_no_picture_in_a_tree_and_in_a_tar(name: str, place: str, tmp_path: Path) -> None:
    assert is_clutter(name)
    assert is_clutter(place + name)
    source = read_source(write_tree(tmp_path / "set", {**TRAINED, place + name: b"x"}))
    assert {sample.file for sample in source.samples} == set(TRAINED)
    assert source.dropped == ()
    pictures = {"f/m.webp": b"m", "f/w.webp": b"w", place + name: b"x"}
    assert read_source(write_tar(tmp_path, PAIR, pictures)).dropped == ()


@pytest.mark.parametrize("name", ["a.jpg", "../a.jpg", "./a.jpg", "a@eaDir.jpg", "Male/thumbs.jpg", "recycle/a.jpg"])
def test_a_users_own_files_are_no_clutter(name: str) -> None:
    assert not is_clutter(name)


def test_linked_folders_and_files_are_followed_and_loops_end(tmp_path: Path) -> None:
    elsewhere = write_tree(tmp_path / "store", {"men/a.jpg": b"a", "women/b.jpg": b"b", "one.jpg": b"c"})
    root = tmp_path / "set"
    (root / "train" / "Male").mkdir(parents=True)
    (root / "train" / "Female").symlink_to(elsewhere / "women")
    (root / "train" / "Male" / "more").symlink_to(elsewhere / "men")
    (root / "train" / "Male" / "d.jpg").symlink_to(elsewhere / "one.jpg")
    (root / "train" / "Male" / "up").symlink_to(root)
    (root / "train" / "Male" / "self").symlink_to("self")
    source = read_source(root)
    assert {sample.file: sample.gender for sample in source.samples} == {
        "train/Female/b.jpg": "female", "train/Male/more/a.jpg": "male", "train/Male/d.jpg": "male",
    }  # fmt: skip
    assert {item.file for item in source.dropped} >= {"train/Male/self"}
    assert source.read(source.samples[0]) == b"b"


def test_a_folder_that_is_linked_to_from_train_and_test_is_not_trained_on(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "set", {**TRAINED, "test/Female/t.jpg": b"t"})
    write_tree(tmp_path / "store", {"x.jpg": b"x"})
    for split in ("train", "test"):
        (root / split / "Male").mkdir(exist_ok=True)
        (root / split / "Male" / "linked").symlink_to(tmp_path / "store")
    source = read_source(root)
    assert {sample.file for sample in source.samples if sample.file.endswith("x.jpg")} == {"test/Male/linked/x.jpg"}
    assert [(item.file, item.code) for item in source.dropped] == [("train/Male/linked/x.jpg", "duplicate")]


def test_a_class_folder_that_is_linked_to_nowhere_is_named(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "set", TRAINED)
    (root / "train" / "Female" / "more").symlink_to(tmp_path / "gone")
    assert [(item.file, item.code) for item in read_source(root).dropped] == [("train/Female/more", "missing_file")]


def test_folders_of_any_depth_are_read(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "set", TRAINED)
    deep = [f"{root}/train/Male" + "/d" * depth for depth in range(1, 1101)]
    for folder in deep:
        os.mkdir(folder)
    picture = Path(f"{deep[-1]}/c.jpg")
    picture.write_bytes(b"c")
    try:
        assert {len(sample.file.split("/")) for sample in read_source(root).samples} == {3, 1103}
    finally:  # what tidies up after tests would not come so deep
        picture.unlink()
        for folder in reversed(deep):
            os.rmdir(folder)


def test_names_of_people_are_no_splits(tmp_path: Path) -> None:
    people = ("Val_Kilmer", "Dev_Anand", "Test_User", "Devin", "Evaline")
    files = {f"{gender}/{who}/{number}.jpg": f"{gender}{who}{number}".encode()
             for gender in ("Male", "Female") for who in people for number in range(3)}  # fmt: skip
    counts = Counter(splits(write_tree(tmp_path / "set", files)).values())
    assert counts["train"] + counts["val"] == 30
    assert counts["train"] > 20


@pytest.mark.parametrize(("name", "split"), [("Test", "test"), ("holdout", "test"), ("Validation", "val")])
def test_a_split_folder_given_by_itself_is_that_split(name: str, split: str, tmp_path: Path) -> None:
    root = write_tree(tmp_path / name, {"Male/a.jpg": b"a", "Female/b.jpg": b"b"})
    assert set(splits(root).values()) == {split}


@pytest.mark.parametrize("listed", ["./{}", "{}", ".//{}"])
def test_a_tar_may_be_made_with_a_dot_before_its_names(listed: str, tmp_path: Path) -> None:
    rows = [(listed.format(name), *rest) for name, *rest in PAIR]
    for stored in ("./{}", "{}"):
        source = read_source(write_tar(tmp_path, rows, {stored.format(name): name.encode() for name, *_ in PAIR}))
        assert [sample.file for sample in source.samples] == ["f/m.webp", "f/w.webp"]
        assert [source.read(sample) for sample in source.samples] == [b"f/m.webp", b"f/w.webp"]
        assert source.dropped == ()


def test_a_second_name_of_a_file_in_a_tar_is_that_file(tmp_path: Path) -> None:
    path = write_tar(tmp_path, [*PAIR, row("f/x.webp", "test")], {name: name.encode() for name, *_ in PAIR})
    with tarfile.open(path, "a") as tar:
        link = tarfile.TarInfo("f/x.webp")
        link.type, link.linkname = tarfile.LNKTYPE, "f/m.webp"
        tar.addfile(link)
    source = read_source(path)
    assert {sample.file for sample in source.samples} == {"f/x.webp", "f/w.webp"}, "its copy is in test, and stays"


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("listed", ["NFC", "NFD"])
def test_letters_with_accents_are_one_letter_whichever_way_they_are_written(
    stored: str, listed: str, tmp_path: Path
) -> None:
    names = [f"f/{name}.webp" for name in ("Jörg", "Zoë")]
    rows = [
        row(unicodedata.normalize(listed, name), gender=gender) for name, gender in zip(names, GENDERS, strict=True)
    ]
    source = read_source(
        write_tar(tmp_path, rows, {unicodedata.normalize(stored, name): name.encode() for name in names})
    )
    assert [source.read(sample) for sample in source.samples] == [name.encode() for name in names]
    assert source.dropped == ()


def test_links_in_a_tar_lead_to_its_own_files_alone(tmp_path: Path) -> None:
    rows = [*PAIR, row("g/x.webp", "test"), *(row(f"g/{name}.webp") for name in ("y", "out", "round", "nowhere"))]
    path = write_tar(tmp_path, rows, {name: name.encode() for name, *_ in PAIR})
    links = {"x": "y.webp", "y": "../f/m.webp", "out": "/etc/passwd", "round": "round.webp", "nowhere": "no.webp"}
    with tarfile.open(path, "a") as tar:
        for name, target in links.items():
            link = tarfile.TarInfo(f"./g/{name}.webp")
            link.type, link.linkname = tarfile.SYMTYPE, target
            tar.addfile(link)
    source = read_source(path)
    assert {sample.file: source.read(sample) for sample in source.samples} == {
        "f/w.webp": b"f/w.webp", "g/x.webp": b"f/m.webp",
    }, "its copy is in test, and stays"  # fmt: skip
    codes = {item.file: item.code for item in source.dropped}
    assert codes == {
        "f/m.webp": "duplicate", "g/y.webp": "duplicate",
        **dict.fromkeys(("g/out.webp", "g/round.webp", "g/nowhere.webp"), "missing_file"),
    }  # fmt: skip


TABLE = "file,split,gender,masked\nf/m.webp,train,male,1\nf/w.webp,train,female,0\n"


@pytest.mark.parametrize(
    "data",
    [
        TABLE.replace(",", ";").encode(),
        TABLE.replace(",", "\t").encode(),
        TABLE.replace("file,split,gender,masked", "File, SPLIT ,Gender,Masked").encode(),
        TABLE.replace("train", "Training").replace("male", "MALE").replace("feMALE", "Female").encode(),
        b"\xef\xbb\xbf" + TABLE.encode(),
        TABLE.encode("utf-16"),
        TABLE.replace("\n", "\r\n").encode(),
        ("sep=;\r\n" + TABLE.replace(",", ";")).encode(),
        TABLE.replace("f/", "f\\").encode(),
        TABLE.replace("male,1", "male,yes").replace("female,0", "female,no").encode(),
        b'"file";"split";"gender";"masked"\n"f/m.webp";"train";"male";"1"\n\n"f/w.webp";"train";"female";""\n',
    ],
)  # fmt: skip
def test_a_table_is_read_as_spreadsheets_write_it(data: bytes, tmp_path: Path) -> None:
    path = write_tar(tmp_path, PAIR)
    path.with_suffix(".csv").write_bytes(data)
    source = read_source(path)
    assert [(sample.file, sample.gender, sample.masked) for sample in source.samples] == [
        ("f/m.webp", "male", True), ("f/w.webp", "female", False),
    ]  # fmt: skip


def test_suffixes_are_read_in_any_case(tmp_path: Path) -> None:
    path = write_tar(tmp_path, PAIR)
    path.rename(tmp_path / "faces.TAR")
    assert len(read_source(tmp_path / "faces.TAR").samples) == 2
    assert len(read_source(tmp_path / "faces.csv").samples) == 2


def test_a_tar_within_a_tar_is_no_picture(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w"):
        pass
    pictures = {"f/m.webp": b"m", "f/w.webp": b"w", "f/inner.tar": inner.getvalue()}
    assert read_source(write_tar(tmp_path, PAIR, pictures)).dropped == ()
