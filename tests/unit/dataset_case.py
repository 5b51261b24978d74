"""Small data sets on disk, as folder trees and as tars with a CSV."""

import csv
import io
import tarfile
from pathlib import Path

COLUMNS = ("file", "split", "gender", "age", "ethnicity", "identity", "masked")


def write_tree(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def write_tar(folder: Path, rows: list[tuple], pictures: dict[str, bytes] | None = None) -> Path:
    """A tar and its CSV; pictures default to one distinct file a row."""
    if pictures is None:
        pictures = {row[0]: row[0].encode() for row in rows}
    with tarfile.open(folder / "faces.tar", "w") as tar:
        for name, data in pictures.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    with (folder / "faces.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return folder / "faces.tar"


def row(file: str, split: str = "train", gender: str = "male", **extra: str) -> tuple:
    return (file, split, gender, *(extra.get(name, "") for name in COLUMNS[3:]))


PAIR = [row("f/m.webp"), row("f/w.webp", gender="female")]
