"""How many pictures a second `classify` answers, from its start to its end, and in how much memory."""

import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import psutil

from core.classify.exports import encode_picture
from core.errors import WorkerError
from core.settings import ASSETS_DIR
from core.types import Pixels
from core.vision.pictures.decode import load_picture

PIXELS = 500_000  # of each picture
_POLL_SECONDS = 0.25
_MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Throughput:
    """A run of `classify`.

    Attributes:
        workers: Processes that shared the work.
        pictures: How many there were.
        faces: How many were found.
        seconds: From the start of the program to its end.
        peak_mb: Largest memory of all its processes together; what they share, such as libraries, counts once.
        processor_s: Time of all cores together, of all its processes.
    """

    workers: int
    pictures: int
    faces: int
    seconds: float
    peak_mb: float
    processor_s: float


_LARGE = 450  # Small samples would have to be enlarged.


def make_pictures(folder: Path, number: int, seed: int = 0) -> None:
    """Fill a folder with pictures of half a megapixel: the larger samples, cut, scaled and lit at random."""
    samples = [load_picture(path).pixels for path in sorted((ASSETS_DIR / "samples").glob("*.jpg"))]
    samples = [pixels for pixels in samples if min(pixels.shape[:2]) >= _LARGE]
    random = np.random.default_rng(seed)
    for index in range(number):
        pixels = _variant(samples[index % len(samples)], random)
        (folder / f"{index:07}.jpg").write_bytes(encode_picture(pixels))


def _variant(pixels: Pixels, random: np.random.Generator) -> Pixels:
    height, width = pixels.shape[:2]
    share = random.uniform(0.75, 1.0)
    part_height, part_width = int(share * height), int(share * width)
    top, left = random.integers(0, height - part_height + 1), random.integers(0, width - part_width + 1)
    part = pixels[top : top + part_height, left : left + part_width]
    scale = (PIXELS / (part_height * part_width)) ** 0.5
    size = max(1, round(scale * part_width)), max(1, round(scale * part_height))
    lit = cv2.convertScaleAbs(cv2.resize(part, size, interpolation=cv2.INTER_AREA), alpha=random.uniform(0.7, 1.2))
    return np.asarray(lit, np.uint8)


def measure_throughput(number: int, model: str, models: Path, workers: Sequence[int]) -> list[Throughput]:
    """Make pictures in a temporary folder and let `classify` answer them by each number of workers.

    Raises:
        WorkerError: `worker_lost` if a run fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        pictures = Path(folder) / "pictures"
        pictures.mkdir()
        make_pictures(pictures, number)
        return [_run(pictures, Path(folder) / "results.csv", model, models, count) for count in workers]


def _run(pictures: Path, output: Path, model: str, models: Path, workers: int) -> Throughput:
    options = ["--output", str(output), "--model", model, "--models", str(models), "--workers", str(workers)]
    command = [sys.executable, "-m", "core", "classify", str(pictures), *options]
    root = Path(__file__).resolve().parents[2]
    peak, start, before = 0, time.perf_counter(), _processor_seconds()
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=told)
        while process.poll() is None:
            peak = max(peak, memory_of(process.pid))
            time.sleep(_POLL_SECONDS)
        seconds, spent = time.perf_counter() - start, _processor_seconds() - before
        if process.returncode:
            told.seek(0)
            reason = " ".join(told.read().decode(errors="replace").split())[-300:]
            raise WorkerError("worker_lost", f"The run with {workers} workers failed: {reason}")
    with output.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    faces = sum(bool(row["face"]) for row in rows)
    return Throughput(workers, len({row["file"] for row in rows}), faces, seconds, peak / _MEGABYTE, spent)


def _processor_seconds() -> float:
    """Time of all cores that processes which this one started, and which have ended, have taken so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory_of(process: int) -> int:
    """Bytes of a process and all that it started in memory; what they share counts once, where the system tells."""
    found = 0
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        first = psutil.Process(process)
        for each in (first, *first.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                memory = each.memory_full_info()
                found += getattr(memory, "pss", memory.rss)
    return found
