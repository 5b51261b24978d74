"""What runs a model: LiteRT for serving, Keras as reference and fall-back.

An engine takes face crops and gives the raw logits of every head; reading them is the business of
`core.model.calibration`. TensorFlow is imported only when a Keras engine is made.
"""

import os
import threading
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.model.trial import check_survivable
from core.processes import PerProcess
from core.types import Pixels

Logits = dict[str, NDArray[np.float32]]


class Engine(Protocol):
    """Runs a model; safe to share between threads."""

    @property
    def name(self) -> str:
        """Name for people: "LiteRT", "LiteRT int8" or "Keras"."""
        ...

    def predict(self, crops: Pixels) -> Logits:
        """Answer face crops.

        Args:
            crops: uint8 RGB (n, size, size, 3).

        Returns:
            Head name → float32 logits (n, k).

        Raises:
            ValueError: If the crops do not have the shape that the model takes.
        """
        ...


def check_crops(crops: Pixels) -> None:
    """Raise `ValueError` unless `crops` is uint8 (n, size, size, 3)."""
    if crops.dtype != np.uint8 or crops.ndim != 4 or crops.shape[3] != 3 or crops.shape[1] != crops.shape[2]:
        raise ValueError(f"expected uint8 crops (n, size, size, 3), got {crops.dtype} {crops.shape}")


class LiteRTEngine:
    """A `.tflite` file, one face an invocation.

    Batches do not pay here: on one core a face took 8.0 ms alone, 7.8 in a batch of 4 and 8.5 in one of
    16 (masked-v5; its integers 3.06, 2.78 and 2.79), while every new batch size allocates anew (3 to 40 ms).
    One at a time also makes an answer independent of its neighbours. An interpreter must not be
    shared by threads at the same time, so a lock is held for one face, which lets threads alternate.
    """

    def __init__(self, path: Path | str, num_threads: int = 2, name: str = "LiteRT") -> None:
        """Load a model.

        Args:
            path: The `.tflite` file; its signature names the heads.
            num_threads: Threads within one invocation.
            name: What to call it: the file's numbers may be integers.

        Raises:
            OSError: If the file cannot be read.
            ValueError, RuntimeError: If it is not a LiteRT model with one input.
            UnsafeModelError: If it would end this process.
        """
        self.name = name
        # Given a path, LiteRT maps the file, and rewriting it under a running model kills the process.
        content = Path(path).read_bytes()
        check_survivable(content)
        self._runner = PerProcess(lambda: (_signature_runner(content, num_threads), threading.Lock()))
        run, _ = self._runner.get()
        inputs = run.get_input_details()
        if len(inputs) != 1:
            raise ValueError(f"the model must have one input, it has {sorted(inputs)}")
        ((self._input_name, self._input),) = inputs.items()
        self._outputs = run.get_output_details()

    def predict(self, crops: Pixels) -> Logits:
        """Answer face crops; see `Engine.predict`."""
        check_crops(crops)
        shape = tuple(int(side) for side in self._input["shape"][1:])
        if crops.shape[1:] != shape:
            raise ValueError(f"the model takes crops of shape {shape}, got {crops.shape[1:]}")
        rows: dict[str, list[NDArray[np.float32]]] = {head: [] for head in self._outputs}
        run, lock = self._runner.get()
        for crop in crops:
            values = _quantise(crop[np.newaxis], self._input)
            with lock:
                answers = run(**{self._input_name: values})
            for head, answer in answers.items():
                rows[head].append(_dequantise(answer, self._outputs[head]).reshape(-1))
        widths = {head: int(details["shape"][-1]) for head, details in self._outputs.items()}
        return {
            head: np.stack(values) if values else np.empty((0, widths[head]), np.float32)
            for head, values in rows.items()
        }


def _signature_runner(content: bytes, num_threads: int) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content, num_threads=num_threads)
    signatures = list(interpreter.get_signature_list())
    if not signatures:
        raise ValueError("the model has no signature, so its outputs have no names")
    return interpreter.get_signature_runner("serving_default" if "serving_default" in signatures else signatures[0])


def _quantise(values: Pixels, details: dict[str, Any]) -> NDArray[Any]:
    """Bring 0 to 255 to the model's input type; integer inputs carry (scale, zero point)."""
    scale, zero_point = details["quantization"]
    dtype = np.dtype(details["dtype"])
    if dtype == np.uint8 and scale in (0.0, 1.0) and zero_point == 0:
        return values
    if not scale:
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    quantised: NDArray[Any] = np.clip(np.rint(values / scale) + zero_point, limits.min, limits.max).astype(dtype)
    return quantised


def _dequantise(values: NDArray[Any], details: dict[str, Any]) -> NDArray[np.float32]:
    """The real numbers behind an output; see `_quantise`."""
    scale, zero_point = details["quantization"]
    reals = values.astype(np.float32)
    return (reals - np.float32(zero_point)) * np.float32(scale) if scale else reals


class KerasEngine:
    """A `.keras` file or a Keras model.

    Crops are padded to one of `BATCH_SIZES`, because TensorFlow traces the model anew for every
    batch size it meets (a second or more each time).
    """

    name = "Keras"
    BATCH_SIZES = (1, 8, 64)

    def __init__(self, model: Any) -> None:
        """Take a model.

        Args:
            model: Path of a `.keras` file, or a Keras model.

        Raises:
            ImportError: If TensorFlow is not installed.
            ValueError, OSError, TypeError: If the file is not a Keras model of this version.
        """
        if isinstance(model, (str, Path)):
            import keras

            model = keras.saving.load_model(str(model), compile=False)
        self._model = model
        self._process = os.getpid()
        self._lock = threading.Lock()

    @property
    def model(self) -> Any:
        """The Keras model, for what looks inside it."""
        return self._model

    def predict(self, crops: Pixels) -> Logits:
        """Answer face crops; see `Engine.predict`.

        Raises:
            ModelError: `not_loadable` in a forked process.
        """
        if self._process != os.getpid():
            raise ModelError(
                "not_loadable",
                "A Keras model cannot answer in a process that was forked after it was loaded: TensorFlow would wait "
                "for ever. Load the model in that process, or start it by 'spawn'.",
            )
        check_crops(crops)
        largest = self.BATCH_SIZES[-1]
        parts = [self._predict(crops[start : start + largest]) for start in range(0, max(len(crops), 1), largest)]
        return {head: np.concatenate([part[head] for part in parts]) for head in parts[0]}

    def _predict(self, crops: Pixels) -> Logits:
        size = next(size for size in self.BATCH_SIZES if size >= len(crops))
        padding = np.zeros((size - len(crops), *crops.shape[1:]), np.uint8)
        batch = np.concatenate([crops, padding]).astype(np.float32)
        with self._lock:
            answers = self._model.predict_on_batch(batch)
        if not isinstance(answers, dict):
            single = not isinstance(answers, (list, tuple))
            answers = dict(zip(self._model.output_names, [answers] if single else answers, strict=True))
        return {head: np.asarray(answer, np.float32)[: len(crops)] for head, answer in answers.items()}
