"""Two runs on one output, and outputs that go away: said with exit 1, and what was done stays."""

import csv
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.batch.journal import Journal
from core.classify.pipeline import Classifier
from core.cli import main
from core.results import ImageResult

Draw = Callable[..., bytes]
COUNT = 12


@pytest.fixture
def folder(tmp_path: Path, drawn: Draw) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(COUNT):
        (folder / f"{number:02}.png").write_bytes(drawn(seed=number))
    return folder


def rows(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return [Path(row["file"]).name for row in csv.DictReader(file)]


ALL = [f"{number:02}.png" for number in range(COUNT)]


def amid(monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[], object]) -> None:
    """Do something in the next run, before its result `number` is handed out."""
    classify_many = Classifier.classify_many

    def acting(self: Classifier, *args: object, **options: object) -> Iterator[ImageResult]:
        monkeypatch.setattr(Classifier, "classify_many", classify_many)
        for count, result in enumerate(classify_many(self, *args, **options)):
            if count == number:
                act()
            yield result

    monkeypatch.setattr(Classifier, "classify_many", acting)


@pytest.mark.parametrize("options", [[], ["--resume"], ["--annotated", "marked"]])
def test_a_second_run_on_the_same_output_is_refused_and_the_first_one_s_rows_stay(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["classify", str(folder), "--output", str(tmp_path / "r.csv")]
    codes: list[int] = []
    amid(monkeypatch, 5, lambda: codes.append(main([*command, *options])))
    assert main(command) == 0
    assert codes == [1]
    assert "error [in_use]: Another run is writing" in capsys.readouterr().err
    assert rows(tmp_path / "r.csv") == ALL
    assert not list(tmp_path.glob(".*"))


def test_a_journal_that_is_removed_amid_the_run_is_said_and_its_rows_are_saved(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    amid(monkeypatch, 5, (tmp_path / ".r.csv.part").unlink)
    assert main(["classify", str(folder), "--output", str(tmp_path / "r.csv")]) == 1
    told = capsys.readouterr().err
    assert "error [vanished]" in told
    assert "5 files are done and the journal" in told
    assert rows(tmp_path / "r.csv") == ALL[:5]


def test_an_output_folder_that_goes_away_is_said_and_not_made_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "share" / "r.csv"
    amid(monkeypatch, COUNT - 1, lambda: shutil.rmtree(output.parent))
    assert main(["classify", str(folder), "--output", str(output)]) == 1
    assert "error [vanished]" in capsys.readouterr().err
    assert not output.parent.exists()


def test_what_somebody_puts_in_the_place_of_the_results_meanwhile_stays(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "r.csv"
    amid(monkeypatch, 5, lambda: output.write_text("name,phone\nof somebody else,1\n"))
    assert main(["classify", str(folder), "--output", str(output)]) == 1
    told = capsys.readouterr().err
    assert "error [not_writable]" in told
    assert "--resume to continue from there" in told
    assert output.read_text().startswith("name,phone")
    output.unlink()
    assert main(["classify", str(folder), "--output", str(output), "--resume"]) == 0
    assert rows(output) == ALL


def test_a_folder_of_annotated_pictures_that_goes_away_is_said_and_not_made_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    marked, output = tmp_path / "share" / "marked", tmp_path / "r.csv"
    command = ["classify", str(folder), "--output", str(output), "--annotated", str(marked)]
    for _ in range(2):  # the second time its pictures are known already
        amid(monkeypatch, 5, lambda: shutil.rmtree(marked.parent))
        assert main(command) == 1
        assert "error [not_writable]" in capsys.readouterr().err
        assert not marked.exists()
        assert main(command) == 0
    assert len(list(marked.iterdir())) == COUNT


def test_rows_that_were_lost_on_the_way_are_counted_before_the_file_takes_its_place(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output, journal = tmp_path / "r.csv", tmp_path / ".r.csv.part"
    assert main(["classify", str(folder), "--output", str(output)]) == 0
    amid(monkeypatch, COUNT - 1, lambda: os.truncate(journal, journal.stat().st_size // 2))
    assert main(["classify", str(folder), "--output", str(output)]) == 1
    assert "error [lost_rows]" in capsys.readouterr().err
    assert rows(output) == ALL, "the earlier results"
    assert list(Journal(journal).outcomes()), "and what there is of the journal"


@pytest.mark.parametrize("named", ["folder", "files"])
def test_a_folder_that_goes_away_is_an_error_and_what_was_done_is_kept(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: str
) -> None:
    inputs = [str(folder)] if named == "folder" else [str(folder / name) for name in ALL]
    command = ["classify", *inputs, "--output", str(tmp_path / "r.csv")]
    away = tmp_path / "away"
    load_one_at_a_time(monkeypatch, folder / "05.png", lambda: folder.rename(away))
    assert main(command) == 1
    told = capsys.readouterr().err
    assert "error [vanished]" in told
    done = rows(tmp_path / "r.csv")
    assert done == ALL[: len(done)]
    assert len(done) in range(1, 6)

    folder.mkdir()  # the place where a share was mounted
    assert main([*command, "--resume"]) == 1
    assert "error [vanished]" in capsys.readouterr().err
    folder.rmdir()
    away.rename(folder)
    assert main([*command, "--resume"]) == 0
    assert "resumed: " in capsys.readouterr().err
    assert rows(tmp_path / "r.csv") == ALL


def load_one_at_a_time(monkeypatch: pytest.MonkeyPatch, at: Path, act: Callable[[], object]) -> None:
    """Do something just before a picture is read for the first time."""
    from core.classify import sources

    read = sources.read_picture
    acts = [act]

    def acting(path: Path, *limits: object) -> bytes:
        if Path(path) == at and acts:
            acts.pop()()
        return read(path, *limits)

    monkeypatch.setattr(sources, "read_picture", acting)


def test_a_folder_that_is_gone_before_its_turn_is_missed_at_the_end(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], drawn: Draw
) -> None:
    (folder / "zz").mkdir()
    for number in range(40):  # more than are looked ahead
        (folder / f"y{number:02}.png").write_bytes(drawn())
        (folder / "zz" / f"{number}.png").write_bytes(drawn())
    amid(monkeypatch, 1, lambda: [shutil.rmtree(folder / "zz"), (folder / "zz").mkdir(), (folder / "zz").rmdir()])
    assert main(["classify", str(folder), "--output", str(tmp_path / "r.csv")]) == 1
    assert "error [vanished]" in capsys.readouterr().err
    assert (tmp_path / ".r.csv.part").exists()


def test_a_picture_that_is_removed_alone_is_one_refused_row(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_one_at_a_time(monkeypatch, folder / "05.png", (folder / "05.png").unlink)
    assert main(["classify", str(folder), "--output", str(tmp_path / "r.csv")]) == 0
    assert rows(tmp_path / "r.csv") == ALL


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_a_picture_that_became_a_pipe_or_a_folder_has_its_row(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def become() -> None:
        (folder / "05.png").unlink()
        (os.mkfifo if kind == "pipe" else os.mkdir)(folder / "05.png")

    load_one_at_a_time(monkeypatch, folder / "05.png", become)
    assert main(["classify", str(folder), "--output", str(tmp_path / "r.csv")]) == 0
    assert rows(tmp_path / "r.csv") == ALL
    assert main(["classify", str(folder), "--output", str(tmp_path / "again.csv")]) == 0
    assert rows(tmp_path / "again.csv") == ALL, "also where it is one from the beginning"


def test_an_unfinished_run_that_is_begun_anew_is_said(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    command = ["classify", str(folder), "--output", str(tmp_path / "r.csv")]
    amid(monkeypatch, 5, stop)
    assert main(command) == 130
    assert main(command) == 0
    assert "note: an unfinished run with 5 files are done" in capsys.readouterr().err
    assert rows(tmp_path / "r.csv") == ALL
