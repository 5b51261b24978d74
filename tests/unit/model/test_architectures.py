from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import TrainingError
from core.heads import GENDER, GENDER_LABELS
from core.model.architectures import NETWORKS, Network, build_from_metadata, find_network
from core.model.backend import load_keras
from core.model.metadata import Head, ModelMetadata
from core.settings import CropRecipe
from core.training.recipes import default_recipe

SIDE = 32


@pytest.fixture(scope="module", params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Network:
    return find_network(request.param)


@pytest.fixture(scope="module")
def model(network: Network) -> Any:
    return network.build(SIDE, network.heads, None)


def crops(count: int = 3) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (count, SIDE, SIDE, 3)).astype(np.float32)


def test_every_network_gives_one_finite_row_of_logits_a_head_and_crop(network: Network, model: Any) -> None:
    answers = model(crops())
    assert set(answers) == set(network.heads)
    assert network.heads[GENDER] == GENDER_LABELS
    for head, labels in network.heads.items():
        assert answers[head].shape == (3, len(labels))
        assert np.isfinite(answers[head]).all()


def test_no_network_augments(model: Any) -> None:
    assert not [layer.name for layer in model.layers if type(layer).__name__.startswith("Random")]
    assert (np.asarray(model(crops())[GENDER]) == np.asarray(model(crops())[GENDER])).all()


def test_saved_and_loaded_a_network_answers_the_same(network: Network, model: Any, tmp_path: Path) -> None:
    expected = model.predict_on_batch(crops())
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    loaded = load_keras().saving.load_model(tmp_path / "model.keras")
    heads = {head: Head(labels) for head, labels in network.heads.items()}
    rebuilt = build_from_metadata(ModelMetadata("x", "A test.", network.name, CropRecipe(size=SIDE), heads))
    rebuilt.load_weights(tmp_path / "model.weights.h5")
    for head in network.heads:
        for other in (loaded, rebuilt):
            np.testing.assert_allclose(other.predict_on_batch(crops())[head], expected[head], rtol=1e-5, atol=1e-6)


def test_the_baseline_is_the_network_of_the_seed() -> None:
    model = find_network("baseline-cnn").build(96, {GENDER: GENDER_LABELS}, None)
    assert model.input_shape == (None, 96, 96, 3)
    assert model.count_params() == 687_650
    convolutions = [layer for layer in model.layers if type(layer).__name__ == "Conv2D"]
    assert [(layer.filters, layer.kernel_size) for layer in convolutions] == [(n, (3, 3)) for n in (16, 32, 64, 128)]
    recipe = default_recipe(find_network("baseline-cnn"))
    assert (recipe.epochs, recipe.batch, recipe.learning_rate) == (17, 20, 0.001)


def test_scaling_is_inside_the_network() -> None:
    scaling = find_network("baseline-cnn").build(96, {GENDER: GENDER_LABELS}, None).layers[1]
    np.testing.assert_allclose(scaling(np.array([[[[0.0, 127.5, 255.0]]]])), [[[[0, 0.5, 1]]]])


def test_an_unknown_network_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(TrainingError, match=r"no network 'resnet'\. Available: baseline-cnn") as caught:
        find_network("resnet")
    assert caught.value.code == "unknown_network"


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("baseline-cnn", None, None),
        ("mobilenetv2", None, "imagenet"),
        ("mobilenetv2", "some.weights.h5", "some.weights.h5"),
        ("hse-faceres", "faceres.json", "faceres.json"),
    ],
)
def test_a_network_begins_with_the_given_weights_or_its_own(name: str, given: str | None, expected: str | None) -> None:
    assert find_network(name).pretrained(given) == expected


@pytest.mark.parametrize(("name", "given"), [("baseline-cnn", "some.weights.h5"), ("hse-faceres", None)])
def test_weights_that_are_missing_or_that_nobody_takes_are_said(name: str, given: str | None) -> None:
    with pytest.raises(TrainingError, match=f"{name} .*--weights") as caught:
        find_network(name).pretrained(given)
    assert caught.value.code == "no_weights"


def test_the_second_network_of_the_seed_has_its_recipe() -> None:
    recipe = default_recipe(find_network("mobilenetv2-frozen"))
    assert (recipe.epochs, recipe.learning_rate, recipe.size, recipe.frozen) == (20, 0.0008, 224, 1)
