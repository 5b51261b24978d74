"""How a network does on validation crops, epoch by epoch."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from core.data.prepared import BARE, DRAWN, REAL
from core.heads import GENDER
from core.model.calibration import probabilities
from core.model.metadata import Head, Heads
from core.training.batches import Examples, plain_batches

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
        `val_loss` of gender on masked faces, by which epochs are compared: real masks, where there are such,
        count as much as all drawn ones together. `val_accuracy` of gender on masked faces;
        `val_balanced` and `val_gap`, mean and difference (women minus men) of both genders' accuracies
        there; and, where there are such crops or answers, balanced accuracy and area under the ROC curve of
        real masks (`val_real`, `val_real_auc`) and drawn ones (`val_drawn`, `val_drawn_auc`); `val_bare`
        (gender on bare faces), `val_mask` and `val_age` (accuracies, all faces whose label is known).
    """
    shares = {head: probabilities(logits[head], Head(labels)) for head, labels in heads.items()}
    truth = {head: examples.targets[head].argmax(axis=1) for head in heads}
    right = {head: shares[head].argmax(axis=1) == truth[head] for head in heads}
    masked = index["variant"].isin((DRAWN, REAL)).to_numpy()
    bare = (index["variant"] == BARE).to_numpy()
    gender, label = right[GENDER][masked], truth[GENDER][masked]
    women, men = (float(gender[label == heads[GENDER].index(name)].mean()) for name in ("female", "male"))
    female = shares[GENDER][:, heads[GENDER].index("female")]
    is_female = truth[GENDER] == heads[GENDER].index("female")
    likely = np.maximum(np.where(is_female, female, 1 - female), 1e-12)
    kinds = {kind: rows for kind in (REAL, DRAWN) if (rows := (index["variant"] == kind).to_numpy()).any()}
    figures = {
        "val_loss": float(np.mean([-np.log(likely[rows]).mean() for rows in kinds.values()])),
        "val_accuracy": float(gender.mean()),
        "val_balanced": (women + men) / 2,
        "val_gap": women - men,
    }
    if len(kinds) > 1:
        for kind, rows in kinds.items():
            mine = [rows & (is_female == woman) for woman in (True, False)]
            if all(some.any() for some in mine):
                figures[f"val_{kind}"] = float(np.mean([right[GENDER][some].mean() for some in mine]))
                figures[f"val_{kind}_auc"] = _auc(female[rows], is_female[rows])
    if bare.any():
        figures["val_bare"] = float(right[GENDER][bare].mean())
    for head in (name for name in heads if name != GENDER):
        known = examples.targets[head].any(axis=1)
        if known.any():
            figures[f"val_{head}"] = float(right[head][known].mean())
    return figures


def _auc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: how often a woman's score is above a man's (Mann and Whitney 1947)."""
    statistic = mannwhitneyu(scores[positive], scores[~positive]).statistic
    return float(statistic / (positive.sum() * (~positive).sum()))
