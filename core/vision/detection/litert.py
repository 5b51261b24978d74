"""A network of the face detector as LiteRT runs it; safe to share between threads."""

import math
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError

# Of the shapes that are kept, 60 bytes each, about. The two largest do not count, lest the first look at a large
# picture and the tiles of a finer one drive each other out.
_KEPT_PIXELS = 350_000


class Network:
    """A file's network.

    An interpreter must not be used by two threads at a time, so a run takes a set of them out of those that are
    kept and puts it back: there are as many sets as ever ran at the same time, however many threads took turns.
    Of each set the last shapes are kept: a run at a new one costs up to three times one at a known shape (memory is
    laid out and touched anew).
    """

    def __init__(self, file: Path, shape: tuple[int, ...]) -> None:
        """Read the network.

        Args:
            file: A LiteRT file of one input, one of the project's assets.
            shape: One that it takes.

        Raises:
            ModelError: `not_loadable` if it is missing or damaged, or LiteRT cannot be loaded.
        """
        self._kept: list[OrderedDict[tuple[int, ...], _Runner]] = []
        try:
            self._content = file.read_bytes()
            self._interpreter(shape)
        except (OSError, ImportError, ValueError, RuntimeError) as error:
            raise ModelError(
                "not_loadable",
                f"The face detector cannot be loaded ({type(error).__name__}: {' '.join(str(error).split())[:150]}). "
                f"Restore assets/{file.name} from the project's files, install the requirements again, and start the "
                "program anew.",
            ) from error

    def run(self, pictures: NDArray[Any]) -> list[NDArray[np.float32]]:
        """The outputs for an input (n, height, width, 3) of the type that the network takes."""
        try:
            known = self._kept.pop()  # at once, for other threads too
        except IndexError:
            known = OrderedDict()
        runner = known.pop(pictures.shape, None)
        if runner is None:
            runner = self._interpreter(pictures.shape)
            while sum(sorted(map(math.prod, (pictures.shape, *known)))[:-2]) > 3 * _KEPT_PIXELS:
                known.popitem(last=False)
        outputs = runner(pictures)
        known[pictures.shape] = runner
        self._kept.append(known)
        return outputs

    def _interpreter(self, shape: tuple[int, ...]) -> "_Runner":
        from ai_edge_litert.interpreter import Interpreter

        # One thread each: pictures already go through several at once, and a run takes milliseconds.
        interpreter = Interpreter(model_content=self._content, num_threads=1)
        interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], shape)
        interpreter.allocate_tensors()
        return _Runner(interpreter)


class _Runner:
    """An interpreter of one shape, with the numbers of its tensors: asking for them costs time."""

    def __init__(self, interpreter: Any) -> None:
        self._interpreter = interpreter
        self._input = interpreter.get_input_details()[0]["index"]
        self._outputs = [output["index"] for output in interpreter.get_output_details()]

    def __call__(self, pictures: NDArray[Any]) -> list[NDArray[np.float32]]:
        self._interpreter.set_tensor(self._input, pictures)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(output) for output in self._outputs]
