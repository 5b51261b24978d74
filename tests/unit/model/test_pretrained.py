"""Pretrained weights, from files that these tests make themselves."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import TrainingError
from core.heads import GENDER, GENDER_LABELS
from core.model.architectures import POOLING, find_network
from core.model.backend import load_keras
from core.model.calibration import probabilities
from core.model.metadata import Head
from core.model.pretrained import mobilenet_v2, read_graph_weights
from core.training.compiling import compile_model
from core.training.recipes import default_recipe
from tests.unit.graph_weights_case import SIDE, Values, crops, write_graph


def one_block() -> Values:
    """Constants of some layers."""
    rng = np.random.default_rng(0)
    shapes = {"conv1/kernel": (3, 3, 3, 32), "conv1/bias": (32,), "conv_dw_1/depthwise_kernel": (3, 3, 32, 1)}
    return {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.mark.parametrize(("stored", "exact"), [("float32", 1e-9), ("float16", 1e-3)])
def test_the_constants_of_a_graph_model_are_read_as_they_were_written(
    stored: str, exact: float, tmp_path: Path
) -> None:
    values = {**one_block(), "scalar": np.array(2.5, np.float32), "empty": np.zeros((0, 3), np.float32)}
    read = read_graph_weights(write_graph(tmp_path, values, stored))
    assert list(read) == list(values)
    for name, value in values.items():
        assert read[name].dtype == np.float32
        np.testing.assert_allclose(read[name], value, rtol=exact, atol=exact)


def missing(path: Path) -> None:
    (path.parent / "model.bin2").unlink()


def truncated(path: Path) -> None:
    data = (path.parent / "model.bin2").read_bytes()
    (path.parent / "model.bin2").write_bytes(data[:-1])


def no_manifest(path: Path) -> None:
    path.write_text('{"format": "graph-model"}')


def no_json(path: Path) -> None:
    path.write_bytes(b"\xff\xfe not text")


def absent(path: Path) -> None:
    path.unlink()


def another_kind(path: Path) -> None:
    path.write_text(path.read_text().replace('"float32"', '"string"'))


@pytest.mark.parametrize("damage", [missing, truncated, no_manifest, no_json, absent, another_kind])
def test_a_damaged_graph_model_is_said_in_a_sentence(damage: Any, tmp_path: Path) -> None:
    path = write_graph(tmp_path, one_block())
    damage(path)
    with pytest.raises(
        TrainingError, match=r"model\.json cannot be used .*--weights; docs/training\.md says"
    ) as caught:
        read_graph_weights(path)
    assert caught.value.code == "no_weights"


@pytest.fixture(scope="module")
def plain() -> Any:
    """MobileNetV2 of Keras itself, untrained."""
    keras = load_keras()
    keras.utils.set_random_seed(0)
    return keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(SIDE, SIDE, 3))


@pytest.fixture(scope="module")
def weights(plain: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("weights") / "notop.weights.h5"
    plain.save_weights(path)
    return str(path)


@pytest.fixture(scope="module")
def frozen(weights: str) -> Any:
    return find_network("mobilenetv2-frozen").build(SIDE, {GENDER: GENDER_LABELS}, weights)


def test_mobilenetv2_from_a_file_is_the_network_that_saved_it(plain: Any, frozen: Any) -> None:
    backbone = load_keras().Model(frozen.input, frozen.get_layer(POOLING).input)
    expected = plain.predict_on_batch(crops() / 127.5 - 1)
    assert expected.max() > 0
    np.testing.assert_allclose(backbone.predict_on_batch(crops()), expected, rtol=1e-3, atol=1e-3 * expected.max())


def test_the_frozen_network_answers_by_one_sigmoid_and_learns_in_its_top_alone(frozen: Any) -> None:
    network = find_network("mobilenetv2-frozen")
    compile_model(frozen, network.heads, default_recipe(network), 10)
    names = [layer.name for layer in frozen.layers]
    backbone = frozen.layers[: names.index(POOLING)]
    before = [layer.get_weights() for layer in backbone]
    answer = frozen.predict_on_batch(crops())[GENDER]
    for _ in range(2):
        frozen.train_on_batch(crops(), {GENDER: np.eye(2, dtype=np.float32)[[0, 1, 1]]})
    for layer, weights in zip(backbone, before, strict=True):
        for old, new in zip(weights, layer.get_weights(), strict=True):
            np.testing.assert_array_equal(new, old, err_msg=layer.name)
    after = frozen.predict_on_batch(crops())[GENDER]
    assert (after[:, 1] != answer[:, 1]).all()
    assert (after[:, 0] == 0).all()
    sigmoid = 1 / (1 + np.exp(-after[:, 1].astype(float)))
    np.testing.assert_allclose(probabilities(after, Head(GENDER_LABELS))[:, 1], sigmoid, rtol=1e-6)
    assert sum(int(np.prod(value.shape)) for value in frozen.trainable_variables) == 1280 * 128 + 128 + 128 + 1


@pytest.mark.parametrize("content", [None, b"", b"no weights", "others"])
def test_weights_of_mobilenetv2_that_cannot_be_used_are_said(content: bytes | str | None, tmp_path: Path) -> None:
    path = tmp_path / "some.weights.h5"
    keras = load_keras()
    if content == "others":
        keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(3)]).save_weights(path)
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(TrainingError, match=r"some\.weights\.h5 cannot be used .*--weights") as caught:
        mobilenet_v2(keras.layers.Input((SIDE, SIDE, 3)), str(path))
    assert caught.value.code == "no_weights"
