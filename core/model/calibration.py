"""From logits to calibrated probabilities: temperature scaling (Guo et al. 2017, arXiv 1706.04599)."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.heads import FEMALE, HEADS, Prediction
from core.model.metadata import Head


def log_odds(p: float, least: float) -> float:
    """Log-odds of a probability in [0, 1]; finite, as what lies nearer to 0 or 1 than `least` counts as if there."""
    p = min(max(p, least), 1 - least)
    return math.log(p / (1 - p))


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


def predictions_of(logits: Mapping[str, ArrayLike], heads: Mapping[str, Head]) -> list[Prediction]:
    """What a model says of n faces, from the logits of all its heads.

    Args:
        logits: Head name → (n, k), as an engine gives them.
        heads: The heads of the model's metadata; those it does not have stay None in the predictions.

    Raises:
        ValueError: As in `probabilities`, or if the heads answer different numbers of faces.
    """
    columns: dict[str, list[Any]] = {}
    for spec in (spec for name, spec in HEADS.items() if name in heads):
        head = heads[spec.name]
        shares = probabilities(logits[spec.name], head)
        columns[spec.p] = shares[:, head.labels.index(spec.case)].tolist()
        if not spec.answers:
            columns[spec.column] = [head.labels[number] for number in shares.argmax(axis=1)]
    return [Prediction(**dict(zip(columns, values, strict=True))) for values in zip(*columns.values(), strict=True)]


def expected_calibration_error(p: NDArray[np.float64], truth: NDArray[np.bool_], bins: int = 15) -> float:
    """Mean distance of p from the share of cases, in bins of equally many (Naeini et al. 2015); 0 is perfect.

    Args:
        p: (n,) probabilities in [0, 1].
        truth: (n,) whether each is the case.
        bins: How many.
    """
    parts = np.array_split(np.argsort(p, kind="stable"), bins)
    return float(sum(abs(float(p[part].sum()) - int(truth[part].sum())) for part in parts) / len(p))
