"""How many masked faces the detector finds, and how often it sees one where there is none.

Pictures of real masks are taken as they are. Bare pictures get a drawn mask at their own
resolution and are then rescaled so that the face has 32, 64 and 128 pixels.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from core.data.samples import DataSource, Sample, some_of, stable_number
from core.data.variants import SAME_FACE, target_face
from core.errors import DatasetError, PictureError
from core.evaluation.intervals import Estimate, share
from core.settings import DetectorSettings
from core.types import Box, Face, Pixels, face_size
from core.vision.detection.faces import FaceDetector
from core.vision.masks import MaskFamily, draw_mask, random_style
from core.vision.pictures.decode import decode_picture

SIZES = (32, 64, 128)
DEFINITIONS = (
    "found: with a drawn mask, a box with an IoU of at least 0.3 with the face of the bare picture; with a real mask, "
    "a box whose centre lies in the middle two thirds of the picture both ways. false: boxes per picture where the "
    "bare picture shows no face; with a real mask, all boxes but the one found, which may be real bystanders. Pictures "
    "whose bare face is not found are left out. Intervals: 95 %, Wilson. ms: per picture, without decoding."
)


Look = Callable[[Pixels], tuple[Face | None, list[Face]]]
"""The face of a picture that its label means, None where there is none, and all faces in it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One picture that is put before the detector.

    Attributes:
        pixels: The picture.
        target: Box of the labelled face; None where only its being near the middle is known.
        faces: Boxes of all faces that are known to be there.
    """

    pixels: Pixels
    target: Box | None
    faces: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class DetectionRates:
    """What one detector did on one kind of pictures.

    Attributes:
        set: Name of the data set.
        kind: "real", or "drawn" with the size of the face.
        retries: Whether the detector looked again where it expects to miss faces.
        n: Number of pictures.
        found: Share of pictures whose face was found.
        false: False boxes a picture.
        milliseconds: Mean time a picture.
    """

    set: str
    kind: str
    retries: bool
    n: int
    found: Estimate
    false: float
    milliseconds: float


def measure_source(
    source: DataSource, split: str = "test", limit: int | None = None, sizes: Iterable[int] = SIZES, seed: int = 0
) -> Iterator[DetectionRates]:
    """Measure the detector on one split of a data set, without and with retries.

    Args:
        source: The data set.
        split: "train", "val" or "test".
        limit: Largest number of pictures, chosen by the hash of their names; None for all.
        sizes: Sizes of the faces under drawn masks, pixels.
        seed: Of the drawn masks.

    Raises:
        DatasetError: `no_pictures` if the split has no picture to measure with.
    """
    samples = some_of(tuple(sample for sample in source.samples if sample.split == split), limit)
    detectors = {retry: FaceDetector(DetectorSettings(retry=retry)) for retry in (False, True)}
    cases: dict[str, list[Case]] = {}
    for sample in samples:
        for kind, case in cases_of(source, sample, tuple(sizes), seed, partial(_faces, detectors[True])):
            cases.setdefault(kind, []).append(case)
    if not cases:
        raise DatasetError("no_pictures", f"{source.name} has no pictures with a face in its {split} split.")
    for kind, pictures in cases.items():
        for retry, detector in detectors.items():
            yield measure(detector, pictures, source.name, kind, retry)


def measure(detector: FaceDetector, cases: list[Case], name: str, kind: str, retries: bool) -> DetectionRates:
    """Put pictures before a detector; at least one."""
    found, false, seconds = 0, 0, 0.0
    for case in cases:
        start = time.perf_counter()
        boxes = [face.box for face in detector.detect(case.pixels)]
        seconds += time.perf_counter() - start
        hit, wrong = judge(case, boxes)
        found += hit
        false += wrong
    n = len(cases)
    return DetectionRates(name, kind, retries, n, share(found, n), false / n, 1000 * seconds / n)


def judge(case: Case, boxes: list[Box]) -> tuple[bool, int]:
    """Whether the target is among the boxes, and how many of them are false."""
    if case.target is None:
        height, width = case.pixels.shape[:2]
        found = any(_central(box, width, height) for box in boxes)
        # A second box near the middle is as false as one elsewhere.
        return found, len(boxes) - found
    found = any(box.overlap(case.target) >= SAME_FACE for box in boxes)
    return found, sum(all(box.overlap(face) < SAME_FACE for face in case.faces) for box in boxes)


def _faces(detector: FaceDetector, pixels: Pixels) -> tuple[Face | None, list[Face]]:
    faces = detector.detect(pixels)
    return target_face(faces, pixels), faces


def _central(box: Box, width: int, height: int) -> bool:
    x, y = box.center[0] / width, box.center[1] / height
    return max(abs(x - 0.5), abs(y - 0.5)) <= 1 / 3


def cases_of(
    source: DataSource, sample: Sample, sizes: tuple[int, ...], seed: int, look: Look
) -> Iterator[tuple[str, Case]]:
    """The cases that one picture gives, with their kinds; none where it is no picture or has no face.

    Args:
        source: Where the picture is.
        sample: Which one.
        sizes: Sizes of the face under a drawn mask, pixels.
        seed: Of the drawn mask.
        look: Finds the faces of the bare picture.
    """
    try:
        pixels = decode_picture(source.read(sample), sample.file).pixels
    except PictureError:
        return
    if sample.masked:
        yield "real", Case(pixels, None)
        return
    face, faces = look(pixels)
    if face is None:
        return
    rng = np.random.default_rng(stable_number(seed, sample.set, sample.file))
    masked = draw_mask(pixels, face, random_style(rng, tuple(MaskFamily)))
    for size in sizes:
        yield f"drawn {size} px", rescaled(masked, face, faces, size)


def rescaled(pixels: Pixels, target: Face, faces: list[Face], size: int) -> Case:
    """The picture at the scale at which the target face is `size` pixels high."""
    scale = size / face_size(target)
    height, width = pixels.shape[:2]
    shape = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(pixels, shape, interpolation=way).astype(np.uint8, copy=False)
    across, down = shape[0] / width, shape[1] / height
    boxes = [
        Box(face.box.left * across, face.box.top * down, face.box.right * across, face.box.bottom * down)
        for face in (target, *faces)
    ]
    return Case(small, boxes[0], tuple(boxes[1:]))
