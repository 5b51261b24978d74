import csv
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from core.batch.outputs import printable
from core.classify.pipeline import Classifier
from core.cli import main
from core.cli.arguments import RUNTIMES
from core.model.store import ENGINE_FILES
from core.results import ROW_COLUMNS, ImageResult, Status
from tests.unit.disk_case import room_for

Draw = Callable[..., bytes]


@pytest.fixture
def folder(tmp_path: Path, sample_paths: list[Path], drawn: Draw) -> Path:
    """Faces, pictures without, and files that are no pictures, in two levels."""
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    (folder / "a-face.jpg").write_bytes(sample_paths[0].read_bytes())
    (folder / "b-drawn.png").write_bytes(drawn())
    (folder / "deep" / "b-drawn.png").write_bytes(drawn(seed=9))
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "=cmd|' A0.txt").write_text("text")
    (folder / ".hidden.png").write_bytes(drawn())
    return folder


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_folder_gives_one_outcome_a_file(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "results.csv"
    assert main(["classify", str(folder), "--output", str(output)]) == 0
    rows = read_csv(output)
    assert tuple(rows[0])[: len(ROW_COLUMNS)] == ROW_COLUMNS
    statuses = {Path(row["file"]).relative_to(folder).as_posix(): (row["status"], row["code"]) for row in rows}
    assert statuses == {
        "a-face.jpg": ("ok", ""),
        "b-drawn.png": ("no_face", "no_face"),
        "deep/b-drawn.png": ("no_face", "no_face"),
        "empty.jpg": ("refused", "empty"),
        "=cmd|' A0.txt": ("refused", "not_a_picture"),
    }
    told = capsys.readouterr()
    assert told.out == ""
    assert "5 files: 1 ok, 2 without a face, 2 refused" in told.err
    assert "empty 1" in told.err


def test_what_runs_the_model_can_be_chosen_and_is_told(
    models_dir: Path, sample_paths: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, output = models_dir / "baseline-cnn", tmp_path / "results.csv"
    (folder / "model.int8.tflite").write_bytes((folder / "model.tflite").read_bytes())
    metadata = json.loads((folder / "metadata.json").read_text())
    metadata["files"]["model.int8.tflite"] = metadata["files"]["model.tflite"]
    (folder / "metadata.json").write_text(json.dumps(metadata))
    command = ["classify", str(sample_paths[0]), "--models", str(models_dir), "--output", str(output)]
    for options, engine in (([], "LiteRT int8"), (["--runtime", "litert"], "LiteRT")):
        assert main([*command, *options]) == 0
        assert {row["engine"] for row in read_csv(output)} == {engine}
    with pytest.raises(SystemExit):
        main([*command, "--runtime", "abacus"])
    assert "expected one of litert-int8, litert, keras, got 'abacus'" in capsys.readouterr().err
    assert tuple(RUNTIMES.values()) == tuple(ENGINE_FILES)


def test_the_three_forms_hold_the_same_rows(folder: Path, tmp_path: Path) -> None:
    for suffix in ("csv", "json", "jsonl"):
        assert main(["classify", str(folder), "--output", str(tmp_path / f"r.{suffix}")]) == 0
    from_json = json.loads((tmp_path / "r.json").read_text())
    from_lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert from_lines == from_json
    as_text = [{key: "" if value is None else str(value) for key, value in row.items()} for row in from_json]
    from_csv = read_csv(tmp_path / "r.csv")
    for row in (*as_text, *from_csv):
        row["message"] = row["message"].lstrip("'")  # a quoted "=cmd…" gets a further quote in the CSV
    assert from_csv == as_text


def test_without_an_output_a_table_is_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "two\nlines\x1b[31m.txt").write_text("")
    assert main(["classify", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["file", "face", "label", "p_female", "reason"]
    assert len(lines) == 1 + 6
    assert any("a-face.jpg" in line and ("male" in line or "uncertain" in line) for line in lines)
    assert any(r"two\nlines\x1b[31m.txt" in line and "empty" in line for line in lines)


def test_a_reader_that_leaves_early_ends_the_run_quietly(folder: Path) -> None:
    command = [sys.executable, "-m", "core", "classify", *[str(folder / "b-drawn.png"), str(folder / "empty.jpg")] * 2]
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), told) == (0, "")


def test_printable_text_stays_and_control_characters_are_written_out() -> None:
    assert printable("Zoë 😷 photo") == "Zoë 😷 photo"
    assert printable("a\tb\r\udcff") == r"a\tb\r\udcff"


def test_an_input_that_does_not_exist_is_one_refused_row(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "r.jsonl"
    assert main(["classify", "no-such-file.jpg", str(folder / "b-drawn.png"), "--output", str(output)]) == 0
    first, second = map(json.loads, output.read_text().splitlines())
    assert (first["file"], first["status"], first["code"]) == ("no-such-file.jpg", "refused", "not_found")
    assert second["status"] == "no_face"


def test_assume_crop_answers_where_no_face_is_found(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "r.json"
    assert main(["classify", str(folder / "b-drawn.png"), "--assume-crop", "--output", str(output)]) == 0
    (row,) = json.loads(output.read_text())
    assert (row["status"], row["face"], row["score"]) == ("ok", 1, 0.0)


def test_a_threshold_is_obeyed(sample_paths: list[Path], tmp_path: Path) -> None:
    def labels(threshold: str) -> set[str]:
        output = tmp_path / "r.json"
        arguments = [*map(str, sample_paths), "--threshold", threshold, "--output", str(output)]
        assert main(["classify", *arguments]) == 0
        rows = json.loads(output.read_text())
        assert all(
            row["reason"] or max(row["p_female"], 1 - row["p_female"]) >= float(threshold) - 1e-4 for row in rows
        )
        return {row["reason"] for row in rows}

    assert not any("low_confidence" in reason for reason in labels("0.5"))
    assert any("low_confidence" in reason for reason in labels("0.999999"))


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["a.jpg", "--threshold", "0.4"],
        ["a.jpg", "--threshold", "1"],
        ["a.jpg", "--threshold", "high"],
        ["a.jpg", "--threshold", "nan"],
        ["a.jpg", "--output", "results.xlsx"],
        ["a.jpg", "--output", "results"],
        ["a.jpg", "--unknown"],
        [""],
        ["a.jpg", ""],
        ["a.jpg", "--annotated", ""],
        ["a.jpg", "--output", ""],
        ["a.jpg", "--models", ""],
    ],
)
def test_wrong_usage_is_exit_code_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["classify", *wrong])
    assert stopped.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--output", "--annotated"])
def test_a_place_that_cannot_be_written_is_said_before_the_run(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    (tmp_path / "file.csv").write_text("here first")
    (tmp_path / "folder.csv").mkdir()
    places = {"--output": ["folder.csv", "file.csv/r.csv"], "--annotated": ["file.csv", "file.csv/in"]}
    for place in places[option]:
        # Without the check the missing models would be complained of.
        arguments = [str(folder), option, str(tmp_path / place), "--models", str(tmp_path / "none")]
        assert main(["classify", *arguments]) == 1
        told = capsys.readouterr().err
        assert "error [not_writable]" in told
        assert place.split("/")[0] in told
    assert (tmp_path / "file.csv").read_text() == "here first"


def test_a_model_that_cannot_be_loaded_leaves_earlier_results_alone(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "r.csv"
    output.write_text("earlier")
    assert main(["classify", str(folder), "--output", str(output), "--model", "nobody"]) == 1
    assert "error [unknown_model]" in capsys.readouterr().err
    assert output.read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pictures", "r.csv"]


def test_annotated_pictures_are_saved_one_a_decoded_file(folder: Path, tmp_path: Path) -> None:
    annotated = tmp_path / "new" / "annotated"
    assert main(["classify", str(folder), "--annotated", str(annotated)]) == 0
    assert sorted(path.name for path in annotated.iterdir()) == ["a-face.jpg", "b-drawn (2).jpg", "b-drawn.jpg"]
    for name, source in {"a-face.jpg": "a-face.jpg", "b-drawn.jpg": "b-drawn.png"}.items():
        with Image.open(annotated / name) as picture, Image.open(BytesIO((folder / source).read_bytes())) as original:
            assert picture.format == "JPEG"
            assert picture.width % original.width == 0  # small pictures are enlarged for the letters' sake
            assert picture.width * original.height == picture.height * original.width


@pytest.mark.parametrize("named", [".", "a-face.jpg", "b-drawn.png"])
def test_annotated_pictures_never_take_the_place_of_the_originals(
    named: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert main(["classify", str(folder / named), "--annotated", str(folder)]) == 1
    assert "Choose another folder" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_results_inside_the_input_are_not_read_the_next_time(folder: Path) -> None:
    arguments = ["classify", str(folder), "--output", str(folder / "r.csv"), "--annotated", str(folder / "marked")]
    for _ in range(2):
        assert main(arguments) == 0
        assert len(read_csv(folder / "r.csv")) == 5


@pytest.mark.parametrize(("interruption", "code"), [(KeyboardInterrupt, 130), (MemoryError, None)])
def test_what_is_done_is_saved_when_the_run_is_stopped(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interruption: type[BaseException], code: int | None
) -> None:
    def stopped(self: Classifier, *_: object, **__: object) -> Iterator[ImageResult]:
        yield ImageResult("first.jpg", Status.NO_FACE, "m", code="no_face")
        raise interruption

    monkeypatch.setattr(Classifier, "classify_many", stopped)
    arguments = ["classify", str(folder), "--output", str(tmp_path / "r.csv")]
    if code is None:
        with pytest.raises(interruption):
            main(arguments)
    else:
        assert main(arguments) == code
    assert [row["file"] for row in read_csv(tmp_path / "r.csv")] == ["first.jpg"]


def test_a_full_disk_is_said_in_a_sentence(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with room_for(100):
        assert main(["classify", str(folder), "--output", str(tmp_path / "r.csv")]) == 1
    assert "error [disk_full]" in capsys.readouterr().err


def test_a_fall_back_is_told(models_dir: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (models_dir / "baseline-cnn" / "model.tflite").write_bytes(b"damaged")
    assert main(["classify", str(folder / "b-drawn.png"), "--models", str(models_dir)]) == 0
    assert "note: model.tflite could not be used" in capsys.readouterr().err


def test_an_empty_folder_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["classify", str(tmp_path / "empty"), "--output", str(tmp_path / "r.csv")]) == 0
    assert "0 files" in capsys.readouterr().err
    assert read_csv(tmp_path / "r.csv") == []
