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
    """

    examples: Examples
    female: NDArray[np.bool_]
    kinds: NDArray[np.str_]

    @classmethod
    def of(cls, training: Training, *kinds: str) -> "ValidationFaces":
        """Those of a training that wear one of these."""
        index = training.val_index
        rows = np.flatnonzero(index["variant"].isin(kinds))
        some = index.iloc[rows]
        examples = Examples(training.val.crops[rows], training.crop, {})
        return cls(examples, (some[GENDER] == "female").to_numpy(), some["variant"].to_numpy(str))

    def fitted(self, *logits: _Values, among: NDArray[np.bool_] | None = None) -> tuple[_Values, float]:
        """The sum of the logits under which the labels are likeliest (Platt 1999).

        Args:
            logits: (n,) each. The first is gender's, positive where *female* is likelier: its factor is positive.
            among: (n,) the faces that count; None for all.

        Returns:
            Factors of the logits, and a bias as the last; and the weighted mean of the negative log-likelihood.
        """
        counted = np.ones(len(self.female), bool) if among is None else among
        first, *others = (values[counted] for values in logits)
        female = self.female[counted]
        weights, signs = evened(female, self.kinds[counted]), np.where(female, 1, -1)

        def moved(values: _Values) -> _Values:
            scale, *factors, bias = values
            return np.asarray(np.exp(scale) * first + sum(map(np.multiply, factors, others)) + bias)

        def loss(values: _Values) -> float:
            return float(np.sum(weights * np.logaddexp(0, -signs * moved(values))))

        best = minimize(loss, np.zeros(len(logits) + 1), method="BFGS")
        return np.array([np.exp(best.x[0]), *best.x[1:]]), float(best.fun)

    def accuracy(self, logits: _Values) -> dict[str, float]:
        """Balanced accuracy by kind, logits above 0 being called female."""
        right = (logits > 0) == self.female
        return {
            str(kind): float(np.mean([right[(self.kinds == kind) & (self.female == woman)].mean() for woman in (0, 1)]))
            for kind in np.unique(self.kinds)
        }


@dataclass(frozen=True, slots=True)
class Leaning:
    """How gender's answers lean, as what takes it back.

    Attributes:
        bias: To be added to gender's logit, *female* less *male*.
        mask_slope: How many times the mask's, *masked* less *bare*, is to be added, too.
        loss: Mean negative log-likelihood of the validation faces after that and the best scale.
    """

    bias: float
    mask_slope: float
    loss: float


def evened(female: NDArray[np.bool_], kinds: NDArray[np.str_]) -> _Values:
    """(n,) how much each face counts, their sum being 1: all women as much as all men, each kind alike in each."""
    women = pd.Series(female)
    cells = pd.Series(kinds) + women.astype(str)
    weights = 1 / cells.map(cells.value_counts())
    return np.asarray(weights / (2 * weights.groupby(women).transform("sum")), np.float64)


def masked_faces(training: Training) -> ValidationFaces:
    """Those by which networks are compared: masked ones, all real masks counting as much as all drawn ones."""
    return ValidationFaces.of(training, DRAWN, REAL)


def difference(logits: Logits, network: Network, head: str = GENDER) -> _Values:
    """(n,) the logit of *female* less that of *male*, or of *masked* less that of *bare*."""
    positive, negative = columns(network, head)
    return np.asarray(logits[head][:, positive] - logits[head][:, negative], np.float64)


def leaning(everyone: ValidationFaces, gender: _Values, mask: _Values | None = None) -> Leaning:
    """What makes the labels likeliest, women and men counting alike.

    One bias, that of the masked faces, where the network does not tell bare faces from masked ones, or where there are
    no bare women or no bare men to look at.

    Args:
        everyone: (n) bare and masked faces.
        gender: (n,) logits, *female* less *male*.
        mask: (n,) likewise *masked* less *bare*; None where the network does not say.
    """
    if mask is not None and _tells_bare(everyone, mask):
        (scale, *slopes, bias), loss = everyone.fitted(gender, mask)
    else:
        (scale, *slopes, bias), loss = everyone.fitted(gender, among=everyone.kinds != BARE)
    return Leaning(float(bias / scale), float(slopes[0] / scale) if slopes else 0.0, loss)


def level(model: Any, network: Network, training: Training) -> Leaning:
    """Take back how gender's answers lean.

    Args:
        model: The network, which is changed.
        network: Its architecture.
        training: Whose validation faces are looked at.
    """
    everyone = ValidationFaces.of(training, DRAWN, REAL, BARE)
    logits = logits_of(model, everyone.examples)
    mask = difference(logits, network, MASK) if MASK in network.heads else None
    found = leaning(everyone, difference(logits, network), mask)
    along, shift = np.zeros(model.get_layer(GENDER).kernel.shape[0]), found.bias
    if found.mask_slope:
        slope_along, slope_shift = weights_of(model, network, MASK)
        along, shift = found.mask_slope * slope_along, shift + found.mask_slope * slope_shift
    move(model, network, along, shift)
    return found


def weights_of(model: Any, network: Network, head: str) -> tuple[_Values, float]:
    """(k,) factors of the features, and a bias, that make a head's `difference`."""
    kernel, constant = model.get_layer(head).get_weights()
    positive, negative = columns(network, head)
    return np.asarray(kernel[:, positive] - kernel[:, negative], np.float64), float(
        constant[positive] - constant[negative]
    )


def move(model: Any, network: Network, along: _Values, shift: float) -> None:
    """Add to gender's logit, *female* less *male*: factors of its features, and a bias."""
    layer = model.get_layer(GENDER)
    kernel, constant = layer.get_weights()
    for column, sign in zip(columns(network, GENDER), (1, -1), strict=True):
        kernel[:, column] += sign * along / 2
        constant[column] += sign * shift / 2
    layer.set_weights([kernel, constant])


def columns(network: Network, head: str) -> tuple[int, int]:
    """Where a head's positive label and the other one stand."""
    positive = network.heads[head].index(HEADS[head].case)
    return positive, 1 - positive


def _tells_bare(faces: ValidationFaces, mask: _Values) -> bool:
    """Whether there are bare women and men, and nearly all bare and masked faces are told apart."""
    bare = faces.kinds == BARE
    if len(np.unique(faces.female[bare])) < 2:
        return False
    right = (mask < 0) == bare
    return bool(min(right[bare].mean(), right[~bare].mean()) >= _TOLD_APART)
