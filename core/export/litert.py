"""Writes a network as LiteRT files whose outputs carry the names of its heads, and proves what they lose."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import full_disk_told
from core.files import write_bytes
from core.heads import GENDER
from core.model.backend import load_tensorflow, silence
from core.model.calibration import expected_calibration_error, p_female
from core.model.engines import Engine, KerasEngine, LiteRTEngine
from core.model.metadata import Head, Heads
from core.training.batches import Examples
from core.training.validation import Logits
from core.types import Pixels

MAX_DIFFERENCE = 0.001
"""Largest change of a probability with which half-precision weights still count as losing nothing."""
INT8_ACCURACY, INT8_CALIBRATION = 0.005, 0.005
"""An integer model, or one in factors, ships where the interval of its change of accuracy lies within the first, either
way, and its calibration error has not grown by more than the second."""
INT8_CROPS, SAME_CROPS = 2000, 100
"""Fewest validation crops that can show it: of a few dozen by luck none is called otherwise, and then the interval is
empty and proves nothing; of 2,000 one in 80 may be, of which as many are won as lost. And fewest that can show that
factors change nothing at all."""
PROOF_CROPS = 6000
"""Most that are compared."""
FLOAT16, FLOAT32, INT8, FACTORS = "float16", "float32", "int8", "factors"


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """Validation crops on which files are held against the network.

    Attributes:
        crops: uint8 RGB (n, size, size, 3).
        female: (n,) whether the face is labelled female.
        expected: (n,) the network's `p_female` after one look.
        head: The gender head.
    """

    crops: Pixels
    female: NDArray[np.bool_]
    expected: NDArray[np.float64]
    head: Head


@dataclass(frozen=True, slots=True)
class Parity:
    """How far the answers of a LiteRT file, or of the network in factors, are from the network's, after one look each.

    Attributes:
        weights: Type of the file's weights, "float16", "float32" or "int8"; "factors" for the network in factors.
        crops: How many crops were compared.
        largest_difference: Of `p_female`, in [0, 1].
        equal_labels: Share of crops that are called the same gender: female from 0.5 on.
        accuracy_change: Accuracy of the file less that of the network, shares in [-1, 1].
        accuracy_low, accuracy_high: Its 95 % interval, of the paired differences.
        calibration_change: Expected calibration error of the file less that of the network.
    """

    weights: str
    crops: int
    largest_difference: float
    equal_labels: float
    accuracy_change: float
    accuracy_low: float
    accuracy_high: float
    calibration_change: float

    @property
    def holds(self) -> bool:
        """Whether it answers as the network does: always for float, shown on enough crops for int8 and factors.

        Factors hold, too, where none of `SAME_CROPS` crops and more is answered otherwise, as where they are made anew.
        """
        tie = self.accuracy_low >= -INT8_ACCURACY and self.accuracy_high <= INT8_ACCURACY
        shown = self.enough and tie and self.calibration_change <= INT8_CALIBRATION
        unchanged = self.largest_difference <= MAX_DIFFERENCE and self.crops >= SAME_CROPS
        same = self.weights == FACTORS and unchanged
        return self.weights in (FLOAT16, FLOAT32) or shown or same

    @property
    def enough(self) -> bool:
        """Whether so many crops were compared that an integer file, or factors, can be judged by them."""
        return self.crops >= INT8_CROPS


def proof_of(logits: Logits, val: Examples, heads: Heads, head: Head) -> Proof:
    """At most `PROOF_CROPS` validation crops, evenly taken, with the network's answers, of which all are given."""
    rows = np.unique(np.linspace(0, len(val) - 1, min(PROOF_CROPS, len(val))).astype(int))
    female = val.targets[GENDER][rows].argmax(axis=1) == heads[GENDER].index("female")
    return Proof(val.crops[rows], female, p_female(logits[GENDER][rows], head), head)


def write_float(model: Any, path: Path, proof: Proof) -> Parity:
    """Write `path` with float16 weights if that loses nothing, else with float32."""
    for weights in (FLOAT16, FLOAT32):
        write_bytes(path, _convert(model, _halve if weights == FLOAT16 else lambda tf, converter: None))
        parity = compare(weights, LiteRTEngine(path), proof)
        if parity.largest_difference <= MAX_DIFFERENCE:
            break
    return parity


def write_int8(model: Any, path: Path, calibration: Pixels, proof: Proof) -> Parity:
    """Write `path` with integers alone, inputs as uint8 pixels; their ranges come from `calibration` crops.

    Rounding shifts a network's logits on average, towards one gender for every face: the mean shift on the same crops
    is taken back in the biases of the heads (Nagel et al. 2019, arXiv 1906.04721, section 4.2, for the last layer).

    Args:
        model: The Keras network.
        path: The `.tflite` to write; whether it may ship, `Parity.holds` says.
        calibration: Training crops, uint8 RGB (n, size, size, 3).
        proof: What to compare with.
    """

    def examples() -> Any:
        for crop in calibration:
            yield [crop[np.newaxis].astype(np.float32)]

    def quantise(tf: Any, converter: Any) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = examples
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8

    write_bytes(path, _convert(model, quantise))
    with _biased(model, _mean_logits(KerasEngine(model), calibration), _mean_logits(LiteRTEngine(path), calibration)):
        write_bytes(path, _convert(model, quantise))
    return compare(INT8, LiteRTEngine(path), proof)


def _mean_logits(engine: Engine, crops: Pixels) -> dict[str, NDArray[np.float64]]:
    return {head: logits.mean(axis=0, dtype=np.float64) for head, logits in engine.predict(crops).items()}


@contextmanager
def _biased(model: Any, meant: dict[str, NDArray[np.float64]], found: dict[str, NDArray[np.float64]]) -> Iterator[None]:
    """The network with the difference added to the biases of its heads, as long as the block lasts."""
    former = {}
    for head in meant:
        layer = model.get_layer(head)
        if weights := layer.get_weights():  # of a head that is put together from other layers there are none
            former[layer] = weights
            layer.set_weights([weights[0], weights[1] + meant[head] - found[head]])
    try:
        yield
    finally:
        for layer, weights in former.items():
            layer.set_weights(weights)


def _halve(tf: Any, converter: Any) -> None:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]


def compare(weights: str, engine: Engine, proof: Proof) -> Parity:
    """How far another engine's answers are from those of the network.

    Args:
        weights: As `Parity.weights`.
        engine: Of the same crops, with the same head.
        proof: What to compare with.
    """
    found = p_female(engine.predict(proof.crops)[GENDER], proof.head)
    called, expected = found >= 0.5, proof.expected >= 0.5
    differences = (called == proof.female).astype(float) - (expected == proof.female)
    change, reach = differences.mean(), 1.96 * differences.std() / np.sqrt(len(differences))
    errors = [expected_calibration_error(p, proof.female) for p in (found, proof.expected)]
    return Parity(
        weights,
        len(found),
        round(float(np.abs(proof.expected - found).max()), 6),
        round(float((expected == called).mean()), 6),
        *(round(float(value), 6) for value in (change, change - reach, change + reach, errors[0] - errors[1])),
    )


def _convert(model: Any, settle: Callable[[Any, Any], None]) -> bytes:
    """By way of Keras' own export, whose signature names the outputs by head.

    A plain `tf.function` of a Keras 3 model converts without an error but loses the weights.
    """
    tf = load_tensorflow()
    place = Path(tempfile.gettempdir())
    with (
        full_disk_told(place),
        tempfile.TemporaryDirectory(dir=place) as folder,
        silence(),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # the converter's own, about TensorFlow Lite's new name
        model.export(folder, format="tf_saved_model", verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        settle(tf, converter)
        return bytes(converter.convert())
