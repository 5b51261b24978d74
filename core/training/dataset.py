"""Reads data sets: a folder tree with one folder a gender, or a tar with a CSV beside it.

    Training/Male/a.jpg  Training/Female/x/b.jpg  Validation/Male/c.jpg …   any case, any depth below
    faces.tar + faces.csv     columns file, split, gender; optional age, ethnicity, identity, masked

Single bad rows and files never stop the reading: they are left out and named in `Source.dropped`.
"""

import csv
import tarfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from core.errors import DatasetError
from core.training.samples import (
    GENDERS,
    SPLITS,
    TRAIN,
    VAL,
    Dropped,
    FolderStore,
    Sample,
    Source,
    TarStore,
    digests_of,
    stable_number,
    without_duplicates,
)
from core.vision.images import PICTURE_SUFFIXES

VAL_SHARE = 0.06
"""Share of the training pictures that becomes validation where a set has none of its own."""

_GENDER_WORDS = {
    **dict.fromkeys(("male", "males", "man", "men"), "male"),
    **dict.fromkeys(("female", "females", "woman", "women"), "female"),
}
_SPLIT_WORDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_FLAGS = {"": False, "0": False, "1": True, "false": False, "true": True}
_NEEDED = ("file", "split", "gender")
_LAYOUTS = (
    "Expected a folder with 'Male' and 'Female' folders, best within 'Training' and 'Validation', "
    "or a tar with a CSV of the same name beside it."
)


def read_source(path: Path | str, *, masked: bool = False) -> Source:
    """Read a data set.

    Args:
        path: A folder tree, a tar, or the tar's CSV.
        masked: Whether the pictures of a folder tree show real masks; a CSV says it itself.

    Returns:
        The set, without duplicates and with a val split if it has a train split.

    Raises:
        DatasetError: `not_found`, `unknown_layout`, `bad_table`, `no_pictures` or `one_class`.
    """
    path = Path(path)
    if not path.exists():
        raise DatasetError("not_found", f"There is no file or folder {path}.")
    store: FolderStore | TarStore
    if path.is_dir():
        store, samples, dropped = _read_tree(path, masked)
    elif path.suffix.lower() in (".tar", ".csv"):
        store, samples, dropped = _read_tar(path.with_suffix(".tar"), path.with_suffix(".csv"))
    else:
        raise DatasetError("unknown_layout", f"{path} is not a data set. {_LAYOUTS}")
    digests, lost = digests_of(samples, store.read)
    kept, more, repeated = without_duplicates([sample for sample in samples if sample.file in digests], digests)
    dropped += lost + more
    _check(path, kept, dropped)
    return Source(_name(path), tuple(_with_val(kept)), tuple(dropped), store, tuple(repeated))


def _name(path: Path) -> str:
    """What the set is called: the folder's or the tar's name, never one that would be a hidden folder."""
    path = path.resolve()
    return (path.name if path.is_dir() else path.stem).lstrip(".") or "pictures"


def _check(path: Path, samples: list[Sample], dropped: list[Dropped]) -> None:
    if not samples:
        raise DatasetError("no_pictures", f"{path} holds no labelled pictures. {_examples(dropped)}{_LAYOUTS}")
    genders = {sample.gender for sample in samples}
    if len(genders) < len(GENDERS):
        raise DatasetError(
            "one_class",
            f"All {len(samples)} pictures of {path} are {genders.pop()}. {_examples(dropped)}"
            "A set needs pictures of both genders.",
        )


def _examples(dropped: list[Dropped]) -> str:
    if not dropped:
        return ""
    counts = ", ".join(f"{number} {code}" for code, number in Counter(item.code for item in dropped).most_common())
    return f"Left out: {counts}; for example {dropped[0].file}: {dropped[0].detail}. "


def _read_tree(root: Path, masked: bool) -> tuple[FolderStore, list[Sample], list[Dropped]]:
    samples, dropped = [], []
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        hidden = any(part.startswith(".") for part in inside.parts)
        if hidden or path.suffix.lower() not in PICTURE_SUFFIXES or not path.is_file():
            continue
        words = [part.lower() for part in inside.parts[:-1]]
        genders = {_GENDER_WORDS[word] for word in words if word in _GENDER_WORDS}
        splits = {_SPLIT_WORDS[word] for word in words if word in _SPLIT_WORDS}
        file = inside.as_posix()
        if len(genders) != 1 or len(splits) > 1:
            detail = "its folders name " + ("no gender" if not genders else "more than one gender or split")
            dropped.append(Dropped(file, "no_label", detail))
            continue
        split = splits.pop() if splits else TRAIN
        samples.append(Sample(file, _name(root), split, genders.pop(), masked=masked))
    if not samples:
        tars = sorted(path.name for path in root.glob("*.tar"))
        hint = f"For the data sets in it name the tar files themselves: {', '.join(tars)}. " if tars else ""
        code = "unknown_layout" if dropped or tars else "no_pictures"
        raise DatasetError(code, f"{root} holds no pictures in folders named by gender. {hint}{_LAYOUTS}")
    return FolderStore(root), samples, dropped


def _read_tar(tar: Path, table: Path) -> tuple[TarStore, list[Sample], list[Dropped]]:
    for path, other in ((tar, table), (table, tar)):
        if not path.exists():
            raise DatasetError("not_found", f"{other.name} needs a {path.name} beside it, and there is none.")
    try:
        store = TarStore.open(tar)
    except (tarfile.TarError, OSError) as error:
        raise DatasetError(
            "unknown_layout", f"{tar} cannot be read as an uncompressed tar ({error}). Copy it again, or unpack it."
        ) from error
    samples: dict[str, Sample] = {}
    dropped: list[Dropped] = []
    for row in _rows(table):
        read = _read_row(row, _name(tar), store.places)
        if isinstance(read, Sample) and read.file in samples:
            read = Dropped(read.file, "bad_row", "listed a second time")
        if isinstance(read, Sample):
            samples[read.file] = read
        else:
            dropped.append(read)
    named = samples.keys() | {item.file for item in dropped}
    dropped += [
        Dropped(file, "no_label", f"not in {table.name}")
        for file in store.places
        if file not in named and Path(file).suffix.lower() in PICTURE_SUFFIXES
    ]
    return store, list(samples.values()), dropped


def _rows(table: Path) -> list[dict[str, str]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="", restval="")
            missing = [column for column in _NEEDED if column not in (reader.fieldnames or ())]
            if missing:
                raise DatasetError("bad_table", f"{table} has no column {' and no column '.join(missing)}.")
            return list(reader)
    except (csv.Error, UnicodeDecodeError, OSError) as error:
        raise DatasetError("bad_table", f"{table} cannot be read as a CSV in UTF-8 ({error}).") from error


def _read_row(row: dict[str, str], name: str, places: dict[str, tuple[int, int]]) -> Sample | Dropped:
    file = row["file"]
    split = _SPLIT_WORDS.get(row["split"].strip().lower())
    gender = _GENDER_WORDS.get(row["gender"].strip().lower())
    masked = _FLAGS.get(row.get("masked", "").strip().lower())
    if split is None or gender is None or masked is None:
        got = f"split {row['split']!r}, gender {row['gender']!r}, masked {row.get('masked', '')!r}"
        return Dropped(file, "bad_row", f"its row has {got}")
    if file not in places:
        return Dropped(file, "missing_file", "listed, but not in the tar")
    extra = {column: row.get(column, "").strip() for column in ("age", "ethnicity", "identity")}
    return Sample(file, name, split, gender, masked=masked, **extra)


def _with_val(samples: list[Sample]) -> list[Sample]:
    """Move `VAL_SHARE` of each gender's train pictures to val, unless there is a val split already.

    Pictures of one identity stay together; who moves depends on names alone (their hash).
    """
    if any(sample.split == VAL for sample in samples):
        return samples
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        if sample.split == TRAIN:
            groups.setdefault(sample.identity or sample.file, []).append(sample)
    moved: set[str] = set()
    for gender in GENDERS:
        mine = {key: group for key, group in groups.items() if group[0].gender == gender}
        wanted = VAL_SHARE * sum(len(group) for group in mine.values())
        taken = 0
        for key in sorted(mine, key=lambda key: stable_number("val", key))[1:]:  # one identity at least stays in train
            if taken >= wanted:
                break
            taken += len(mine[key])
            moved.update(sample.file for sample in mine[key])
    return [replace(sample, split=VAL) if sample.file in moved else sample for sample in samples]


__all__ = ["GENDERS", "SPLITS", "VAL_SHARE", "Dropped", "Sample", "Source", "read_source"]
