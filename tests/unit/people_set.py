"""A data set of drawn and real masks in small: bare portraits, a masked one, one without a face, a damaged file."""

import csv
import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

from tests.unit.portraits import NAMES, head


def make_people(folder: Path) -> Path:
    """A tar with two bare portraits, one picture without a face and one damaged file, labelled bare; one masked."""
    path = folder / "people.tar"
    pictures = {name: head(name, 120) for name in NAMES} | {"nobody": np.full((90, 90, 3), 150, np.uint8)}
    with tarfile.open(path, "w") as tar, (folder / "people.csv").open("w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["file", "split", "gender", "masked"])
        for number, (name, pixels) in enumerate(pictures.items()):
            data = io.BytesIO()
            Image.fromarray(pixels).save(data, "PNG")
            _add(tar, f"{name}.png", data.getvalue())
            rows.writerow([f"{name}.png", "test", ("female", "male")[number % 2], int(name == "biden")])
        _add(tar, "damaged.png", b"no picture")
        rows.writerow(["damaged.png", "test", "male", 0])
    return path


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))
