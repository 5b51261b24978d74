import errno
import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.prepared import Prepared
from core.errors import OutputError, TrainingError
from core.model.architectures import POOLING
from core.model.backend import load_keras
from core.model.metadata import Heads
from core.training.checkpoints import HISTORY_COLUMNS, Record
from core.training.recipes import BFLOAT16
from core.training.selection import TrainingSettings
from core.training.trainer import Training, train
from tests.unit.disk_case import room_for
from tests.unit.training_case import BASELINE, CROP, RECIPE, Killed, write_prepared

SETTINGS = TrainingSettings(RECIPE)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared")


@pytest.fixture(scope="module")
def finished(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Training:
    return train(prepared, BASELINE, SETTINGS, tmp_path_factory.mktemp("runs") / "whole")


def without_seconds(records: list[Record]) -> list[list[float]]:
    return [[record[name] for name in HISTORY_COLUMNS if name != "seconds"] for record in records]


def test_a_network_learns_what_can_be_learnt(finished: Training) -> None:
    assert finished.run.best["val_accuracy"] >= 0.95
    assert finished.run.best["val_loss"] < 0.4
    assert finished.data == {"faces": {"train": {"drawn": 60}, "val": {"drawn": 20}}}


def test_history_has_one_row_an_epoch_with_the_agreed_columns(finished: Training) -> None:
    lines = (finished.run.folder / "history.csv").read_text().splitlines()
    assert lines[0].split(",")[:7] == list(HISTORY_COLUMNS)
    assert lines[0].split(",")[7:] == ["val_balanced", "val_gap"]
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2", "3"]
    assert {line.split(",")[5] for line in lines[1:]} == {"0.003"}


def test_only_the_last_and_the_best_checkpoint_are_kept(finished: Training) -> None:
    kept = {path.name for path in finished.run.folder.glob("*.keras")}
    assert kept == {"epoch-003.keras", f"epoch-{int(finished.run.best['epoch']):03d}.keras"}


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_training_killed_after_an_epoch_goes_on_to_the_same_history(
    prepared: Prepared, finished: Training, tmp_path: Path, epoch: int
) -> None:
    def kill(record: Record, epochs: int) -> None:
        if record["epoch"] == epoch:
            raise Killed

    with pytest.raises(Killed):
        train(prepared, BASELINE, SETTINGS, tmp_path, kill)
    (tmp_path / "part.keras").write_bytes(b"half a checkpoint of the epoch that was running")
    trained: list[float] = []
    training = train(prepared, BASELINE, SETTINGS, tmp_path, lambda record, _: trained.append(record["epoch"]))
    assert trained == list(range(epoch + 1, 4))
    np.testing.assert_allclose(
        without_seconds(training.run.records), without_seconds(finished.run.records), rtol=1e-3, atol=1e-4
    )


def test_a_training_in_bfloat16_learns_as_well_goes_on_and_leaves_a_network_of_float32(
    prepared: Prepared, tmp_path: Path
) -> None:
    def kill(record: Record, epochs: int) -> None:
        raise Killed

    network = replace(BASELINE, build=pooled)
    settings = TrainingSettings(replace(RECIPE, precision=BFLOAT16))
    with pytest.raises(Killed):
        train(prepared, network, settings, tmp_path, kill)
    training = train(prepared, network, settings, tmp_path)
    assert training.run.best["val_accuracy"] >= 0.95
    computed = {"last": training.run.load_last(), "best": training.run.load_best()}
    types = {name: {layer.compute_dtype for layer in model.layers} for name, model in computed.items()}
    assert types == {"last": {"float32", "bfloat16"}, "best": {"float32"}}


def pooled(size: int, heads: Heads, weights: str | None) -> Any:
    """A network with a backbone of two convolutions."""
    layers = load_keras().layers
    inputs = layers.Input((size, size, 3))
    x = layers.Rescaling(1 / 255)(inputs)
    for filters in (16, 32):
        x = layers.MaxPooling2D()(layers.Conv2D(filters, 3, activation="relu")(x))
    x = layers.Flatten(name=POOLING)(x)
    return load_keras().Model(inputs, {head: layers.Dense(len(labels), name=head)(x) for head, labels in heads.items()})


def test_a_stopped_training_can_be_ended_with_the_epochs_it_has(prepared: Prepared, tmp_path: Path) -> None:
    def kill(record: Record, epochs: int) -> None:
        raise Killed

    with pytest.raises(TrainingError, match="no finished epoch") as caught:
        train(prepared, BASELINE, SETTINGS, tmp_path, finish=True)
    assert caught.value.code == "no_epochs"
    with pytest.raises(Killed):
        train(prepared, BASELINE, SETTINGS, tmp_path, kill)
    ended = train(prepared, BASELINE, SETTINGS, tmp_path, finish=True)
    assert [record["epoch"] for record in ended.run.records] == [1]
    assert ended.run.load_best().input_shape == (None, CROP.size, CROP.size, 3)


def test_a_finished_training_is_not_repeated(prepared: Prepared, finished: Training) -> None:
    def fail(record: Record, epochs: int) -> None:
        raise AssertionError(f"epoch {record['epoch']} was trained again")

    again = train(prepared, BASELINE, SETTINGS, finished.run.folder, fail)
    assert again.run.records == finished.run.records


def test_other_settings_in_the_same_folder_are_refused_by_name(prepared: Prepared, finished: Training) -> None:
    with pytest.raises(TrainingError, match=r"batch was 20, is 10.*another --name") as caught:
        train(prepared, BASELINE, TrainingSettings(replace(RECIPE, batch=10)), finished.run.folder)
    assert caught.value.code == "other_settings"


def test_other_data_in_the_same_folder_is_refused(finished: Training, tmp_path: Path) -> None:
    other = write_prepared(tmp_path / "prepared", counts={"train": 62, "val": 20})
    with pytest.raises(TrainingError, match="data_sha256"):
        train(other, BASELINE, SETTINGS, finished.run.folder)


def test_a_damaged_run_file_is_said(prepared: Prepared, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"settings": {')
    with pytest.raises(TrainingError, match=r"run\.json is damaged"):
        train(prepared, BASELINE, SETTINGS, tmp_path)


def test_a_full_disk_is_said_and_keeps_what_was_finished(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def fill_disk(record: Record, epochs: int) -> None:
        monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OutputError, match="disk is full") as caught:
        train(prepared, BASELINE, SETTINGS, tmp_path, fill_disk)
    assert caught.value.code == "disk_full"
    assert [record["epoch"] for record in json.loads((tmp_path / "run.json").read_text())["epochs"]] == [1]


def test_a_training_that_diverges_is_said_and_gives_no_model(prepared: Prepared, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"epoch 1 .*--learning-rate") as caught:
        train(prepared, BASELINE, TrainingSettings(replace(RECIPE, learning_rate=1e30)), tmp_path)
    assert caught.value.code == "diverged"
    assert not list(tmp_path.glob("*.keras"))


def test_every_setting_is_part_of_what_a_run_is(finished: Training) -> None:
    recorded = finished.run.settings
    assert recorded["second_look"] is None, "of the usual one nothing is written: runs before it go on"
    assert set(asdict(RECIPE)) | {"network", "sets", "seed", "limit", "weights", "teacher"} < set(recorded)
    assert recorded["augmentation"] == asdict(RECIPE.augmentation)


def test_validation_crops_are_those_that_were_prepared(prepared: Prepared, finished: Training) -> None:
    val = prepared.select(splits=["val"], variants=["drawn"])
    np.testing.assert_array_equal(finished.val.crops, val.load())
    assert finished.val_index.equals(val.index)
    assert finished.crop == CROP
    assert finished.calibration.shape == (60, *val.load().shape[1:])


def test_a_checkpoint_that_the_disk_has_no_room_for_is_said(prepared: Prepared, tmp_path: Path) -> None:
    with room_for(10_000), pytest.raises(OutputError, match="disk is full") as caught:
        train(prepared, BASELINE, SETTINGS, tmp_path)
    assert caught.value.code == "disk_full"
    assert list(tmp_path.iterdir()) == []
