"""Gender's last layer, fitted anew where validation gains from it, and left alone where not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.data.samples import TRAIN
from core.heads import GENDER
from core.model.architectures import Network
from core.model.backend import load_keras
from core.training.batches import Examples
from core.training.last_layer import PULLS, Fit, features_of, fit_last_layer
from core.training.levelling import difference
from core.training.selection import TrainingSettings, crops_for
from core.training.targets import targets_of
from core.training.trainer import Training, train
from core.training.validation import logits_of
from tests.unit.training_case import BASELINE, CROP, RECIPE, THREE, write_prepared

COUNTS = {"train": 120, "val": 60}


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> tuple[Training, Examples]:
    """A training, whose validation faces count, and its training faces; every fifth label of both is another."""
    prepared = write_prepared(tmp_path_factory.mktemp("data") / "prepared", counts=COUNTS)
    settings = TrainingSettings(replace(RECIPE, epochs=1, bare_share=0.5))
    training = train(prepared, THREE, settings, tmp_path_factory.mktemp("runs") / "run")
    learned = crops_for(prepared, THREE, settings)[TRAIN]
    targets = targets_of(doubtful(learned.index), THREE.heads)
    return replace(training, val_index=doubtful(training.val_index)), Examples(learned.load(), CROP, targets)


def doubtful(index: pd.DataFrame) -> pd.DataFrame:
    other = index.copy()
    other.loc[::5, GENDER] = other.loc[::5, GENDER].map({"female": "male", "male": "female"})
    return other


def network(heads: Network = THREE) -> Any:
    """Calls faces women by their chin, which says nothing of it, and not by their forehead, which does."""
    layers = load_keras().layers
    inputs = layers.Input((CROP.size, CROP.size, 3))
    halves = layers.AveragePooling2D((CROP.size // 2, CROP.size))(inputs)
    features = layers.Flatten()(layers.Rescaling(1 / 255)(halves))
    outputs = {name: layers.Dense(len(labels), name=name)(features) for name, labels in heads.heads.items()}
    model = load_keras().Model(inputs, outputs)
    female = np.array([label == "female" for label in heads.heads[GENDER]])
    chin = np.array([0, 0, 0, 6.0, 0, 0])
    model.get_layer(GENDER).set_weights([np.outer(chin, female), -3.8 * female])
    return model


def fit(model: Any, faces: tuple[Training, Examples], heads: Network = THREE, **changed: Any) -> tuple[Fit, ...]:
    training, learned = faces
    targets = {head: rows for head, rows in (learned.targets | changed).items() if head in heads.heads}
    return fit_last_layer(model, heads, training, features_of(model, (GENDER,), learned)[GENDER], targets)


def right(model: Any, training: Training) -> float:
    """Share of the validation faces that are called right."""
    female = (training.val_index[GENDER] == "female").to_numpy()
    return float(((difference(logits_of(model, training.val), THREE) > 0) == female).mean())


@pytest.mark.parametrize("heads", [THREE, BASELINE], ids=["three answers", "gender alone"])
def test_what_the_features_say_is_found_where_the_layer_misses_it(
    heads: Network, faces: tuple[Training, Examples]
) -> None:
    model = network(heads)
    before = right(model, faces[0])
    fits = fit(model, faces, heads)
    assert [made.pull for made in fits] == [None, *PULLS]
    assert min(fits, key=lambda made: made.loss).pull is not None
    assert right(model, faces[0]) > before + 0.2
    best = min(fits, key=lambda made: made.loss)
    assert min(best.accuracy.values()) > min(fits[0].accuracy.values()) + 0.2


def test_a_layer_that_validation_would_lose_by_is_left_as_it_is(faces: tuple[Training, Examples]) -> None:
    model = network()
    there = model.get_layer(GENDER).get_weights()
    turned = faces[1].targets[GENDER][:, ::-1]
    fits = fit(model, faces, **{GENDER: turned})
    assert min(fits, key=lambda made: made.loss).pull is None
    for mine, before in zip(model.get_layer(GENDER).get_weights(), there, strict=True):
        np.testing.assert_array_equal(mine, before)


def test_a_stronger_pull_holds_the_layer_closer_to_where_it_was(
    faces: tuple[Training, Examples], monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = []
    for pull in (100.0, 1.0, 0.01):
        monkeypatch.setattr("core.training.last_layer.PULLS", (pull,))
        model = network()
        before = model.get_layer(GENDER).get_weights()[0]
        fit(model, faces)
        moved.append(float(np.linalg.norm(model.get_layer(GENDER).get_weights()[0] - before)))
    assert 0 < moved[0] < moved[1] < moved[2]


def test_other_answers_stay_as_they_are(faces: tuple[Training, Examples]) -> None:
    model = network()
    before = {head: model.get_layer(head).get_weights() for head in ("mask", "age")}
    fit(model, faces)
    for head, there in before.items():
        for mine, other in zip(model.get_layer(head).get_weights(), there, strict=True):
            np.testing.assert_array_equal(mine, other)
