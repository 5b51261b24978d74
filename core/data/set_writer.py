"""Writes one prepared set, crop by crop, so that memory does not grow with the set."""

import csv
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from core.data.prepared import COLUMNS, CROPS, INDEX, REPORT
from core.data.samples import DataSource, Dropped
from core.errors import OutputError
from core.files import is_at, write_text
from core.types import Pixels


class SetWriter:
    """Crops, index and report of one set; used as a context manager."""

    def __init__(self, folder: Path, size: int) -> None:
        """Begin an empty set of crops of `size` pixels."""
        folder.mkdir(parents=True)
        self._folder, self._size = folder, size
        self._crops = (folder / CROPS).open("wb")
        self._index = (folder / INDEX).open("w", encoding="utf-8", newline="")
        self._rows = csv.DictWriter(self._index, COLUMNS, lineterminator="\n")
        self._rows.writeheader()
        self._dropped: list[Dropped] = []
        self._counts: Counter[tuple[str, str]] = Counter()
        self._not_found: Counter[tuple[str, str]] = Counter()
        self._start = self._write_header(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._crops.close()
        finally:  # also where the disk has no room for the last of them
            self._index.close()

    def add(self, crop: Pixels, row: dict[str, Any]) -> None:
        """Append one crop and its row.

        Raises:
            OutputError: `vanished` if the files are not in their places any more: nobody would find what is written.
        """
        self._check_in_place()
        self._crops.write(crop.tobytes())
        self._rows.writerow(row)
        key = (row["split"], row["variant"])
        self._counts[key] += 1
        self._not_found[key] += 1 - row["found"]

    def drop(self, dropped: Dropped) -> None:
        """Note a picture that gave no crop."""
        self._dropped.append(dropped)

    def finish(self, facts: dict[str, Any], source: DataSource) -> None:
        """Close the files and write the report.

        Args:
            facts: What the report says besides counts.
            source: The set as it was read, which left out pictures itself.

        Raises:
            OutputError: `vanished`; `disk_full` or `not_writable`.
        """
        self._check_in_place()  # else the report would make the folder anew, without any crop
        if self._write_header(self._counts.total()) != self._start:
            raise RuntimeError("numpy wrote a header of another length")
        self._crops.close()
        self._index.close()
        dropped = [*source.dropped, *self._dropped]
        report = {
            **facts,
            "crops": _nested(self._counts),
            "not_found": _nested(self._not_found),
            "dropped_counts": dict(sorted(Counter(item.code for item in dropped).items())),
            "dropped": [asdict(item) for item in dropped],
            "repeated": list(source.repeated),
            "compared": list(source.compared),
        }
        write_text(self._folder / REPORT, json.dumps(report, indent=1, ensure_ascii=False) + "\n")

    def _check_in_place(self) -> None:
        if not (
            is_at(self._crops.fileno(), self._folder / CROPS) and is_at(self._index.fileno(), self._folder / INDEX)
        ):
            raise OutputError(
                "vanished",
                f"{self._folder}, where the crops are written, was removed or replaced in the meantime: is the disk "
                "still connected?",
            )

    def _write_header(self, count: int) -> int:
        """Write the npy header for `count` crops at the front; its length is the same for any count.

        numpy leaves room in the header for the first axis to grow.
        """
        self._crops.seek(0)
        shape = (count, self._size, self._size, 3)
        description = np.lib.format.dtype_to_descr(np.dtype(np.uint8))
        header = {"descr": description, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._crops, header)
        return self._crops.tell()


def _nested(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    result: dict[str, dict[str, int]] = {}
    for (split, variant), number in sorted(counts.items()):
        result.setdefault(split, {})[variant] = number
    return result
