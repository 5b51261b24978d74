"""How long a model takes for one face on one core, and the file that keeps it."""

import json
import platform
import time
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TypeVar

import numpy as np

from core.errors import ModelError, RunError
from core.files import write_text
from core.model.engines import Engine, LiteRTEngine
from core.model.store import INT8_FILE, LITERT_FILE
from core.strict_json import json_object, number_or_none, read_json, string

Name = TypeVar("Name", bound=Hashable)
SPEED_FILE = "benchmark.json"
FILES = {"litert_ms": LITERT_FILE, "int8_ms": INT8_FILE}
ROUNDS = 50
# So many faces in a row a round: enough for a clock, few enough for models to take turns often.
_FACES = 10


@dataclass(frozen=True, slots=True)
class Speed:
    """Times of a model, kept as benchmark.json.

    Attributes:
        litert_ms: Milliseconds a face of model.tflite, second looks included; None where it was not measured.
        int8_ms: The same of model.int8.tflite.
        machine: Name of the processor.
        created: ISO 8601 time of the measurement, UTC.
    """

    litert_ms: float | None
    int8_ms: float | None
    machine: str
    created: str

    @property
    def served_ms(self) -> float | None:
        """Of the file that answers, unless one asks for another: integers where a model has them."""
        return self.litert_ms if self.int8_ms is None else self.int8_ms

    def __post_init__(self) -> None:
        for value in (self.litert_ms, self.int8_ms):
            if value is not None and not 0 < value < float("inf"):
                raise ValueError(f"a time is positive, got {value}")


def measure_times(files: Mapping[Name, Path], size: Mapping[Name, int], rounds: int = ROUNDS) -> dict[Name, float]:
    """Median milliseconds that several LiteRT files take for one look at a face, on one core.

    The files take turns in every round, so that whatever else the machine does meets all of them.

    Args:
        files: The files, by any name.
        size: Side of the crops that each takes, pixels.
        rounds: How often each has its turn, at least once.

    Raises:
        ModelError: `not_loadable` if a file is no LiteRT model.
    """
    engines = {name: _engine(path) for name, path in files.items()}
    random = np.random.default_rng(0)
    crops = {name: random.integers(0, 256, (_FACES, size[name], size[name], 3), dtype=np.uint8) for name in files}
    times: dict[Name, list[float]] = {name: [] for name in files}
    for turn in range(rounds + 1):
        for name, engine in engines.items():
            start = time.perf_counter()
            engine.predict(crops[name])
            # The first turn warms up.
            if turn:
                times[name].append(1000 * (time.perf_counter() - start) / _FACES)
    return {name: median(values) for name, values in times.items()}


def _engine(path: Path) -> Engine:
    try:
        return LiteRTEngine(path, num_threads=1)
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(
            "not_loadable",
            f"{path.name} of '{path.parent.name}' could not be loaded ({' '.join(str(error).split())}). "
            "Restore it, or leave that model out.",
        ) from error


def machine_name() -> str:
    """The name of the processor, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def save_speed(folder: Path, times: Mapping[str, float]) -> Speed:
    """Write benchmark.json into a model folder.

    Args:
        folder: The model folder.
        times: Milliseconds a face, all looks included, by the keys of `FILES`.

    Raises:
        OutputError: `disk_full` or `not_writable`.
    """
    litert, int8 = (round(times[key], 3) if key in times else None for key in FILES)
    speed = Speed(litert, int8, machine_name(), datetime.now(UTC).isoformat(timespec="seconds"))
    write_text(folder / SPEED_FILE, json.dumps(asdict(speed), indent=2, ensure_ascii=False) + "\n")
    return speed


def read_speed(folder: Path) -> Speed | None:
    """What `save_speed` wrote; None where nothing was measured.

    Raises:
        RunError: `damaged`.
    """
    path = folder / SPEED_FILE
    if not path.exists():
        return None
    try:
        values = json_object(read_json(path), "the document")
        litert, int8 = (number_or_none(values[key], key) for key in FILES)
        return Speed(litert, int8, string(values["machine"], "machine"), string(values["created"], "created"))
    except (OSError, ValueError, KeyError) as error:
        raise RunError(
            "damaged",
            f"{SPEED_FILE} of '{folder.name}' is damaged ({type(error).__name__}: {error}). "
            f"Measure again: python -m core benchmark {folder.name} --save.",
        ) from error
