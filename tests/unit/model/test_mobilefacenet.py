"""MobileFaceNet, filled from weights that these tests draw."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import TrainingError
from core.heads import GENDER
from core.model import mobilefacenet
from core.model.architectures import POOLING, find_network
from core.model.backend import load_keras
from core.model.mobilefacenet import DEVIATIONS, MEANS, Weights, convolutions
from tests.unit.published_files import yunet

SIDE = 112
NETWORK = find_network("mobilefacenet")


def drawn() -> list[Weights]:
    """Weights in the order and the layout of the published file, that of its last layer among them."""
    rng = np.random.default_rng(4)
    model = NETWORK.build(SIDE, NETWORK.heads, None)
    layers = [layer for layer in model.layers if "Conv2D" in type(layer).__name__]
    weights = []
    for layer in layers:
        shape = tuple(layer.get_weights()[0].shape)
        depthwise = type(layer).__name__ == "DepthwiseConv2D"
        kernel = rng.normal(0, np.sqrt(2 / np.prod(shape[:2] if depthwise else shape[:3])), shape)
        turned = kernel.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1)).astype(np.float32)
        weights.append((turned, rng.normal(0, 0.1, turned.shape[0]).astype(np.float32)))
    return [*weights, (np.zeros((128, 512, 1, 1), np.float32), np.zeros(128, np.float32))]


def convolved(x: NDArray[np.float64], weights: Weights, stride: int = 1) -> NDArray[np.float64]:
    """A convolution (height, width, channels) as ONNX means it: a pixel more on all sides of a kernel of three."""
    kernel, bias = weights
    side = kernel.shape[2]
    padded = np.pad(x, ((side // 2,) * 2,) * 2 + ((0, 0),)) if side == 3 else x
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), (0, 1))[::stride, ::stride]
    if kernel.shape[1] == 1:
        return np.asarray(np.einsum("yxcij,cij->yxc", windows, kernel[:, 0]) + bias)
    return np.asarray(np.einsum("yxcij,ocij->yxo", windows, kernel, optimize=True) + bias)


def reference(picture: NDArray[np.float64], weights: list[Weights]) -> NDArray[np.float64]:
    """The features of one picture, layer by layer as the paper has them."""
    left = iter(weights)
    x = np.clip(convolved((picture / 255 - MEANS) / DEVIATIONS, next(left), 2), 0, 6)
    x = np.maximum(convolved(x, next(left)), 0)
    x = np.maximum(convolved(x, next(left)), 0)
    for stride in (2, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1):
        inner = np.clip(convolved(x, next(left)), 0, 6)
        inner = np.clip(convolved(inner, next(left), stride), 0, 6)
        inner = convolved(inner, next(left))
        x = inner if stride == 2 else x + inner
    x = np.clip(convolved(x, next(left)), 0, 6)
    return convolved(x, next(left))[0, 0]


def test_it_computes_what_its_file_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    weights = drawn()
    monkeypatch.setattr(mobilefacenet, "convolutions", lambda _: weights)
    (tmp_path / "mine.onnx").touch()
    model = NETWORK.build(SIDE, NETWORK.heads, str(tmp_path / "mine.onnx"))
    features = load_keras().Model(model.input, model.get_layer(POOLING).output)
    picture = np.random.default_rng(3).uniform(0, 255, (SIDE, SIDE, 3))
    expected = reference(picture, weights)
    assert expected.std() > 0.1
    np.testing.assert_allclose(features.predict_on_batch(picture[np.newaxis])[0], expected, rtol=1e-3, atol=1e-3)


def test_the_convolutions_of_a_file_are_read_in_its_order() -> None:
    read = convolutions(yunet())
    assert [kernel.shape for kernel, _ in read[:3]] == [(16, 3, 3, 3), (16, 16, 1, 1), (16, 1, 3, 3)]
    assert all(bias.shape == kernel.shape[:1] for kernel, bias in read)


@pytest.mark.parametrize("file", ["missing", "damaged", "another"])
def test_a_file_that_cannot_be_used_is_said(file: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    if file == "damaged":
        path.write_bytes(b"not a network")
    elif file == "another":
        path.write_bytes(yunet().read_bytes())
    with pytest.raises(TrainingError, match=r"mine\.onnx cannot be used .*--weights") as caught:
        NETWORK.build(SIDE, NETWORK.heads, str(path))
    assert caught.value.code == "no_weights"


def test_the_published_name_is_for_the_published_file_alone(tmp_path: Path) -> None:
    (tmp_path / "mobilefacenet.onnx").write_bytes(b"another")
    with pytest.raises(TrainingError, match=r"not the published file") as caught:
        NETWORK.build(SIDE, {GENDER: NETWORK.heads[GENDER]}, str(tmp_path / "mobilefacenet.onnx"))
    assert caught.value.code == "no_weights"
