"""The prepared folder: face crops, cut once, that training and evaluation share.

    recipe.json                 how the crops were made; the same for every set in the folder
    <set>/crops.npy             uint8 RGB (n, size, size, 3)
    <set>/index.csv             one row a crop, in the order of crops.npy; columns are `COLUMNS`
    <set>/report.json           what was read, dropped and not found, and how long it took

A set's folder is renamed into place when it is complete, so what can be seen is finished.
"""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.data.samples import FACTS
from core.errors import DatasetError
from core.labels import Variant
from core.model.metadata import crop_recipe
from core.settings import CropRecipe
from core.strict_json import json_object, read_json
from core.types import Pixels

COLUMNS = (
    "file", "set", "split", "gender", *FACTS, "masked", "mask_family", "variant",
    "found", "score", "quality", "left", "top", "right", "bottom",
)  # fmt: skip
BARE, DRAWN, HELD_OUT, REAL = (Variant[name].value for name in ("BARE", "DRAWN", "HELD_OUT", "REAL"))
RECIPE, CROPS, INDEX, REPORT = "recipe.json", "crops.npy", "index.csv", "report.json"
_INTEGERS = ("masked", "found")
_NUMBERS = ("score", "left", "top", "right", "bottom")
_TYPES = dict.fromkeys(COLUMNS, str) | dict.fromkeys((*_INTEGERS, *_NUMBERS), float)


@dataclass(frozen=True, slots=True, eq=False)
class PreparedSet:
    """One data set, prepared.

    Attributes:
        name: Name of the set.
        index: One row a crop, columns `COLUMNS`: `masked` and `found` are integers 0 or 1, `score`
            and the box (pixels of the source picture) floats, all others strings, "" for unknown.
        crops: uint8 RGB (n, size, size, 3), memory-mapped, read-only.
        report: What was read, dropped and not found.
    """

    name: str
    index: pd.DataFrame
    crops: Pixels
    report: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class StoredCrops:
    """Crops of a selection on disk, read when they are asked for: `crops[rows]`, uint8 RGB.

    Attributes:
        parts: As `Selection.parts`.
    """

    parts: tuple[tuple[Pixels, NDArray[np.intp]], ...]

    def __len__(self) -> int:
        """How many crops."""
        return sum(len(rows) for _, rows in self.parts)

    def __getitem__(self, wanted: "int | slice | NDArray[Any]") -> Pixels:
        """One crop (size, size, 3) by its number, or several (n, size, size, 3) by a slice or an array of numbers."""
        if isinstance(wanted, int | np.integer):
            return self._read(int(wanted))
        if isinstance(wanted, slice):
            wanted = np.arange(*wanted.indices(len(self)))
        return np.stack([self._read(int(number)) for number in wanted])

    def _read(self, number: int) -> Pixels:
        for crops, rows in self.parts:
            if number < len(rows):
                return _stored(crops, int(rows[number]))
            number -= len(rows)
        raise IndexError(f"there are {len(self)} crops")


def _stored(crops: Pixels, row: int) -> Pixels:
    """One crop of a set, read by itself: a page fault of a mapped file reads megabytes around what is asked for."""
    if not isinstance(crops, np.memmap) or crops.filename is None:
        return np.asarray(crops[row])
    shape = crops.shape[1:]
    count = int(np.prod(shape))
    return np.fromfile(crops.filename, crops.dtype, count, offset=crops.offset + row * count).reshape(shape)


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Some crops of a prepared folder; their pixels are read only when asked for.

    Attributes:
        index: One row a crop, columns `COLUMNS`, numbered from 0.
        parts: For each set its memory-mapped crops and the rows of them that are meant.
    """

    index: pd.DataFrame
    parts: tuple[tuple[Pixels, NDArray[np.intp]], ...]

    def __len__(self) -> int:
        """How many crops."""
        return len(self.index)

    @property
    def stored(self) -> StoredCrops:
        """All crops, left on disk, in the order of the index."""
        return StoredCrops(self.parts)

    def load(self) -> Pixels:
        """All crops in memory, uint8 RGB (n, size, size, 3), in the order of the index."""
        return np.concatenate([crops[rows] for crops, rows in self.parts])

    def batches(self, size: int = 256) -> Iterator[Pixels]:
        """The crops in the order of the index, at most `size` at a time."""
        for crops, rows in self.parts:
            for start in range(0, len(rows), size):
                yield crops[rows[start : start + size]]

    def sample(self, count: int | None, seed: int = 0) -> "Selection":
        """At most `count` of the crops, drawn by `seed` and kept in order; all of them for None."""
        if count is None or count >= len(self):
            return self
        return self.take(np.sort(np.random.default_rng(seed).choice(len(self), count, replace=False)))

    def take(self, chosen: NDArray[np.intp]) -> "Selection":
        """The crops of these rows of the index, which must be ascending."""
        ends = np.cumsum([len(rows) for _, rows in self.parts])
        parts = tuple(
            (crops, rows[chosen[(chosen >= end - len(rows)) & (chosen < end)] - (end - len(rows))])
            for (crops, rows), end in zip(self.parts, ends, strict=True)
        )
        return Selection(self.index.iloc[chosen].reset_index(drop=True), parts)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A prepared folder.

    Attributes:
        folder: Where it is.
        crop: How its crops were cut.
        recipe: All of `recipe.json`.
        sets: The finished sets by name.
    """

    folder: Path
    crop: CropRecipe
    recipe: dict[str, Any]
    sets: dict[str, PreparedSet]

    def select(
        self,
        *,
        sets: Collection[str] | None = None,
        splits: Collection[str] | None = None,
        variants: Collection[str] | None = None,
    ) -> Selection:
        """The crops of these sets, splits and variants; None means all.

        Raises:
            DatasetError: `not_prepared` if a set is not in the folder, `no_pictures` if no crop is left.
        """
        missing = sorted(set(sets or ()) - set(self.sets))
        if missing:
            raise DatasetError(
                "not_prepared",
                f"{', '.join(missing)} is not in {self.folder}, which holds {', '.join(self.sets)}. "
                "Run 'python -m core prepare' for it first.",
            )
        tables, parts = [], []
        for name in [name for name in self.sets if sets is None or name in sets]:
            part = self.sets[name]
            keep = np.ones(len(part.index), dtype=bool)
            for column, values in (("split", splits), ("variant", variants)):
                if values is not None:
                    keep &= part.index[column].isin(list(values)).to_numpy()
            tables.append(part.index[keep])
            parts.append((part.crops, np.flatnonzero(keep)))
        if not sum(len(table) for table in tables):
            raise DatasetError(
                "no_pictures",
                f"{self.folder} holds no crops for sets {_words(sets)}, splits {_words(splits)}, "
                f"variants {_words(variants)}.",
            )
        return Selection(pd.concat(tables, ignore_index=True), tuple(parts))


def open_prepared(folder: Path | str) -> Prepared:
    """Open a folder that `python -m core prepare` wrote.

    Raises:
        DatasetError: `not_found` without such a folder; `not_prepared` if it holds no finished set, or
            if a set is damaged or was prepared by another recipe than the folder's.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatasetError("not_found", f"There is no folder {folder}. Run 'python -m core prepare' first.")
    try:
        recipe = json_object(read_json(folder / RECIPE), "the document")
        crop = crop_recipe(recipe["crop"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DatasetError(
            "not_prepared", f"{folder} has no usable {RECIPE} ({error}). Run 'python -m core prepare' first."
        ) from error
    names = sorted(path.parent.name for path in folder.glob(f"*/{REPORT}") if not path.parent.name.startswith("."))
    if not names:
        raise DatasetError("not_prepared", f"{folder} holds no finished set. Run 'python -m core prepare' first.")
    return Prepared(folder, crop, recipe, {name: _open_set(folder / name, recipe, crop.size) for name in names})


def _open_set(folder: Path, recipe: dict[str, Any], size: int) -> PreparedSet:
    try:
        report = read_report(folder)
        for name in (INDEX, CROPS):
            if (folder / name).exists() and not (folder / name).is_file():  # a pipe would be waited for
                raise ValueError(f"{name} is not a file")
        index = _read_index(folder / INDEX)
        crops = _open_crops(folder / CROPS)
        if crops.dtype != np.uint8 or crops.shape != (len(index), size, size, 3):
            raise ValueError(f"{len(index)} rows, and crops of shape {crops.shape}, {crops.dtype}")
        if report["recipe"] != recipe:
            raise ValueError("it was prepared with a different recipe from the folder's")
    except (OSError, ValueError, KeyError) as error:
        what = " ".join(str(error).split())[:300]
        raise DatasetError(
            "not_prepared", f"The prepared set {folder} is damaged ({what}). Remove it and prepare it again."
        ) from error
    return PreparedSet(folder.name, index, crops, report)


def read_report(folder: Path) -> dict[str, Any]:
    """report.json of a finished set.

    Raises:
        DatasetError: `not_prepared` if it cannot be read.
    """
    try:
        return json_object(read_json(folder / REPORT), "the report")
    except (OSError, ValueError) as error:
        raise DatasetError(
            "not_prepared", f"{folder / REPORT} is damaged ({error}). Remove {folder} and prepare the set again."
        ) from error


def _open_crops(path: Path) -> Pixels:
    """The array in a file; `np.load` would take other files, archives of arrays among them, for what they are."""
    try:
        crops: Pixels = np.lib.format.open_memmap(path, mode="r")
    except OSError:
        raise
    except Exception as error:  # its header is read as Python, and whatever that raises comes out
        raise ValueError(f"{path.name} is not an array: {error}") from error
    return crops


def _read_index(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8", newline="") as file:
        _check_cells(file)
        file.seek(0)
        index = pd.read_csv(file, dtype=_TYPES, keep_default_na=False)
    index = index.assign(**{fact: "" for fact in FACTS if fact not in index})  # not asked when it was prepared
    if set(index.columns) != set(COLUMNS) or not isinstance(index.index, pd.RangeIndex):
        raise ValueError(f"{INDEX} has columns {', '.join(index.columns)}")
    if not index[list(_INTEGERS)].isin([0, 1]).all(axis=None):
        raise ValueError(f"{INDEX} has {' or '.join(_INTEGERS)} other than 0 and 1")
    if not np.isfinite(index[list(_NUMBERS)].to_numpy()).all():
        raise ValueError(f"{INDEX} has a box or a score that is not a number")
    return index[list(COLUMNS)].astype(dict.fromkeys(_INTEGERS, int))


def _check_cells(file: TextIO) -> None:
    """See that a table has no more columns than it may: pandas would take minutes for a million of them.

    It goes by the header and by the first row, and refuses what comes after with more cells.

    Raises:
        ValueError: If it has.
    """
    try:
        if any(len(row) > len(COLUMNS) for row in islice(filter(None, csv.reader(file)), 2)):
            raise ValueError(f"{INDEX} has more than {len(COLUMNS)} columns")
    except csv.Error as error:
        raise ValueError(f"{INDEX} is no table: {error}") from error


def _words(values: Collection[str] | None) -> str:
    return "all" if values is None else ", ".join(values)
