"""Temperature scaling: one number that makes probabilities honest (Guo et al. 2017, arXiv 1706.04599)."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from core.data.prepared import BARE, REAL
from core.heads import GENDER
from core.model.calibration import probabilities
from core.model.metadata import Head, Heads
from core.training.trainer import Training
from core.training.validation import Logits

LIMITS = (0.05, 20.0)


def fit_temperature(
    logits: ArrayLike, numbers: ArrayLike, labels: tuple[str, ...], weights: ArrayLike | None = None
) -> float:
    """The temperature under which the true labels are likeliest; to be fitted on validation only.

    Of n rows with k labels each label is believed by (n + 1) / (n + k) alone (Laplace's rule, as Platt 1999 has it for
    two labels): where a network tells few faces apart without a mistake, the likeliest temperature would be 0, and
    every later answer certain.

    Args:
        logits: (n, k) as the network gives them.
        numbers: True label numbers (n,).
        labels: The head's labels.
        weights: How much each row counts (n,), relative to the others; None for all alike.

    Returns:
        A temperature within `LIMITS`; above 1 for a network that is too sure of itself.
    """
    true = np.asarray(numbers)
    rows = np.arange(len(true))
    counted = np.ones(len(true)) if weights is None else np.asarray(weights, dtype=np.float64)
    as_many = counted.sum() ** 2 / np.square(counted).sum()  # rows of one weight that would say as much (Kish 1965)
    believed = np.full((len(true), len(labels)), 1 / (as_many + len(labels)))
    believed[rows, true] += as_many / (as_many + len(labels))

    def loss(exponent: float) -> float:
        shares = probabilities(logits, Head(labels, float(np.exp(exponent))))
        return float(np.average(-(believed * np.log(np.maximum(shares, 1e-12))).sum(axis=1), weights=counted))

    bounds = (float(np.log(LIMITS[0])), float(np.log(LIMITS[1])))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))


def fitted_heads(logits: Logits, training: Training, heads: Heads) -> dict[str, Head]:
    """The heads of a finished network, each with the temperature that suits validation.

    Args:
        logits: Of the training's validation crops.
        training: The finished training.
        heads: Labels by head.
    """
    return {head: Head(labels, _temperature(logits[head], training, head, labels)) for head, labels in heads.items()}


def _temperature(logits: Any, training: Training, head: str, labels: tuple[str, ...]) -> float:
    """Fitted on the faces whose label is known, every set counting alike; 1 where there are none.

    Gender's is fitted on masked faces, as its threshold is. Sets are alike because nobody's pictures are
    mixed as ours: the largest set is not the likeliest, and a hard one is not to be drowned by easy ones.
    Real masks count as much as all drawn ones together: they are what the model is for.
    """
    index, targets = training.val_index, training.val.targets[head]
    meant = targets.any(axis=1) & ((index["variant"] != BARE).to_numpy() | (head != GENDER))
    if not meant.any():
        return 1.0
    some = index[meant]
    sets, real = some["set"], some["variant"] == REAL
    weights = 1 / sets.map(sets.value_counts()).to_numpy(np.float64)
    if head == GENDER and real.any() and not real.all():
        weights[real] *= weights[~real].sum() / weights[real].sum()
    return round(fit_temperature(logits[meant], targets[meant].argmax(axis=1), labels, weights), 4)
