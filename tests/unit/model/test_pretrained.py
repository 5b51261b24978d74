"""Pretrained backbones, filled from weights files that these tests make themselves."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import TrainingError
from core.heads import GENDER, GENDER_LABELS
from core.model.architectures import POOLING, find_network, narrowed
from core.model.backend import load_keras
from core.model.calibration import probabilities
from core.model.metadata import Head, ModelMetadata
from core.model.pretrained import (
    FACE_MEANS,
    FEATURES,
    FaceNetwork,
    mobilenet_v2,
    read_graph_weights,
)
from core.settings import CropRecipe
from core.training.compiling import compile_model
from core.training.recipes import default_recipe
from core.training.selection import TrainingSettings
from core.training.trainer import beginning

Values = dict[str, NDArray[np.float32]]
SIDE = 32


def write_graph(folder: Path, values: Values, stored: str = "float32", **changes: object) -> Path:
    """A TensorFlow.js graph model: its manifest, and the constants one after the other in two files."""
    entries, data = [], b""
    for name, value in values.items():
        entry: dict[str, Any] = {"name": name, "shape": list(value.shape), "dtype": "float32"}
        if stored != "float32":
            entry["quantization"] = {"dtype": stored, "original_dtype": "float32"}
        entries.append(entry | changes)
        data += value.astype(stored if stored == "float16" else "float32").tobytes()
    half = len(data) // 2
    (folder / "model.bin1").write_bytes(data[:half])
    (folder / "model.bin2").write_bytes(data[half:])
    manifest = [{"paths": ["model.bin1", "model.bin2"], "weights": entries}]
    (folder / "model.json").write_text(json.dumps({"format": "graph-model", "weightsManifest": manifest}))
    return folder / "model.json"


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


def convolved(picture: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """A convolution of one picture (height, width, channels) with TensorFlow's "same" padding."""
    side, reach = picture.shape[0], kernel.shape[0]
    count = -(-side // stride)
    beyond = max((count - 1) * stride + reach - side, 0)
    padded = np.pad(picture, ((beyond // 2, beyond - beyond // 2),) * 2 + ((0, 0),))
    rows = []
    for row in range(count):
        patches = [padded[row * stride :, column * stride :][:reach, :reach] for column in range(count)]
        rows.append([np.tensordot(patch, kernel, 3) for patch in patches])
    return np.array(rows)


def rectified(values: np.ndarray) -> np.ndarray:
    return np.clip(values, 0, 6)


def face_network() -> Values:
    """Constants of the whole face network, as its file names them."""
    rng = np.random.default_rng(5)
    model = find_network("hse-faceres").build(SIDE, HEADS, None)
    values: Values = {}
    for layer in model.layers:
        if layer.name.startswith("conv") and layer.weights:
            kernel, bias = (tuple(value.shape) for value in layer.weights)
            spread = 1 / np.sqrt(np.prod(kernel[:-1]) if "dw" not in layer.name else 9)
            if "dw" in layer.name:
                values[f"{layer.name}/depthwise_kernel"] = rng.normal(0, spread, kernel).astype(np.float32)
                values[f"{layer.name}_bn/batchnorm_1/mul"] = rng.uniform(0.8, 2, kernel[2]).astype(np.float32)
            else:
                values[f"{layer.name}/convolution/merged_input"] = rng.normal(0, 2 * spread, kernel).astype(np.float32)
            values[f"{layer.name}_bn/batchnorm_1/sub"] = rng.normal(0, 0.1, bias).astype(np.float32)
    values["conv1/convolution/merged_input"] /= 50  # pixels are large
    for name, shape in ((FEATURES, (1024, 256)), ("gender_pred", (256, 1))):
        values[f"{name}/kernel"] = rng.normal(0, 0.2, shape).astype(np.float32)
        values[f"{name}/bias"] = rng.normal(0, 0.2, shape[1:]).astype(np.float32)
    return values


HEADS = find_network("hse-faceres").heads


def test_the_face_network_computes_what_its_file_says(tmp_path: Path) -> None:
    """Blue-green-red pixels less their means, a convolution, a depthwise one and a pointwise one, ReLU6 each."""
    values = face_network()
    model = find_network("hse-faceres").build(SIDE, HEADS, str(write_graph(tmp_path, values)))
    keras = load_keras()
    start = keras.Model(model.input, model.get_layer("conv_pw_1_relu").output)
    picture = np.random.default_rng(3).uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)
    x = (picture - FACE_MEANS)[..., ::-1]
    x = rectified(convolved(x, values["conv1/convolution/merged_input"], 2) + values["conv1_bn/batchnorm_1/sub"])
    depthwise = values["conv_dw_1/depthwise_kernel"][..., 0] * values["conv_dw_1_bn/batchnorm_1/mul"]
    channels = [convolved(x[..., [n]], depthwise[..., [n], None], 1)[..., 0] for n in range(32)]
    x = rectified(np.stack(channels, axis=2) + values["conv_dw_1_bn/batchnorm_1/sub"])
    x = convolved(x, values["conv_pw_1/convolution/merged_input"], 1)
    x = rectified(x + values["conv_pw_1_bn/batchnorm_1/sub"])
    assert x.std() > 0.1
    np.testing.assert_allclose(start.predict_on_batch(picture[np.newaxis])[0], x, atol=0.003)


def test_its_own_gender_head_gives_the_probability_of_male_that_its_file_says(tmp_path: Path) -> None:
    values = face_network()
    model = find_network("hse-faceres").build(SIDE, HEADS, str(write_graph(tmp_path, values)))
    features = load_keras().Model(model.input, model.get_layer(FEATURES).output).predict_on_batch(crops())
    male = (features @ values["gender_pred/kernel"] + values["gender_pred/bias"])[:, 0]
    assert np.abs(male).max() > 0.01
    logits = model.predict_on_batch(crops())[GENDER]
    label = GENDER_LABELS.index("male")
    np.testing.assert_allclose(logits[:, label] - logits[:, 1 - label], male, rtol=1e-4, atol=1e-5)


def test_a_narrower_network_answers_alike_where_the_channels_that_it_lacks_carry_nothing(tmp_path: Path) -> None:
    values = face_network()
    weak = np.random.default_rng(8).permutation(1024)[640:]
    values["conv_pw_13/convolution/merged_input"][:, :, weak] = 0
    values[f"{FEATURES}/kernel"][np.random.default_rng(9).permutation(1024)[640:]] = 0
    path = str(write_graph(tmp_path, values))
    slim = find_network("hse-faceres-slim")
    wider = find_network(slim.narrows).build(SIDE, HEADS, path)
    wider.save_weights(tmp_path / "model.weights.h5")
    heads = {head: Head(labels) for head, labels in HEADS.items()}
    ModelMetadata("wide", "A test.", slim.narrows, CropRecipe(size=SIDE), heads).save(tmp_path)
    going_on = TrainingSettings(default_recipe(slim), weights=path, parent=tmp_path)
    trained, shipped = (beginning(slim, SIDE, settings) for settings in (going_on, replace(going_on, parent=None)))
    assert trained.count_params() < 0.75 * wider.count_params()
    for head, expected in wider.predict_on_batch(crops()).items():
        assert np.ptp(expected) > 0.01
        np.testing.assert_allclose(trained.predict_on_batch(crops())[head], expected, rtol=1e-4, atol=1e-4)
    expected = wider.predict_on_batch(crops())[GENDER]
    np.testing.assert_allclose(shipped.predict_on_batch(crops())[GENDER], expected, rtol=1e-4, atol=1e-4)


def test_going_on_from_a_wider_network_needs_the_weights_that_say_which_channels(tmp_path: Path) -> None:
    slim = find_network("hse-faceres-slim")
    wider = find_network(slim.narrows).build(SIDE, HEADS, None)
    with pytest.raises(TrainingError, match=r"hse-faceres-slim .*--weights") as caught:
        narrowed(slim, SIDE, wider, None)
    assert caught.value.code == "no_weights"


def test_a_narrower_network_keeps_the_channels_that_carry_most(tmp_path: Path) -> None:
    values = face_network()
    values[f"{FEATURES}/kernel"][:384] *= 0.01
    network = FaceNetwork.read(write_graph(tmp_path, values))
    assert network.strongest(640).last.tolist() == list(range(384, 1024))


@pytest.mark.parametrize("change", ["a name", "a shape", "all names"])
def test_a_graph_model_of_another_network_is_said_in_a_sentence(change: str, tmp_path: Path) -> None:
    values = face_network()
    if change == "all names":
        values = {f"other/{name}": value for name, value in values.items()}
    else:
        kernel = values.pop("conv_pw_1/convolution/merged_input")
        if change == "a shape":
            values["conv_pw_1/convolution/merged_input"] = kernel[..., :7]
    path = write_graph(tmp_path, values)
    with pytest.raises(TrainingError, match=r"(model\.json|conv_pw_1) cannot be used") as caught:
        FaceNetwork.read(path).fill(find_network("hse-faceres").build(SIDE, HEADS, None))
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


def crops(count: int = 3) -> NDArray[np.float32]:
    return np.random.default_rng(1).uniform(0, 255, (count, SIDE, SIDE, 3)).astype(np.float32)


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
