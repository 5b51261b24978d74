"""How a network does on validation crops, epoch by epoch."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.data.prepared import BARE, DRAWN, REAL
from core.model.calibration import probabilities
from core.model.metadata import AGE, GENDER, MASK, Head
from core.training.batches import Examples, plain_batches
from core.training.targets import Heads

Logits = dict[str, NDArray[np.float32]]


def logits_of(model: Any, examples: Examples) -> Logits:
    """The network's answers to all crops, float32 (n, k) by head."""
    parts = [
        model.predict_on_batch(crops)
        for crops in plain_batches(examples.crops if examples.features is None else examples.features)
    ]
    return {head: np.concatenate([np.asarray(part[head]) for part in parts]) for head in parts[0]}


def validate(logits: Logits, examples: Examples, index: pd.DataFrame, heads: Heads) -> dict[str, float]:
    """The figures of an epoch.

    Args:
        logits: As `logits_of` gives them.
        examples: The validation crops.
        index: Their rows.
        heads: Labels by head.

    Returns:
        `val_loss` and `val_accuracy` of gender on masked faces, by the first of which epochs are compared;
        `val_balanced` and `val_gap`, mean and difference (women minus men) of both genders' accuracies
        there; and, where there are such crops or answers, `val_bare` (gender on bare faces), `val_mask`
        and `val_age` (accuracies, all faces whose label is known).
    """
    shares = {head: probabilities(logits[head], Head(labels)) for head, labels in heads.items()}
    truth = {head: examples.targets[head].argmax(axis=1) for head in heads}
    right = {head: shares[head].argmax(axis=1) == truth[head] for head in heads}
    masked = index["variant"].isin((DRAWN, REAL)).to_numpy()
    bare = (index["variant"] == BARE).to_numpy()
    gender, label = right[GENDER][masked], truth[GENDER][masked]
    women, men = (float(gender[label == heads[GENDER].index(name)].mean()) for name in ("female", "male"))
    likely = shares[GENDER][masked, label]
    figures = {
        "val_loss": float(-np.log(np.maximum(likely, 1e-12)).mean()),
        "val_accuracy": float(gender.mean()),
        "val_balanced": (women + men) / 2,
        "val_gap": women - men,
    }
    if bare.any():
        figures["val_bare"] = float(right[GENDER][bare].mean())
    for head in (MASK, AGE):
        known = examples.targets[head].any(axis=1) if head in heads else np.zeros(0, bool)
        if known.any():
            figures[f"val_{head}"] = float(right[head][known].mean())
    return figures
