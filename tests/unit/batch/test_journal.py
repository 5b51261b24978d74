"""A run may be killed at any byte: gone on from there, it holds what an unbroken one holds."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.batch.journal import Journal
from core.errors import OutputError

SETTINGS = {"model": "m", "threshold": 0.8}
FILES = ["a.jpg", "ü😷\n.jpg", "\udcff.png", "d/empty.jpg"]


def rows_of(file: str) -> list[dict[str, Any]]:
    """As many rows as the name has letters, as of a picture with so many faces."""
    return [{"file": file, "face": number, "p_female": 0.25, "reason": None} for number in range(1, len(file) + 1)]


def write(path: Path, files: list[str], *, resume: bool, made_with: dict[str, Any] = SETTINGS) -> list[str]:
    """Run through `files`; returns those that had to be done."""
    journal = Journal(path)
    if resume:
        journal.resume(made_with, files)
    else:
        journal.begin(made_with)
    rest = files[journal.count :]
    for file in rest:
        journal.append(rows_of(file))
    journal.close(remove=False)
    return rest


@settings(deadline=None)
@given(st.data())
def test_cut_at_any_byte_and_resumed_it_is_the_unbroken_one(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        write(path, FILES, resume=False)
        whole = path.read_bytes()
        cut = data.draw(st.integers(0, len(whole)))
        rest = data.draw(st.sampled_from([b"", b"\0" * 9, b'{"rows": ', b"\xff\n"]))
        path.write_bytes(whole[:cut] + rest)

        redone = write(path, FILES, resume=True)

        assert path.read_bytes() == whole
        assert len(FILES) - len(redone) == max(0, whole[:cut].count(b"\n") - 1), "whole lines are kept"
        assert list(Journal(path).outcomes()) == [rows_of(file) for file in FILES]


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcdef"), unique=True), st.lists(st.sampled_from("abcdef"), unique=True))
def test_files_that_have_come_or_gone_since_are_heeded(before: list[str], now: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        write(path, before, resume=False)
        write(path, now, resume=True)
        assert list(Journal(path).outcomes()) == [rows_of(file) for file in now]


def test_rows_of_other_settings_are_not_mixed(tmp_path: Path) -> None:
    write(tmp_path / "journal", FILES, resume=False)
    before = (tmp_path / "journal").read_bytes()
    with pytest.raises(OutputError, match=r"threshold 0\.8, now 0\.9") as caught:
        write(tmp_path / "journal", FILES, resume=True, made_with={**SETTINGS, "threshold": 0.9})
    assert caught.value.code == "other_settings"
    assert (tmp_path / "journal").read_bytes() == before


def test_to_begin_anew_forgets_the_earlier_run(tmp_path: Path) -> None:
    write(tmp_path / "journal", FILES, resume=False)
    assert write(tmp_path / "journal", FILES[:1], resume=False) == FILES[:1]
    assert list(Journal(tmp_path / "journal").outcomes()) == [rows_of(FILES[0])]


def test_each_outcome_is_on_disk_as_soon_as_it_is_known(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.begin(SETTINGS)
    for number, file in enumerate(FILES, start=1):
        journal.append(rows_of(file))
        assert len(list(Journal(tmp_path / "journal").outcomes())) == number
    journal.close(remove=True)
    assert not (tmp_path / "journal").exists()


def test_a_journal_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "journal", tmp_path / ("x" * 300)):
        with pytest.raises(OutputError) as caught:
            Journal(place).claim()
        assert caught.value.code == "not_writable"
