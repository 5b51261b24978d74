"""Writes a network as a LiteRT file whose outputs carry the names of its heads."""

import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.inference.calibration import p_female
from core.inference.engines import Engine, LiteRTEngine
from core.metadata import GENDER, Head
from core.training.quiet import load_tensorflow, silence
from core.types import Pixels

MAX_DIFFERENCE = 0.001
"""Largest change of a probability with which half-precision weights still count as losing nothing."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How far a LiteRT file's answers are from the network's.

    Attributes:
        weights: Type of the stored weights, "float16" or "float32".
        crops: How many crops were compared.
        largest_difference: Of `p_female`, in [0, 1].
        equal_labels: Share of crops on the same side of 0.5.
    """

    weights: str
    crops: int
    largest_difference: float
    equal_labels: float


def write_tflite(model: Any, path: Path, reference: Engine, crops: Pixels, head: Head) -> Parity:
    """Write `path` with float16 weights if that loses nothing, else with float32.

    Args:
        model: The Keras network.
        path: The `.tflite` to write.
        reference: Runs the same network.
        crops: uint8 RGB (n, size, size, 3) to compare the answers on.
        head: The gender head.
    """
    expected = p_female(reference.predict(crops)[GENDER], head)
    for weights in ("float16", "float32"):
        path.write_bytes(_convert(model, weights))
        found = p_female(LiteRTEngine(path).predict(crops)[GENDER], head)
        parity = _compare(weights, expected, found)
        if parity.largest_difference <= MAX_DIFFERENCE:
            break
    return parity


def _compare(weights: str, expected: NDArray[np.float64], found: NDArray[np.float64]) -> Parity:
    largest = float(np.abs(expected - found).max())
    same = float(((expected > 0.5) == (found > 0.5)).mean())
    return Parity(weights, len(expected), largest, same)


def _convert(model: Any, weights: str) -> bytes:
    """By way of Keras' own export, whose signature names the outputs by head.

    A plain `tf.function` of a Keras 3 model converts without an error but loses the weights.
    """
    tf = load_tensorflow()
    with tempfile.TemporaryDirectory() as folder, silence(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the converter's own, about TensorFlow Lite's new name
        model.export(folder, format="tf_saved_model", verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if weights == "float16":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())
