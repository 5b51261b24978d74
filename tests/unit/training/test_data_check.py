"""What is found in pictures before a training, and how a test split is held out of them."""

import io
import threading
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from core.data.readers.dataset import read_source
from core.errors import AppError, ArchiveError, DatasetError, OutputError
from core.training.jobs.check import STOPS, check
from core.training.jobs.staging import lost_pictures, unpack, with_test_split
from tests.unit.labelled_folder import write_labelled


def zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_a_part_of_each_gender_is_held_out_as_links(tmp_path: Path) -> None:
    folder = write_labelled(tmp_path / "faces", 20)
    tree, held_out = with_test_split(read_source(folder), tmp_path / "room")
    again = read_source(tree)

    assert held_out == 6
    splits = [(sample.split, sample.gender) for sample in again.samples]
    assert {pair: splits.count(pair) for pair in set(splits)} == {
        ("train", "female"): 15, ("val", "female"): 2, ("test", "female"): 3,
        ("train", "male"): 15, ("val", "male"): 2, ("test", "male"): 3,
    }  # fmt: skip
    assert all(path.is_symlink() for path in tree.rglob("*.jpg"))
    assert with_test_split(read_source(folder), tmp_path / "room") == (tree, 6)  # as it is, not added to


def test_a_tree_that_a_training_may_be_reading_is_not_touched_by_another_look(tmp_path: Path) -> None:
    folder = write_labelled(tmp_path / "faces", 8)
    tree, _ = with_test_split(read_source(folder), tmp_path / "room")
    before = {path: path.lstat().st_ino for path in tree.rglob("*.jpg")}
    for _ in range(2):
        (folder / "Female" / "000.jpg").unlink(missing_ok=True)
        other, _ = with_test_split(read_source(folder), tmp_path / "room")
        assert (other.name, other) != (tree.name, tree)
    assert {path: path.lstat().st_ino for path in tree.rglob("*.jpg")} == before


def test_two_pages_may_look_at_the_same_pictures_at_once(tmp_path: Path) -> None:
    source = read_source(write_labelled(tmp_path / "faces", 8))
    data = zipped({f"Female/{number}.jpg": b"a" * number for number in range(200)})
    places = list[object]()

    def look() -> None:
        places.append((unpack(data, "a.zip", tmp_path / "zip"), with_test_split(source, tmp_path / "room")))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(places) == 4
    assert all(place == places[0] for place in places)


def test_a_link_to_nothing_among_pictures_that_are_there_loses_none(tmp_path: Path) -> None:
    """Editors leave such a link beside what they have open."""
    folder = write_labelled(tmp_path / "faces" / "Training", 2).parent
    assert lost_pictures(folder) is None
    (folder / ".#notes").symlink_to("me@home.12:3")
    (folder / "Training" / "gone.jpg").symlink_to(tmp_path / "gone.jpg")
    assert lost_pictures(folder) is None
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "Testing").symlink_to(folder / "Training")
    assert lost_pictures(linked) is None


def test_names_that_are_too_long_or_the_same_for_links_get_others(tmp_path: Path) -> None:
    folder = write_labelled(tmp_path / "faces", 4)
    deep = folder / "Female" / ("ä" * 100) / ("ö" * 100)
    (folder / "Female" / "x__y").mkdir()
    (folder / "Female" / "x" / "y").mkdir(parents=True)
    deep.mkdir(parents=True)
    for file, place in zip(sorted((folder / "Male").glob("*.jpg")), (deep, folder / "Female" / "x__y"), strict=False):
        file.rename(place / "a.jpg")
    (folder / "Male" / "002.jpg").rename(folder / "Female" / "x" / "y" / "a.jpg")
    tree, _ = with_test_split(read_source(folder), tmp_path / "room")
    assert len(list(tree.rglob("*.jpg"))) == 8


def test_a_test_split_of_ones_own_is_left_as_it_is(tmp_path: Path) -> None:
    write_labelled(tmp_path / "faces" / "Training", 6)
    write_labelled(tmp_path / "faces" / "Testing", 2)

    assert with_test_split(read_source(tmp_path / "faces"), tmp_path / "room") == (tmp_path / "faces", 0)
    assert not (tmp_path / "room").exists()


def test_a_zip_is_unpacked_and_what_is_left_out_is_said(tmp_path: Path) -> None:
    data = zipped({"Female/a.jpg": b"a", "Male/b.jpg": b"b", "../c.jpg": b"c", "x.zip": b"PK\x03\x04"})
    folder, left_out = unpack(data, "my faces.zip", tmp_path)

    assert folder == tmp_path / "my faces"
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg")} == {"Female/a.jpg", "Male/b.jpg"}
    assert len(left_out) == 2
    assert not (tmp_path.parent / "c.jpg").exists()


def test_names_that_no_disk_takes_leave_out_their_files_alone(tmp_path: Path) -> None:
    names = ("Female/a.jpg", "Female/a.jpg/b.jpg", f"Male/{'x' * 300}.jpg", "Male/b.jpg")
    folder, left_out = unpack(zipped(dict.fromkeys(names, b"a")), "faces.zip", tmp_path)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg")} == {"Female/a.jpg", "Male/b.jpg"}
    assert len(left_out) == 2
    assert left_out[0].startswith("'Female/a.jpg/b.jpg' was left out: ")


@pytest.mark.parametrize("data", [b"no zip", zipped({})])
def test_a_zip_without_pictures_is_refused_and_leaves_nothing(data: bytes, tmp_path: Path) -> None:
    with pytest.raises((ArchiveError, DatasetError)):
        unpack(data, "faces.zip", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError) as raised:
        unpack(zipped({"Female/a.jpg": b"a"}), "faces.zip", tmp_path)
    assert raised.value.code == "disk_full"
    assert list(tmp_path.iterdir()) == []


def test_one_gender_alone_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="both genders"):
        read_source(write_labelled(tmp_path / "faces", 3, ("Female",)))


def test_what_is_no_picture_is_not_counted_as_usable(tmp_path: Path) -> None:
    folder = write_labelled(tmp_path / "faces", 3)
    (folder / "Female" / "notes.jpg").write_bytes(b"no picture")
    found = check(read_source(folder), 32)
    assert found.pictures == 6
    assert found.counts[["female", "male"]].to_numpy().sum() == 6


def test_a_search_of_a_part_is_said_although_some_of_it_is_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_labelled(tmp_path / "faces", 3)
    for name in ("a", "b"):
        (folder / "Female" / f"{name}.jpg").write_bytes(f"no picture {name}".encode())
    monkeypatch.setattr("core.training.jobs.check.MOST_FACES", 7)
    found = check(read_source(folder), 32)
    assert found.pictures <= found.looked_at == 7
    assert any("8 were compared with each other and 7 searched" in finding.sentence for finding in found.findings)


def test_everything_that_stands_out_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "faces"
    write_labelled(folder / "Training", 18)
    write_labelled(folder / "Testing", 2, ("Female",))
    women = sorted((folder / "Training" / "Female").glob("*.jpg"))
    # The first two women are in both splits; one photograph is in both, saved anew; one has two labels; one is torn.
    Image.open(women[5]).save(folder / "Testing" / "Female" / "again.jpg", quality=60)
    (folder / "Training" / "Male" / "twice.jpg").write_bytes(women[6].read_bytes())
    (folder / "Training" / "Male" / "torn.jpg").write_bytes(women[2].read_bytes()[:2000])
    Image.linear_gradient("L").save(folder / "Training" / "Male" / "scenery.png")
    tiny = Image.open(women[3]).resize((60, 70))
    tiny.rotate(20, fillcolor=(90, 90, 90)).save(folder / "Training" / "Female" / "tiny.png")
    seen = list[str]()
    found = check(read_source(folder), 112, lambda what, done, total: seen.append(what))

    words = "\n".join(finding.sentence for finding in found.findings)
    examples = "\n".join(example for finding in found.findings for example in finding.examples)
    assert "Near-duplicates of a validation or test picture: " in words
    assert "nearly the same picture as Testing/Female/again.jpg" in examples
    assert "Labelled both female and male: 2." in words
    assert "Damaged files, or not pictures: 1." in words
    assert "Exact copies of other files: 2." in words
    assert "Training/Male/torn.jpg" in examples
    assert "No face was found" in words
    assert "Training/Male/scenery.png" in examples
    assert "smaller than 56 pixels" in words
    assert "The test split has" in words
    assert "uneven: 100 % female" in words
    assert found.can_train
    assert len(found.bare) > 10
    assert found.bare.shape[1:] == found.masked.shape[1:] == (96, 96, 3)
    assert set(seen) == {"Comparing pictures", "Looking for faces"}


def test_too_few_pictures_stop_a_training(tmp_path: Path) -> None:
    found = check(read_source(write_labelled(tmp_path / "faces", 4)), 32)

    assert not found.can_train
    assert found.findings[0].weight == STOPS
    assert "The train split has 3 female and 3 male pictures; 10 of each are needed." in found.findings[0].sentence
