"""What parts of a recipe do to a whole training: three answers, averaging, a teacher, a resumed schedule."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.data.prepared import Prepared
from core.errors import TrainingError
from core.export.model_folder import export_model
from core.heads import AGE, GENDER, GENDER_LABELS
from core.model.backend import load_keras
from core.model.engines import Logits
from core.model.loaded import LoadedModel
from core.model.metadata import Head, ModelMetadata
from core.training.checkpoints import HISTORY_COLUMNS, Record
from core.training.recipes import COSINE
from core.training.selection import TrainingSettings
from core.training.trainer import Training, train
from core.training.validation import logits_of, validate
from core.types import Pixels
from tests.unit.training_case import BASELINE, CROP, RECIPE, THREE, Killed, write_prepared

AVERAGED = TrainingSettings(
    replace(RECIPE, averaging=0.9, bare_share=0.3, schedule=COSINE, warmup=0.2, label_smoothing=0.02)
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared")


@pytest.fixture(scope="module")
def finished(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Training:
    return train(prepared, THREE, AVERAGED, tmp_path_factory.mktemp("runs") / "whole")


def figures_of(training: Training, model: object) -> Record:
    return validate(logits_of(model, training.val), training.val, training.val_index, THREE.heads)


def test_three_answers_are_learnt_and_told_in_the_history(finished: Training) -> None:
    columns = (finished.run.folder / "history.csv").read_text().splitlines()[0].split(",")
    assert columns == [*HISTORY_COLUMNS, "val_balanced", "val_gap", "val_bare", "val_mask", "val_age"]
    last = finished.run.records[-1]
    assert last["val_accuracy"] > 0.9
    assert last["val_bare"] > 0.9
    assert last["loss"] < finished.run.records[0]["loss"]


def test_the_history_tells_the_figures_of_the_averaged_weights_and_these_are_the_model(finished: Training) -> None:
    averaged = figures_of(finished, finished.run.load_best())
    for name, value in averaged.items():
        assert finished.run.best[name] == pytest.approx(value, abs=1e-4), name
    as_trained = figures_of(finished, finished.run.load_last())
    assert as_trained["val_loss"] != pytest.approx(finished.run.records[-1]["val_loss"], abs=1e-3)


def test_a_schedule_rises_and_falls_over_the_whole_training(finished: Training) -> None:
    rates = [record["learning_rate"] for record in finished.run.records]
    steps, rising = 3 * (60 // 20), 2
    falling = [(1 + math.cos(math.pi * (step - rising) / (steps - rising))) / 2 for step in (3, 6, 9)]
    assert rates == pytest.approx([AVERAGED.recipe.learning_rate * share for share in falling], abs=1e-6)


def test_killed_a_training_with_averaging_and_a_schedule_goes_on_to_the_same_history(
    prepared: Prepared, finished: Training, tmp_path: Path
) -> None:
    def kill(record: Record, epochs: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        train(prepared, THREE, AVERAGED, tmp_path, kill)
    resumed = train(prepared, THREE, AVERAGED, tmp_path)
    for record, expected in zip(resumed.run.records, finished.run.records, strict=True):
        for name in record.keys() - {"seconds"}:
            assert record[name] == pytest.approx(expected[name], rel=2e-3, abs=2e-4), name


@pytest.fixture(scope="module")
def trained(prepared: Prepared, finished: Training, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished model."""
    models = tmp_path_factory.mktemp("models")
    export_model(finished, prepared, THREE, AVERAGED, models, "first")
    return models / "first"


def test_a_training_goes_on_from_a_trained_model(
    prepared: Prepared, finished: Training, trained: Path, tmp_path: Path
) -> None:
    still = replace(AVERAGED.recipe, epochs=1, learning_rate=1e-9, averaging=0.0)
    further = train(prepared, THREE, TrainingSettings(still, parent=trained), tmp_path / "further")
    parent = figures_of(finished, finished.run.load_best())
    assert further.run.best["val_loss"] == pytest.approx(parent["val_loss"], abs=0.05)
    assert further.run.settings["ancestors"] == ["first"]
    assert further.run.settings["parent_sha256"] == ModelMetadata.load(trained).files["model.weights.h5"]
    anew = train(prepared, THREE, TrainingSettings(still), tmp_path / "anew")
    assert anew.run.best["val_loss"] > parent["val_loss"] + 0.2


def test_the_weights_of_another_network_are_refused(prepared: Prepared, trained: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="baseline-cnn cannot continue from") as caught:
        train(prepared, BASELINE, TrainingSettings(RECIPE, parent=trained), tmp_path / "other")
    assert caught.value.code == "no_weights"


class Contrary:
    """Says of every face what it is not: a bright forehead is a man's."""

    name = "test"

    def predict(self, crops: Pixels) -> Logits:
        forehead = crops[:, : crops.shape[1] // 2].mean(axis=(1, 2, 3), dtype=np.float32)
        male = np.where(forehead > 128, 9, -9).astype(np.float32)
        return {GENDER: np.stack([male, -male], axis=1)}


def test_a_teacher_of_full_weight_is_believed_more_than_the_labels(prepared: Prepared, tmp_path: Path) -> None:
    metadata = ModelMetadata("contrary", "A test.", "none", CROP, {GENDER: Head(GENDER_LABELS)})
    settings = TrainingSettings(replace(RECIPE, teacher_weight=1.0))
    teacher = LoadedModel(metadata, Contrary())
    training = train(prepared, BASELINE, settings, tmp_path, teacher=teacher)
    assert training.run.records[-1]["val_accuracy"] < 0.1, "labels of validation stay the truth"
    assert training.run.settings["teacher"] == "contrary"


def test_a_network_may_take_smaller_and_narrower_crops_than_were_prepared(prepared: Prepared, tmp_path: Path) -> None:
    recipe = replace(RECIPE, epochs=1, size=16, margin=1.5)
    training = train(prepared, BASELINE, TrainingSettings(recipe), tmp_path)
    assert (training.crop.size, training.crop.margin) == (16, 1.5)
    assert training.val.crops.shape == (20, 16, 16, 3)
    assert training.calibration.shape == (60, 16, 16, 3)
    assert training.run.load_best().input_shape == (None, 16, 16, 3)


def test_pictures_of_unknown_age_leave_the_answer_about_age_as_it_was(prepared: Prepared, tmp_path: Path) -> None:
    ageless = prepared.sets["faces"]
    index = ageless.index.assign(age="")
    without = replace(prepared, sets={"faces": replace(ageless, index=index)})
    training = train(without, THREE, TrainingSettings(replace(RECIPE, epochs=1)), tmp_path)
    load_keras().utils.set_random_seed(0)
    untrained = THREE.build(CROP.size, THREE.heads, None)
    for head, same in ((AGE, True), (GENDER, False)):
        kernels = [model.get_layer(head).get_weights()[0] for model in (untrained, training.run.load_best())]
        assert np.array_equal(*kernels) == same, head
    assert "val_age" not in training.run.best
