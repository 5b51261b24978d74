"""What is added to a model's folder: by one process at a time, and only while that model stands there."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.cli import main
from core.evaluation import evaluator, explaining, speed
from core.export.target import adding, model_folder
from core.model.store import ModelStore
from core.report.card import document
from tests.unit.evaluation_case import FACES, bright_model, write_prepared

NAME = "bright"
# The command, what it makes at a time, and what does its work: in its middle something happens.
COMMANDS = {
    "evaluate": (["evaluate", NAME, "--prepared", "faces"], "figures", (evaluator, "evaluate")),
    "again": (["evaluate", NAME, "--from-predictions"], "figures", (evaluator, "measure_again")),
    "explain": (["explain", NAME, "--prepared", "faces"], "explanations", (explaining, "measure_explanations")),
    "benchmark": (["benchmark", NAME, "--save", "--rounds", "1"], "speed", (speed, "measure_times")),
    "card": (["card", NAME], "card", (document, "model_card")),
}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model with predictions and no other figures; the folder of the models is where commands look."""
    write_prepared(tmp_path / "faces", FACES)
    folder = tmp_path / "models" / NAME
    folder.mkdir(parents=True)
    model = bright_model()
    model.metadata.save(folder)
    monkeypatch.setattr(ModelStore, "load", lambda self, name, **options: model)
    monkeypatch.setattr(speed, "_engine", lambda path: model.engine)
    (folder / "model.tflite").write_bytes(b"stands for one")
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", NAME, "--prepared", "faces", "--models", "models"]) == 0
    (folder / "metrics.json").unlink()
    return folder.parent


def amid(monkeypatch: pytest.MonkeyPatch, work: tuple[object, str], act: Callable[[], object]) -> None:
    """Do something when the work is done and nothing is written yet."""
    done = getattr(*work)

    def acting(*args: object, **options: object) -> object:
        result = done(*args, **options)
        act()
        return result

    monkeypatch.setattr(*work, acting)


def another_model(models: Path) -> None:
    with model_folder(models, NAME) as new:
        new.mkdir()
        replace(bright_model().metadata, description="Another one.").save(new)


@pytest.mark.parametrize("command", COMMANDS)
def test_figures_that_another_process_makes_are_refused(
    models: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, what, _ = COMMANDS[command]
    before = sorted(os.listdir(models / NAME))
    with adding(models, NAME, what):
        assert main([*arguments, "--models", str(models)]) == 1
    assert f"error [in_use]: Another run is writing the {what} of the model 'bright'" in capsys.readouterr().err
    assert sorted(os.listdir(models / NAME)) == before
    assert main([*arguments, "--models", str(models)]) == 0
    assert os.listdir(models) == [NAME]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_model_that_is_put_in_place_meanwhile_gets_no_figures_of_the_former_one(
    models: Path, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, _, work = COMMANDS[command]
    amid(monkeypatch, work, lambda: another_model(models))
    assert main([*arguments, "--models", str(models)]) == 1
    assert "error [vanished]: Another model was put in" in capsys.readouterr().err
    assert os.listdir(models / NAME) == ["metadata.json"]
    assert os.listdir(models) == [NAME]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("all_of_them", [False, True])
def test_a_model_s_folder_that_is_removed_is_said_and_not_made_anew(
    models: Path,
    command: str,
    all_of_them: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments, _, work = COMMANDS[command]
    gone = models if all_of_them else models / NAME
    amid(monkeypatch, work, lambda: shutil.rmtree(gone))
    assert main([*arguments, "--models", str(models)]) == 1
    assert "error [vanished]" in capsys.readouterr().err
    assert not gone.exists()


def test_a_model_that_is_being_put_in_place_is_left_alone(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with model_folder(models, NAME) as new:
        shutil.copytree(models / NAME, new)
        assert main(["card", NAME, "--models", str(models)]) == 1
    assert "error [in_use]: Another run is writing the model 'bright'" in capsys.readouterr().err
    assert not (models / NAME / "CARD.md").exists()


def test_a_model_that_is_not_there_is_said_and_no_folder_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", NAME, "--from-predictions", "--models", str(tmp_path / "models")]) == 1
    assert "error [missing]" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []
