"""YuNet (Wu et al. 2023, "YuNet: a tiny millisecond-level face detector"), one look at one picture."""

import math
from collections import OrderedDict
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.settings import DETECTOR_FILE
from core.types import Box, Face, Pixels

CELL = 32
"""Pixels of the coarsest stride: the network takes multiples of it."""
_CANDIDATES = 5000
# A look at a new shape costs up to three times one at a known shape (memory is laid out and touched anew), so
# sides are filled up to one of a few lengths, and the last interpreters are kept: 60 bytes a pixel, about. The two
# largest do not count, lest the first look at a large picture and the tiles of a finer one drive each other out.
_LADDER = (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 416)
_KEPT_PIXELS = 350_000
_NOTHING = np.empty((0, 15))
_LARGEST_LOG = 9.0  # Of a box's side, in strides: what is beyond is no face, and its exponential may be no number.


class YuNet:
    """The network; safe to share between threads.

    An interpreter must not be used by two threads at a time, so a look takes a set of them out of those that are
    kept and puts it back: there are as many sets as ever looked at the same time, however many threads took turns.

    Its file is what `tools.convert` made of the published one.
    """

    def __init__(self, nms_threshold: float) -> None:
        """Read the network.

        Args:
            nms_threshold: Overlap (intersection over union) from which on two boxes show one face.

        Raises:
            ModelError: `not_loadable` if it is missing or damaged, or LiteRT cannot be loaded.
        """
        self._nms_threshold = nms_threshold
        self._kept: list[OrderedDict[tuple[int, ...], _Runner]] = []
        try:
            self._content = DETECTOR_FILE.read_bytes()
            self._interpreter((1, CELL, CELL, 3))
        except (OSError, ImportError, ValueError, RuntimeError) as error:
            raise ModelError(
                "not_loadable",
                f"The face detector cannot be loaded ({type(error).__name__}: {' '.join(str(error).split())[:150]}). "
                "Restore assets/yunet.tflite from the project's files, install the requirements again, and start the "
                "program anew.",
            ) from error

    def look(self, bgr: Pixels, score_threshold: float) -> list[Face]:
        """Faces of `bgr`, uint8 (height, width, 3) in blue-green-red order, strongest first."""
        height, width = bgr.shape[:2]
        below, right = filled(height) - height, filled(width) - width
        padded = cv2.copyMakeBorder(bgr, 0, below, 0, right, cv2.BORDER_CONSTANT) if below or right else bgr
        levels = self._run(np.asarray(padded, np.uint8)[np.newaxis])
        rows = np.concatenate([_candidates(level, padded.shape[0], score_threshold) for level in levels])
        # OpenCV's own detector rounds boxes to whole pixels here: at the very edge of the overlap the two may differ.
        if not len(rows):
            return []
        boxes = np.column_stack([rows[:, 1:3], rows[:, 3:5] - rows[:, 1:3]])
        kept = cv2.dnn.NMSBoxes(
            boxes.tolist(), rows[:, 0].tolist(), score_threshold, self._nms_threshold, top_k=_CANDIDATES
        )
        return [face for face in map(_to_face, rows[np.asarray(kept, int)]) if face is not None]

    def _run(self, pictures: Pixels) -> list[NDArray[np.float32]]:
        """The outputs for uint8 (1, height, width, 3), sides multiples of `CELL`: (rows, columns, 15) each."""
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

        # One thread each: pictures already go through several at once, and a look takes milliseconds.
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

    def __call__(self, pictures: Pixels) -> list[NDArray[np.float32]]:
        self._interpreter.set_tensor(self._input, pictures)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(output)[0] for output in self._outputs]


def filled(side: int) -> int:
    """The length to which a side is filled up; beyond the ladder, the next multiple of `CELL`."""
    return next((length for length in _LADDER if length >= side), side + -side % CELL)


def _candidates(level: NDArray[np.float32], height: int, score_threshold: float) -> NDArray[np.float64]:
    """Cells of one stride that may be faces: (n, 15) score, left, top, right, bottom, five points (x, y), pixels."""
    stride = height // level.shape[0]
    down, across = np.nonzero(level[..., 0] >= score_threshold)
    if not len(down):
        return _NOTHING
    found = level[down, across].astype(np.float64)
    cell = np.column_stack([across, down])
    centre = cell + found[:, 1:3]
    half = np.exp(np.minimum(found[:, 3:5], _LARGEST_LOG)) / 2
    found[:, 5:] += np.concatenate([cell] * 5, axis=1)
    found[:, 1:3], found[:, 3:5] = centre - half, centre + half
    found[:, 1:] *= stride
    return found


def _to_face(row: NDArray[np.float64]) -> Face | None:
    """A candidate as a face; None where it is degenerate."""
    score, left, top, right, bottom = row[:5].tolist()
    if not np.isfinite(row).all() or right - left < 1 or bottom - top < 1:
        return None
    # The network's first eye is the subject's right one, which is the viewer's left: the order of `Face`.
    one, two, three, four, five = ((float(x), float(y)) for x, y in row[5:].reshape(5, 2))
    return Face(Box(left, top, right, bottom), (one, two, three, four, five), min(max(score, 0.0), 1.0))
