"""Reads data sets: a folder tree with one folder a gender, or a tar with a CSV beside it.

    Training/Male/a.jpg  Training/Female/x/b.jpg  Validation/Male/c.jpg …   any case, any depth below
    faces.tar + faces.csv     columns file, split, gender; optional age, ethnicity, identity, masked

Splits go by several names (`core.data.readers.words`): "dev" and "validate" are validation, "eval"
and "holdout" test. A tree with pictures that may be meant for testing, or that lie beside its split
folders, is refused: nothing is trained on unasked. Single bad rows and files never stop the reading:
they are left out and named in `Source.dropped`.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.data.readers.folder import read_tree
from core.data.readers.tar import read_tar
from core.data.samples import (
    GENDERS,
    TRAIN,
    VAL,
    DataSource,
    Dropped,
    FolderStore,
    Sample,
    TarStore,
    digests_of,
    stable_number,
    without_duplicates,
)
from core.errors import DatasetError

VAL_SHARE = 0.06
"""Share of the training pictures that becomes validation where a set has none of its own."""

_LAYOUTS = (
    "Expected a folder with 'Male' and 'Female' folders, ideally inside 'Training' and 'Validation', "
    "or a tar with a CSV of the same name beside it."
)


def read_source(
    path: Path | str, *, masked: bool = False, meanwhile: Callable[[], object] = lambda: None
) -> DataSource:
    """Read a data set.

    Args:
        path: A folder tree, a tar, or the tar's CSV.
        masked: Whether the pictures of a folder tree show real masks; a CSV says it itself.
        meanwhile: Called for every folder and file; what it raises ends the reading.

    Returns:
        The set, without duplicates and with a val split if it has a train split.

    Raises:
        DatasetError: `not_found`, `unknown_layout`, `unknown_split`, `bad_table`, `no_pictures` or `one_class`.
    """
    path = Path(path)
    if not path.exists():
        raise DatasetError("not_found", f"There is no file or folder {path}.")
    store: FolderStore | TarStore
    if path.is_dir():
        store, samples, dropped = _read_folder(path, masked, meanwhile)
    elif path.suffix.lower() in (".tar", ".csv"):
        store, samples, dropped = read_tar(_beside(path, ".tar"), _beside(path, ".csv"), _name(path))
    else:
        raise DatasetError("unknown_layout", f"{path} is not a data set. {_LAYOUTS}")

    def read(file: str) -> bytes:
        meanwhile()
        return store.read(file)

    digests, lost = digests_of(samples, read)
    kept, more, repeated = without_duplicates([sample for sample in samples if sample.file in digests], digests)
    dropped += lost + more
    _check(path, kept, dropped)
    return DataSource(_name(path), tuple(_with_val(kept)), tuple(dropped), store, tuple(repeated))


def _beside(path: Path, suffix: str) -> Path:
    """The file of the same name with a suffix in any case: itself, if it has that."""
    given = path, path.with_suffix(suffix), path.with_suffix(suffix.upper())
    return next((each for each in given if each.suffix.lower() == suffix and each.exists()), path.with_suffix(suffix))


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
            f"All labelled pictures of {path} ({len(samples)}) are {genders.pop()}. {_examples(dropped)}"
            "A set needs pictures of both genders.",
        )


def _examples(dropped: list[Dropped]) -> str:
    if not dropped:
        return ""
    counts = ", ".join(f"{number} {code}" for code, number in Counter(item.code for item in dropped).most_common())
    return f"Left out: {counts}; for example {dropped[0].file}: {dropped[0].detail}. "


def _read_folder(
    root: Path, masked: bool, meanwhile: Callable[[], object]
) -> tuple[FolderStore, list[Sample], list[Dropped]]:
    samples, dropped = read_tree(root, _name(root), masked=masked, meanwhile=meanwhile)
    if not samples:
        tars = sorted(path.name for path in root.glob("*.tar"))
        hint = f"For the data sets in it name the tar files themselves: {', '.join(tars)}. " if tars else ""
        code = "unknown_layout" if dropped or tars else "no_pictures"
        found = _examples(dropped)
        raise DatasetError(code, f"{root} holds no pictures in folders named by gender. {found}{hint}{_LAYOUTS}")
    return FolderStore(root), samples, dropped


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
