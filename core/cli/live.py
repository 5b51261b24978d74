"""`python -m core live`: how fast live video is on this machine, with moving frames in place of a camera."""

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np

from core.cli.arguments import add_models, positive
from core.settings import ASSETS_DIR
from core.types import Pixels

SIZE = (640, 480)
_SHIFTS = [*range(-120, 120, 4), *range(120, -120, -4)]


@dataclass(frozen=True, slots=True)
class LiveSpeed:
    """What was measured.

    Attributes:
        model: Name of the model.
        seconds: How long frames were fed.
        fed: Frames that were fed.
        per_second: Frames answered a second, over the whole time.
        delay_ms: Median time from a frame's coming to its being drawn; of the last 300 frames, as the next.
        delay_p95_ms: The 95th percentile.
        resident_mb_start: Resident memory after the first second, MB of 2**20 bytes; None where it is not known.
        resident_mb_end: At the end.
        people: Faces that were told apart.
    """

    model: str
    seconds: float
    fed: int
    per_second: float
    delay_ms: float
    delay_p95_ms: float
    resident_mb_start: float | None
    resident_mb_end: float | None
    people: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--model", metavar="NAME", help="the model (default: the dashboard's)")
    add_models(parser)
    parser.add_argument("--seconds", type=positive, default=30, metavar="N", help="how long (%(default)s)")
    parser.add_argument("--rate", type=positive, default=30, metavar="N", help="frames fed a second (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Measure and print."""
    from dataclasses import asdict

    speed = measure(options.model, options.models, options.seconds, options.rate)
    if options.json:
        print(json.dumps(asdict(speed), indent=2))
        return 0
    print(f"{speed.model}, {SIZE[0]}x{SIZE[1]}, {speed.fed} frames fed in {speed.seconds:.0f} s")
    print(f"frames answered a second  {speed.per_second:8.1f}")
    print(f"delay, median             {speed.delay_ms:8.0f} ms")
    print(f"delay, 95th percentile    {speed.delay_p95_ms:8.0f} ms")
    if speed.resident_mb_start is not None and speed.resident_mb_end is not None:
        print(f"resident memory           {speed.resident_mb_start:8.0f} MB, at the end {speed.resident_mb_end:.0f} MB")
    print(f"faces told apart          {speed.people:8d}")
    return 0


def measure(model: str | None, models: Path, seconds: float, rate: float) -> LiveSpeed:
    """Feed moving frames at `rate` a second for some seconds, as a camera does, and measure.

    Raises:
        ModelError: If the model cannot be loaded.
    """
    from core.classify.pipeline import Classifier
    from core.video.live import LiveVideo

    classifier = Classifier.load(model, models)
    live = LiveVideo(classifier, classifier.thresholds)
    begin, fed, at_start = time.monotonic(), 0, None
    for pixels in moving_frames():
        live.offer(partial(np.asarray, pixels))
        fed += 1
        wait = begin + fed / rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        if at_start is None and time.monotonic() - begin >= 1:
            at_start = _resident_mb()
        if time.monotonic() - begin >= seconds:
            break
    took, statistics, people = time.monotonic() - begin, live.statistics(), live.people()
    live.stop()
    return LiveSpeed(
        classifier.model.metadata.name, took, fed, statistics.drawn / took, statistics.delay_ms,
        statistics.delay_p95_ms, at_start, _resident_mb(), len(people),
    )  # fmt: skip


def moving_frames() -> Iterator[Pixels]:
    """Endless frames, uint8 RGB (480, 640, 3), in which a sample picture goes to and fro."""
    from core.vision.pictures.decode import load_picture

    width, height = SIZE
    pixels = load_picture(ASSETS_DIR / "samples" / "obama-cloth.jpg").pixels
    scale = height / pixels.shape[0]
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    side = width + max(_SHIFTS) - min(_SHIFTS)
    beside = max(0, side - small.shape[1])
    wide = cv2.copyMakeBorder(
        small, 0, height - small.shape[0], beside // 2, beside - beside // 2, cv2.BORDER_REPLICATE
    )
    for shift in cycle(_SHIFTS):
        left = (wide.shape[1] - width) // 2 + shift
        yield np.ascontiguousarray(wide[:height, left : left + width], dtype=np.uint8)


def _resident_mb() -> float | None:
    from core.benchmark.throughput import resident

    return resident(os.getpid()) / 2**20 or None
