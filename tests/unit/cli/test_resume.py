"""Long runs: shared by processes, stopped, killed, and gone on with."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.batch import workers as classify_engines
from core.batch.journal import Journal
from core.classify.pipeline import Classifier
from core.cli import classify, main
from core.errors import told_as_output_error
from core.results import ImageResult

ROOT = Path(__file__).resolve().parents[3]
Draw = Callable[..., bytes]


@pytest.fixture
def folder(tmp_path: Path, sample_paths: list[Path], drawn: Draw) -> Path:
    """Two faces, pictures without, and what is no picture: 12 files."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(10):
        (folder / f"{number}.png").write_bytes(drawn(seed=number))
    for number, path in enumerate(sample_paths[:2]):
        (folder / f"{number}5{path.suffix}").write_bytes(path.read_bytes())
    (folder / "3.png").write_bytes(b"no picture")
    return folder


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def run(folder: Path, output: Path, *options: str) -> int:
    return main(["classify", str(folder), "--output", str(output), *options])


@pytest.fixture
def unbroken(folder: Path, tmp_path: Path) -> list[dict[str, object]]:
    assert run(folder, tmp_path / "unbroken.jsonl") == 0
    return lines(tmp_path / "unbroken.jsonl")


def stop_after(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Ctrl-C in the middle of the next run."""
    classify_many = Classifier.classify_many

    def stopped(self: Classifier, *args: object, **options: object) -> Iterator[ImageResult]:
        for count, result in enumerate(classify_many(self, *args, **options)):
            if count == number:
                monkeypatch.setattr(Classifier, "classify_many", classify_many)
                raise KeyboardInterrupt
            yield result

    monkeypatch.setattr(Classifier, "classify_many", stopped)


def test_processes_give_the_same_rows_in_the_same_order(
    folder: Path, tmp_path: Path, unbroken: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classify, "cores", lambda: 2)
    monkeypatch.setattr(classify_engines, "CHUNK_ANNOTATED", 3)
    marked = tmp_path / "marked"
    assert run(folder, tmp_path / "r.jsonl", "--workers", "2", "--annotated", str(marked)) == 0
    rows = lines(tmp_path / "r.jsonl")
    assert {row.pop("annotated") for row in rows} == {None, *os.listdir(marked)}
    assert rows == [{name: value for name, value in row.items() if name != "annotated"} for row in unbroken]
    assert len(list(marked.iterdir())) == 11


@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl", "parquet"])
def test_a_stopped_run_goes_on_to_the_same_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    whole, output = tmp_path / f"whole.{suffix}", tmp_path / f"r.{suffix}"
    assert run(folder, whole, "--annotated", str(tmp_path / "marked")) == 0
    stop_after(monkeypatch, 5)
    assert run(folder, output, "--annotated", str(tmp_path / "marked")) == 130
    assert "5 files are done and kept; run the same command with --resume to continue" in capsys.readouterr().err
    assert output.exists()

    assert run(folder, output, "--resume", "--annotated", str(tmp_path / "marked")) == 0

    told = capsys.readouterr().err
    assert "resumed: 5 of 12 files were already done" in told
    assert "12 files: 2 ok, 9 without a face, 1 refused" in told
    assert output.read_bytes() == whole.read_bytes()
    assert len(list((tmp_path / "marked").iterdir())) == 11
    assert not list(tmp_path.glob(".*")), "nothing is left beside the results"


def test_a_run_that_is_killed_goes_on_to_the_same_rows(folder: Path, tmp_path: Path, unbroken: list[object]) -> None:
    for number in range(300):
        (folder / f"z{number:03}.png").write_bytes((folder / "1.png").read_bytes())
    output = tmp_path / "r.jsonl"
    journal = tmp_path / ".r.jsonl.part"
    command = [sys.executable, "-m", "core", "classify", str(folder), "--output", str(output)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 100
    while process.poll() is None and time.monotonic() < end:
        if journal.exists() and journal.read_bytes().count(b"\n") > 3:
            process.send_signal(signal.SIGKILL)
        time.sleep(0.005)
    assert process.wait(10) == -signal.SIGKILL
    assert not output.exists()
    kept = len(list(Journal(journal).outcomes()))
    assert kept >= 3

    assert run(folder, output, "--resume") == 0

    assert lines(output)[: len(unbroken)] == unbroken
    assert len(lines(output)) == len(unbroken) + 300


def test_other_settings_do_not_go_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stop_after(monkeypatch, 5)
    assert run(folder, tmp_path / "r.csv") == 130
    assert run(folder, tmp_path / "r.csv", "--resume", "--threshold", "0.99") == 1
    assert "error [other_settings]" in capsys.readouterr().err
    assert run(folder, tmp_path / "r.csv", "--resume") == 0, "and nothing was lost by trying"


def test_with_nothing_to_go_on_from_it_begins(folder: Path, tmp_path: Path, unbroken: list[object]) -> None:
    assert run(folder, tmp_path / "r.jsonl", "--resume") == 0
    assert lines(tmp_path / "r.jsonl") == unbroken


def test_to_resume_needs_a_file(folder: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["classify", str(folder), "--resume"])


def test_a_disk_that_fills_up_keeps_what_is_done(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    unbroken: list[object],
) -> None:
    append = Journal.append

    def full(self: Journal, rows: list[object]) -> None:
        if self.count == 4:
            monkeypatch.setattr(Journal, "append", append)
            with self.path.open("ab") as file:  # as much of the line as there was room for
                file.write(b'{"rows": [{"file": "x')
            with told_as_output_error(self.path):
                raise OSError(28, "No space left on device")
        append(self, rows)

    monkeypatch.setattr(Journal, "append", full)
    assert run(folder, tmp_path / "r.jsonl") == 1
    told = capsys.readouterr().err
    assert "error [disk_full]" in told
    assert "4 files are done and kept" in told
    assert run(folder, tmp_path / "r.jsonl", "--resume") == 0
    assert lines(tmp_path / "r.jsonl") == unbroken


def _killed(chunk: list[Path]) -> None:
    """A worker's end that nobody foresaw, such as by the system for want of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_lost_worker_is_said(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(classify, "cores", lambda: 2)
    monkeypatch.setattr(classify_engines, "_work", _killed)
    assert run(folder, tmp_path / "r.jsonl", "--workers", "2") == 1
    assert "error [worker_lost]" in capsys.readouterr().err


def test_more_workers_than_cores_are_not_started(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(classify, "cores", lambda: 1)
    assert run(folder, tmp_path / "r.jsonl", "--workers", "64") == 0
    assert "there is 1 core, so 1 worker does the work" in capsys.readouterr().err
