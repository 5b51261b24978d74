"""Several models and peers on the very same faces: figures of each, and each compared with the first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.comparison import Comparison, Contender, compare, on_shared_faces
from core.evaluation.metrics import MetricSet, measure_answers


@dataclass(frozen=True, slots=True, eq=False)
class SideBySide:
    """Two or more contenders on the faces that all of them answered.

    Attributes:
        contenders: With these faces alone, in the same order.
        left_out: How many further faces each of them answered.
        figures: The figures of each.
        comparisons: Each but the first, compared with the first.
    """

    contenders: tuple[Contender, ...]
    left_out: tuple[int, ...]
    figures: tuple[MetricSet, ...]
    comparisons: tuple[Comparison, ...]

    @property
    def n(self) -> int:
        """Number of faces that all share."""
        return self.figures[0].n


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two contenders do on the same faces, counted.

    Attributes:
        both: Faces that both call right.
        only_first: Faces that the first alone calls right.
        only_other: Faces that the other alone calls right.
        neither: Faces that both call wrong.
    """

    both: int
    only_first: int
    only_other: int
    neither: int


def side_by_side(contenders: Sequence[Contender]) -> SideBySide:
    """Measure and compare two or more contenders; with no face in common every figure is empty."""
    shared = on_shared_faces(contenders)
    return SideBySide(
        shared,
        tuple(len(own.predictions) - len(part.predictions) for own, part in zip(contenders, shared, strict=True)),
        tuple(measure_answers(contender.answers) for contender in shared),
        tuple(compare(shared[0], other) for other in shared[1:]),
    )


def agreement(first: Contender, other: Contender) -> Agreement:
    """Count who is right; both must hold the same faces in the same order, as in `SideBySide`."""
    one, two = first.answers.right, other.answers.right
    parts = one & two, one & ~two, ~one & two, ~one & ~two
    return Agreement(*(int(np.count_nonzero(part)) for part in parts))
