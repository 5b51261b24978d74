import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.cli import main
from core.data.prepared import Prepared
from core.model.store import ModelStore
from core.settings import CONSTANT
from core.training.checkpoints import Record, history_csv
from core.training.selection import TrainingSettings
from core.training.trainer import train
from tests.unit.training_case import BASELINE, CROP, RECIPE, write_prepared


class Stopped(BaseException):
    """Stands for the end of the process."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared")


def command(prepared: Prepared, place: Path, *options: str) -> list[str]:
    folders = ["--runs", str(place / "runs"), "--models", str(place / "models")]
    return ["train", "--prepared", str(prepared.folder), *folders, *options]


def test_the_command_trains_exports_and_prints_a_line_an_epoch_and_how_far_each_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.fitting._NOTED_SECONDS", 0.0)
    prepared = write_prepared(tmp_path / "plain", crop=replace(CROP, padding=CONSTANT))
    options = (
        "--name",
        "first",
        "--epochs",
        "1",
        "--change",
        "augmentation.blur=0.5",
        "size=24",
        "margin=1.5",
        "padding=reflect",
        "--limit",
        "40",
        "--batch",
        "10",
    )
    assert main(command(prepared, tmp_path, *options)) == 0
    output = capsys.readouterr().out
    noted = [line for line in output.splitlines() if line.startswith("epoch   1")]
    assert [re.sub(r"\d\d:\d\d left", "a time left", line) for line in noted[:-1]] == [
        f"epoch   1: {done} of 4 batches, a time left, then validation" for done in (1, 2, 3)
    ]
    assert noted[-1].startswith("epoch   1 of 1  loss")
    assert noted[-1].endswith(" s, then finishing and export")
    assert "\nwriting model.tflite, and comparing its answers on 20 validation crops\n" in output
    assert re.search(r"model\.tflite \(float\d\d\) on 20 validation crops: largest difference in p \d", output)
    assert re.search(r"model\.int8\.tflite \(int8\) on 20 validation crops: .*; (ships|does not ship)", output)
    assert "evaluate first --prepared DIR, with faces prepared at --size 24 --margin 1.5 --padding reflect\n" in output
    run = json.loads((tmp_path / "runs" / "first" / "run.json").read_text())
    assert (tmp_path / "models" / "first" / "history.csv").read_text() == history_csv(run["epochs"])
    settings = run["settings"]
    assert (settings["epochs"], settings["margin"], settings["limit"]) == (1, 1.5, 40)
    assert settings["augmentation"]["blur"] == 0.5
    assert ModelStore(tmp_path / "models").names() == ["first"]


FACE = ["--network", "hse-faceres", "--change", "size=32", "margin=1.8", "served_size=32"]


@pytest.mark.parametrize(
    "wrong",
    [
        ["--epochs", "0"],
        ["--learning-rate", "-1"],
        ["--name", "../elsewhere"],
        ["--limit", "1"],
        ["--change", "speed=3"],
        ["--change", "size=5"],
        ["--teacher", "somebody"],
        ["--second", "somebody"],
        ["--weights", "some.h5", "--start-from", "somebody"],
        ["--change", "teacher_weight=0.5"],
    ],
)
def test_wrong_usage_is_two(wrong: list[str], prepared: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["train", "--prepared", str(prepared.folder), *wrong])
    assert "python -m core train: error: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (FACE, r"\[no_weights\]: hse-faceres starts from pretrained weights: name them"),
        (
            [*FACE, "--weights", "nowhere/faceres.json"],
            r"\[no_weights\]: The pretrained weights nowhere/faceres\.json cannot be used \(.*No such file",
        ),
        (["--weights", "some.h5"], r"\[no_weights\]: baseline-cnn is trained from scratch"),
        (["--start-from", "nobody"], r"\[no_weights\]: There is no model to go on from: .*nobody"),
        (["--network", "resnet"], r"\[unknown_network\]: There is no network 'resnet'\. Available: baseline-cnn"),
        (["--network", "hse-faceres-factored"], r"\[unknown_network\]: .* is what hse-faceres becomes"),
        (["--teacher", "nobody", "--change", "teacher_weight=0.5"], r"\[no_models\]: There is no trained model"),
        (["--change", "margin=2.5"], r"\[not_prepared\]: Crops 2\.5 face sizes wide are needed"),
        (
            ["--change", "size=40"],
            r"\[not_prepared\]: The prepared crops show faces of 18 pixels, .* given faces of 22",
        ),
        (["--sets", "lfw"], r"\[not_prepared\]: lfw is not in"),
    ],
)
def test_what_a_training_lacks_is_said_in_a_sentence_and_no_model_is_listed(
    options: list[str], said: str, prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(prepared, tmp_path, *options)) == 1
    error = capsys.readouterr().err
    assert re.search(rf"^error {said}", error)
    assert error.count("\n") == 1
    assert ModelStore(tmp_path / "models").names() == []


def test_killed_at_any_moment_a_training_goes_on_after_its_last_epoch(prepared: Prepared, tmp_path: Path) -> None:
    options = ("--name", "long", "--epochs", "500", "--batch", "20", "--learning-rate", "0.003")
    record = tmp_path / "runs" / "long" / "run.json"
    arguments = [sys.executable, "-m", "core", *command(prepared, tmp_path, *options)]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        waited = time.monotonic()
        while not record.exists():
            assert process.poll() is None, "the training ended by itself"
            assert time.monotonic() - waited < 600
            time.sleep(0.02)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    done = json.loads(record.read_text())["epochs"]
    assert ModelStore(tmp_path / "models").names() == []

    def stop(record: Record, epochs: int) -> None:
        raise Stopped

    settings = TrainingSettings(replace(RECIPE, epochs=500))
    with pytest.raises(Stopped):
        train(prepared, BASELINE, settings, record.parent, stop)
    after = json.loads(record.read_text())["epochs"]
    assert after[: len(done)] == done
    assert [one["epoch"] for one in after] == list(range(1, len(done) + 2))
