"""Pretrained backbones: MobileNetV2 from ImageNet, and a MobileNet from three million faces.

Each takes 0 to 255 RGB, scales it itself, and gives the last feature map. Weights come from files
that the user names, or are downloaded where Keras offers that; without any a backbone is untrained,
which is what loading finished weights into a rebuilt network needs.

The face backbone is HSE-FaceRes (Savchenko, https://github.com/HSE-asavchenko/HSE_FaceRec_tf):
MobileNet (Howard et al. 2017, arXiv 1704.04861) trained to tell the people of VGGFace2 apart, as the npm
package `@vladmandic/human` ships it: `models/faceres.json`, a TensorFlow.js graph model whose
batch normalisation is folded into the convolutions.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError
from core.training.quiet import load_keras

IMAGENET = "imagenet"
FACE_MEANS = (131.0912, 103.8827, 91.4953)
"""Mean red, green and blue of VGGFace2's faces, subtracted by networks trained on it."""

_BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
_TYPES = {"float32": np.float32, "float16": np.float16, "int32": np.int32}


def mobilenet_v2(inputs: Any, weights: str | None, alpha: float = 1.0) -> Any:
    """MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381) without its top.

    Args:
        inputs: Keras tensor (n, size, size, 3), 0 to 255.
        weights: "imagenet" (downloaded), path of a `…_notop.weights.h5` file, or None.
        alpha: Width multiplier.

    Returns:
        Features (n, size / 32, size / 32, 1280).

    Raises:
        TrainingError: `no_weights`.
    """
    keras = load_keras()
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(inputs)
    try:
        base = keras.applications.MobileNetV2(
            include_top=False, alpha=alpha, weights=IMAGENET if weights == IMAGENET else None, input_tensor=scaled
        )
        if weights not in (None, IMAGENET):
            # The same layers by position: the first of this model are the input and the scaling.
            plain = keras.applications.MobileNetV2(
                include_top=False, alpha=alpha, weights=None, input_shape=tuple(inputs.shape[1:])
            )
            plain.load_weights(str(weights))
            base.set_weights(plain.get_weights())
    except (OSError, ValueError) as error:
        raise _no_weights(str(weights), error) from error
    return base.output


def face_mobilenet(inputs: Any, weights: str | None, blocks: int = len(_BLOCKS)) -> Any:
    """HSE-FaceRes' MobileNet without its top.

    Args:
        inputs: Keras tensor (n, size, size, 3), 0 to 255.
        weights: Path of `faceres.json` with its `.bin` beside it, or None.
        blocks: How many of the 13 depthwise blocks; the last ones hold most of the parameters.

    Returns:
        Features (n, size / 32, size / 32, 1024) for 12 or 13 blocks.

    Raises:
        TrainingError: `no_weights`.
    """
    layers = load_keras().layers
    values = {} if weights is None else read_graph_weights(Path(weights))
    x = layers.Rescaling(1.0, offset=[-mean for mean in FACE_MEANS])(inputs)
    x = _convolution(x, layers.Conv2D(32, 3, 2, padding="same", name="conv1"), values)
    for number, (filters, stride) in enumerate(_BLOCKS[:blocks], start=1):
        depthwise = layers.DepthwiseConv2D(3, stride, padding="same", name=f"conv_dw_{number}")
        x = _convolution(x, depthwise, values)
        x = _convolution(x, layers.Conv2D(filters, 1, padding="same", name=f"conv_pw_{number}"), values)
    return x


def _convolution(x: Any, layer: Any, values: dict[str, NDArray[Any]]) -> Any:
    """A convolution with its bias and ReLU6; filled from the graph's values where there are any."""
    x = layer(x)
    if values:
        name = layer.name
        bias = values[f"{name}_bn/batchnorm_1/sub"]
        if name.startswith("conv_dw"):
            kernel = values[f"{name}/depthwise_kernel"] * values[f"{name}_bn/batchnorm_1/mul"][:, np.newaxis]
        else:
            kernel = values[f"{name}/convolution/merged_input"]
        if name == "conv1":
            kernel = kernel[:, :, ::-1]  # it was trained on blue-green-red
        layer.set_weights([kernel, bias])
    return load_keras().layers.ReLU(6.0, name=f"{layer.name}_relu")(x)


def read_graph_weights(path: Path) -> dict[str, NDArray[Any]]:
    """All constants of a TensorFlow.js graph model by name, as float32 where they are stored as float16.

    Raises:
        TrainingError: `no_weights`, if a file is missing or is not such a model.
    """
    try:
        groups = json.loads(path.read_text(encoding="utf-8"))["weightsManifest"]
        values = {}
        for group in groups:
            data = b"".join((path.parent / name).read_bytes() for name in group["paths"])
            start = 0
            for entry in group["weights"]:
                stored = np.dtype(_TYPES[entry.get("quantization", entry)["dtype"]])
                count = int(np.prod(entry["shape"], dtype=np.int64))
                array = np.frombuffer(data, stored, count, start).reshape(entry["shape"])
                start += array.nbytes
                values[entry["name"]] = array.astype(entry["dtype"])
        return values
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _no_weights(str(path), error) from error


def _no_weights(weights: str, error: Exception) -> TrainingError:
    reason = " ".join(str(error).split())[:200]
    return TrainingError(
        "no_weights",
        f"The pretrained weights {weights} cannot be used ({reason}). Give another file with --weights; "
        "README.md says which each network takes.",
    )
