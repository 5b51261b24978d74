"""The face detectors of two checkouts of the project on the same masked faces, picture by picture in turns.

Pictures are those of `core.benchmark.detection`, and so is what counts as found and as false; but for the faces of
a bare picture both detectors are asked, so that neither is the judge of the other.
"""

import math
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.benchmark.detection import cases_of, judge
from core.data.samples import DataSource, some_of
from core.data.variants import SAME_FACE, target_face
from core.errors import DatasetError, ModelError
from core.evaluation.intervals import RESAMPLES, SEED
from core.strict_json import parse_json
from core.types import Box, Face, Pixels

_PROCESS = Path(__file__).with_name("checkout_process.py")
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Answered:
    """What a detector made of one picture: its faces, and the milliseconds of processor time that they took."""

    faces: list[Face]
    ms: float


class Checkout:
    """The detector of a checkout, or all of it, in a process of its own; a context manager that ends it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        """Start the process.

        Args:
            folder: The checkout.
            arguments: None for its detector, which answers `detect`; "rows", and a model's name if it is not to be
                the default one, for all of it, which answers `rows`.

        Raises:
            ModelError: `not_loadable` if the folder has none that starts.
        """
        self._folder, self._arguments = folder, arguments
        self._process = subprocess.Popen(
            [sys.executable, str(_PROCESS), str(folder.resolve()), *arguments],
            cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            self._line()
        except ModelError:
            self._end()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def detect(self, pixels: Pixels) -> Answered:
        """Put a picture, uint8 RGB (height, width, 3), before the detector.

        Raises:
            ModelError: `not_loadable` if its process has died.
        """
        found = self._ask(b"%d %d\n" % pixels.shape[:2] + pixels.tobytes())
        return Answered([_face(row) for row in found["faces"]], float(found["ms"]))

    def rows(self, file: Path) -> tuple[int, float]:
        """Number of rows that a picture file gives, and the milliseconds of processor time that they took.

        Raises:
            ModelError: `not_loadable` if its process has died.
        """
        found = self._ask(f"{file.resolve()}\n".encode())
        return int(found["rows"]), float(found["ms"])

    def _ask(self, question: bytes) -> Any:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(question)
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise self._lost() from error
        return parse_json(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._lost()
        return line.decode()

    def _lost(self) -> ModelError:
        command = " ".join((Path(sys.executable).name, _PROCESS.name, str(self._folder), *self._arguments))
        what = "program" if self._arguments else "detector"
        return ModelError("not_loadable", f"The {what} of {self._folder} does not run; '{command}' says why.")

    def _end(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):  # the process has ended already
                pipe.close()
        self._process.wait()


def _face(row: Sequence[float]) -> Face:
    left, top, right, bottom, score, *points = row
    one, two, three, four, five = zip(points[::2], points[1::2], strict=True)
    return Face(Box(left, top, right, bottom), (one, two, three, four, five), score)


@dataclass(frozen=True, slots=True)
class Turn:
    """One picture, put before both detectors: (before, after) each.

    Attributes:
        set: Name of the data set.
        kind: "real", or "drawn" with the size of the face.
        file: The picture's name within the set.
        found: Whether the labelled face was found.
        false: Boxes where no face is known to be.
        ms: Milliseconds of processor time.
    """

    set: str
    kind: str
    file: str
    found: tuple[bool, bool]
    false: tuple[int, int]
    ms: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Change:
    """A difference, after less before, of the same pictures, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two detectors on one kind of pictures: (before, after) where there are two.

    Attributes:
        n: Number of pictures.
        found: Shares of pictures whose face was found.
        lost: Faces that only the one before found.
        won: Faces that only the one after found.
        recall: Difference of the shares found.
        false: False boxes a picture.
        false_change: Their difference.
        ms: Mean milliseconds of processor time a picture.
    """

    n: int
    found: tuple[float, float]
    lost: int
    won: int
    recall: Change
    false: tuple[float, float]
    false_change: Change
    ms: tuple[float, float]


def take_turns(
    checkouts: tuple[Checkout, Checkout],
    source: DataSource,
    split: str,
    limit: int | None,
    sizes: Iterable[int],
    seed: int,
) -> Iterator[Turn]:
    """Put every picture of a split before both detectors, in turns.

    Args:
        checkouts: The detector before and the one after.
        source: As `measure_source` takes it, like all that follow.
        split: See there.
        limit: See there.
        sizes: See there.
        seed: See there.

    Raises:
        DatasetError: `no_pictures` if the split has no picture.
        ModelError: `not_loadable` if a detector's process dies.
    """
    samples = some_of(tuple(sample for sample in source.samples if sample.split == split), limit)
    if not samples:
        raise DatasetError("no_pictures", f"{source.name} has no pictures in its {split} split.")
    sizes, order = tuple(sizes), 1
    for sample in samples:
        for kind, case in cases_of(source, sample, sizes, seed, partial(_faces, checkouts)):
            answers = [checkout.detect(case.pixels) for checkout in checkouts[::order]][::order]
            order = -order  # whoever comes second finds the machine warm
            before, after = (judge(case, [face.box for face in answer.faces]) for answer in answers)
            yield Turn(
                sample.set, kind, sample.file,
                (before[0], after[0]), (before[1], after[1]), (answers[0].ms, answers[1].ms),
            )  # fmt: skip


def _faces(checkouts: tuple[Checkout, Checkout], pixels: Pixels) -> tuple[Face | None, list[Face]]:
    faces = [checkout.detect(pixels).faces for checkout in checkouts]
    targets = [face for face in (target_face(one, pixels) for one in faces) if face is not None]
    # A face that one of them alone sees bare is no fair target, and which of two is meant is not known.
    fair = len(targets) == len(checkouts) and targets[0].box.overlap(targets[1].box) >= SAME_FACE
    return targets[0] if fair else None, [*faces[0], *faces[1]]


def side_by_side(turns: Sequence[Turn]) -> SideBySide:
    """Sum up turns; at least one."""
    found, false = np.array([turn.found for turn in turns]), np.array([turn.false for turn in turns], np.float64)
    ms = np.array([turn.ms for turn in turns])
    lost, won = (int(np.sum(one & ~other)) for one, other in (found.T, found.T[::-1]))
    return SideBySide(
        len(turns), _pair(found), lost, won, paired_shares(lost, won, len(turns)),
        _pair(false), _mean_change(false[:, 1] - false[:, 0]), _pair(ms),
    )  # fmt: skip


def paired_shares(lost: int, won: int, n: int) -> Change:
    """The difference of two shares of the same `n` pictures, with the interval of Bonett and Price (2012).

    A bootstrap would give an interval of no width where no picture is lost or won.
    """
    one, other = (lost + 1) / (n + 2), (won + 1) / (n + 2)
    reach = _Z * math.sqrt((one + other - (other - one) ** 2) / (n + 2))
    return Change((won - lost) / n, max(-1.0, other - one - reach), min(1.0, other - one + reach))


def _mean_change(differences: NDArray[np.float64]) -> Change:
    """The mean of paired differences with a seeded percentile bootstrap."""
    n = len(differences)
    generator = np.random.default_rng(SEED)
    means = [differences[generator.integers(0, n, n)].mean() for _ in range(RESAMPLES)]
    low, high = np.percentile(means, [2.5, 97.5])
    return Change(float(differences.mean()), float(low), float(high))


def _pair(values: NDArray[np.generic]) -> tuple[float, float]:
    before, after = np.asarray(values, np.float64).mean(axis=0).tolist()
    return before, after
