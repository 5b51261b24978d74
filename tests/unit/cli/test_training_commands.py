"""`experiments` and `export`, as typed."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import core.export.model_folder
import core.training.trainer
from core.cli import main
from core.cli.experiments import table
from core.cli.export import render_parity
from core.data.prepared import Prepared
from core.export.litert import Parity
from core.export.model_folder import Converted
from core.model.engines import KerasEngine
from core.training.experiments import EXPERIMENTS, Experiment
from core.training.selection import TrainingSettings
from tests.unit.training_case import CROP, write_prepared

RECORD = {
    "epoch": 2, "loss": 0.3, "val_loss": 0.25514, "val_accuracy": 0.9, "val_balanced": 0.8951, "val_gap": -0.0234,
    "val_bare": 0.95, "val_mask": 0.99, "seconds": 90.0,
}  # fmt: skip


def test_the_table_has_a_line_an_experiment_with_intervals_and_dashes_for_what_was_not_asked() -> None:
    lines = table([(Experiment("first", "why?"), {**RECORD, "n": 100, "minutes": 2.5})]).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len({len(row) for row in cells}) == 1
    assert dict(zip(cells[0], cells[2], strict=True)) == {
        "recipe": "first",
        "what it asks": "why?",
        "val loss": "0.2551",
        "accuracy, % [95 %]": "90.0 [82.6-94.5]",  # Wilson's interval for 90 of 100
        "balanced, %": "89.5",
        "women - men, points": "-2.3",
        "bare, %": "95.0",
        "mask, %": "99.0",
        "age, %": "-",
        "minutes": "2.5",
    }


@dataclass
class Trained:
    """One call of `train`."""

    name: str
    network: str
    settings: TrainingSettings
    teacher: Any


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Trained]:
    """What is trained, instead of training it."""
    calls: list[Trained] = []

    def train(
        prepared: Prepared, network: Any, settings: TrainingSettings, folder: Path, say: Any, teacher: Any
    ) -> Any:
        calls.append(Trained(folder.name, network.name, settings, teacher))
        run = SimpleNamespace(records=[RECORD, RECORD], load_best=object)
        return SimpleNamespace(run=run, crop=CROP, val_index=prepared.select(splits=["val"]).index)

    monkeypatch.setattr(core.training.trainer, "train", train)
    return calls


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared")


def experiments(prepared: Prepared, *options: str) -> int:
    return main(["experiments", "--prepared", str(prepared.folder), "--face-weights", "face.json", *options])


def test_all_experiments_are_trained_alike_but_for_their_changes(
    trained: list[Trained], prepared: Prepared, capsys: pytest.CaptureFixture[str]
) -> None:
    assert experiments(prepared, "--epochs", "1", "--pictures", "40", "--imagenet-weights", "net.h5") == 0
    by_name = {call.name: call for call in trained}
    assert set(by_name) == {experiment.name for experiment in EXPERIMENTS}
    assert {(call.settings.limit, call.settings.recipe.epochs, call.settings.seed) for call in trained} == {(40, 1, 0)}
    weights = {"hse-faceres": "face.json", "mobilenetv2": "net.h5"}
    assert all(call.settings.weights == weights[call.network] for call in trained)
    assert by_name["margin-1.2"].settings.recipe.margin == 1.2
    assert by_name["reference"].settings.recipe.margin != 1.2
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == [experiment.name for experiment in EXPERIMENTS]
    assert all("| 90.0 [69.9-97.2] | 89.5 |" in line and "| 3.0 |" in line for line in lines[2:])


def test_the_reference_is_trained_to_its_end_before_it_teaches(trained: list[Trained], prepared: Prepared) -> None:
    assert experiments(prepared, "taught") == 0
    assert [call.name for call in trained] == ["reference", "taught"]
    teacher = trained[1].teacher
    assert (teacher.metadata.name, teacher.metadata.crop) == ("reference", CROP)
    assert isinstance(teacher.engine, KerasEngine)
    assert trained[0].teacher is None


def test_an_unknown_experiment_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["experiments", "reference", "bigger", "--prepared", str(tmp_path), "--face-weights", "face.json"]
    with pytest.raises(SystemExit, match="2"):
        main(command)
    assert "there is no experiment 'bigger'. Available: reference, imagenet" in capsys.readouterr().err


def test_both_files_differences_are_printed_and_whether_the_integer_one_ships() -> None:
    good = Parity("int8", 2000, 0.0312, 0.9975, 0.0015, -0.0007, 0.0037, 0.001)
    bad = Parity("int8", 2000, 0.4, 0.98, -0.004, -0.009, 0.001, 0.02)
    as_float = Parity("float16", 2000, 0.00012, 1.0, 0.0, 0.0, 0.0, 0.0)
    assert render_parity(Converted(as_float, good)).splitlines() == [
        "model.tflite (float16) on 2,000 validation crops: largest difference in p 1.2e-04, equal labels 100.00%, "
        "accuracy +0.00 points [+0.00 to +0.00], calibration error +0.0000",
        "model.int8.tflite (int8) on 2,000 validation crops: largest difference in p 3.1e-02, equal labels 99.75%, "
        "accuracy +0.15 points [-0.07 to +0.37], calibration error +0.0010; ships",
    ]
    factors = replace(good, weights="factors", crops=6000)
    assert render_parity(Converted(as_float, good, factors)).splitlines()[0] == (
        "the network (factors) on 6,000 validation crops: largest difference in p 3.1e-02, equal labels 99.75%, "
        "accuracy +0.15 points [-0.07 to +0.37], calibration error +0.0010; ships"
    )
    refused = render_parity(Converted(as_float, bad))
    assert "accuracy -0.40 points [-0.90 to +0.10], calibration error +0.0200; does not ship: the interval" in refused
    few = render_parity(Converted(as_float, replace(good, crops=1999)))
    assert few.endswith("does not ship: fewer than 2,000 validation crops are too few to show that it answers as well")


def test_the_export_command_takes_a_model_and_its_crops(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[Path, str, Path]] = []

    def export_again(models: Path, name: str, crops: Prepared) -> Converted:
        asked.append((models, name, crops.folder))
        logging.getLogger("core.export.model_folder").info("writing")
        return Converted(Parity("float16", 20, 0, 1, 0, 0, 0, 0), Parity("int8", 20, 0, 1, 0, 0, 0, 0))

    monkeypatch.setattr(core.export.model_folder, "export_again", export_again)
    command = ["export", "mine", "--prepared", str(prepared.folder), "--models", str(tmp_path)]
    assert main(command) == 0
    assert asked == [(tmp_path, "mine", prepared.folder)]
    output = capsys.readouterr().out
    assert output.startswith("writing\n")
    assert "model.int8.tflite (int8) on 20 validation crops" in output


def test_a_model_that_is_not_there_is_not_exported(
    prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "mine", "--prepared", str(prepared.folder), "--models", str(tmp_path)]) == 1
    assert "error [no_models]" in capsys.readouterr().err
