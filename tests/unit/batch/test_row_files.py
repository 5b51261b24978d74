"""Rows of any number become a file of the format that its name asks for, whole or not at all."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from core.batch.row_files import check_place, write_rows
from core.classify.exports import json_line, rows_to_csv, rows_to_json
from core.errors import OutputError
from core.results import ROW_COLUMNS
from tests.unit.disk_case import room_for


def row(name: str, **values: Any) -> dict[str, Any]:
    return {**dict.fromkeys(ROW_COLUMNS), "file": name, "status": "ok", **values}


ROWS = [row("a.jpg", left=-5), row("=b\n.jpg", p_female=0.5), row("ü😷.jpg")]


@pytest.mark.parametrize(
    ("suffix", "whole"),
    [
        (".csv", rows_to_csv),
        (".JSON", rows_to_json),
        (".jsonl", lambda rows: "".join(json_line(row) + "\n" for row in rows)),
    ],
)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_file_is_the_same_as_when_written_at_once(tmp_path: Path, suffix: str, whole: Any, count: int) -> None:
    path = tmp_path / "new folder" / f"results{suffix}"
    write_rows(path, iter(ROWS[:count]))
    read = path.read_bytes().decode()
    assert json.loads(read) == ROWS[:count] if suffix == ".JSON" else read == whole(ROWS[:count])
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_parquet_holds_the_same_values_with_their_types(tmp_path: Path, count: int) -> None:
    write_rows(tmp_path / "r.parquet", ROWS[:count])
    table = pq.read_table(tmp_path / "r.parquet")
    assert table.to_pylist() == ROWS[:count]
    kinds = {name: str(table.schema.field(name).type) for name in ("file", "face", "p_female")}
    assert kinds == {"file": "string", "face": "int32", "p_female": "double"}


def test_a_name_that_is_no_text_is_written_out(tmp_path: Path) -> None:
    write_rows(tmp_path / "r.parquet", [row("\udcff.jpg")])
    assert pq.read_table(tmp_path / "r.parquet").to_pylist()[0]["file"] == r"\udcff.jpg"


@pytest.mark.parametrize("suffix", [".csv", ".json", ".jsonl", ".parquet"])
def test_a_failure_half_way_leaves_the_earlier_file(tmp_path: Path, suffix: str) -> None:
    def broken() -> Iterator[dict[str, Any]]:
        yield ROWS[0]
        raise KeyboardInterrupt

    path = tmp_path / f"r{suffix}"
    path.write_text("earlier")
    with pytest.raises(KeyboardInterrupt):
        write_rows(path, broken())
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("results.xlsx", "unknown_format", r"use \.csv, \.json, \.jsonl, \.parquet"),
        ("results", "unknown_format", "use"),
        ("folder.csv", "not_writable", "it is a folder"),
        ("file/results.csv", "not_writable", "cannot be written"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_the_work(
    tmp_path: Path, name: str, code: str, words: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=words) as caught:
        check_place(tmp_path / name)
    assert caught.value.code == code


@pytest.mark.parametrize("suffix", [".csv", ".json", ".jsonl", ".parquet"])
def test_a_full_disk_is_told(tmp_path: Path, suffix: str) -> None:
    with room_for(1000), pytest.raises(OutputError, match="There is no space left") as caught:
        write_rows(tmp_path / f"r{suffix}", ROWS * 1000)
    assert caught.value.code == "disk_full"
    assert list(tmp_path.iterdir()) == []
