"""Rows go in one result at a time; a whole file is there at the end, whatever happens."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import OutputError
from core.inference.exports import rows_to_csv, rows_to_json, rows_to_jsonl
from core.inference.row_writer import RowWriter
from core.results import ROW_COLUMNS


def row(name: str, **values: Any) -> dict[str, Any]:
    return {**dict.fromkeys(ROW_COLUMNS), "file": name, "status": "ok", **values}


ROWS = [row("a.jpg", left=-5), row("=b\n.jpg", p_female=0.5), row("ü😷.jpg")]


@pytest.mark.parametrize(
    ("suffix", "whole"), [(".csv", rows_to_csv), (".JSON", rows_to_json), (".jsonl", rows_to_jsonl)]
)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_file_is_the_same_as_when_written_at_once(tmp_path: Path, suffix: str, whole: Any, count: int) -> None:
    path = tmp_path / "new folder" / f"results{suffix}"
    with RowWriter(path) as writer:
        for one in ROWS[:count]:
            writer.write([one])
            assert not path.exists()
    read = path.read_bytes().decode()
    assert json.loads(read) == ROWS[:count] if suffix == ".JSON" else read == whole(ROWS[:count])
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_every_row_is_on_disk_as_soon_as_it_is_written(tmp_path: Path) -> None:
    with RowWriter(tmp_path / "results.jsonl") as writer:
        writer.write(ROWS[:2])
        assert (tmp_path / ".results.jsonl.part").read_text(encoding="utf-8") == rows_to_jsonl(ROWS[:2])


@pytest.mark.parametrize("suffix", [".csv", ".json", ".jsonl"])
def test_a_stopped_run_keeps_what_is_done(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"results{suffix}"
    with pytest.raises(KeyboardInterrupt), RowWriter(path) as writer:  # noqa: PT012
        writer.write(ROWS[:2])
        raise KeyboardInterrupt
    text = path.read_bytes().decode()
    if suffix == ".csv":
        assert len(list(csv.DictReader(text.splitlines(keepends=True)))) == 2
    else:
        assert len(json.loads(text) if suffix == ".json" else text.splitlines()) == 2


def test_a_run_that_fails_before_its_first_row_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text("earlier")
    with pytest.raises(KeyboardInterrupt), RowWriter(path):
        raise KeyboardInterrupt
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_further_columns_are_announced(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    with RowWriter(path, [*ROW_COLUMNS, "age"]) as writer:
        writer.write([row("a.jpg", age="20-39"), row("b.jpg")])
    assert [line.rsplit(",", 1)[1] for line in path.read_text().split()] == ["age", "20-39", ""]
    with pytest.raises(ValueError, match="age"), RowWriter(path) as writer:
        writer.write([row("a.jpg", age="20-39")])


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("results.xlsx", "unknown_format", r"use \.csv, \.json, \.jsonl"),
        ("results", "unknown_format", "use"),
        ("folder.csv", "not_writable", "it is a folder"),
        ("file/results.csv", "not_writable", "cannot be written"),
        ("x" * 300 + ".csv", "not_writable", "File name too long"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_the_work(
    tmp_path: Path, name: str, code: str, words: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=words) as caught:
        RowWriter(tmp_path / name)
    assert caught.value.code == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is a Linux thing")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / ".results.csv.part").symlink_to("/dev/full")
    with (
        pytest.raises(OutputError, match="There is no room left") as caught,
        RowWriter(tmp_path / "results.csv") as writer,
    ):
        writer.write(ROWS)
    assert caught.value.code == "disk_full"
