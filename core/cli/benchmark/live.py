"""`python -m core benchmark live`: how fast live video is on this machine, with moving frames in place of a camera."""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING

import cv2
import numpy as np
import psutil

from core.cli.arguments import add_models, add_runtime, positive
from core.settings import ASSETS_DIR
from core.types import Pixels

if TYPE_CHECKING:
    from core.classify.pipeline import Classifier

SIZE = (640, 480)
_SHIFTS = [*range(-120, 120, 4), *range(120, -120, -4)]


@dataclass(frozen=True, slots=True)
class LiveSpeed:
    """What was measured.

    Attributes:
        model: Name of the model.
        seconds: How long frames were fed.
        fed: Frames that were fed to each session.
        sessions: Frames answered a second, over the whole time, of each session.
        per_second: The smallest of them.
        delay_ms: Median time from a frame's coming to its being drawn; of the last 300 frames, as the next; of the
            session where it is the longest.
        delay_p95_ms: The 95th percentile.
        processor_ms: Time of all cores together a frame answered.
        resident_mb_start: Resident memory after the first second, MB of 2**20 bytes; None where it was over before.
        resident_mb_end: At the end.
        people: Faces that were told apart.
    """

    model: str
    seconds: float
    fed: int
    sessions: tuple[float, ...]
    per_second: float
    delay_ms: float
    delay_p95_ms: float
    processor_ms: float
    resident_mb_start: float | None
    resident_mb_end: float
    people: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--model", metavar="NAME", help="the model (default: the dashboard's)")
    add_models(parser)
    add_runtime(parser)
    parser.add_argument(
        "--sessions", type=positive, default=1, metavar="N", help="sessions at the same time (%(default)s)"
    )
    parser.add_argument("--seconds", type=positive, default=30, metavar="N", help="how long (%(default)s)")
    parser.add_argument("--rate", type=positive, default=30, metavar="N", help="frames fed per second (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Measure and print."""
    from dataclasses import asdict

    from core.classify.pipeline import Classifier

    classifier = Classifier.load(options.model, options.models, engine=options.runtime)
    speed = measure(classifier, options.sessions, options.seconds, options.rate)
    if options.json:
        print(json.dumps(asdict(speed), indent=2))
        return 0
    print(f"{speed.model}, {SIZE[0]}x{SIZE[1]}, {speed.fed} frames fed in {speed.seconds:.0f} s")
    for number, rate in enumerate(speed.sessions, start=1):
        session = f", session {number}" if len(speed.sessions) > 1 else ""
        print(f"{f'frames answered per second{session}':36}{rate:8.1f}")
    print(f"delay, median                       {speed.delay_ms:8.0f} ms")
    print(f"delay, 95th percentile              {speed.delay_p95_ms:8.0f} ms")
    print(f"processor time per frame            {speed.processor_ms:8.1f} ms")
    if speed.resident_mb_start is not None:
        begin, end = speed.resident_mb_start, speed.resident_mb_end
        print(f"resident memory                     {begin:8.0f} MB, at the end {end:.0f} MB")
    print(f"faces told apart                    {speed.people:8d}")
    return 0


def measure(classifier: "Classifier", sessions: int, seconds: float, rate: float) -> LiveSpeed:
    """Feed moving frames at `rate` a second to each of some sessions, as cameras do, and measure."""
    from core.video.camera import LiveVideo

    lives = [LiveVideo(classifier, classifier.thresholds) for _ in range(sessions)]
    frames = moving_frames()
    begin, spent, fed, at_start = time.monotonic(), time.process_time(), 0, None
    while time.monotonic() - begin < seconds:
        pixels = next(frames)
        for live in lives:
            live.offer(partial(np.asarray, pixels), lambda drawn: None)
        fed += 1
        time.sleep(max(0.0, begin + fed / rate - time.monotonic()))
        if at_start is None and time.monotonic() - begin >= 1:
            at_start = _resident_mb()
    took, spent = time.monotonic() - begin, time.process_time() - spent
    found, people = [live.statistics() for live in lives], sum(len(live.people()) for live in lives)
    for live in lives:
        live.stop()
    answered = sum(statistics.drawn for statistics in found)
    rates = tuple(statistics.drawn / took for statistics in found)
    slowest = max(found, key=lambda statistics: statistics.delay_ms)
    return LiveSpeed(
        classifier.model.metadata.name, took, fed, rates, min(rates), slowest.delay_ms, slowest.delay_p95_ms,
        1000 * spent / max(1, answered), at_start, _resident_mb(), people,
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


def _resident_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20
