"""Where the time of a picture goes, step by step, for four kinds of pictures: processor time of one core.

The steps are told by the functions that are being run, so that nothing measures itself where nobody asks.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

import cv2
import numpy as np

from core.classify.exports import encode_picture
from core.classify.pipeline import Classifier
from core.classify.preparing import Preparer
from core.classify.sources import Upload
from core.model.loaded import LoadedModel
from core.settings import ASSETS_DIR, DetectorSettings, ImageLimits, QualityLimits
from core.types import Face, Pixels, face_size
from core.vision.detection.close_look import glimpse, look_closely
from core.vision.detection.faces import FaceDetector
from core.vision.detection.views import overview
from core.vision.pictures.decode import decode_stored, load_picture
from core.vision.pictures.stored import Stored
from core.vision.quality import assess
from core.vision.warping import crop_face, similarity, warp

DETECTION = ("first look", "retries", "glimpses", "close looks", "way up", "other looking")
STEPS = ("decode", *DETECTION, "crop", "classify", "rest")
_FUNCTIONS: dict[CodeType, str] = {
    function.__code__: step
    for step, functions in {
        "decode": (decode_stored, Stored.whole, Stored.halved, Stored.around),
        "first look": (overview, FaceDetector._look),
        "retries": (FaceDetector._retry,),
        "glimpses": (glimpse,),
        "close looks": (look_closely,),
        "way up": (FaceDetector._upright,),
        "other looking": (FaceDetector.detect,),
        "crop": (crop_face, assess),
        "classify": (Classifier.predict,),
    }.items()
    for function in functions
}
# What is run within a step and yet belongs to it: a search of the turned picture is all for telling which way up.
_ABSORBED = {"way up": set(STEPS), "retries": {"first look"}, "classify": set(STEPS), "decode": set(STEPS)}
_HALF_A_MEGAPIXEL, _PHONE = 500_000, 12_000_000
_CROWD, _ACROSS, _CELL = 150, 15, 120


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds of processor time a picture.

    Attributes:
        mean: Their mean over all rounds.
        high: Their 95th percentile.
    """

    mean: float
    high: float


def measure_steps(model: LoadedModel, rounds: int, kinds: Sequence[str] | None = None) -> dict[str, dict[str, Spread]]:
    """Answer a picture of each kind many times.

    Args:
        model: What answers.
        rounds: How often each is answered and counted, in turns; once more before.
        kinds: Names of `KINDS`; all for None.

    Returns:
        By kind and step, and by kind for "in all".
    """
    files = {kind: Upload(kind, encode_picture(KINDS[kind]())) for kind in kinds or KINDS}
    classifier, threads = Classifier(model), cv2.getNumThreads()
    preparer = Preparer(FaceDetector(), model.metadata.crop, ImageLimits(), QualityLimits())
    seen: dict[str, list[dict[str, float]]] = {kind: [] for kind in files}
    cv2.setNumThreads(1)
    try:
        for number in range(rounds + 1):
            for kind, file in files.items():
                with timed() as spent:
                    prepared = preparer.prepare(file)
                    if prepared.faces:
                        classifier.predict(np.stack([crop for *_, crop in prepared.faces]))
                if number:
                    seen[kind].append({**spent, "in all": sum(spent.values())})
    finally:
        cv2.setNumThreads(threads)
    return {
        kind: {step: _spread([1000 * spent.get(step, 0.0) for spent in turns]) for step in (*STEPS, "in all")}
        for kind, turns in seen.items()
    }


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """Seconds of processor time of this thread by step, while the block runs."""
    spent: dict[str, float] = defaultdict(float)
    running, since = ["rest"], time.thread_time()

    def follow(frame: FrameType, event: str, _: Any) -> None:
        nonlocal since
        if event not in ("call", "return") or (step := _FUNCTIONS.get(frame.f_code)) is None:
            return
        now = time.thread_time()
        spent[running[-1]] += now - since
        since = now
        if event == "call":
            running.append(running[-1] if step in _ABSORBED.get(running[-1], ()) else step)
        else:
            running.pop()

    sys.setprofile(follow)
    try:
        yield spent
    finally:
        sys.setprofile(None)
        spent[running[-1]] += time.thread_time() - since


def crowd(number: int = _CROWD) -> Pixels:
    """A picture of many faces: those of the samples, row by row, each about 60 pixels high."""
    samples = [load_picture(path).pixels for path in sorted((ASSETS_DIR / "samples").glob("*.jpg"))]
    detector = FaceDetector(DetectorSettings(retry=False))
    cells = (_cut(pixels, detector.detect(pixels)) for pixels in samples)
    heads = [cell for cell in cells if cell is not None]
    rows = -(-number // _ACROSS)
    canvas = np.full((rows * _CELL, _ACROSS * _CELL, 3), 150, np.uint8)
    for place in range(number):
        top, left = (_CELL * part for part in divmod(place, _ACROSS))
        canvas[top : top + _CELL, left : left + _CELL] = heads[place % len(heads)]
    return canvas


def _cut(pixels: Pixels, faces: list[Face]) -> Pixels | None:
    """A square of `_CELL` round the first face, twice as high as it."""
    if not faces:
        return None
    scale = _CELL / (2 * face_size(faces[0]))
    return warp(pixels, similarity(faces[0].box.center, 0.0, scale, (_CELL, _CELL)), (_CELL, _CELL))


def _sample(name: str) -> Pixels:
    return load_picture(ASSETS_DIR / "samples" / f"{name}.jpg").pixels


def scaled(pixels: Pixels, number: int) -> Pixels:
    """The picture with so many pixels."""
    height, width = pixels.shape[:2]
    scale = (number / (height * width)) ** 0.5
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (round(scale * width), round(scale * height)), interpolation=way), np.uint8)


def _spread(milliseconds: list[float]) -> Spread:
    return Spread(float(np.mean(milliseconds)), float(np.percentile(milliseconds, 95)))


KINDS: dict[str, Callable[[], Pixels]] = {
    "portrait": lambda: scaled(_sample("obama-cloth"), _HALF_A_MEGAPIXEL),
    "group of six": lambda: scaled(_sample("group"), _HALF_A_MEGAPIXEL),
    "phone, 12 megapixels": lambda: scaled(_sample("group"), _PHONE),
    "crowd of 150": crowd,
}
"""The kinds of pictures, made from the samples."""
