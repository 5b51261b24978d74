"""How often the answer for a face changes when only its mask does: from the saved predictions."""

import numpy as np
import pandas as pd

from core.evaluation.answers import CALLED_FEMALE_FROM
from core.evaluation.intervals import share
from core.evaluation.test_sets import TEST
from core.labels import Variant

CHANGE_COLUMNS = ("set", "family", "n", "changed", "to_female", "to_male", "value", "low", "high")
_BARE, _DRAWN = Variant.BARE.value, (Variant.DRAWN.value, Variant.HELD_OUT.value)


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
