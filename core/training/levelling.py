"""Gender's answers, moved where they lean to women or to men on validation faces.

A network that learns from drawn masks says *female* too readily under real ones. The bias that mends this has bare
women called men. So bare faces get another bias: a multiple of the mask's logit, which tells how bare a face is, is
added to gender's. As both are linear in the same features, this is one more change of gender's weights; the network
gets no layer for it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

from core.data.prepared import BARE, DRAWN, REAL
from core.heads import GENDER, HEADS, MASK
from core.model.architectures import Network
from core.training.batches import Examples
from core.training.trainer import Training
from core.training.validation import Logits, logits_of

_Values = NDArray[np.float64]
_TOLD_APART = 0.9
"""Of the bare and of the masked faces, from which on the mask's logit stands for what is worn."""


@dataclass(frozen=True, slots=True, eq=False)
class ValidationFaces:
    """Validation faces and what is known of them.

    Attributes:
        examples: (n) crops.
        female: (n,) whether a woman is seen.
        kinds: (n,) what they wear, as `core.labels.Variant` has it.
        weights: (n,) how much each counts: all women as much as all men, and each kind of face alike among the women,
            and among the men; their sum is 1.
    """

    examples: Examples
    female: NDArray[np.bool_]
    kinds: NDArray[np.str_]
    weights: _Values

    @classmethod
    def of(cls, training: Training, *kinds: str) -> "ValidationFaces":
        """Those of a training that wear one of these."""
        index = training.val_index
        rows = np.flatnonzero(index["variant"].isin(kinds))
        some = index.iloc[rows]
        cells = some["variant"] + some[GENDER]
        weights = 1 / cells.map(cells.value_counts()).to_numpy(np.float64)
        weights /= 2 * some[GENDER].map(pd.Series(weights).groupby(some[GENDER].to_numpy()).sum()).to_numpy()
        examples = Examples(training.val.crops[rows], training.crop, {})
        female, worn = (some[GENDER] == "female").to_numpy(), some["variant"].to_numpy(str)
        return cls(examples, female, worn, weights)

    def fitted(self, *logits: _Values) -> tuple[_Values, float]:
        """The sum of the logits under which the labels are likeliest (Platt 1999).

        Args:
            logits: (n,) each. The first is gender's, positive where *female* is likelier: its factor is positive.

        Returns:
            Factors of the logits, and a bias as the last; and the weighted mean of the negative log-likelihood.
        """
        first, *others = logits
        signs = np.where(self.female, 1, -1)

        def moved(values: _Values) -> _Values:
            scale, *factors, bias = values
            return np.asarray(np.exp(scale) * first + sum(map(np.multiply, factors, others)) + bias)

        def loss(values: _Values) -> float:
            return float(np.sum(self.weights * np.logaddexp(0, -signs * moved(values))))

        best = minimize(loss, np.zeros(len(logits) + 1), method="BFGS")
        return np.array([np.exp(best.x[0]), *best.x[1:]]), float(best.fun)

    def accuracy(self, logits: _Values) -> dict[str, float]:
        """Balanced accuracy by kind, logits above 0 being called female."""
        right = (logits > 0) == self.female
        return {
            str(kind): float(np.mean([right[(self.kinds == kind) & (self.female == woman)].mean() for woman in (0, 1)]))
            for kind in np.unique(self.kinds)
        }


def masked_faces(training: Training) -> ValidationFaces:
    """Those by which networks are compared: masked ones, all real masks counting as much as all drawn ones."""
    return ValidationFaces.of(training, DRAWN, REAL)


def difference(logits: Logits, network: Network, head: str = GENDER) -> _Values:
    """(n,) the logit of *female* less that of *male*, or of *masked* less that of *bare*."""
    positive, negative = _columns(network, head)
    return np.asarray(logits[head][:, positive] - logits[head][:, negative], np.float64)


def level(model: Any, network: Network, training: Training) -> tuple[float, float]:
    """Move gender's answers to where the labels are likeliest, women and men counting alike.

    All faces are moved by one bias, that of the masked ones, where the network does not tell bare ones from masked
    ones, or where there are no bare women or no bare men to look at.

    Args:
        model: The network, which is changed.
        network: Its architecture.
        training: Whose validation faces are looked at.

    Returns:
        What was added to gender's logit, *female* less *male*: a bias, and so many times the mask's logit,
        *masked* less *bare*.
    """
    everyone = ValidationFaces.of(training, DRAWN, REAL, BARE)
    logits = logits_of(model, everyone.examples)
    gender = difference(logits, network)
    if _tells_bare(everyone, logits, network):
        (scale, *slopes, bias), _ = everyone.fitted(gender, difference(logits, network, MASK))
    else:
        (scale, *slopes, bias), _ = masked_faces(training).fitted(gender[everyone.kinds != BARE])
    slope = float(slopes[0] / scale) if slopes else 0.0
    _add(model, network, float(bias / scale), slope)
    return float(bias / scale), slope


def _tells_bare(faces: ValidationFaces, logits: Logits, network: Network) -> bool:
    """Whether there are bare women and men, and nearly all bare and masked faces are told apart."""
    bare = faces.kinds == BARE
    if MASK not in network.heads or len(np.unique(faces.female[bare])) < 2:
        return False
    right = (difference(logits, network, MASK) < 0) == bare
    return bool(min(right[bare].mean(), right[~bare].mean()) >= _TOLD_APART)


def _add(model: Any, network: Network, bias: float, slope: float) -> None:
    layer = model.get_layer(GENDER)
    kernel, constant = layer.get_weights()
    along, shift = np.zeros(len(kernel)), bias
    if slope:
        positive, negative = _columns(network, MASK)
        mask_kernel, mask_constant = model.get_layer(MASK).get_weights()
        along = slope * (mask_kernel[:, positive] - mask_kernel[:, negative])
        shift += slope * float(mask_constant[positive] - mask_constant[negative])
    for column, sign in zip(_columns(network, GENDER), (1, -1), strict=True):
        kernel[:, column] += sign * along / 2
        constant[column] += sign * shift / 2
    layer.set_weights([kernel, constant])


def _columns(network: Network, head: str) -> tuple[int, int]:
    """Where a head's positive label and the other one stand."""
    positive = network.heads[head].index(HEADS[head].case)
    return positive, 1 - positive
