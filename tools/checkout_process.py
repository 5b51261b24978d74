"""The detector of one checkout of the project, as a process that is asked picture by picture.

It is run as a script, `python checkout_process.py FOLDER`, and imports the project from FOLDER and nothing from
where it lies itself. From standard input it reads pictures, a line with height and width and then the pixels each, and
answers with a line of JSON: `faces`, a list of left, top, right, bottom, score and ten numbers of five points, and
`ms`, the processor time of the search in milliseconds.
"""

import json
import sys
import time
from importlib import import_module
from typing import Any

import numpy as np

# Where the detector has been, the latest place first.
_PLACES = ("core.vision.detection.faces", "core.vision.faces")


def _detector() -> Any:
    for place in _PLACES:
        try:
            return import_module(place).FaceDetector()
        except ModuleNotFoundError as error:
            if not (error.name and place.startswith(error.name)):
                raise
    raise ModuleNotFoundError(f"no face detector in {sys.path[0]}: neither {' nor '.join(_PLACES)}")


def _row(face: Any) -> list[float]:
    box = face.box
    points = [value for point in face.landmarks for value in point]
    return [float(value) for value in (box.left, box.top, box.right, box.bottom, face.score, *points)]


def main(folder: str) -> None:
    """Answer until there are no more pictures."""
    sys.path[0] = folder
    detector = _detector()
    print("ready", flush=True)
    while shape := sys.stdin.buffer.readline():
        height, width = map(int, shape.split())
        pixels = np.frombuffer(sys.stdin.buffer.read(height * width * 3), np.uint8).reshape(height, width, 3)
        start = time.process_time()
        faces = detector.detect(pixels)
        spent = time.process_time() - start
        print(json.dumps({"faces": [_row(face) for face in faces], "ms": 1000 * spent}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
