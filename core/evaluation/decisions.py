"""What would be said of each face, at a threshold or in another mask, and what that makes of a set of faces."""

import numpy as np
import pandas as pd

from core.evaluation.answers import CALLED_FEMALE_FROM, LABELS, Answers
from core.evaluation.intervals import Estimate, share
from core.evaluation.test_sets import TEST
from core.labels import Variant

UNCERTAIN = "uncertain"
BINS = 20
CHANGE_COLUMNS = ("set", "family", "n", "changed", "to_female", "to_male", "value", "low", "high")
_BARE, _DRAWN = Variant.BARE.value, (Variant.DRAWN.value, Variant.HELD_OUT.value)


def with_answers(predictions: pd.DataFrame, answers: Answers, *, every_face: bool = False) -> pd.DataFrame:
    """Predictions with what is said of each face.

    Args:
        predictions: Rows of predictions.csv.
        answers: The same faces; their threshold decides.
        every_face: Call every face female or male, from p 0.5 on, as the saved figures do.

    Returns:
        The rows with `answer` ("female", "male", "uncertain") and `confidence` in the likelier gender.
    """
    called = np.where(answers.called_first, *LABELS)
    said = called if every_face else np.where(answers.answered, called, UNCERTAIN)
    return predictions.assign(answer=said, confidence=answers.confidence)


def counts(decided: pd.DataFrame, labels: tuple[str, ...] = (*LABELS, UNCERTAIN)) -> tuple[tuple[int, ...], ...]:
    """How many faces of each true class have each answer: a row for female, one for male."""
    found = decided.groupby(["gender", "answer"]).size().to_dict()
    return tuple(tuple(int(found.get((truth, said), 0)) for said in labels) for truth in LABELS)


def figures_at(decided: pd.DataFrame) -> dict[str, Estimate]:
    """What becomes of metrics when some faces stay uncertain: the share answered, and of these accuracy and recalls."""
    (ff, fm, fu), (mf, mm, mu) = counts(decided)
    women, men = ff + fm, mf + mm
    return {
        "answered": share(women + men, women + men + fu + mu),
        "accuracy_answered": share(ff + mm, women + men, "no face was answered"),
        "recall_female": share(ff, women, "no woman was answered"),
        "recall_male": share(mm, men, "no man was answered"),
    }


def cell(decided: pd.DataFrame, truth: str, answer: str) -> pd.DataFrame:
    """The faces of one cell of the confusion matrix, the surest first."""
    return _surest_first(decided[(decided["gender"] == truth) & (decided["answer"] == answer)])


def mistakes(decided: pd.DataFrame) -> pd.DataFrame:
    """The faces that are called what their label does not say, the surest first."""
    return _surest_first(decided[(decided["answer"] != UNCERTAIN) & (decided["answer"] != decided["gender"])])


def operating_points(answers: Answers, threshold: float | None) -> pd.DataFrame:
    """Where a threshold lies on the ROC and precision-recall curves, women as positives.

    *Female* is called from p = threshold on and *male* up to p = 1 - threshold, so that there are two
    points; one at p = 0.5 where every face is called. Quality plays no part here.

    Returns:
        Columns `name`, `threshold` (of p), `false_positive_rate`, `true_positive_rate`, `precision`,
        `recall`; NaN where a figure is not defined.
    """
    levels = {"p 0.50": CALLED_FEMALE_FROM}
    if threshold is not None and threshold > CALLED_FEMALE_FROM:
        levels = {f"female from {threshold:.2f}": threshold, f"male to {1 - threshold:.2f}": 1 - threshold}
    rows = []
    for name, level in levels.items():
        called = answers.p >= level
        women, men = called & answers.is_first, called & ~answers.is_first
        recall = _ratio(women.sum(), answers.is_first.sum())
        rows.append(
            {
                "name": name,
                "threshold": level,
                "false_positive_rate": _ratio(men.sum(), (~answers.is_first).sum()),
                "true_positive_rate": recall,
                "precision": _ratio(women.sum(), called.sum()),
                "recall": recall,
            }
        )
    return pd.DataFrame(rows)


def coverage_point(answers: Answers, threshold: float | None) -> pd.DataFrame:
    """Where a threshold lies on the risk-coverage curve; no row where nobody is as sure.

    Returns:
        Columns `name`, `coverage`, `risk`, `confidence`.
    """
    level = CALLED_FEMALE_FROM if threshold is None else threshold
    sure = answers.confidence >= level
    columns = ["name", "coverage", "risk", "confidence"]
    if not sure.any():
        return pd.DataFrame({column: pd.Series(dtype=float) for column in columns})
    wrong = _ratio((sure & ~answers.right).sum(), sure.sum())
    name = "every face" if threshold is None else f"from {100 * threshold:.0f} %"
    return pd.DataFrame([(name, _ratio(sure.sum(), len(sure)), wrong, level)], columns=columns)


def histogram(answers: Answers, bins: int = BINS) -> pd.DataFrame:
    """How many faces of each gender lie in bins of equal width of p.

    Returns:
        Columns `low`, `high` (ends of the bin), `gender`, `n`: a row a bin and gender.
    """
    tables = []
    for gender, faces in zip(LABELS, (answers.is_first, ~answers.is_first), strict=True):
        n, ends = np.histogram(answers.p[faces], bins=bins, range=(0.0, 1.0))
        tables.append(pd.DataFrame({"low": ends[:-1], "high": ends[1:], "gender": gender, "n": n}))
    return pd.concat(tables, ignore_index=True)


def mask_changes(predictions: pd.DataFrame) -> pd.DataFrame:
    """The share of test faces that are called otherwise bare than with a drawn mask.

    Every face is called female or male, from a probability of 50 % on.

    Args:
        predictions: All rows of a predictions.csv.

    Returns:
        One row a set and family of masks, columns `CHANGE_COLUMNS`: `n` faces that were tested both ways,
        how many `changed`, of them `to_female` and `to_male`; the share as `value` with Wilson's interval.
        Empty where no face was tested both ways.
    """
    tests = predictions[predictions["split"] == TEST]
    tests = tests.assign(female=tests["p_female"] >= CALLED_FEMALE_FROM)
    bare = tests.loc[tests["variant"] == _BARE, ["set", "file", "female"]].drop_duplicates(["set", "file"])
    drawn = tests.loc[tests["variant"].isin(_DRAWN), ["set", "file", "mask_family", "female"]]
    pairs = drawn.merge(bare, on=["set", "file"], suffixes=("", "_bare"))
    rows = []
    for (name, family), faces in pairs.groupby(["set", "mask_family"]):
        to_female = int(np.count_nonzero(faces["female"] & ~faces["female_bare"]))
        to_male = int(np.count_nonzero(~faces["female"] & faces["female_bare"]))
        changed = share(to_female + to_male, len(faces))
        counts = (len(faces), to_female + to_male, to_female, to_male)
        rows.append((name, family, *counts, changed.value, changed.low, changed.high))
    return pd.DataFrame(rows, columns=list(CHANGE_COLUMNS))


def _surest_first(decided: pd.DataFrame) -> pd.DataFrame:
    return decided.sort_values(["confidence", "file"], ascending=[False, True], ignore_index=True, kind="stable")


def _ratio(part: int, whole: int) -> float:
    return float(part / whole) if whole else float("nan")
