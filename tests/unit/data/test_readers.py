import pickle
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.readers.dataset import VAL_SHARE, read_source
from core.data.samples import some_of
from tests.unit.dataset_case import PAIR, row, write_tar, write_tree

GENDER_FOLDERS = {
    "Male": "male",
    "male": "male",
    "MEN": "male",
    "Female": "female",
    "FEMALE": "female",
    "woman": "female",
}
SPLIT_FOLDERS = {
    "Training": "train",
    "train": "train",
    "Validation": "val",
    "VALID": "val",
    "val": "val",
    "Validate": "val",
    "dev": "val",
    "dev-set": "val",
    "Test": "test",
    "Test 2": "test",
    "testset": "test",
    "Holdout": "test",
    "held_out": "test",
    "eval": "test",
}


names = st.text("abcdefghijkl 0123_é", min_size=1, max_size=8).filter(lambda name: name.strip() == name)


@settings(deadline=None, max_examples=40)
@given(
    files=st.dictionaries(
        keys=st.tuples(
            st.sampled_from(sorted(SPLIT_FOLDERS)),
            st.sampled_from(sorted(GENDER_FOLDERS)),
            st.lists(names, max_size=3).map(tuple),
            names,
            st.sampled_from([".jpg", ".PNG", ".webp", ".jpeg"]),
        ),
        values=st.just(None),
        min_size=1,
        max_size=12,
    )
)
def test_a_tree_is_read_in_any_case_and_depth(files: dict, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("tree")
    expected = {}
    for split, gender, folders, name, suffix in files:
        file = "/".join([split, gender, *folders, name + suffix])
        expected[file] = (SPLIT_FOLDERS[split], GENDER_FOLDERS[gender])
    for file in ("Training/Male/sure.jpg", "Training/Female/sure.jpg", "Validation/Male/sure.jpg"):
        expected[file] = (SPLIT_FOLDERS[file.split("/")[0]], GENDER_FOLDERS[file.split("/")[1]])
    write_tree(root, {file: file.encode() for file in expected})
    source = read_source(root)
    assert {sample.file: (sample.split, sample.gender) for sample in source.samples} == expected
    assert source.dropped == ()
    assert all(source.read(sample) == sample.file.encode() for sample in source.samples)


def test_a_tree_without_split_folders_gets_a_val_split(tmp_path: Path) -> None:
    files = {
        f"{gender}/{number}.jpg": f"{gender}{number}".encode() for gender in ("Male", "Female") for number in range(100)
    }
    source = read_source(write_tree(tmp_path, files))
    counts = Counter((sample.split, sample.gender) for sample in source.samples)
    assert counts == {("train", "male"): 94, ("train", "female"): 94, ("val", "male"): 6, ("val", "female"): 6}
    assert read_source(tmp_path).samples == source.samples


def test_files_that_are_no_labelled_pictures_are_left_alone_or_named(tmp_path: Path) -> None:
    files = {
        "Training/Male/a.jpg": b"a", "Training/Female/b.jpg": b"b", "Training/c.jpg": b"c", "notes.txt": b"t",
        ".cache/Male/d.jpg": b"d", "Training/Male/Female/e.jpg": b"e", "Training/Female/empty.jpg": b"",
    }  # fmt: skip
    source = read_source(write_tree(tmp_path, files))
    assert {sample.file for sample in source.samples} == {"Training/Male/a.jpg", "Training/Female/b.jpg"}
    assert {item.file: item.code for item in source.dropped} == {
        "Training/c.jpg": "no_label",
        "Training/Male/Female/e.jpg": "no_label",
        "Training/Female/empty.jpg": "empty_file",
    }


def test_pictures_of_a_tree_may_show_real_masks(tmp_path: Path) -> None:
    write_tree(tmp_path, {"Male/a.jpg": b"a", "Female/b.jpg": b"b"})
    assert {sample.masked for sample in read_source(tmp_path, masked=True).samples} == {True}
    assert {sample.masked for sample in read_source(tmp_path).samples} == {False}


def test_a_tar_is_read_with_all_its_labels(tmp_path: Path) -> None:
    labels = {"age": "31", "ethnicity": "East Asian", "identity": "anna", "masked": "1"}
    source = read_source(write_tar(tmp_path, [*PAIR, row("f/x.webp", "Test", "Female", **labels)]))
    sample = source.samples[2]
    assert (sample.file, sample.set, sample.split, sample.gender) == ("f/x.webp", "faces", "test", "female")
    assert (sample.age, sample.ethnicity, sample.identity, sample.masked) == ("31", "East Asian", "anna", True)
    assert [source.read(each) for each in source.samples] == [b"f/m.webp", b"f/w.webp", b"f/x.webp"]
    assert read_source(tmp_path / "faces.csv").samples == source.samples


def test_a_source_reads_the_same_in_another_process(tmp_path: Path) -> None:
    source = read_source(write_tar(tmp_path, PAIR))
    copy = pickle.loads(pickle.dumps(source))
    assert [copy.read(sample) for sample in copy.samples] == [b"f/m.webp", b"f/w.webp"]


def test_bad_rows_are_named_and_never_fatal(tmp_path: Path) -> None:
    rows = [
        *PAIR, row("f/m.webp"), row("f/lost.webp"), row("f/split.webp", split="third"),
        row("f/gender.webp", gender="?"), row("f/flag.webp", masked="perhaps"), ("f/short.webp",),
    ]  # fmt: skip
    pictures = {f"f/{name}.webp": name.encode() for name in ("m", "w", "split", "gender", "flag", "short", "unlisted")}
    source = read_source(write_tar(tmp_path, rows, pictures))
    assert [sample.file for sample in source.samples] == ["f/m.webp", "f/w.webp"]
    assert [(item.file, item.code) for item in source.dropped] == [
        ("f/m.webp", "bad_row"), ("f/lost.webp", "missing_file"), ("f/split.webp", "bad_row"),
        ("f/gender.webp", "bad_row"), ("f/flag.webp", "bad_row"), ("f/short.webp", "bad_row"),
        ("f/unlisted.webp", "no_label"),
    ]  # fmt: skip
    assert "third" in source.dropped[2].detail


def test_a_picture_of_train_and_test_stays_in_test_only(tmp_path: Path) -> None:
    rows = [*PAIR, row("f/1.webp", "train"), row("f/2.webp", "test"), row("f/3.webp", "val"), row("f/4.webp", "train")]
    pictures = {"f/m.webp": b"m", "f/w.webp": b"w", **{f"f/{number}.webp": b"same" for number in (1, 2, 3, 4)}}
    source = read_source(write_tar(tmp_path, rows, pictures))
    assert [sample.file for sample in source.samples] == ["f/m.webp", "f/w.webp", "f/2.webp"]
    assert {item.code for item in source.dropped} == {"duplicate"}
    assert source.dropped[0].detail == "the same picture as f/2.webp in test"


def test_copies_within_test_stay_and_are_named(tmp_path: Path) -> None:
    rows = [*PAIR, row("f/1.webp", "test"), row("f/2.webp", "test")]
    pictures = {"f/m.webp": b"m", "f/w.webp": b"w", "f/1.webp": b"same", "f/2.webp": b"same"}
    source = read_source(write_tar(tmp_path, rows, pictures))
    assert len(source.samples) == 4
    assert source.repeated == ("f/2.webp is the same picture as f/1.webp, both in test",)


def test_a_file_that_the_system_does_not_hand_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = write_tree(
        tmp_path, {f"{gender}/{n}.jpg": f"{gender}{n}".encode() for gender in ("man", "woman") for n in "12"}
    )
    read = Path.read_bytes

    def deny(path: Path) -> bytes:
        if path.name == "2.jpg" and path.parent.name == "man":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", deny)
    source = read_source(tree)
    assert len(source.samples) == 3
    assert [(item.file, item.code, item.detail) for item in source.dropped] == [
        ("man/2.jpg", "unreadable", "it cannot be read: Permission denied")
    ]


def test_a_picture_with_both_labels_is_left_out_altogether(tmp_path: Path) -> None:
    rows = [*PAIR, row("f/1.webp", "test"), row("f/2.webp", "train", "female")]
    pictures = {"f/m.webp": b"m", "f/w.webp": b"w", "f/1.webp": b"same", "f/2.webp": b"same"}
    source = read_source(write_tar(tmp_path, rows, pictures))
    assert [sample.file for sample in source.samples] == ["f/m.webp", "f/w.webp"]
    assert [item.code for item in source.dropped] == ["contradiction", "contradiction"]
    assert "f/2.webp (female)" in source.dropped[0].detail


@settings(deadline=None, max_examples=40)
@given(
    people=st.lists(
        st.tuples(st.sampled_from(["female", "male"]), st.integers(0, 12), st.sampled_from(["train", "test"])),
        min_size=30,
        max_size=80,
    )
)
def test_validation_is_split_off_by_identity_and_repeatably(
    people: list[tuple[str, int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [
        row(f"f/{n}.webp", split, gender, identity=f"{gender}{who}" if who else "")
        for n, (gender, who, split) in enumerate(people)
    ]
    rows += [row(f"f/{gender}.webp", "train", gender) for gender in ("male", "female")]
    folder = tmp_path_factory.mktemp("tar")
    source = read_source(write_tar(folder, rows))
    by_split: dict[str, set[str]] = {"train": set(), "val": set(), "test": set()}
    for sample in source.samples:
        if sample.identity:
            by_split[sample.split].add(sample.identity)
    assert not by_split["train"] & by_split["val"]
    assert sum(sample.split == "test" for sample in source.samples) == sum(split == "test" for *_, split in people)
    for gender in ("male", "female"):
        mine = [s for s in source.samples if s.gender == gender and s.split != "test"]
        assert any(sample.split == "train" for sample in mine)
        if len({sample.identity or sample.file for sample in mine}) > 1:
            assert sum(sample.split == "val" for sample in mine) >= VAL_SHARE * len(mine) or _one_left(mine)
    write_tar(folder, rows[::-1])
    again = {sample.file: sample.split for sample in read_source(folder / "faces.tar").samples}
    assert again == {sample.file: sample.split for sample in source.samples}


def _one_left(samples: list) -> bool:
    """Whether all but one identity were moved already."""
    return len({sample.identity or sample.file for sample in samples if sample.split == "train"}) == 1


def test_a_set_with_its_own_val_split_keeps_it(tmp_path: Path) -> None:
    rows = [row(f"f/{n}.webp", "val" if n == 7 else "train", ("male", "female")[n % 2]) for n in range(60)]
    source = read_source(write_tar(tmp_path, rows))
    assert [sample.file for sample in source.samples if sample.split == "val"] == ["f/7.webp"]


def test_a_limit_takes_some_of_every_kind_in_order(tmp_path: Path) -> None:
    rows = [row(f"f/{n}.webp", "train", ("male", "female")[n % 2]) for n in range(1000)]
    samples = read_source(write_tar(tmp_path, rows)).samples
    chosen = some_of(samples, 300)
    assert len(chosen) == 300
    assert [sample for sample in samples if sample in set(chosen)] == list(chosen)
    assert 5 < sum(sample.split == "val" for sample in chosen) < 40, "the limit must not prefer a split"
    assert some_of(samples, None) == samples
