"""The detector, or all, of one checkout of the project, as a process that is asked picture by picture.

It is run as a script and imports the project from FOLDER and nothing from where it lies itself:

- `python checkout_process.py FOLDER` reads pictures from standard input, a line with height and width and then the
  pixels each, and answers with a line of JSON: `faces`, a list of left, top, right, bottom, score and ten numbers of
  five points, and `ms`, the processor time of the search in milliseconds.
- `python checkout_process.py FOLDER rows [MODEL]` reads paths of picture files, a line each, and answers with `rows`,
  their number, and `ms`, the processor time from the file to them on one core.
"""

import json
import sys
import time
from importlib import import_module
from typing import Any

import numpy as np

# Where they have been, the latest place first.
_DETECTOR = ("core.vision.detection.faces", "core.vision.faces")
_CLASSIFIER = ("core.classify.pipeline", "core.inference.pipeline")


def _found(name: str, places: tuple[str, ...]) -> Any:
    for place in places:
        try:
            return getattr(import_module(place), name)
        except ModuleNotFoundError as error:
            if not (error.name and place.startswith(error.name)):
                raise
    raise ModuleNotFoundError(f"no {name} in {sys.path[0]}: neither {' nor '.join(places)}")


def _row(face: Any) -> list[float]:
    box = face.box
    points = [value for point in face.landmarks for value in point]
    return [float(value) for value in (box.left, box.top, box.right, box.bottom, face.score, *points)]


def _faces() -> None:
    detector = _found("FaceDetector", _DETECTOR)()
    print("ready", flush=True)
    while shape := sys.stdin.buffer.readline():
        height, width = map(int, shape.split())
        pixels = np.frombuffer(sys.stdin.buffer.read(height * width * 3), np.uint8).reshape(height, width, 3)
        start = time.process_time()
        faces = detector.detect(pixels)
        spent = time.process_time() - start
        print(json.dumps({"faces": [_row(face) for face in faces], "ms": 1000 * spent}), flush=True)


def _rows(model: str | None = None) -> None:
    import cv2

    cv2.setNumThreads(1)
    classifier = _found("Classifier", _CLASSIFIER).load(model, threads=1)
    print("ready", flush=True)
    for line in sys.stdin:
        start = time.process_time()
        rows = [row for result in classifier.classify_many([line.rstrip("\n")]) for row in result.to_rows()]
        spent = time.process_time() - start
        print(json.dumps({"rows": len(rows), "ms": 1000 * spent}), flush=True)


def main(folder: str, what: str = "faces", *arguments: str) -> None:
    """Answer until there are no more pictures."""
    sys.path[0] = folder
    {"faces": _faces, "rows": _rows}[what](*arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
