"""Pretrained backbones: MobileNetV2 from ImageNet, and a MobileNet from three million faces.

Each takes 0 to 255 RGB, scales it itself, and gives the last feature map. Weights come from files
that the user names, or are downloaded where Keras offers that; without any a backbone is untrained,
which is what loading finished weights into a rebuilt network needs.

The face backbone is HSE-FaceRes (Savchenko, https://github.com/HSE-asavchenko/HSE_FaceRec_tf):
MobileNet (Howard et al. 2017, arXiv 1704.04861) trained to tell the people of VGGFace2 apart, as the npm
package `@vladmandic/human` ships it: `models/faceres.json`, a TensorFlow.js graph model whose batch
normalisation is folded into the convolutions. It is put back here: in crops half the size most of
the folded network's features fall silent (87 % zeros after the pooling, against 39 % at its own
size), and training does not wake them. Each normalisation begins with the mean and deviation that
its channel had on some faces at the network's own size, and finds its own at ours.
"""

import warnings
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError
from core.model.backend import load_keras
from core.model.published import check_published
from core.settings import CropRecipe
from core.strict_json import read_json, table
from core.types import Pixels

IMAGENET = "imagenet"
FACE_MEANS = (131.0912, 103.8827, 91.4953)
"""Mean red, green and blue of VGGFace2's faces, subtracted by networks trained on it."""

NATIVE = CropRecipe(size=224, margin=1.4)
"""The crops that the face backbone was trained on, nearly: of 1.1 and 1.4 the margin it answers better at."""

_BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
_MOMENTUM, _FACES_AT_ONCE = 0.9, 16
_TYPES = {"float32": np.float32, "float16": np.float16, "int32": np.int32}


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """What a network begins with.

    Attributes:
        weights: A file of pretrained weights, or "imagenet".
        faces: Some training faces, uint8 RGB (n, 224, 224, 3), cut as `NATIVE`.
    """

    weights: str
    faces: Pixels = field(repr=False)


def mobilenet_v2(inputs: Any, start: Start | None) -> Any:
    """MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381) without its top.

    Args:
        inputs: Keras tensor (n, size, size, 3), 0 to 255.
        start: "imagenet" (downloaded) or the path of a `…_notop.weights.h5` file; None for an untrained one.

    Returns:
        Features (n, size / 32, size / 32, 1280).

    Raises:
        TrainingError: `no_weights`.
    """
    keras, weights = load_keras(), None if start is None else start.weights
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(inputs)
    try:
        base = keras.applications.MobileNetV2(
            include_top=False, weights=IMAGENET if weights == IMAGENET else None, input_tensor=scaled
        )
        if weights not in (None, IMAGENET):
            # The same layers by position: the first of this model are the input and the scaling.
            plain = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=tuple(inputs.shape[1:]))
            fill(plain, Path(str(weights)))
            base.set_weights(plain.get_weights())
    except (OSError, ValueError, UserWarning) as error:
        raise _no_weights(str(weights), error) from error
    return base.output


def fill(model: Any, weights: Path) -> None:
    """Load a `.weights.h5` file that holds the weights of all layers.

    Raises:
        OSError, ValueError, UserWarning: If it is missing, damaged, or another network's.
    """
    check_published(weights)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # Keras only warns of weights that it passes over
        model.load_weights(str(weights))


def face_mobilenet(inputs: Any, start: Start | None, blocks: int = len(_BLOCKS)) -> Any:
    """HSE-FaceRes' MobileNet without its top.

    Args:
        inputs: Keras tensor (n, size, size, 3), 0 to 255.
        start: Path of `faceres.json` with its `.bin` beside it, and faces; None for an untrained one.
        blocks: How many of the 13 depthwise blocks; the last ones hold most of the parameters.

    Returns:
        Features (n, size / 32, size / 32, 1024) for 12 or 13 blocks.

    Raises:
        TrainingError: `no_weights`.
    """
    known = {} if start is None else _unfolded(Path(start.weights), blocks, start.faces)
    return _chain(inputs, blocks, known)


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """One convolution's kernel and bias, and mean and deviation of what it gives, where they are known."""

    kernel: NDArray[Any]
    bias: NDArray[Any]
    moments: tuple[NDArray[Any], NDArray[Any]] | None = None


def _chain(inputs: Any, blocks: int, known: dict[str, _Layer], normed: bool = True) -> Any:
    """The layers, filled with what is known of them; without normalisation for a folded network."""
    layers = load_keras().layers
    x = layers.Rescaling(1.0, offset=[-mean for mean in FACE_MEANS])(inputs)
    plan: list[tuple[str, Any]] = [("conv1", partial(layers.Conv2D, 32, 3, 2, padding="same"))]
    for number, (filters, stride) in enumerate(_BLOCKS[:blocks], start=1):
        plan += [
            (f"conv_dw_{number}", partial(layers.DepthwiseConv2D, 3, stride, padding="same")),
            (f"conv_pw_{number}", partial(layers.Conv2D, filters, 1, padding="same")),
        ]
    for name, make in plan:
        layer, values = make(name=name, use_bias=not normed), known.get(name) if normed else known[name]
        x = layer(x)
        if values is not None:
            layer.set_weights([values.kernel] if normed else [values.kernel, values.bias])
        if normed:
            norm = layers.BatchNormalization(momentum=_MOMENTUM, name=f"{name}_bn")
            x = norm(x)
            if values is not None and values.moments is not None:
                mean, deviation = values.moments
                scale = np.sqrt(deviation**2 + norm.epsilon)  # what the layer divides by
                norm.set_weights([scale, mean, mean - values.bias, deviation**2])
        x = layers.ReLU(6.0, name=f"{name}_relu")(x)
    return x


def _unfolded(path: Path, blocks: int, faces: Pixels) -> dict[str, _Layer]:
    """The folded network's layers by name, with the moments that they have on `faces`."""
    values = read_graph_weights(path)
    try:
        folded = {name.removesuffix("_bn/batchnorm_1/sub"): bias for name, bias in values.items() if "_bn/" in name}
        known = {
            name: _Layer(_kernel(name, values), bias)
            for name, bias in folded.items()
            if name.startswith("conv") and "/" not in name
        }
        keras = load_keras()
        inputs = keras.Input(faces.shape[1:])
        network = keras.Model(inputs, _chain(inputs, blocks, known, normed=False))
    except (KeyError, ValueError) as error:
        raise _no_weights(str(path), error) from error
    names = [layer.name for layer in network.layers if layer.name in known]
    watched = keras.Model(inputs, [network.get_layer(name).output for name in names])
    sums = [np.zeros((3, known[name].bias.size)) for name in names]
    for start in range(0, len(faces), _FACES_AT_ONCE):
        outputs = watched.predict_on_batch(faces[start : start + _FACES_AT_ONCE].astype(np.float32))
        for total, output in zip(sums, outputs, strict=True):
            rows = np.asarray(output, np.float64).reshape(-1, output.shape[-1])
            total += [np.full(rows.shape[1], len(rows)), rows.sum(axis=0), (rows**2).sum(axis=0)]
    for name, (count, total, squares) in zip(names, sums, strict=True):
        mean = total / count
        known[name] = replace(known[name], moments=(mean, np.sqrt(np.maximum(squares / count - mean**2, 1e-8))))
    return known


def _kernel(name: str, values: dict[str, NDArray[Any]]) -> NDArray[Any]:
    if name.startswith("conv_dw"):
        return np.asarray(values[f"{name}/depthwise_kernel"] * values[f"{name}_bn/batchnorm_1/mul"][:, np.newaxis])
    kernel = values[f"{name}/convolution/merged_input"]
    return kernel[:, :, ::-1] if name == "conv1" else kernel  # it was trained on blue-green-red


def read_graph_weights(path: Path) -> dict[str, NDArray[Any]]:
    """All constants of a TensorFlow.js graph model by name, as float32 where they are stored as float16.

    Raises:
        TrainingError: `no_weights`, if a file is missing or is not such a model.
    """
    try:
        check_published(path)
        groups = table(read_json(path), "the document")["weightsManifest"]
        values = {}
        for group in groups:
            parts = [path.with_name(name) for name in group["paths"]]  # beside it, and nowhere else
            for part in parts:
                check_published(part)
            data = b"".join(part.read_bytes() for part in parts)
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
