"""Closed, broken and full standard streams lose nothing and end in no trace."""

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Draw = Callable[..., bytes]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path, drawn: Draw) -> Path:
    (tmp_path / "pictures").mkdir()
    for number in range(6):
        (tmp_path / "pictures" / f"{number}.png").write_bytes(drawn(seed=number))
    return tmp_path / "pictures"


def shell(line: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A line of the shell, in which "$@" is `python -m core` with arguments."""
    command = [sys.executable, "-m", "core", *map(str, arguments)]
    return subprocess.run(["bash", "-c", line, "bash", *command], cwd=ROOT, capture_output=True, text=True, timeout=200)


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full", "> /dev/full"])
def test_a_run_into_a_file_needs_no_stream(folder: Path, tmp_path: Path, redirection: str) -> None:
    done = shell(f'"$@" {redirection}', "classify", folder, "--output", tmp_path / "r.csv", "--workers", 2)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    with (tmp_path / "r.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 6


def test_a_run_whose_progress_nobody_reads_goes_on(folder: Path, tmp_path: Path) -> None:
    done = shell('set -o pipefail; "$@" 2>&1 >/dev/null | true', "classify", folder, "--output", tmp_path / "r.csv")
    assert done.returncode == 0
    with (tmp_path / "r.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 6


@pytest.mark.parametrize("redirection", [">&-", "> /dev/full"])
@pytest.mark.parametrize("command", [["classify", "{folder}"], ["metrics", "baseline-cnn"]])
def test_results_that_go_nowhere_are_an_error(folder: Path, redirection: str, command: list[str]) -> None:
    done = shell(f'"$@" {redirection}', *(part.format(folder=folder) for part in command))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error [not_writable]: Standard output")
    assert "Traceback" not in done.stderr


def test_help_to_a_reader_that_leaves_is_quiet() -> None:
    done = shell('set -o pipefail; "$@" | true', "--help")
    assert (done.returncode, done.stderr) == (0, "")
