"""A second face backbone: MobileFaceNet, which learned to tell the people of MS-Celeb-1M apart.

MobileFaceNet (Chen et al. 2018, arXiv 1804.07573) has 0.9 million weights below its last layer. The published file is
`mobilefacenet.onnx` (https://github.com/foamliu/MobileFaceNet, Apache-2.0), whose batch normalisation is folded into
the convolutions; it stays folded. It knows faces in crops of 112 pixels, their eyes 35 pixels apart: a margin of about
1.15. Its last depthwise layer covers all that is left of a crop of that size.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.model.backend import load_keras
from core.model.pretrained import check_published, no_weights

MEANS, DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of red, green and blue in ImageNet, in [0, 1]."""
_BLOCKS = (
    *((64, 128, 2), *((64, 128, 1),) * 4),
    *((128, 256, 2), *((128, 256, 1),) * 6),
    *((128, 512, 2), *((128, 256, 1),) * 2),
)
"""Channels of each block, its channels within, and its stride."""
_WIDTH, _FIRST = 512, 64
_KEPT = "mobilefacenet_"
Weights = tuple[NDArray[np.float32], NDArray[np.float32]]


def mobilefacenet(inputs: Any) -> Any:
    """MobileFaceNet without its last layer, untrained.

    Args:
        inputs: Keras tensor (n, size, size, 3), 0 to 255.

    Returns:
        Features (n, 1, 1, 512).
    """
    layers = load_keras().layers
    scales = [1 / (255 * deviation) for deviation in DEVIATIONS]
    offsets = [-mean / deviation for mean, deviation in zip(MEANS, DEVIATIONS, strict=True)]
    x = layers.Rescaling(scales, offsets)(inputs)
    x = layers.ReLU(6.0)(_mixed(x, _FIRST, "first", size=3, stride=2))
    x = layers.ReLU()(_spread(x, "first_spread", 3))
    x = layers.ReLU()(_mixed(x, _FIRST, "first_mix"))
    for number, (channels, within, stride) in enumerate(_BLOCKS, start=1):
        inner = layers.ReLU(6.0)(_mixed(x, within, f"widen_{number}"))
        inner = layers.ReLU(6.0)(_spread(inner, f"spread_{number}", 3, stride))
        inner = _mixed(inner, channels, f"narrow_{number}")
        x = inner if stride > 1 else layers.Add()([x, inner])
    x = layers.ReLU(6.0)(_mixed(x, _WIDTH, "last"))
    return layers.DepthwiseConv2D(int(x.shape[1]), name=f"{_KEPT}global")(x)


def _mixed(x: Any, channels: int, name: str, size: int = 1, stride: int = 1) -> Any:
    layers = load_keras().layers
    padding = "same" if stride == 1 else "valid"
    return layers.Conv2D(channels, size, stride, padding, name=_KEPT + name)(_padded(x, stride))


def _spread(x: Any, name: str, size: int, stride: int = 1) -> Any:
    layers = load_keras().layers
    padding = "same" if stride == 1 else "valid"
    return layers.DepthwiseConv2D(size, stride, padding, name=_KEPT + name)(_padded(x, stride))


def _padded(x: Any, stride: int) -> Any:
    """A pixel more on all sides before a stride: what Keras calls "same" leaves out two of them there."""
    return x if stride == 1 else load_keras().layers.ZeroPadding2D(1)(x)


def fill_mobilefacenet(model: Any, path: Path) -> None:
    """Fill the layers of `mobilefacenet` in a model from the published file.

    Raises:
        TrainingError: `no_weights`.
    """
    wanted = [layer for layer in model.layers if layer.name.startswith(_KEPT)]
    try:
        check_published(path)
        # The last convolution makes the embedding, which nothing here takes.
        for layer, (kernel, bias) in zip(wanted, convolutions(path)[:-1], strict=True):
            depthwise = isinstance(layer, load_keras().layers.DepthwiseConv2D)
            layer.set_weights([kernel.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0)), bias])
    except (OSError, ValueError, cv2.error) as error:
        raise no_weights(str(path), error) from error


def convolutions(path: Path) -> list[Weights]:
    """Kernel (out, in, height, width) and bias (out) of every convolution of an ONNX file, in its order.

    Raises:
        cv2.error: If it is missing or no such file.
    """
    network = cv2.dnn.readNetFromONNX(str(path))
    layers = (network.getLayer(name) for name in network.getLayerNames())
    blobs = (layer.blobs for layer in layers if layer.type == "Convolution")
    return [(np.asarray(kernel, np.float32), np.asarray(bias, np.float32).ravel()) for kernel, bias in blobs]
