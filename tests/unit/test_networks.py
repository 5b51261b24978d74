from pathlib import Path

import numpy as np
import pytest

from core.errors import TrainingError
from core.metadata import GENDER, GENDER_LABELS, Head, ModelMetadata
from core.settings import CropRecipe
from core.training.networks import NETWORKS, build_from_metadata, find_network
from core.training.quiet import load_keras


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_gives_one_finite_row_of_logits_a_head_and_crop(name: str) -> None:
    network = find_network(name)
    model = network.build(64, network.heads)
    answers = model(np.random.default_rng(0).uniform(0, 255, (3, 64, 64, 3)).astype(np.float32))
    assert set(answers) == set(network.heads)
    assert network.heads[GENDER] == GENDER_LABELS
    for head, labels in network.heads.items():
        assert answers[head].shape == (3, len(labels))
        assert np.isfinite(answers[head]).all()


@pytest.mark.parametrize("name", NETWORKS)
def test_no_network_augments(name: str) -> None:
    network = find_network(name)
    model = network.build(64, network.heads)
    assert not [layer.name for layer in model.layers if type(layer).__name__.startswith("Random")]
    crops = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)
    assert (np.asarray(model(crops)[GENDER]) == np.asarray(model(crops)[GENDER])).all()


def test_the_baseline_is_the_network_of_the_seed() -> None:
    model = find_network("baseline-cnn").build(96, {GENDER: GENDER_LABELS})
    assert model.input_shape == (None, 96, 96, 3)
    assert model.count_params() == 687_650
    convolutions = [layer for layer in model.layers if type(layer).__name__ == "Conv2D"]
    assert [(layer.filters, layer.kernel_size) for layer in convolutions] == [(n, (3, 3)) for n in (16, 32, 64, 128)]
    recipe = find_network("baseline-cnn").recipe
    assert (recipe.epochs, recipe.batch, recipe.learning_rate) == (17, 20, 0.001)


def test_scaling_is_inside_the_network() -> None:
    scaling = find_network("baseline-cnn").build(96, {GENDER: GENDER_LABELS}).layers[1]
    np.testing.assert_allclose(scaling(np.array([[[[0.0, 127.5, 255.0]]]])), [[[[0, 0.5, 1]]]])


@pytest.mark.parametrize("name", NETWORKS)
def test_saved_and_loaded_a_network_answers_the_same(name: str, tmp_path: Path) -> None:
    network = find_network(name)
    model = network.build(64, network.heads)
    crops = np.random.default_rng(0).uniform(0, 255, (5, 64, 64, 3)).astype(np.float32)
    expected = model.predict_on_batch(crops)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    loaded = load_keras().saving.load_model(tmp_path / "model.keras")
    heads = {head: Head(labels) for head, labels in network.heads.items()}
    rebuilt = build_from_metadata(ModelMetadata("x", "A test.", name, CropRecipe(size=64), heads))
    rebuilt.load_weights(tmp_path / "model.weights.h5")
    for head in network.heads:
        for other in (loaded, rebuilt):
            np.testing.assert_allclose(other.predict_on_batch(crops)[head], expected[head], rtol=1e-5, atol=1e-6)


def test_an_unknown_network_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(TrainingError, match=r"no network 'resnet'\. There is: baseline-cnn") as caught:
        find_network("resnet")
    assert caught.value.code == "unknown_network"
