import argparse
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from core.cli import build_parser
from core.cli import evaluate as evaluate_command
from core.cli import metrics as metrics_command
from core.data.prepared import Prepared
from core.errors import AppError, DatasetError, RunError
from core.evaluation.evaluator import check_recipe, evaluate
from core.evaluation.metrics import measure_frame
from core.evaluation.runs import load_run
from core.evaluation.schema import MetricsReport
from core.model.loaded import LoadedModel
from core.model.store import ModelStore
from core.settings import CropRecipe
from tests.unit.evaluation_case import CROP, FACES, bright_model, write_prepared


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    return write_prepared(tmp_path / "prepared", FACES)


@pytest.fixture
def model() -> LoadedModel:
    return bright_model()


@pytest.fixture
def models(tmp_path: Path, model: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models" / "bright"
    folder.mkdir(parents=True)
    model.metadata.save(folder)
    monkeypatch.setattr(ModelStore, "load", lambda self, name, **_: model)
    return folder.parent


def call(command: object, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(arguments))


def test_the_evaluate_command_saves_and_prints(
    models: Path, prepared: Prepared, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(evaluate_command, "bright", "--prepared", str(prepared.folder), "--models", str(models)) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[3].split()[:4] == ["real", "test", "real", "2"]
    assert "1 face without a known gender" in err
    assert isinstance(load_run(models / "bright").metrics, MetricsReport)


def test_figures_are_made_again_from_predictions_without_faces_or_model(
    models: Path, model: LoadedModel, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, path = saved(models, model, prepared), models / "bright" / "metrics.json"
    monkeypatch.delattr(ModelStore, "load")
    older = json.loads(path.read_text()) | {"schema": 1, "sets": [], "files": {"model.tflite": "ab"}}
    path.write_text(json.dumps(older))
    before = (models / "bright" / "predictions.csv").read_bytes()
    assert call(evaluate_command, "bright", "--from-predictions", "--models", str(models)) == 0
    again = load_run(models / "bright").metrics
    assert again == replace(report, created=again.created, files={"model.tflite": "ab"})
    assert (models / "bright" / "predictions.csv").read_bytes() == before


def test_without_predictions_figures_cannot_be_made_again(models: Path) -> None:
    with pytest.raises(RunError, match=r"predictions\.csv of 'bright' is missing"):
        call(evaluate_command, "bright", "--from-predictions", "--models", str(models))


@pytest.mark.parametrize("arguments", [(), ("--from-predictions", "--prepared", "x")])
def test_evaluate_wants_faces_or_predictions(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call(evaluate_command, "bright", *arguments)
    assert "--prepared" in capsys.readouterr().err


def test_the_evaluate_command_refuses_another_recipe_and_an_unknown_model(models: Path, tmp_path: Path) -> None:
    other = write_prepared(tmp_path / "other", FACES, replace(CROP, size=32))
    for name in ("bright", "nobody"):
        with pytest.raises(AppError, match=r"core prepare|bright"):
            call(evaluate_command, name, "--prepared", str(other.folder), "--models", str(models))


def test_the_options_that_prepare_other_crops_are_those_of_the_prepare_command(tmp_path: Path) -> None:
    prepared = write_prepared(tmp_path / "prepared", FACES, CROP)
    wanted = CropRecipe(size=112, margin=2.5, padding="reflect")
    with pytest.raises(DatasetError, match="core prepare") as told:
        check_recipe(prepared, wanted, "bright")
    words = told.value.message.split("python -m core ")[1].split()
    options = build_parser().parse_args(words)
    assert CropRecipe(options.size, options.margin, options.padding) == wanted


def saved(models: Path, model: LoadedModel, prepared: Prepared) -> MetricsReport:
    found = evaluate(model, prepared)
    found.save(models / "bright")
    return found.metrics


def test_the_metrics_command_prints_a_row_a_set_in_120_columns(
    models: Path, model: LoadedModel, prepared: Prepared, capsys: pytest.CaptureFixture[str]
) -> None:
    report = saved(models, model, prepared)
    assert call(metrics_command, "bright", "--models", str(models)) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = lines[3 : 3 + len(report.sets)]
    assert [row.split()[:3] for row in rows] == [[s.set, s.split, s.variant] for s in report.sets]
    # Wilson's interval of 2 of 3.
    assert "66.7 [20.8-93.9]" in rows[1]
    # A single woman: no man to recall, no balanced accuracy.
    assert rows[2].split()[4:] == ["-", "100.0", "[20.7-100.0]", "-", "100.0", "[20.7-100.0]"]
    assert max(map(len, lines[2:])) <= 120


def test_the_widest_figures_and_a_long_name_fit_in_120_columns(
    models: Path, model: LoadedModel, prepared: Prepared
) -> None:
    report = saved(models, model, prepared)
    widest = pd.DataFrame({"gender": ["female", "male"] * 20000, "p_female": [1.0, 0.0] * 20000})
    widest = widest.assign(found=1, quality="")
    widest.loc[:1, "p_female"] = 0.5
    entry = replace(
        report.sets[0], set="a folder with a long name", variant="held_out", metrics=measure_frame(widest, 0.8)
    )
    table = metrics_command.render([replace(report, sets=(entry,))], "table")
    assert "100.0 [100.0-100.0]" in table
    assert max(map(len, table.splitlines()[2:])) <= 120


def test_the_metrics_command_as_json_is_the_saved_document(
    models: Path, model: LoadedModel, prepared: Prepared, capsys: pytest.CaptureFixture[str]
) -> None:
    report = saved(models, model, prepared)
    assert call(metrics_command, "bright", "--models", str(models), "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == [report.to_json()]


def test_the_metrics_command_as_markdown_is_a_table(
    models: Path, model: LoadedModel, prepared: Prepared, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(models, model, prepared)
    assert call(metrics_command, "bright", "--models", str(models), "--format", "markdown") == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert len({row.count("|") for row in rows}) == 1
    assert len(rows) == 2 + 5
    # Of the two labelled faces with real masks the woman's crop is brighter: an area of 1, no interval.
    assert rows[2].startswith("| real | test | real | 2 | 0 | ")
    assert "| 50.0 [9.5-90.5] |" in rows[2]
    assert "| 1.000 [-] |" in rows[2]


def test_a_model_without_figures_is_said_and_the_others_are_printed(
    models: Path, model: LoadedModel, prepared: Prepared, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(models, model, prepared)
    assert call(metrics_command, "nobody", "bright", "--models", str(models)) == 1
    out, err = capsys.readouterr()
    assert "bright (evaluated" in out
    assert "error [missing]" in err
    assert "Available: bright" in err
