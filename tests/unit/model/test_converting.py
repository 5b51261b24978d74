"""HSE-FaceRes in factors, and gone on with from there."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import TrainingError
from core.export.factoring import spreads_of
from core.heads import GENDER
from core.model.architectures import TRAINABLE, find_network, to_train
from core.model.converting import continued, factored
from core.model.face_network import RANKS, Spread
from core.model.metadata import Head, ModelMetadata
from core.settings import CropRecipe
from core.training.recipes import default_recipe
from core.training.selection import TrainingSettings
from core.training.trainer import beginning
from tests.unit.graph_weights_case import SIDE, crops, face_network, write_graph

NETWORK = find_network("hse-faceres")
PIXELS = crops(400).astype(np.uint8)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Its widest convolutions put out no more than their factors can."""
    values, rng = face_network(), np.random.default_rng(2)
    for name, rank in RANKS.items():
        kernel = values[f"{name}/convolution/merged_input"][0, 0]
        onto = np.linalg.qr(rng.normal(size=(kernel.shape[1], rank - 1)))[0]
        values[f"{name}/convolution/merged_input"] = (kernel @ onto @ onto.T)[np.newaxis, np.newaxis].astype(np.float32)
    folder = tmp_path_factory.mktemp("weights")
    return NETWORK.build(SIDE, NETWORK.heads, str(write_graph(folder, values)))


@pytest.fixture(scope="module")
def small(model: Any) -> Any:
    form, small = factored(NETWORK, model, spreads_of(model, PIXELS))
    assert form is find_network("hse-faceres-factored")
    return small


def test_in_factors_the_network_answers_the_same_with_fewer_weights(model: Any, small: Any) -> None:
    assert small.count_params() < 0.75 * model.count_params()
    expected = model.predict_on_batch(crops())
    for head, answers in small.predict_on_batch(crops()).items():
        assert np.ptp(expected[head]) > 0.01
        np.testing.assert_allclose(answers, expected[head], rtol=0.001, atol=0.002)


def test_a_first_factor_gives_coordinates_of_one_size(model: Any, small: Any) -> None:
    from core.model.backend import load_keras

    layers = [small.get_layer(f"{name}_coordinates") for name in RANKS]
    taken = load_keras().Model(small.input, [layer.output for layer in layers]).predict_on_batch(PIXELS.astype(float))
    for outputs, rank in zip(taken, RANKS.values(), strict=True):
        flat = np.asarray(outputs).reshape(-1, rank)
        np.testing.assert_allclose(flat.mean(axis=0), 0, atol=0.05)
        np.testing.assert_allclose(flat.std(axis=0)[: rank // 2], 1, atol=0.05)


def test_a_training_goes_on_from_a_model_in_factors_as_from_the_whole_one(small: Any, tmp_path: Path) -> None:
    small.save_weights(tmp_path / "model.weights.h5")
    whole = continued(NETWORK, SIDE, tmp_path / "model.weights.h5", "hse-faceres-factored")
    assert [layer.name for layer in whole.layers if "coordinates" in layer.name] == []
    expected = small.predict_on_batch(crops())[GENDER]
    np.testing.assert_allclose(whole.predict_on_batch(crops())[GENDER], expected, rtol=1e-3, atol=1e-3)


def test_a_pair_goes_on_from_models_in_factors(small: Any, tmp_path: Path) -> None:
    small.save_weights(tmp_path / "model.weights.h5")
    heads = {head: Head(labels) for head, labels in NETWORK.heads.items()}
    ModelMetadata("small", "A test.", "hse-faceres-factored", CropRecipe(size=SIDE), heads).save(tmp_path)
    network = find_network("hse-faceres-pair")
    pair = beginning(network, SIDE, TrainingSettings(default_recipe(network), parent=tmp_path, second=tmp_path))
    expected = small.predict_on_batch(crops())[GENDER]
    np.testing.assert_allclose(pair.predict_on_batch(crops())[GENDER], expected, rtol=1e-3, atol=1e-3)


@given(st.integers(1, 6), st.integers(0, 8), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_the_strongest_directions_are_taken_and_none_is_of_no_length(rank: int, known: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(50, known)) @ rng.normal(size=(known, 6)) if known else np.zeros((50, 6))
    covariance = np.cov(rows, rowvar=False, bias=True)
    spread = Spread.of(rows.mean(axis=0), covariance, rank)
    np.testing.assert_allclose(spread.directions @ spread.directions.T, np.eye(rank), atol=1e-9)
    assert (spread.deviations > 0).all()
    left = rows - rows.mean(axis=0)
    missed = left - left @ spread.directions.T @ spread.directions
    assert (missed**2).sum() / 50 == pytest.approx(np.linalg.eigvalsh(covariance)[: 6 - rank].sum(), abs=1e-6)


def test_what_finished_models_are_is_not_trained_and_not_offered() -> None:
    with pytest.raises(TrainingError, match="is what hse-faceres becomes after its training: name that one") as caught:
        to_train("hse-faceres-factored")
    assert caught.value.code == "unknown_network"
    assert "hse-faceres" in TRAINABLE
    assert "hse-faceres-factored" not in TRAINABLE
    assert to_train("hse-faceres") is NETWORK
