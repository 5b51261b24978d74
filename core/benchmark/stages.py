"""Where the time goes from a file to an answer, by engine, beside the plain way of most first attempts.

Each way has a process of its own, so that its start and its memory are its own.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from core.classify.pipeline import Classifier
from core.errors import ModelError
from core.model.engines import Engine, KerasEngine, LiteRTEngine
from core.model.loaded import LoadedModel
from core.model.metadata import ModelMetadata
from core.model.store import ENGINE_FILES, KERAS_FILE
from core.settings import QualityLimits
from core.strict_json import parse_json
from core.vision.detection.faces import FaceDetector
from core.vision.pictures.decode import decode_picture
from core.vision.quality import assess
from core.vision.warping import crop_face

STAGES = ("decode", "detect", "crop", "classify")
PLAIN = "plain"
# By name: the file of the model; the first that a model has is what the others are compared with.
WAYS = {**ENGINE_FILES, PLAIN: KERAS_FILE}
_FIRST = "first answer"
_KILOBYTES_A_MEGABYTE = 1024
Stages = Sequence[float]


@dataclass(frozen=True, slots=True)
class StageTimes:
    """One way from a file to an answer.

    Attributes:
        stages: Milliseconds a picture of each of `STAGES`.
        first_s: Seconds from the start of a fresh process to its first answer.
        peak_mb: Largest resident memory of the process.
    """

    stages: tuple[float, float, float, float]
    first_s: float
    peak_mb: float


def measure_stages(folder: Path, pictures: Sequence[Path], rounds: int) -> dict[str, StageTimes]:
    """Measure each way that a model has a file for.

    Args:
        folder: The model's folder.
        pictures: Picture files; each is answered once a round.
        rounds: How often; the median over rounds counts, of the mean over pictures.

    Raises:
        ModelError: `not_loadable` if a way fails.
    """
    return {way: _measure(way, folder, pictures, rounds) for way, file in WAYS.items() if (folder / file).is_file()}


def _measure(way: str, folder: Path, pictures: Sequence[Path], rounds: int) -> StageTimes:
    arguments = [way, str(folder.resolve()), str(rounds), *(str(path.resolve()) for path in pictures)]
    root = Path(__file__).resolve().parents[2]
    start = time.perf_counter()
    with (
        tempfile.TemporaryFile("w+") as told,
        subprocess.Popen(
            [sys.executable, "-m", "core.benchmark.stages", *arguments],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        first = process.stdout.readline()
        first_s = time.perf_counter() - start
        rest = process.stdout.read()
        if process.wait() or first.strip() != _FIRST:
            told.seek(0)
            reason = " ".join(told.read().split())[-300:]
            raise ModelError("not_loadable", f"{WAYS[way]} of '{folder.name}' could not be measured: {reason}")
    found = parse_json(rest)
    return StageTimes(tuple(found["stages"]), first_s, found["peak_mb"])


def _main(way: str, folder: Path, rounds: int, pictures: Sequence[Path]) -> None:
    """What the process of one way does: answer once, say so, answer many times, say how long it took."""
    files = [(path.name, path.read_bytes()) for path in pictures]
    answer = _plain(folder) if way == PLAIN else _ours(way, folder)
    answer(*files[0])
    print(_FIRST, flush=True)
    turns = [np.array([answer(*file) for file in files]).mean(axis=0) for _ in range(rounds)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KILOBYTES_A_MEGABYTE
    print(json.dumps({"stages": [1000 * median(turn) for turn in np.transpose(turns).tolist()], "peak_mb": peak}))


def _ours(way: str, folder: Path) -> Callable[[str, bytes], Stages]:
    """The project's way: every face is found and cut out, and all of a picture go through the model together."""
    metadata = ModelMetadata.load(folder)
    path = folder / WAYS[way]
    engine: Engine = KerasEngine(path) if way == "Keras" else LiteRTEngine(path)
    classifier = Classifier(LoadedModel(metadata, engine))
    detector, quality = FaceDetector(), QualityLimits()

    def answer(name: str, data: bytes) -> Stages:
        times = [time.perf_counter()]
        pixels = decode_picture(data, name).pixels
        times.append(time.perf_counter())
        faces = detector.detect(pixels)
        times.append(time.perf_counter())
        crops = []
        for face in faces:
            assess(pixels, face, quality)
            crops.append(crop_face(pixels, face, metadata.crop))
        times.append(time.perf_counter())
        if crops:
            classifier.predict(np.stack(crops))
        times.append(time.perf_counter())
        return np.diff(times).tolist()

    return answer


def _plain(folder: Path) -> Callable[[str, bytes], Stages]:
    """The plain way: the whole picture, whatever it shows, through `model.predict`."""
    from core.model.backend import load_keras

    model = load_keras().saving.load_model(str(folder / KERAS_FILE), compile=False)
    size = ModelMetadata.load(folder).crop.size

    def answer(name: str, data: bytes) -> Stages:
        start = time.perf_counter()
        pixels = decode_picture(data, name).pixels
        decoded = time.perf_counter()
        whole = cv2.resize(pixels, (size, size))[np.newaxis]
        resized = time.perf_counter()
        model.predict(whole, verbose=0)
        return decoded - start, 0.0, resized - decoded, time.perf_counter() - resized

    return answer


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), [Path(argument) for argument in sys.argv[4:]])
