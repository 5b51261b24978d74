"""Women and men recognised alike: gender's answers are moved, on validation faces, where they lean to one of the two.

A network that learns from drawn masks says *female* too readily under real ones. A bias that mends this would have
bare women called men. So it may be another one for bare faces: gender's logit gets a share of the mask's, which tells
how bare a face is. As both are linear in the same features, this is one more change of gender's weights; the network
gets no layer for it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from core.data.prepared import BARE, DRAWN, REAL
from core.heads import GENDER, HEADS, MASK
from core.model.architectures import Network
from core.training.batches import Examples
from core.training.trainer import Training
from core.training.validation import Logits, logits_of

_Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ValidationFaces:
    """Validation faces and what is known of them.

    Attributes:
        examples: (n) crops.
        female: (n,) whether a woman is seen.
        kinds: (n,) what they wear, as `core.labels.Variant` has it.
        weights: (n,) how much each counts: every kind alike, and women and men alike in it; their sum is 1.
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
        examples = Examples(training.val.crops[rows], training.crop, {})
        female, worn = (some[GENDER] == "female").to_numpy(), some["variant"].to_numpy(str)
        return cls(examples, female, worn, weights / weights.sum())

    def fitted(self, *logits: _Values) -> tuple[_Values, float]:
        """The sum of the logits under which the labels are likeliest (Platt 1999).

        Args:
            logits: (n,) each, positive where *female* is likelier, the first one counting more than nothing.

        Returns:
            Factors of the logits, and a bias as the last; and the mean negative log-likelihood with them.
        """
        first, *others = logits
        signs = np.where(self.female, 1, -1)

        def moved(values: _Values) -> _Values:
            scale, *factors, bias = values
            return np.asarray(np.exp(scale) * first + sum(map(np.multiply, factors, others)) + bias)

        def loss(values: _Values) -> float:
            return float(np.sum(self.weights * np.logaddexp(0, -signs * moved(values))))

        best = minimize(loss, np.zeros(len(logits) + 1), method="Nelder-Mead")
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
    """Move gender's answers of a network so that women and men are recognised alike, masked and bare.

    Args:
        model: The network, which is changed.
        network: Its architecture.
        training: Whose validation faces are looked at. Without bare ones, or without an answer on masks, all faces are
            moved by the same bias.

    Returns:
        What was added to gender's logit, *female* less *male*: a bias, and so many times the mask's logit,
        *masked* less *bare*.
    """
    by_mask = MASK in network.heads and bool((training.val_index["variant"] == BARE).any())
    faces = ValidationFaces.of(training, DRAWN, REAL, BARE) if by_mask else masked_faces(training)
    logits = logits_of(model, faces.examples)
    heads = (GENDER, MASK) if by_mask else (GENDER,)
    (scale, *slopes, bias), _ = faces.fitted(*(difference(logits, network, head) for head in heads))
    slope = float(slopes[0] / scale) if slopes else 0.0
    _add(model, network, float(bias / scale), slope)
    return float(bias / scale), slope


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
