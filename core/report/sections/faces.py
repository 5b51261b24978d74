"""What the answers for one set of faces are worth: matrix, curves, calibration, groups, mistakes."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from core.evaluation import curves, decisions
from core.evaluation.answers import LABELS, Answers, Resampler
from core.evaluation.decisions import UNCERTAIN
from core.evaluation.registry import METRIC_BY_NAME
from core.heads import Thresholds
from core.labels import family_words
from core.report import blocks as parts
from core.report import charts, tables
from core.report.blocks import Beside, Chart, Section, Table, Words, caption, info
from core.report.charts.curves import AFTER, BEFORE
from core.report.sections.results import figure
from core.wording import counted

MATRIX = "Confusion matrix"
"""Title of the chart whose cells can be chosen where the report can be asked."""
_ANSWERED = {
    "answered": "Share of the faces answered at the chosen threshold.",
    "accuracy_answered": "Share of the answered faces that are answered correctly.",
    "recall_female": "Share of the answered women called female.",
    "recall_male": "Share of the answered men called male.",
}
_SWEEP = {
    "threshold": "threshold",
    "answered": "answered",
    "accuracy_answered": "right among answered",
    "recall_female": "recall women",
    "recall_male": "recall men",
    "ff": "women called female",
    "fm": "women called male",
    "mf": "men called female",
    "mm": "men called male",
    "uncertain_female": "women uncertain",
    "uncertain_male": "men uncertain",
}
_BINS = {
    "stage": "probabilities",
    "bin": "bin",
    "n": "faces",
    "p_low": "p from",
    "p_high": "p to",
    "p_female": "mean p",
    "share": "share of women",
    "low": "interval from",
    "high": "interval to",
}
_RISK = {"coverage": "faces called", "risk": "wrong among them", "confidence": "confidence at least"}


@dataclass(frozen=True, eq=False)
class Faces:
    """The faces of one set; shared, so never written to.

    Attributes:
        predictions: Rows of predictions.csv, at least one.
        thresholds: From which probabilities on the model answers by default.
        temperature: That of the gender head; 1 where it is not known.
    """

    predictions: pd.DataFrame
    thresholds: Thresholds
    temperature: float = 1.0

    @cached_property
    def answers(self) -> Answers:
        """What the model says of them by default."""
        return self.answers_from(self.thresholds.gender)

    def answers_from(self, threshold: float) -> Answers:
        """What it says of them where a face is answered from another confidence on."""
        return Answers.from_frame(self.predictions, threshold, self.thresholds.child)

    def decided(self, threshold: float | None) -> pd.DataFrame:
        """The rows with what is said of each; None calls every face."""
        answers = self.answers_from(threshold or self.thresholds.gender)
        return decisions.with_answers(self.predictions, answers, every_face=threshold is None)


@dataclass(frozen=True, slots=True)
class View:
    """How a set is looked at.

    Attributes:
        threshold: Confidence from which on a face counts as answered; None: every face is called.
        marked: The one that is marked on the curves; None: that of calling every face.
        groupings: By what the faces are divided; None: by all that is recorded.
    """

    threshold: float | None = None
    marked: float | None = None
    groupings: tuple[str, ...] | None = None


def matrix(faces: Faces, view: View) -> Section:
    """The confusion matrix, and how recalls and the share answered change with the threshold."""
    said = faces.decided(view.threshold)
    found, answered = decisions.figures_at(said), said[said["answer"] != UNCERTAIN]
    women, men = (int((answered["gender"] == gender).sum()) for gender in LABELS)
    numbers = dict(zip(_ANSWERED, (len(said), len(answered), women, men), strict=True))
    figures = tuple(
        replace(figure(METRIC_BY_NAME[name], found[name], numbers[name]), help=words)
        for name, words in _ANSWERED.items()
    )
    answers = LABELS if view.threshold is None else (*LABELS, UNCERTAIN)
    sweep = curves.threshold_sweep(faces.answers)
    shares = ("threshold", "answered", "accuracy_answered", "recall_female", "recall_male")
    swept = Chart(
        "Answers at every threshold",
        charts.threshold_curves,
        (sweep, view.marked, faces.thresholds.gender),
        Table("Answers at every threshold", sweep[list(_SWEEP)], _SWEEP, shares),
        "The higher the threshold, the fewer faces are answered and the more of the answers should be right.",
    )
    drawn = confusion_matrix(decisions.counts(said, answers), answers)
    return Section("Confusion matrix and threshold", (parts.Figures(figures), Beside(((drawn,), (swept,)))))


def confusion_matrix(counts: tuple[tuple[int, ...], ...], answers: tuple[str, ...] = LABELS) -> Chart:
    """The matrix with counts and shares; see `core.report.tables.confusion_cells`."""
    cells = tables.confusion_cells(counts, answers)
    names = {"truth": "labelled", "answer": "answered", "count": "faces", "share": "share of the row"}
    how = "Each row adds up to 100 % of the faces with that label; the diagonal holds the right answers."
    table = Table(MATRIX, cells.drop(columns="text"), names, ("share",))
    return Chart(MATRIX, charts.confusion_heatmap, (cells,), table, how)


def ranking(faces: Faces, view: View) -> Section:
    """ROC and precision-recall curves with the marked points."""
    title, roc = "ROC and precision-recall", curves.roc(faces.answers)
    if roc.empty:
        return Section(title, (info("These curves need faces of both genders."),))
    points = decisions.operating_points(faces.answers, view.marked)
    how = caption(
        "How well the probabilities rank women above men, whatever the threshold. Dotted: guessing. The diamonds mark "
        "the chosen threshold: *female* above the one, *male* below the other. Picture quality is ignored here."
    )
    rates = {"false_positive_rate": "men called female", "true_positive_rate": "women called female"}
    table = Table("ROC curve", roc, {"threshold": "from p"} | rates, tuple(rates))
    left = Chart("ROC curve", charts.roc_curve, (roc, points), table, headed=True)
    found, name = curves.precision_recall(faces.answers), "Precision against recall"
    rates = {"precision": "women among those called female", "recall": "women called female"}
    table = Table(name, found, {"threshold": "from p"} | rates, tuple(rates))
    women = float(faces.answers.is_first.mean())
    right = Chart(name, charts.precision_recall_curve, (found, points, women), table, headed=True)
    return Section(title, (how, Beside(((left,), (right,)))))


def calibration(faces: Faces, view: View) -> Section:
    """The reliability diagram before and after the temperature, and how many faces lie where."""
    answers = faces.answers
    stages = {AFTER: curves.reliability(answers)}
    words = f"The expected calibration error is {_calibration_error(answers):.3f}"
    if faces.temperature == 1:
        words += "; no temperature is recorded."
    else:
        raw = replace(answers, p=curves.before_temperature(answers.p, faces.temperature))
        stages[BEFORE] = curves.reliability(raw)
        words += (
            f"; before temperature scaling ({faces.temperature:g}) it was {_calibration_error(raw):.3f}. The "
            "temperature was fitted on validation faces: on others it may help less, or even harm."
        )
    most = counted(int(stages[AFTER]["n"].max()), "face")
    how = caption(
        "Of the faces given 80 % *female*, 80 % should be women: those points lie on the dotted line. Below it the "
        f"probability is too high, above it too low. Bins of up to {most} each, with "
        f"95 % intervals. {words}"
    )
    bins = pd.concat([table.assign(stage=stage) for stage, table in stages.items()])[list(_BINS)]
    shares = ("p_low", "p_high", "p_female", "share", "low", "high")
    table = Table("Reliability", bins, _BINS, shares)
    reliability = Chart("Reliability", charts.reliability_diagram, (stages,), table)
    found, names = decisions.histogram(answers), {"low": "p from", "high": "p to", "gender": "labelled", "n": "faces"}
    table = Table("Faces by probability", found, names, ("low", "high"))
    histogram = Chart("Faces by probability", charts.probability_histogram, (found,), table)
    return Section("Calibration", (how, reliability, histogram))


def coverage(faces: Faces, view: View) -> Section:
    """How many are called wrong when only the surest are called."""
    how = caption(
        "If only the surest faces were called, how many of those would be wrong? A curve that falls to the left means "
        "that confidence is informative. The diamond marks the chosen threshold. Picture quality is ignored here."
    )
    found, point = curves.risk_coverage(faces.answers), decisions.coverage_point(faces.answers, view.marked)
    nobody = (caption("No face is as sure as the chosen threshold."),) if point.empty else ()
    table = Table("Risk and coverage", found, _RISK, tuple(_RISK))
    chart = Chart("Risk and coverage", charts.risk_coverage_curve, (found, point), table)
    return Section("Risk and coverage", (how, *nobody, chart))


def mistakes(faces: Faces, most: int) -> tuple[Words | Table, ...]:
    """The surest of the faces that are called wrong, every face called."""
    wrong = decisions.mistakes(faces.decided(None))
    if wrong.empty:
        return (Words("No face is called wrong."),)
    shown = wrong.head(most)[["file", "gender", "p_female", "age", "ethnicity", "mask_family", "quality"]]
    shown = shown.assign(mask_family=shown["mask_family"].map(family_words))
    names = {"gender": "labelled", "p_female": "p female", "mask_family": "mask family"}
    title = f"The {len(shown)} most confident of {counted(len(wrong), 'mistake')}"
    return Words(f"**{title}**"), Table(title, shown, names, forms={"p_female": "%.3f"})


def _calibration_error(answers: Answers) -> float:
    return float(Resampler(answers)(np.ones((1, len(answers.p))))["ece"][0])
