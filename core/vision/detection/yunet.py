"""YuNet (Wu et al. 2023, "YuNet: a tiny millisecond-level face detector"), one look at one picture."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.settings import DETECTOR_FILE
from core.types import Box, Face, Pixels
from core.vision.detection.litert import Network

CELL = 32
"""Pixels of the coarsest stride: the network takes multiples of it."""
_CANDIDATES = 5000
# A look at a new shape costs up to three times one at a known shape, so sides are filled up to one of a few lengths.
_LADDER = (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 416)
_NOTHING = np.empty((0, 15))
_LARGEST_LOG = 9.0  # Of a box's side, in strides: what is beyond is no face, and its exponential may be no number.


class YuNet:
    """The network; safe to share between threads. Its file is what `tools.convert` made of the published one."""

    def __init__(self, nms_threshold: float) -> None:
        """Read the network.

        Args:
            nms_threshold: Overlap (intersection over union) from which on two boxes show one face.

        Raises:
            ModelError: `not_loadable` if it is missing or damaged, or LiteRT cannot be loaded.
        """
        self._nms_threshold = nms_threshold
        self._network = Network(DETECTOR_FILE, (1, CELL, CELL, 3))

    def look(self, bgr: Pixels, score_threshold: float) -> list[Face]:
        """Faces of `bgr`, uint8 (height, width, 3) in blue-green-red order, strongest first."""
        height, width = bgr.shape[:2]
        below, right = filled(height) - height, filled(width) - width
        padded = cv2.copyMakeBorder(bgr, 0, below, 0, right, cv2.BORDER_CONSTANT) if below or right else bgr
        levels = [level[0] for level in self._network.run(np.asarray(padded, np.uint8)[np.newaxis])]
        rows = np.concatenate([_candidates(level, padded.shape[0], score_threshold) for level in levels])
        # OpenCV's own detector rounds boxes to whole pixels here: at the very edge of the overlap the two may differ.
        if not len(rows):
            return []
        boxes = np.column_stack([rows[:, 1:3], rows[:, 3:5] - rows[:, 1:3]])
        kept = cv2.dnn.NMSBoxes(
            boxes.tolist(), rows[:, 0].tolist(), score_threshold, self._nms_threshold, top_k=_CANDIDATES
        )
        return [face for face in map(_to_face, rows[np.asarray(kept, int)]) if face is not None]


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
