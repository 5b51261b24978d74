"""Processes that share the work answer with the model that the run began with, or not at all."""

import shutil
from pathlib import Path

import pytest

from core.batch import workers
from core.batch.workers import Job, Worker, in_processes
from core.cli import classify, main
from core.errors import ModelError, WorkerError
from core.model.store import ModelStore
from core.settings import MODELS_DIR

NAME = "baseline-cnn"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    shutil.copytree(MODELS_DIR / NAME, tmp_path / "models" / NAME)
    return tmp_path / "models"


def other(models: Path) -> None:
    """Another model takes the place of the one that was there."""
    metadata = models / NAME / "metadata.json"
    text = metadata.read_text(encoding="utf-8")
    metadata.write_text(text.replace('"description": "', '"description": "Another. '), encoding="utf-8")


def test_a_model_that_was_replaced_meanwhile_answers_nothing(models: Path, sample_paths: list[Path]) -> None:
    identity = ModelStore(models).load(NAME).identity
    assert Worker(Job(NAME, models, identity=identity)).work(sample_paths[:1])[0].rows[0]["model"] == NAME
    other(models)
    with pytest.raises(WorkerError) as caught:
        Worker(Job(NAME, models, identity=identity))
    assert caught.value.code == "other_model"


def test_another_engine_is_another_model(models: Path) -> None:
    identity = ModelStore(models).load(NAME).identity
    (models / NAME / "model.tflite").unlink()
    assert ModelStore(models).load(NAME).identity != identity


def test_a_run_of_several_processes_says_it(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def late(job: Job, files: object, workers: int) -> object:
        other(models)
        return in_processes(job, files, workers)  # type: ignore[arg-type]

    monkeypatch.setattr(classify, "cores", lambda: 2)
    monkeypatch.setattr(workers, "in_processes", late)
    (tmp_path / "a.txt").write_text("no picture")
    command = ["classify", str(tmp_path / "a.txt"), "--workers", "2", "--models", str(models), "--model", NAME]
    assert main([*command, "--output", str(tmp_path / "r.csv")]) == 1
    assert "error [other_model]" in capsys.readouterr().err
    assert not (tmp_path / "r.csv").exists()


def test_a_model_that_is_gone_is_said_by_the_process_that_misses_it(models: Path, tmp_path: Path) -> None:
    identity = ModelStore(models).load(NAME).identity
    shutil.rmtree(models)
    with pytest.raises(ModelError):
        list(in_processes(Job(NAME, models, identity=identity), [tmp_path / "a.png"], 1))
