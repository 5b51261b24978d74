"""Which test set is the hardest: what a report opens on, so that no easier one flatters the model."""

import pandas as pd

from core.evaluation.metrics import CALLED_FEMALE_FROM, LABELS
from core.evaluation.names import TEST


def hardest(predictions: pd.DataFrame) -> tuple[str, str, str] | None:
    """The test set with the lowest balanced accuracy, every face called.

    Args:
        predictions: As `core.evaluation.runs.RunRecord.predictions`.

    Returns:
        Its set, split and variant; None where no test set has faces of both genders.
    """
    tests = predictions[predictions["split"] == TEST]
    right = (tests["p_female"] >= CALLED_FEMALE_FROM) == (tests["gender"] == LABELS[0])
    recalls = right.groupby([tests[name] for name in ("set", "split", "variant", "gender")]).mean().unstack()
    balanced = recalls.dropna().mean(axis="columns")
    if len(recalls.columns) < len(LABELS) or balanced.empty:
        return None
    name, split, variant = map(str, balanced.index[int(balanced.to_numpy().argmin())])
    return name, split, variant
