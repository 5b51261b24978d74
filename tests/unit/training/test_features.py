"""A frozen backbone's features are worked out once; the training is the one that it would be without that."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.prepared import Prepared
from core.heads import GENDER
from core.model.architectures import POOLING
from core.model.backend import load_keras
from core.model.metadata import Heads
from core.training import trainer
from core.training.augmentation import NONE, Augmentation
from core.training.checkpoints import Record
from core.training.fitting import stay_the_same
from core.training.selection import TrainingSettings
from core.training.trainer import Training, train
from tests.unit.training_case import RECIPE, THREE, Killed, write_prepared

FROZEN = replace(RECIPE, frozen=1.0, learning_rate=0.03, bare_share=0.4, size=16, augmentation=NONE)


def build(size: int, heads: Heads, weights: str | None) -> Any:
    layers = load_keras().layers
    inputs = layers.Input((size, size, 3))
    x = layers.Conv2D(16, 8, strides=4, activation="relu", name="backbone")(layers.Rescaling(1 / 255)(inputs))
    x = layers.Dense(16, activation="relu", name="dense")(layers.GlobalAveragePooling2D(name=POOLING)(x))
    return load_keras().Model(inputs, {head: layers.Dense(len(labels), name=head)(x) for head, labels in heads.items()})


NETWORK = replace(THREE, build=build)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared")


@pytest.fixture(scope="module")
def finished(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Training:
    return train(prepared, NETWORK, TrainingSettings(FROZEN), tmp_path_factory.mktemp("runs") / "whole")


def assert_alike(records: list[Record], expected: list[Record]) -> None:
    for record, other in zip(records, expected, strict=True):
        for name in record.keys() - {"seconds"}:
            assert record[name] == pytest.approx(other[name], rel=2e-3, abs=2e-4), name


def test_features_stay_the_same_where_backbone_and_crops_do() -> None:
    assert stay_the_same(FROZEN)
    assert not stay_the_same(replace(FROZEN, frozen=0.9))
    assert not stay_the_same(replace(FROZEN, augmentation=Augmentation()))


def test_the_history_is_that_of_a_training_on_crops(
    prepared: Prepared, finished: Training, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "stay_the_same", lambda recipe: False)
    assert_alike(finished.run.records, train(prepared, NETWORK, TrainingSettings(FROZEN), tmp_path).run.records)


def test_the_saved_model_has_learnt_in_its_top_alone(finished: Training) -> None:
    assert finished.run.records[-1]["loss"] < finished.run.records[0]["loss"]
    load_keras().utils.set_random_seed(0)
    untrained, trained = build(16, NETWORK.heads, None), finished.run.load_best()
    for layer, same in (("backbone", True), ("dense", False), (GENDER, False)):
        kernels = [model.get_layer(layer).get_weights()[0] for model in (untrained, trained)]
        assert np.array_equal(*kernels) == same, layer


def test_killed_it_goes_on_to_the_same_history(prepared: Prepared, finished: Training, tmp_path: Path) -> None:
    def kill(record: Record, epochs: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        train(prepared, NETWORK, TrainingSettings(FROZEN), tmp_path, kill)
    assert_alike(train(prepared, NETWORK, TrainingSettings(FROZEN), tmp_path).run.records, finished.run.records)
