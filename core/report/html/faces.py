"""One set of faces in the HTML report: confusion, curves, calibration, groups, mistakes."""

from collections.abc import Iterator

import pandas as pd

from core.errors import RunError
from core.evaluation import curves
from core.evaluation.decisions import counts, coverage_point, decide, mistakes, operating_points
from core.evaluation.figures import LABELS, Answers
from core.evaluation.groups import SMALL, by_group, groupings
from core.heads import GENDER, Thresholds
from core.model.metadata import ModelMetadata
from core.report import charts, tables
from core.report.charts.confidence import AFTER, BEFORE
from core.report.html import parts

_MISTAKES = 20
_GROUPINGS = ("ethnicity", "age", "mask family", "face size")


def faces_parts(rows: pd.DataFrame, metadata: ModelMetadata | RunError) -> Iterator[str]:
    """Everything about one set.

    Args:
        rows: Its rows of predictions.csv, at least one.
        metadata: Gives thresholds and temperature; without it those of the program stand in.
    """
    thresholds = Thresholds() if isinstance(metadata, RunError) else metadata.thresholds
    temperature = 1.0 if isinstance(metadata, RunError) else metadata.heads[GENDER].temperature
    answers = Answers.from_frame(rows, thresholds.gender, thresholds.child)
    cells = tables.confusion_cells(counts(decide(rows, answers, every_face=True), LABELS))
    confusion = parts.figure(
        "Confusion matrix.",
        charts.confusion_heatmap(cells),
        "Each row holds the faces of one label; dark cells on the diagonal are right answers.",
        cells[["truth", "answer", "count", "text"]],
    )
    yield parts.side_by_side(confusion, _coverage(answers), *_ranking(answers), _calibration(answers, temperature))
    yield from _groups(rows)
    yield _mistakes(rows, answers)


def _ranking(answers: Answers) -> Iterator[str]:
    """ROC and precision-recall, which need both genders."""
    found, points = curves.roc(answers), operating_points(answers, answers.threshold)
    if found.empty:
        yield parts.note("ROC and precision-recall curves need faces of both genders.")
        return
    caption = "Diamonds are the thresholds from which the app answers."
    yield parts.figure("ROC curve.", charts.roc_curve(found, points), caption, found.round(4))
    found = curves.precision_recall(answers)
    chart = charts.precision_recall_curve(found, points, float(answers.is_female.mean()))
    yield parts.figure("Precision and recall.", chart, caption, found.round(4))


def _calibration(answers: Answers, temperature: float) -> str:
    before = Answers(
        answers.is_female, curves.before_temperature(answers.p_female, temperature), answers.clear, answers.threshold
    )
    stages = {AFTER: curves.reliability(answers), BEFORE: curves.reliability(before)}
    return parts.figure(
        "Calibration.",
        charts.reliability_diagram(stages),
        "On the diagonal, of faces with a probability of 80 % four in five are women's.",
        stages[AFTER].round(4),
    )


def _coverage(answers: Answers) -> str:
    found = curves.risk_coverage(answers)
    return parts.figure(
        "Risk against coverage.",
        charts.risk_coverage_curve(found, coverage_point(answers, answers.threshold)),
        "How many are called wrong when only the surest faces are called.",
        found.round(4),
    )


def _groups(rows: pd.DataFrame) -> Iterator[str]:
    usable = groupings(rows)
    for by in _GROUPINGS:
        if by not in usable:
            continue
        cells = tables.group_cells(by_group(rows, by))
        shown = cells[["group", "gender", "n", "right", "label"]].rename(columns={"label": "recall"})
        caption = f"Recall, the worst first; cells of fewer than {SMALL} faces are grey."
        yield parts.figure(f"By {by}.", charts.group_dots(cells), caption, shown)


def _mistakes(rows: pd.DataFrame, answers: Answers) -> str:
    wrong = mistakes(decide(rows, answers, every_face=True))
    if wrong.empty:
        return parts.text("No face is called wrong.")
    shown = wrong.head(_MISTAKES)[["file", "gender", "p_female", "age", "ethnicity", "mask_family", "quality"]]
    names = {"gender": "labelled", "p_female": "p female", "mask_family": "mask family"}
    title = f"The {len(shown)} most confident of {len(wrong):,} mistakes"
    return parts.folded(title, parts.table(shown.round({"p_female": 3}).rename(columns=names)))
