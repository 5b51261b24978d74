import json
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from core.cli import build_parser, main
from core.cli.benchmark import spelled_out
from core.cli.benchmark.accuracy import peer_file
from core.errors import ModelError, PeerError
from core.evaluation import speed
from core.evaluation.evaluator import make_report, save_report
from core.evaluation.goals import GOALS
from core.evaluation.speed import measure_times, read_speed
from core.heads import Thresholds
from core.model.metadata import Head, ModelMetadata
from core.model.second_look import SecondLook
from core.settings import MODELS_DIR, CropRecipe
from tests.unit.faces_case import random_faces

SHIPPED = MODELS_DIR / "baseline-cnn"


def write_model(folder: Path, table: pd.DataFrame) -> None:
    folder.mkdir(parents=True)
    ModelMetadata(folder.name, "A test.", "none", CropRecipe(), {"gender": Head(("male", "female"))}).save(folder)
    table.to_csv(folder / "predictions.csv", index=False)
    save_report(make_report(table, folder.name, Thresholds(), {}), folder)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    table = pd.concat(
        [random_faces(120, 1, set="lfw"), random_faces(80, 2, set="rmfrd", variant="real", mask_family="real")],
        ignore_index=True,
    )
    write_model(tmp_path / "models" / "first", table)
    write_model(tmp_path / "models" / "second", table.assign(p_female=1 - table["p_female"]))
    return tmp_path / "models"


def run(*arguments: str) -> int:
    options = build_parser().parse_args(["benchmark", *arguments])
    return int(options.run(options))


def test_goals_and_models_side_by_side_in_120_columns(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--accuracy", "--models", str(models)) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    for name in ("first", "second"):
        start = lines.index(f"{name} and the goals")
        assert all(goal.figure in lines[start + 3 + place] for place, goal in enumerate(GOALS))
    rmfrd = next(line for line in lines if line.startswith("rmfrd, real masks: balanced"))
    assert rmfrd.split()[-1] in ("no", "floor", "goal", "reach")
    assert next(line for line in lines if line.startswith("utkface, bare")).split()[-3:] == ["-", "-", "-"]
    assert lines.index("rmfrd · real masks") < lines.index("lfw · drawn masks")
    # A model that says the opposite is significantly worse.
    second = lines[lines.index("lfw · drawn masks") + 4].split()
    assert (second[0], second[-3]) == ("second", "worse")
    assert second[-2] == "120"
    assert float(second[-1]) < 1e-6
    assert max(map(len, lines)) <= 120


def test_a_peer_is_a_further_row_of_its_set(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    peer = random_faces(80, 2, set="rmfrd", variant="real").iloc[:50]
    peer.assign(p_female=(peer["gender"] == "female").astype(int))[["file", "p_female"]].to_csv(
        tmp_path / "peer.csv", index=False
    )
    assert run("accuracy", "first", "--models", str(models), "--peer", f"them=rmfrd:real:{tmp_path}/peer.csv") == 0
    lines = capsys.readouterr().out.splitlines()
    row = lines[lines.index("rmfrd · real masks") + 4].split()
    assert row[:4] == ["them", "50", "100.0", "100.0"]
    assert row[-2] == "50"
    assert lines[lines.index("lfw · drawn masks") + 4] == ""


def test_markdown_tables_are_tables(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("accuracy", "--markdown", "--models", str(models)) == 0
    out = capsys.readouterr().out
    assert "### first and the goals" in out
    for table in out.split("###")[1:]:
        rows = [line for line in table.splitlines() if line.startswith("|")]
        assert len({row.count("|") for row in rows}) == 1
        assert len(rows) > 2


def test_a_model_that_was_not_tested_is_said_and_the_others_stand(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (models / "second" / "predictions.csv").unlink()
    assert run("--accuracy", "--models", str(models)) == 1
    out, err = capsys.readouterr()
    assert "first and the goals" in out
    assert "predictions.csv of 'second' is missing" in err


def test_peers_of_sets_that_were_not_tested_are_refused_with_those_that_were(models: Path) -> None:
    with pytest.raises(PeerError, match="Available: lfw:drawn, rmfrd:real"):
        run("--accuracy", "--models", str(models), "--peer", "them=scut:drawn:x.csv")


@pytest.mark.parametrize("text", ["them", "them=lfw:drawn", "=lfw:drawn:x.csv", "them=lfw::x.csv"])
def test_a_peer_names_label_set_variant_and_file(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--accuracy", "--peer", text)
    assert "LABEL=SET:VARIANT:FILE" in capsys.readouterr().err


def test_a_peers_path_may_hold_colons() -> None:
    assert peer_file("a=b:c:d:/e.csv").path == Path("d:/e.csv")


@pytest.mark.parametrize("arguments", [["--peer", "a=b:c:d.csv"], ["--accuracy", "--save"]])
def test_options_that_do_not_belong_together_are_wrong_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["benchmark", *arguments])


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("", "speed"),
        ("mine --save", "speed mine --save"),
        ("--accuracy mine", "accuracy mine"),
        ("mine --stages --rounds 2", "stages mine --rounds 2"),
        ("mine --batch 3", "batch mine --pictures 3"),
        ("accuracy mine", "accuracy mine"),
        ("detection faces.tar", "detection faces.tar"),
        ("--help", "--help"),
    ],
)
def test_short_spellings_name_a_way_to_measure(short: str, full: str) -> None:
    assert spelled_out(short.split()) == full.split()


@pytest.mark.parametrize("arguments", [["--accuracy"], []])
def test_without_a_model_that_is_said(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", *arguments, "--models", str(tmp_path)]) == 1
    assert f"model in {tmp_path}. " in capsys.readouterr().err


def test_times_are_measured_printed_and_kept(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("first", "second"):
        shutil.copy(SHIPPED / "model.tflite", models / name)
    shutil.copy(SHIPPED / "model.tflite", models / "second" / "model.int8.tflite")
    assert run("speed", "--models", str(models), "--rounds", "2", "--save") == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith(("first", "second"))]
    assert [row[:2] for row in rows] == [
        ["first", "model.tflite"], ["second", "model.tflite"], ["second", "model.int8.tflite"],
    ]  # fmt: skip
    assert [rows[0][2], rows[0][4]] == ["1.00", "1.00"]
    kept = read_speed(models / "second")
    assert [f"{kept.litert_ms:.3f}", f"{kept.int8_ms:.3f}"] == [rows[1][3], rows[2][3]]
    assert kept.machine
    assert read_speed(models / "first").int8_ms is None
    assert set(json.loads((models / "first" / "benchmark.json").read_text())) == {
        "litert_ms", "int8_ms", "machine", "created",
    }  # fmt: skip


def test_second_looks_are_part_of_a_faces_time(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("first", "second"):
        shutil.copy(SHIPPED / "model.tflite", models / name)
    replace(ModelMetadata.load(models / "second"), second_look=SecondLook(1.2, 0.25)).save(models / "second")
    monkeypatch.setattr(speed, "measure_times", lambda files, sizes, rounds: dict.fromkeys(files, 2.0))
    assert run("speed", "--models", str(models), "--save") == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith(("first", "second"))]
    assert [row[2:] for row in rows] == [["1.00", "2.000", "1.00"], ["1.25", "2.500", "1.25"]]
    kept = [read_speed(models / name) for name in ("first", "second")]
    assert [one and one.litert_ms for one in kept] == [2, 2.5]


def test_a_file_that_is_no_model_is_said(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(b"no model")
    with pytest.raises(ModelError, match="could not be loaded"):
        measure_times({"x": tmp_path / "model.tflite"}, {"x": 96}, rounds=1)
