"""Makes a finished network smaller: its widest convolutions in factors, where gender's answers stay as they are."""

import logging
from typing import Any

import numpy as np

from core.data.prepared import Prepared
from core.data.samples import TRAIN
from core.export.litert import FACTORS, Parity, compare, proof_of
from core.export.temperature import fitted_heads
from core.heads import GENDER
from core.model.architectures import Network
from core.model.backend import load_keras
from core.model.converting import factored, has_factors
from core.model.engines import KerasEngine
from core.model.face_network import RANKS, Spread
from core.training.batches import Examples, plain_batches, recrop
from core.training.selection import TrainingSettings, crops_for
from core.training.trainer import Training
from core.training.validation import logits_of
from core.types import Pixels

SPREAD_CROPS = 2000
"""Training crops that say in which directions outputs spread: with 300, factors change answers by two fifths more."""
_log = logging.getLogger(__name__)


def smaller(
    network: Network, model: Any, training: Training, prepared: Prepared, settings: TrainingSettings
) -> tuple[Network, Any, Parity | None]:
    """The network in factors, where it has such a form and calls validation crops female or male as it does without.

    Args:
        network: Its architecture.
        model: The finished Keras model.
        training: Whose validation crops say what that changes.
        prepared: The crops that it learned from, of which some say in which directions outputs spread.
        settings: How it was trained.

    Returns:
        The architecture and the model to be exported; and how far the answers of the one in factors are from the
        other's, None where there is no such form.
    """
    if not has_factors(network):
        return network, model, None
    _log.info("putting the network in factors, and comparing both on validation crops")
    form, small = factored(network, model, spreads_of(model, _training_crops(training, prepared, network, settings)))
    logits = logits_of(model, training.val)
    head = fitted_heads(logits, training, network.heads)[GENDER]
    parity = compare(FACTORS, KerasEngine(small), proof_of(logits, training.val, network.heads, head))
    return (form, small, parity) if parity.holds else (network, model, parity)


def _training_crops(training: Training, prepared: Prepared, network: Network, settings: TrainingSettings) -> Pixels:
    some = crops_for(prepared, network, settings)[TRAIN].sample(SPREAD_CROPS)
    return recrop(Examples(some.load(), prepared.crop, {}), training.crop).crops


def spreads_of(model: Any, crops: Pixels) -> dict[str, Spread]:
    """Where the outputs of the convolutions lie that can be had in factors, before their activation.

    Args:
        model: Keras model of HSE-FaceRes' network.
        crops: uint8 RGB (n, size, size, 3).
    """
    tapped = load_keras().Model(model.input, {name: model.get_layer(name).output for name in RANKS})
    count = 0
    sums: dict[str, Any] = dict.fromkeys(RANKS, 0.0)
    products: dict[str, Any] = dict.fromkeys(RANKS, 0.0)
    for batch in plain_batches(crops):
        for name, outputs in tapped.predict_on_batch(batch).items():
            rows = np.asarray(outputs, np.float64).reshape(-1, outputs.shape[-1])
            sums[name] = sums[name] + rows.sum(axis=0)
            products[name] = products[name] + rows.T @ rows
        count += len(rows)
    spreads = {}
    for name, rank in RANKS.items():
        mean = sums[name] / count
        spreads[name] = Spread.of(mean, products[name] / count - np.outer(mean, mean), rank)
    return spreads
