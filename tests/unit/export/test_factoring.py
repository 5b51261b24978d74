"""Finished networks in factors: where that shows in no answer, and nowhere else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import core.export.factoring as factoring
import core.export.litert as litert
from core.data.prepared import Prepared
from core.export.factoring import smaller
from core.export.litert import MAX_DIFFERENCE
from core.export.model_folder import export_model
from core.heads import GENDER
from core.model.architectures import find_network
from core.model.face_network import RANKS
from core.model.store import ModelStore
from core.training.recipes import default_recipe
from core.training.selection import TrainingSettings
from core.training.trainer import Training, beginning, train
from tests.unit.graph_weights_case import SIDE, face_network, write_graph
from tests.unit.training_case import BASELINE, write_prepared

NETWORK = find_network("hse-faceres")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared", counts={"train": 40, "val": 8})


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> TrainingSettings:
    recipe = replace(
        default_recipe(NETWORK), epochs=1, batch=20, size=SIDE, margin=None, served_size=None, averaging=0.0
    )
    weights = write_graph(tmp_path_factory.mktemp("weights"), face_network())
    return TrainingSettings(replace(recipe, stay_near=False), weights=str(weights))


@pytest.fixture(scope="module")
def training(prepared: Prepared, settings: TrainingSettings, tmp_path_factory: pytest.TempPathFactory) -> Training:
    return train(prepared, NETWORK, settings, tmp_path_factory.mktemp("runs") / "run")


def test_a_model_is_exported_in_factors_where_its_answers_stay_and_trainings_go_on_from_it(
    training: Training,
    prepared: Prepared,
    settings: TrainingSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The crops that say where outputs spread are those that are compared, fewer than there are factors."""
    monkeypatch.setattr(litert, "SAME_CROPS", len(training.val))
    monkeypatch.setattr(factoring, "_training_crops", lambda training, *_: training.val.crops)
    converted = export_model(training, prepared, NETWORK, settings, tmp_path, "small")
    store = ModelStore(tmp_path)
    metadata = store.metadata("small")
    assert metadata.network == "hse-faceres-factored"
    assert metadata.training["export"]["factors"]["largest_difference"] <= MAX_DIFFERENCE
    assert converted.factors
    assert converted.factors.holds
    assert metadata.training["parameters"] < 2_700_000
    assert converted.float.equal_labels == 1
    loaded = store.load("small", engine=store.exact_engine("small"))
    expected = loaded.engine.predict(training.val.crops)[GENDER]
    assert np.ptp(expected, axis=0).min() > 0.5
    again = beginning(NETWORK, SIDE, replace(settings, parent=tmp_path / "small", weights=None))
    answers = again.predict_on_batch(training.val.crops.astype(np.float32))[GENDER]
    np.testing.assert_allclose(answers, expected, atol=0.02)


def test_a_network_whose_answers_change_stays_whole(
    training: Training, prepared: Prepared, settings: TrainingSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in RANKS:
        monkeypatch.setitem(RANKS, name, 1)
    model = training.run.load_best()
    network, same, parity = smaller(NETWORK, model, training, prepared, settings)
    assert (network, same) == (NETWORK, model)
    assert parity
    assert parity.largest_difference > MAX_DIFFERENCE


def test_a_network_without_such_a_form_stays_as_it_is(
    training: Training, prepared: Prepared, settings: TrainingSettings
) -> None:
    model = object()
    assert smaller(BASELINE, model, training, prepared, settings) == (BASELINE, model, None)
