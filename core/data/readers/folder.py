"""Reads a folder tree with one folder a gender, best within one folder a split."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.data.readers.words import gender_of, looks_like_split, split_of
from core.data.samples import TRAIN, Dropped, Sample, unreadable
from core.errors import DatasetError
from core.files import is_clutter
from core.vision.pictures.decode import PICTURE_SUFFIXES

_ADVICE = "Call it Training, Validation or Test, or move it out of the data set."


_Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Label:
    """What the folders round a picture say of it.

    Attributes:
        genders, splits: All that they name.
        doubtful: The first that may be a split of another name.
    """

    genders: frozenset[str] = frozenset()
    splits: frozenset[str] = frozenset()
    doubtful: str | None = None

    def within(self, folder: str) -> "Label":
        """The label of what lies in a folder that lies here."""
        gender, split = gender_of(folder), split_of(folder)
        doubtful = self.doubtful
        # Below a gender folder names are most often people's.
        if doubtful is None and gender is None and looks_like_split(folder, strict=bool(self.genders)):
            doubtful = folder
        return Label(
            self.genders | ({gender} if gender else set()), self.splits | ({split} if split else set()), doubtful
        )


def read_tree(
    root: Path, name: str, *, masked: bool, meanwhile: Callable[[], object] = lambda: None
) -> tuple[list[Sample], list[Dropped]]:
    """The labelled pictures below a folder, by name, and what lies there without a label.

    Links are followed, loops excepted. Hidden files and what systems add are left out without a word.

    Args:
        root: The folder; where it holds no split folders and is called like one itself, it is one.
        name: Of the data set.
        masked: Whether real masks are worn in its pictures.
        meanwhile: Called for every folder; what it raises ends the reading.

    Raises:
        DatasetError: `unknown_split` where pictures would be trained on that may not be meant for it.
    """
    samples: list[tuple[str, str, str | None]] = []
    dropped = []
    for file, label, error in _files(root, meanwhile):
        if error is not None:
            dropped.append(error)
        elif len(label.genders) != 1 or len(label.splits) > 1:
            detail = "its folders name " + ("no gender" if not label.genders else "more than one gender or split")
            dropped.append(Dropped(file, "no_label", detail))
        elif label.doubtful and not label.splits:
            raise DatasetError(
                "unknown_split",
                f"{root} has a folder '{label.doubtful}', and it is unclear whether its pictures may be trained on. "
                f"{_ADVICE}",
            )
        else:
            samples.append((file, next(iter(label.genders)), next(iter(label.splits), None)))
    _check_splits(root, samples)
    default = split_of(root.resolve().name) or TRAIN
    return [Sample(file, name, split or default, gender, masked=masked) for file, gender, split in samples], dropped


def _check_splits(root: Path, samples: list[tuple[str, str, str | None]]) -> None:
    """Refuse pictures without a split beside pictures with one: they would be trained on unasked."""
    if not any(split for *_, split in samples):
        return
    outside = sorted({file.split("/")[0] for file, _, split in samples if split is None})
    if outside:
        inside = sorted({file.split("/")[0] for file, _, split in samples if split})
        shown = ", ".join(f"'{folder}'" for folder in outside[:5])
        raise DatasetError(
            "unknown_split",
            f"{root} has split folders ({', '.join(inside[:5])}), and beside them {shown} with pictures that belong to "
            f"no split. {_ADVICE.replace('it', 'each', 1)}",
        )


def _files(root: Path, meanwhile: Callable[[], object]) -> Iterator[tuple[str, Label, Dropped | None]]:
    """Picture files by their names below `root`, with slashes, and what cannot be read; sorted in each folder.

    A folder is entered once for each way in which its place labels it, and never from within itself: it may be
    linked to from Training and Test, and its pictures are then found to be copies.
    """
    entered: set[tuple[_Identity, Label]] = set()
    waiting: list[tuple[str, Label, frozenset[_Identity]]] = [("", Label(), frozenset())]
    while waiting:
        meanwhile()
        inside, label, above = waiting.pop()
        place = os.path.join(root, inside)
        try:
            status = os.stat(place)
            real = status.st_dev, status.st_ino
            if real in above or (real, label) in entered:
                continue
            entered.add((real, label))
            children = sorted(os.listdir(place))
        except OSError as error:
            yield inside or ".", label, unreadable(inside or ".", error)
            continue
        folders = []
        for name in children:
            if is_clutter(name):
                continue
            file, child = (f"{inside}/{name}" if inside else name), os.path.join(place, name)
            # os.path's questions are answered with False, not with an exception, where access is denied.
            if os.path.isdir(child):
                folders.append((file, label.within(name), above | {real}))
            elif os.path.islink(child) and not os.path.exists(child):
                yield file, label, Dropped(file, "missing_file", "a broken link")
            elif os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES and os.path.isfile(child):
                yield file, label, None
        waiting += reversed(folders)
