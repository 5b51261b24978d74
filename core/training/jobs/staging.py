"""The user's pictures as a data set that `prepare` reads: out of a ZIP, and with a test split of their own.

A folder that has a test split is used as it is. Of any other a part is held out for the test, as a tree
of links to the pictures, so that nothing is copied and the figures are of pictures that no training saw.
"""

import os
import shutil
from collections import defaultdict
from pathlib import Path

from core.classify.archives import read_archive
from core.data.samples import GENDERS, TEST, TRAIN, VAL, DataSource, FolderStore, Sample, TarStore, stable_number
from core.errors import ArchiveError, DatasetError, told_as_output_error
from core.files import put_folder, sync_folder
from core.settings import ArchiveLimits

TEST_SHARE = 0.15
ZIP_LIMITS = ArchiveLimits(max_members=50_000, max_bytes=1024 * 1024 * 1024)
_FOLDERS = {TRAIN: "Training", VAL: "Validation", TEST: "Testing"}


def unpack(data: bytes, name: str, place: Path) -> tuple[Path, list[str]]:
    """Unpack a ZIP of pictures.

    Args:
        data: Its content.
        name: Its name, after which the data set is called.
        place: Folder in which the data set's is made.

    Returns:
        The folder, complete, and sentences on what was left out.

    Raises:
        ArchiveError: `damaged` or `bomb`; DatasetError: `no_pictures`; OutputError: `disk_full` or `not_writable`.
    """
    folder, left_out = place / (Path(name).stem.lstrip(".") or "pictures"), []
    new = place / f".new.{folder.name}"
    shutil.rmtree(new, ignore_errors=True)
    try:
        with told_as_output_error(new):
            new.mkdir(parents=True)
            for member in read_archive(data, name, ZIP_LIMITS):
                if isinstance(member, ArchiveError):
                    left_out.append(member.message)
                    continue
                path = new / member.name.replace("\\", "/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(member.data)
            if not any(new.iterdir()):
                raise DatasetError(
                    "no_pictures",
                    f"'{name}' contains no files. Pack folders Female and Male with pictures.",
                )
        put_folder(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder, left_out


def with_test_split(source: DataSource, place: Path) -> tuple[Path, int]:
    """A folder of the same pictures that has a test split.

    Args:
        source: As it was read.
        place: Folder in which the tree of links is made, where one is needed.

    Returns:
        The folder for `prepare`, and how many pictures were held out for the test; 0 where it has a split of its own.

    Raises:
        OutputError: `disk_full` or `not_writable`.
    """
    if isinstance(source.store, TarStore):  # its table names the splits
        return source.store.path, 0
    if not isinstance(source.store, FolderStore):
        raise TypeError(f"pictures of {source.store} have no place on the disk")
    root = source.store.root.resolve()
    if any(sample.split == TEST for sample in source.samples):
        return root, 0
    held_out = held_out_of(source.samples)
    tree = place / source.name
    with told_as_output_error(tree):
        shutil.rmtree(tree, ignore_errors=True)
        for sample in source.samples:
            split = TEST if sample.file in held_out else sample.split
            folder = tree / _FOLDERS[split] / sample.gender.capitalize()
            folder.mkdir(parents=True, exist_ok=True)
            # Folders become part of the name: theirs could name another split or gender.
            os.symlink(root / sample.file, folder / sample.file.replace("/", "__"))
        for made in (*(Path(folder) for folder, _, _ in os.walk(tree)), place):  # a training may go on days later
            sync_folder(made)
    return tree, len(held_out)


def lost_pictures(source: Path) -> Path | None:
    """The folder that the links of `with_test_split` lead to, where none of its pictures is there any more."""
    links = [file for file in source.rglob("*") if file.is_symlink()]
    if not links or any(file.exists() for file in links):
        return None
    return Path(os.path.commonpath([file.readlink() for file in links]))


def held_out_of(samples: tuple[Sample, ...]) -> set[str]:
    """Names of the training pictures that are to be tested on: of each gender the same share, chosen by their names."""
    mine = defaultdict(list)
    for sample in samples:
        if sample.split == TRAIN:
            mine[sample.gender].append(sample.file)
    return {
        file
        for gender in GENDERS
        for file in sorted(mine[gender], key=lambda file: stable_number("test", file))[
            : round(TEST_SHARE * len(mine[gender]))
        ]
    }
