"""Gender's last layer, fitted anew to the features that reach it.

A training moves this layer little, and a mixture of weights has one that was fitted to none of its features. To fit it
alone, on faces as they are served, is a convex problem; it finds what is left in the features, as for worst groups in
Kirichenko et al. 2023 (arXiv 2204.02937). It is held where it was by a pull whose strength is chosen on validation.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from core.data.prepared import BARE, DRAWN, REAL
from core.heads import GENDER, MASK
from core.model.architectures import Network
from core.model.backend import load_keras
from core.training.batches import Examples
from core.training.levelling import ValidationFaces, columns, evened, leaning, move, weights_of
from core.training.targets import Targets
from core.training.trainer import Training
from core.training.validation import Logits, logits_of

PULLS = (1.0, 0.3, 0.1)
"""Times the squared length of the change, features being scaled to a mean variance of 1, against a mean negative
log-likelihood; weaker ones lose real masks, which are not learned from."""
_LEAST_SCALE = 0.05
"""Of the answers that were there: they are never turned round."""
_Values = NDArray[np.float64]
_Change = tuple[_Values, float]
"""What is added to the logit of *female* less that of *male*: (k,) factors of the features, and a bias."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A last layer that was compared with the others.

    Attributes:
        pull: How strongly it was held where it was (`PULLS`); None for the one that was there.
        loss: Mean negative log-likelihood of gender on validation faces when they are levelled
            (`core.training.levelling`): bare, drawn and real masks, women and men counting alike.
        accuracy: Balanced accuracy there, in [0, 1], by what is worn.
    """

    pull: float | None
    loss: float
    accuracy: dict[str, float]


def features_of(model: Any, heads: tuple[str, ...], examples: Examples) -> Logits:
    """What the last layer of each head is given, float32 (n, k) by head."""
    return logits_of(load_keras().Model(model.input, {head: model.get_layer(head).input for head in heads}), examples)


def fit_last_layer(
    model: Any, network: Network, training: Training, features: NDArray[np.float32], targets: Targets
) -> tuple[Fit, ...]:
    """Fit gender's last layer to training faces, as far as validation gains from it.

    Args:
        model: The network, which is changed.
        network: Its architecture.
        training: Whose validation faces are looked at.
        features: (n, k) what the layer is given for training faces, unchanged ones of the served size.
        targets: Their labels by head, a row each.

    Returns:
        What was compared, the layer that was there first; the network has the one of the smallest loss.
    """
    validation = ValidationFaces.of(training, DRAWN, REAL, BARE)
    told = (GENDER, MASK) if MASK in network.heads else (GENDER,)
    seen = features_of(model, told, validation.examples)
    gender, *masks = (_answers(seen[head], *weights_of(model, network, head)) for head in told)
    start = _answers(features, *weights_of(model, network, GENDER))
    female = targets[GENDER][:, columns(network, GENDER)[0]] > 0
    worn = targets[MASK][:, columns(network, MASK)[0]].astype(str) if masks else np.full(len(female), "")
    weights = evened(female, worn)

    def compared(pull: float | None, change: _Change) -> Fit:
        values = gender + _answers(seen[GENDER], *change)
        found = leaning(validation, values, *masks)
        levelled = values + found.bias + sum(found.mask_slope * mask for mask in masks)
        return Fit(pull, round(found.loss, 5), validation.accuracy(levelled))

    changes: dict[float | None, _Change] = {None: (np.zeros(features.shape[1]), 0.0)}
    changes |= {pull: _fitted(features, start, female, weights, pull) for pull in PULLS}
    fits = tuple(compared(pull, change) for pull, change in changes.items())
    move(model, network, *changes[min(fits, key=lambda fit: fit.loss).pull])
    return fits


def _answers(features: NDArray[Any], along: _Values, bias: float) -> _Values:
    return np.asarray(features @ along + bias, np.float64)


def _fitted(
    features: NDArray[np.float32], start: _Values, female: NDArray[np.bool_], weights: _Values, pull: float
) -> _Change:
    """What to add to the answers `start`, which keep their scale."""
    spread = float(np.sqrt(features.var(axis=0).mean())) or 1.0
    middle = features.mean(axis=0, dtype=np.float64)
    scaled = (features - middle) / spread
    signs = np.where(female, 1.0, -1.0)

    def loss(values: _Values) -> tuple[float, _Values]:
        (scale, bias), along = values[:2], values[2:]
        margins = signs * (scale * start + scaled @ along + bias)
        slopes = -weights * signs * expit(-margins)
        gradient = np.concatenate(([slopes @ start, slopes.sum()], scaled.T @ slopes + 2 * pull * along))
        return float(weights @ np.logaddexp(0, -margins) + pull * along @ along), gradient

    begin = np.concatenate(([1.0, 0.0], np.zeros(features.shape[1])))
    bounds = [(_LEAST_SCALE, None), *[(None, None)] * (len(begin) - 1)]
    scale, bias, *along = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds).x
    direction = np.array(along) / spread / scale
    return direction, float(bias / scale - middle @ direction)
