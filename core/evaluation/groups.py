"""How well women and men of different groups are recognised, the worst group first."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.answers import CALLED_FEMALE_FROM, LABELS
from core.evaluation.intervals import Difference, shares
from core.evaluation.schema import FACE_PX
from core.evaluation.test_sets import TestSet
from core.heads import AGE, HEADS
from core.labels import age_band, family_words, is_adult

# A cell of fewer faces says little: its interval is wider than 20 points.
SMALL = 50
UNKNOWN = "unknown"
BARE = "no mask"
# First sizes of the bands of face size, pixels.
_SIZES = (32, 64, 128)
_SIZE_NAMES = ("under 32 px", "32 to 63 px", "64 to 127 px", "128 px and more")


def _sizes(frame: pd.DataFrame) -> pd.Series:
    pixels = frame[FACE_PX].to_numpy(dtype=np.float64)
    names = np.array([*_SIZE_NAMES, UNKNOWN], dtype=object)
    places = np.where(np.isnan(pixels), len(_SIZE_NAMES), np.searchsorted(_SIZES, pixels, side="right"))
    return pd.Series(names[places], index=frame.index)


def _sets(frame: pd.DataFrame) -> pd.Series:
    columns = ["set", "variant", "split"]
    places = frame[columns].drop_duplicates()
    names = places.assign(name=[TestSet(*place).title for place in places.itertuples(index=False)])
    return frame[columns].merge(names, on=columns, how="left")["name"].set_axis(frame.index)


# By the names that people read; each gives the group of every row.
GROUPINGS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "ethnicity": lambda frame: frame["ethnicity"].replace("", UNKNOWN),
    "age": lambda frame: _of_ages(frame, lambda age: HEADS[AGE].word(age_band(age)) or UNKNOWN),
    "mask family": lambda frame: frame["mask_family"].replace("", BARE).map(family_words),
    "face size": _sizes,
    "set": _sets,
}


@dataclass(frozen=True, slots=True)
class Gap:
    """How far apart the best and the worst cell of at least `SMALL` faces are.

    Attributes:
        best: Gender and group of the best cell, such as "male, White"; "" where there are no two.
        worst: The same for the worst.
        difference: Recall of the best minus that of the worst, with Newcombe's interval (1998,
            Statistics in Medicine 17:873, method 10). It does not allow for their being picked.
        ratio: Recall of the worst divided by that of the best; None where that is not defined.
    """

    best: str
    worst: str
    difference: Difference
    ratio: float | None


def adults(predictions: pd.DataFrame) -> pd.DataFrame:
    """The rows of people who are 18 and older; who is of unknown age counts as adult."""
    return predictions[_of_ages(predictions, is_adult).astype(bool)]


def groupings(predictions: pd.DataFrame) -> list[str]:
    """The keys of `GROUPINGS` that divide these faces into two known groups or more."""
    usable = [name for name in GROUPINGS if name != "face size" or FACE_PX in predictions]
    return [name for name in usable if len(set(GROUPINGS[name](predictions)) - {UNKNOWN}) > 1]


def by_group(predictions: pd.DataFrame, by: str) -> pd.DataFrame:
    """Recall of every gender and group; the cells add up to all faces.

    Args:
        predictions: Rows of predictions.csv.
        by: A key of `GROUPINGS`.

    Returns:
        Columns `group`, `gender`, `n`, `right` (faces called right), `recall`, `low`, `high` (Wilson)
        and `small` (fewer than `SMALL` faces); the worst recall first.
    """
    truth = predictions["gender"]
    called = np.where(predictions["p_female"] >= CALLED_FEMALE_FROM, *LABELS)
    faces = pd.DataFrame({"group": GROUPINGS[by](predictions), "gender": truth, "right": truth == called})
    table = faces.groupby(["group", "gender"])["right"].agg(n="size", right="sum").reset_index()
    table = table.assign(**shares(table["right"], table["n"], "recall"), small=table["n"] < SMALL)
    return table.sort_values(["recall", "n", "group"], ascending=[True, False, True], ignore_index=True)


def gap(table: pd.DataFrame) -> Gap:
    """The gap between the best and the worst cell of `by_group`; small and unknown ones are passed over."""
    cells = table[~table["small"] & (table["group"] != UNKNOWN)]
    if len(cells) < 2:
        reason = f"fewer than two groups have {SMALL} faces"
        return Gap("", "", Difference(None, reason=reason), None)
    worst, best = cells.iloc[0], cells.iloc[-1]
    value = best["recall"] - worst["recall"]
    below = np.hypot(best["recall"] - best["low"], worst["high"] - worst["recall"])
    above = np.hypot(best["high"] - best["recall"], worst["recall"] - worst["low"])
    difference = Difference.around(float(value), float(value - below), float(value + above))
    ratio = float(worst["recall"] / best["recall"]) if best["recall"] else None
    return Gap(cell_name(best), cell_name(worst), difference, ratio)


def cell_name(cell: pd.Series) -> str:
    """A row of `by_group` in words, such as "female, Asian"."""
    return f"{cell['gender']}, {cell['group']}"


def _of_ages(frame: pd.DataFrame, meaning: Callable[[str], object]) -> pd.Series:
    # Few ages are written in many rows.
    return frame["age"].map({age: meaning(str(age)) for age in frame["age"].unique()})
