"""Temperature scaling: one number that makes probabilities honest (Guo et al. 2017, arXiv 1706.04599)."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from core.model.calibration import probabilities
from core.model.metadata import Head

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
