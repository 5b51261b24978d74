"""Curves of one model's answers, each a tidy table of at most some 200 rows, ready for a chart.

Where a curve is not defined (no faces, one gender alone) the table has its columns and no rows.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.classify.decision import is_sure
from core.evaluation.answers import Answers
from core.evaluation.intervals import shares
from core.evaluation.tally import CALIBRATION_BINS, calibration_bins

POINTS = 200
THRESHOLDS = tuple(float(value) for value in np.round(np.arange(0.5, 1.0, 0.01), 2))


def roc(answers: Answers) -> pd.DataFrame:
    """The ROC curve, women as positives.

    Returns:
        Columns `false_positive_rate` (men called female), `true_positive_rate` (women called female)
        and `threshold` of p, falling; NaN in the first row, where nobody is called female.
    """
    columns = ("false_positive_rate", "true_positive_rate", "threshold")
    if not _both_genders(answers):
        return _empty(columns)
    thresholds, women, men = _called_female(answers)
    values = men / men[-1], women / women[-1], np.append(np.nan, thresholds)
    # Where only one of both rises for several steps, its ends draw the same line: only corners are kept.
    corner = np.append(True, np.append(np.diff(women, 2) != 0, True) | np.append(np.diff(men, 2) != 0, True))
    return _thin(pd.DataFrame(dict(zip(columns, values, strict=True)))[corner].reset_index(drop=True))


def precision_recall(answers: Answers) -> pd.DataFrame:
    """Precision against recall, women as positives.

    Returns:
        Columns `precision`, `recall` (falling from 1) and `threshold` of p, rising; NaN in the last
        row, where nobody is called female.
    """
    columns = ("precision", "recall", "threshold")
    if not _both_genders(answers):
        return _empty(columns)
    thresholds, women, men = _called_female(answers)
    precision = np.append(1.0, women[1:] / (women + men)[1:])  # of nobody, all that are called are women
    values = precision[::-1], women[::-1] / women[-1], np.append(thresholds[::-1], np.nan)
    return _thin(pd.DataFrame(dict(zip(columns, values, strict=True))))


def reliability(answers: Answers, bins: int = CALIBRATION_BINS) -> pd.DataFrame:
    """The reliability diagram: how often a face of probability p is a woman's, in bins of equal mass.

    The bins are those of the expected calibration error, which is the mean of |share - p_female|
    weighted by `n`.

    Returns:
        Columns `bin` (from 1), `n`, `p_low` and `p_high` (smallest and largest p), `p_female` (mean),
        `share` (of women), `low` and `high` (Wilson). Empty bins are left out.
    """
    p, first = np.unique(answers.p, return_inverse=True)
    if not len(p):
        return _empty(("bin", "n", "p_low", "p_high", "p_female", "share", "low", "high"))
    counts = np.bincount(first, minlength=len(p)).astype(np.float64)
    table = pd.DataFrame(
        {"bin": 1 + calibration_bins(counts[None, :], bins)[0][first], "p": answers.p, "w": answers.is_first}
    )
    rows = table.groupby("bin").agg(
        n=("p", "size"), p_low=("p", "min"), p_high=("p", "max"), p_female=("p", "mean"), women=("w", "sum")
    )
    return rows.drop(columns="women").assign(**shares(rows["women"], rows["n"], "share")).reset_index()


def risk_coverage(answers: Answers) -> pd.DataFrame:
    """How many are called wrong when only the surest faces are called (Geifman and El-Yaniv 2017).

    Faces of the same confidence come together. Quality plays no part here: the last row, where
    every face is called, holds the share of all that are called wrong.

    Returns:
        Columns `coverage` (share called, rising), `risk` (share wrong among them) and `confidence`
        (the smallest among them).
    """
    if not len(answers.p):
        return _empty(("coverage", "risk", "confidence"))
    confidence = answers.confidence
    order = np.argsort(-confidence, kind="stable")
    sure, wrong = confidence[order], np.cumsum(~answers.right[order])
    # Only where the next face is less sure: within a tie no order is the right one.
    ends = np.flatnonzero(np.append(sure[:-1] != sure[1:], True))
    called = ends + 1
    return _thin(pd.DataFrame({"coverage": called / len(sure), "risk": wrong[ends] / called, "confidence": sure[ends]}))


def threshold_sweep(answers: Answers, thresholds: Sequence[float] = THRESHOLDS) -> pd.DataFrame:
    """What the app would say at each confidence threshold.

    Args:
        answers: The answers; their own threshold plays no part.
        thresholds: Confidences in [0.5, 1).

    Returns:
        A row a threshold: `threshold`; the counts `ff`, `fm`, `mf`, `mm` among the answered (first
        the label, then what is called), `uncertain_female` and `uncertain_male` (by label);
        `answered` (share), and of the answered `accuracy_answered`, `recall_female`, `recall_male`,
        NaN where nobody is.
    """
    levels = np.asarray(thresholds, dtype=np.float64)
    if not ((levels >= 0.5) & (levels < 1)).all():
        raise ValueError(f"thresholds lie in [0.5, 1), got {thresholds}")
    p, clear = answers.p, answers.clear
    said = clear & is_sure(p, levels[:, None])
    kinds = {
        "ff": answers.is_first & answers.called_first,
        "fm": answers.is_first & ~answers.called_first,
        "mf": ~answers.is_first & answers.called_first,
        "mm": ~answers.is_first & ~answers.called_first,
    }
    table = pd.DataFrame({"threshold": levels} | {kind: (said & faces).sum(axis=1) for kind, faces in kinds.items()})
    for gender, faces in (("female", answers.is_first), ("male", ~answers.is_first)):
        table[f"uncertain_{gender}"] = (~said & faces).sum(axis=1)
    called = table[["ff", "fm", "mf", "mm"]].sum(axis=1)
    # Division by zero gives NaN in pandas.
    table["answered"] = called / len(p) if len(p) else np.nan
    table["accuracy_answered"] = (table["ff"] + table["mm"]) / called
    table["recall_female"] = table["ff"] / (table["ff"] + table["fm"])
    table["recall_male"] = table["mm"] / (table["mf"] + table["mm"])
    return table


def before_temperature(p_female: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """The probabilities as they were before the logits were divided by a temperature (Guo et al. 2017).

    Args:
        p_female: (n,) calibrated probabilities, rounded to six decimals as they are saved.
        temperature: The temperature of the model's head, positive.
    """
    p = np.clip(p_female, 5e-7, 1 - 5e-7)
    return np.asarray(1 / (1 + (1 / p - 1) ** temperature), dtype=np.float64)


def _called_female(answers: Answers) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Women and men called female from each p on that occurs.

    scikit-learn has it too, but takes longer to import than a page may take to appear; the tests compare them.

    Returns:
        Thresholds (d,), falling, and two counts (d + 1,), rising from 0, where nobody is called female.
    """
    order = np.argsort(-answers.p, kind="stable")
    p, women = answers.p[order], np.cumsum(answers.is_first[order])
    ends = np.flatnonzero(np.append(np.diff(p) != 0, True))
    return p[ends], np.append(0, women[ends]), np.append(0, ends + 1 - women[ends])


def _both_genders(answers: Answers) -> bool:
    return bool(answers.is_first.any() and not answers.is_first.all())


def _empty(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(dtype=float) for column in columns})


def _thin(table: pd.DataFrame) -> pd.DataFrame:
    """At most `POINTS` rows, evenly chosen, the first and the last among them."""
    if len(table) <= POINTS:
        return table
    return table.iloc[np.linspace(0, len(table) - 1, POINTS).round().astype(int)].reset_index(drop=True)
