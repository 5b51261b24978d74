"""The user's pictures as a data set that `prepare` reads: out of a ZIP, and with a test split of their own.

A folder that has a test split is used as it is. Of any other a part is held out for the test, as a tree
of links to the pictures, so that nothing is copied and the figures are of pictures that no training saw.
"""

import errno
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from core.classify.archives import read_archive
from core.classify.sources import Upload
from core.data.samples import GENDERS, TEST, TRAIN, VAL, DataSource, FolderStore, Sample, TarStore, stable_number
from core.errors import ArchiveError, DatasetError, told_as_output_error
from core.files import put_folder, sync_folder
from core.settings import ArchiveLimits

TEST_SHARE = 0.15
ZIP_LIMITS = ArchiveLimits(max_members=50_000, max_bytes=1024 * 1024 * 1024)
# Of a name that is too long, or of a file that is to be in another file, or in the place of a folder.
_NAMES = (errno.ENAMETOOLONG, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.EILSEQ)
_SHOWN = 80
_LONGEST = 200  # of a link's name, bytes, with its folders; systems take 255
_FOLDERS = {TRAIN: "Training", VAL: "Validation", TEST: "Testing"}


def unpack(
    data: bytes, name: str, place: Path, meanwhile: Callable[[int], object] = lambda _: None
) -> tuple[Path, list[str]]:
    """Unpack a ZIP of pictures.

    Args:
        data: Its content.
        name: Its name, after which the data set is called.
        place: Folder in which the data set's is made.
        meanwhile: Called with the number of every file; what it raises ends the unpacking.

    Returns:
        The folder, complete, and sentences on what was left out.

    Raises:
        ArchiveError: `damaged` or `bomb`; DatasetError: `no_pictures`; OutputError: `disk_full` or `not_writable`.
    """
    folder, left_out = place / (Path(name).stem.lstrip(".") or "pictures"), []
    with told_as_output_error(place):
        place.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=".new.", dir=place))  # another page may unpack the same at this moment
    try:
        with told_as_output_error(place):
            for number, member in enumerate(read_archive(data, name, ZIP_LIMITS), start=1):
                meanwhile(number)
                if isinstance(member, ArchiveError):
                    left_out.append(member.message)
                elif (reason := _write(new, member)) is not None:
                    left_out.append(f"'{_short(member.name)}' was left out: {reason}.")
        if not any(file.is_file() for file in new.rglob("*")):
            raise DatasetError(
                "no_pictures",
                f"'{name}' contains no files. Pack folders Female and Male with pictures.",
            )
        new.chmod(0o755)
        put_folder(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder, left_out


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN]}\N{HORIZONTAL ELLIPSIS}"


def _write(root: Path, member: Upload) -> str | None:
    """Write a file of a ZIP; returns why its name cannot be one on this disk.

    Raises:
        OSError: Where it is not for its name.
    """
    path = root / member.name.replace("\\", "/")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(member.data)
    except ValueError:
        return "its name cannot be a file's"
    except OSError as error:
        if error.errno not in _NAMES:
            raise
        return error.strerror or str(error)
    return None


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
    links = {}
    for sample in source.samples:
        split = TEST if sample.file in held_out else sample.split
        folder = f"{_FOLDERS[split]}/{sample.gender.capitalize()}"
        # Folders become part of the name: theirs could name another split or gender.
        name = f"{folder}/{sample.file.replace('/', '__')}"
        if name in links or len(os.fsencode(name)) > _LONGEST:
            name = f"{folder}/{stable_number(sample.file):016x}{Path(sample.file).suffix}"
        links[name] = str(root / sample.file)
    # A tree is never changed, as a training may be reading it: other pictures have another one.
    tree = place / f"{stable_number(repr(sorted(links.items()))):016x}" / source.name
    with told_as_output_error(tree):
        if not tree.is_dir():
            _link(links, tree)
    return tree, len(held_out)


def _link(links: Mapping[str, str], tree: Path) -> None:
    """Make a tree of links, by the names in it; another page may do the same at this moment."""
    tree.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".new.", dir=tree.parent))
    try:
        for name, target in links.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            os.symlink(target, new / name)
        new.chmod(0o755)
        put_folder(new, tree)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    sync_folder(tree.parent.parent)


def lost_pictures(source: Path) -> Path | None:
    """The folder that the links of `with_test_split` lead to, where none of its pictures is there any more."""
    lost = []
    for path in source.rglob("*"):
        if path.exists() and (path.is_symlink() or not path.is_dir()):
            return None
        if path.is_symlink():
            lost.append(path.parent / path.readlink())
    return Path(os.path.commonpath(lost)) if lost else None


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
