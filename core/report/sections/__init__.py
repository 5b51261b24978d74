"""The sections of the report, each built once from saved artefacts.

To add one, write a function that gives a `Section` and put it in its place here: the page and the HTML file follow.
"""

from collections.abc import Callable

from core.evaluation.runs import RunRecord
from core.report.blocks import Section
from core.report.sections.attention import changes, looks
from core.report.sections.faces import Faces, View, calibration, coverage, matrix, ranking
from core.report.sections.groups import groups
from core.report.sections.training import learning_curves, training_record

__all__ = [
    "AFTER_FACES",
    "BEFORE_FACES",
    "OF_FACES",
    "Faces",
    "OfFaces",
    "OfRun",
    "View",
    "changes",
    "groups",
    "matrix",
]

OfRun = Callable[[RunRecord], Section]
OfFaces = Callable[[Faces, View], Section]

BEFORE_FACES: tuple[OfRun, ...] = (learning_curves,)
"""On the model, above what is about one set of faces."""
OF_FACES: tuple[tuple[OfFaces, ...], ...] = ((matrix,), (ranking,), (calibration, coverage), (groups,))
"""On one set of faces; those of one row stand beside one another."""
AFTER_FACES: tuple[OfRun, ...] = (looks, changes, training_record)
"""On the model, below that."""
