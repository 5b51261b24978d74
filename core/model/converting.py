"""Networks with the weights of finished models: gone on with, side by side, and in factors."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import TrainingError
from core.model.architectures import NETWORKS, Network
from core.model.face_network import FaceNetwork, Spread
from core.model.pretrained import fill


def continued(network: Network, size: int, weights: Path, finished: str = "") -> Any:
    """A network that goes on from where another training of it ended.

    Args:
        network: Its architecture.
        size: Side of its crops; it may differ from the trained one's where no layer depends on it.
        weights: The trained model's `model.weights.h5`.
        finished: Name of the network that the trained model holds, where it can be the factored one.

    Raises:
        TrainingError: `no_weights` if they are missing or another network's.
    """
    in_factors = finished in NETWORKS and NETWORKS[finished].whole == network.name
    form = NETWORKS[finished] if in_factors else network
    model = form.build(size, network.heads, None)
    try:
        fill(model, weights)
    except (OSError, ValueError, KeyError, UserWarning) as error:
        reason = " ".join(str(error).split())[:200]
        raise TrainingError(
            "no_weights",
            f"{network.name} cannot continue from {weights} ({reason}). Name a model of the same network and, "
            "where its layers depend on it, of the same size.",
        ) from error
    if in_factors:
        factored, model = model, network.build(size, network.heads, None)
        FaceNetwork.of(factored).whole().fill(model)
    return model


def has_factors(network: Network) -> bool:
    """Whether finished models of it can be had in factors."""
    return any(other.whole == network.name for other in NETWORKS.values())


def factored(network: Network, model: Any, spreads: Mapping[str, Spread]) -> tuple[Network, Any]:
    """A trained network in the form that has factors.

    Args:
        network: Its architecture, one of those that have such a form.
        model: Keras model of it.
        spreads: Of the outputs of the convolutions of `RANKS`.

    Returns:
        The architecture of that form, and the model.
    """
    (form,) = (other for other in NETWORKS.values() if other.whole == network.name)
    small = form.build(model.input_shape[1], network.heads, None)
    FaceNetwork.of(model).factored(spreads).fill(small)
    return form, small


def paired(network: Network, size: int, first: Any, second: Any) -> Any:
    """A network of two branches that goes on from two trained ones.

    Args:
        network: Its architecture.
        size: Side of its crops.
        first: Trained Keras model of the network that `network` pairs.
        second: Another one, with the same first blocks.

    Raises:
        TrainingError: `no_weights` if their first blocks differ.
    """
    model = network.build(size, network.heads, None)
    FaceNetwork.of(first).beside(FaceNetwork.of(second)).fill(model)
    return model
