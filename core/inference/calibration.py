"""From logits to a calibrated probability: temperature scaling (Guo et al. 2017, arXiv 1706.04599)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metadata import Head

FEMALE = "female"


def probabilities(logits: ArrayLike, head: Head) -> NDArray[np.float64]:
    """Calibrated class probabilities of one head.

    Args:
        logits: (n, k), k the number of labels; or (n, 1) for a two-label head, the logit of the
            second label.
        head: Labels and temperature.

    Returns:
        float64 (n, number of labels); rows sum to 1.

    Raises:
        ValueError: If the shape does not fit the head or a logit is not finite.
    """
    values = np.asarray(logits, dtype=np.float64)
    labels = len(head.labels)
    if values.ndim != 2 or not (values.shape[1] == labels or (labels == 2 and values.shape[1] == 1)):
        raise ValueError(f"logits of shape {values.shape} do not fit the labels {head.labels}")
    if not np.isfinite(values).all():
        raise ValueError("the model's answer is not finite (NaN or infinity)")
    if values.shape[1] == 1:
        values = np.concatenate([np.zeros_like(values), values], axis=1)
    # Shifting before the division keeps a tiny temperature from overflowing to infinity - infinity.
    with np.errstate(over="ignore"):
        shifted = (values - values.max(axis=1, keepdims=True)) / head.temperature
    exponentials = np.exp(shifted)
    result: NDArray[np.float64] = exponentials / exponentials.sum(axis=1, keepdims=True)
    return result


def p_female(logits: ArrayLike, head: Head) -> NDArray[np.float64]:
    """Calibrated probability of *female*, float64 (n,) in [0, 1]; see `probabilities`.

    Raises:
        ValueError: If the head has no label "female", or as in `probabilities`.
    """
    if FEMALE not in head.labels:
        raise ValueError(f"no label {FEMALE!r} among {head.labels}")
    return probabilities(logits, head)[:, head.labels.index(FEMALE)]
