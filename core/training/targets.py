"""What a network shall answer: shares of each label, one row a crop, for every head."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import DatasetError
from core.heads import GENDER, HEADS
from core.model.metadata import Heads

Targets = dict[str, NDArray[np.float32]]


def targets_of(index: pd.DataFrame, heads: Heads) -> Targets:
    """The labels of each head as float32 (n, number of labels): 1 for the label, 0 for the others.

    Where the age is unknown a row is all zeros; `known` gives the weights that keep it from teaching anything.

    Args:
        index: Rows of a prepared index.
        heads: Labels by head.

    Raises:
        DatasetError: `bad_table` if a row has a label that the head does not know, or no gender.
    """
    return {head: _one_hot(_words(index, head), labels, head) for head, labels in heads.items()}


def _words(index: pd.DataFrame, head: str) -> list[str]:
    return [HEADS[head].truth(value) for value in index[HEADS[head].source]]


def _one_hot(words: list[str], labels: tuple[str, ...], head: str) -> NDArray[np.float32]:
    numbers = np.asarray(pd.Index(labels).get_indexer(pd.Index(words)))
    strange = sorted({word for word, number in zip(words, numbers, strict=True) if number < 0} - {""})
    if strange or (head == GENDER and (numbers < 0).any()):
        raise DatasetError("bad_table", f"The prepared data has {head} {strange or ['']}, the network knows {labels}.")
    targets = np.zeros((len(words), len(labels)), np.float32)
    known = numbers >= 0
    targets[known, numbers[known]] = 1
    return targets


def known(targets: Targets) -> Targets:
    """Weights of the rows of each head, float32 (n,): 1 where the label is known, else 0.

    They are needed: the cross-entropy of a row of zeros is 0, but TensorFlow's gradient of it is not.
    """
    return {head: np.asarray(rows.any(axis=1), np.float32) for head, rows in targets.items()}


def smoothed(targets: Targets, amount: float) -> Targets:
    """Move `amount` of every known label to all labels alike; rows of zeros stay."""
    if not amount:
        return targets
    smooth: Targets = {}
    for head, rows in targets.items():
        softer = rows * (1 - amount) + amount / rows.shape[1]
        smooth[head] = np.asarray(np.where(rows.any(axis=1, keepdims=True), softer, 0), np.float32)
    return smooth
