"""What happens to a network between its last epoch and its export, on validation and training crops alone.

1. Its weights go back towards those it began with, as far as validation gains from it: a fine-tuned
   network forgets kinds of pictures that it is not shown, the way between the two keeps both (Wortsman et
   al. 2022, arXiv 2109.01903). Where both a model to go on from and published weights are named, they go
   back towards both: weights of trainings with one beginning can be averaged, and then often do better than
   each (Wortsman et al. 2022, arXiv 2203.05482).
2. Answers whose heads began with nothing are fitted anew to the features that result.
3. Gender's answers are moved where they lean to one of the two (`core.training.levelling`).

All this is part of `core.training.recipes.Recipe.stay_near`; without it a network is exported as its best epoch
left it.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.data.prepared import Prepared
from core.data.samples import TRAIN, VAL
from core.model.architectures import Network
from core.model.backend import load_keras
from core.training.batches import Examples, recrop
from core.training.levelling import difference, level, masked_faces
from core.training.selection import TrainingSettings, crops_for
from core.training.targets import known, targets_of
from core.training.trainer import CALIBRATION_CROPS, Training, beginning
from core.training.validation import logits_of

SHARES = tuple(step / 10 for step in range(8))
PARENT_SHARES = tuple(step / 4 for step in range(5))
_FIT_CROPS, _FIT_EPOCHS, _FIT_BATCH = 8000, 30, 256
_WORSE = 2
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mixture of the weights at the beginning, at the end and, where there is one, of a model in between.

    Attributes:
        share: Of the weights at the beginning, in [0, 1]: the published ones where they are named, those of the
            model that the training went on from where only that is.
        parent_share: Of the model that the training went on from in what is left, in [0, 1]; 0 without both.
        loss: Mean negative log-likelihood of gender on masked validation faces after the best scale and bias,
            drawn and real masks, women and men counting alike.
        accuracy: Balanced accuracy there, in [0, 1], by the kind of mask.
    """

    share: float
    parent_share: float
    loss: float
    accuracy: dict[str, float]


@dataclass(frozen=True, slots=True)
class Finish:
    """What was done, for `metadata.json`.

    Attributes:
        share: Of the weights at the beginning that was chosen.
        parent_share: Likewise of the model that the training went on from, in what is left.
        bias: What was added to the logit of *female* less that of *male*.
        mask_slope: How many times that of *masked* less that of *bare* was added, too.
        candidates: The mixtures that were compared.
    """

    share: float
    parent_share: float
    bias: float
    mask_slope: float
    candidates: tuple[Candidate, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def as_served(training: Training, prepared: Prepared, network: Network, settings: TrainingSettings) -> Training:
    """The same training with validation and calibration crops of the size that the finished network takes."""
    size = settings.recipe.served_size or training.crop.size
    if size == training.crop.size:
        return training
    crop = replace(training.crop, size=size)
    chosen = crops_for(prepared, network, settings)
    val, some = (
        recrop(Examples(part.load(), prepared.crop, targets_of(part.index, network.heads)), crop)
        for part in (chosen[VAL], chosen[TRAIN].sample(CALIBRATION_CROPS))
    )
    return replace(training, crop=crop, val=val, calibration=some.crops)


def finished_model(
    training: Training, prepared: Prepared, network: Network, settings: TrainingSettings
) -> tuple[Any, Finish]:
    """The network of the best epoch, ready for export, and what was done to it.

    Args:
        training: As `as_served` gives it: the network takes crops of its size.
        prepared: The crops that it learned from.
        network: What was trained.
        settings: How.

    Raises:
        TrainingError: `no_weights`, if the beginning cannot be built again.
    """
    model = _sized(training.run.load_best(), network, training.crop.size)
    masked = masked_faces(training)
    if not settings.recipe.stay_near:
        return model, Finish(0.0, 0.0, 0.0, 0.0, ())
    size, published = training.crop.size, settings.published
    parent = beginning(network, size, settings) if published else None
    weights = _Weights(model, beginning(network, size, published or settings), parent)

    def tried(share: float, parent_share: float) -> Candidate:
        weights.mix(share, parent_share)
        logits = difference(logits_of(model, masked.examples), network)
        (scale, bias), loss = masked.fitted(logits)
        found = Candidate(share, parent_share, round(loss, 5), masked.accuracy(scale * logits + bias))
        _log.info("  %s: loss %.5f", _mixed(found, published=published is not None), found.loss)
        return found

    _log.info("going back, as far as %s masked validation faces gain by it:", f"{len(masked.female):,}")
    candidates = search_in_turn(tried, SHARES, (0.0,) if parent is None else PARENT_SHARES)
    best = min(candidates, key=lambda candidate: candidate.loss)
    weights.mix(best.share, best.parent_share)
    if (best.share or best.parent_share) and _new_heads(network):
        _log.info("fitting the other answers anew")
        _refit(model, network, _some(prepared, network, settings, training))
    _log.info("levelling women and men")
    bias, slope = level(model, network, training)
    return model, Finish(best.share, best.parent_share, round(bias, 4), round(slope, 4), candidates)


def search_in_turn(
    tried: Callable[[float, float], Candidate], shares: Sequence[float], parent_shares: Sequence[float]
) -> tuple[Candidate, ...]:
    """Look for the mixture of the smallest loss along one share at a time; each mixture is tried once.

    Args:
        tried: Gives the mixture with a share of the weights at the beginning and one of the parent.
        shares: Those of the weights at the beginning.
        parent_shares: Those of the parent.

    Returns:
        What was tried: shares of the beginning at the first one of the parent, those of the parent at the best of
        these, and those of the beginning again at the best of those; each time from the first one on, until none of
        `_WORSE` in a row has a smaller loss than the best before them.
    """
    compared: dict[tuple[float, float], Candidate] = {}

    def best_of(*pairs: tuple[float, float]) -> Candidate:
        found: list[Candidate] = []
        for pair in pairs:
            compared[pair] = compared.get(pair) or tried(*pair)
            found.append(compared[pair])
            best = min(found, key=lambda candidate: candidate.loss)
            if found.index(best) == len(found) - 1 - _WORSE:
                break
        return best

    best = best_of(*((share, parent_shares[0]) for share in shares))
    best = best_of(*((best.share, share) for share in parent_shares))
    best_of(*((share, best.parent_share) for share in shares))
    return tuple(compared.values())


def _mixed(mixture: Candidate, *, published: bool) -> str:
    """A mixture in words.

    Args:
        mixture: Which.
        published: Whether there are published weights to go back to beside the model that the training went on from.
    """
    if not published:
        return f"{mixture.share:.0%} of the weights that the training began with"
    return f"{mixture.share:.0%} of the published weights, {mixture.parent_share:.0%} of the model before in the rest"


def _sized(model: Any, network: Network, size: int) -> Any:
    """The same weights in a network that takes crops of this size."""
    if model.input_shape[1] == size:
        return model
    resized = network.build(size, network.heads, None)
    resized.set_weights(model.get_weights())
    return resized


class _Weights:
    """Weights of a network at the end of its training, at its beginning, and of the model in between, if any."""

    def __init__(self, model: Any, start: Any, parent: Any | None) -> None:
        self._model = model
        self._end, self._start = model.get_weights(), start.get_weights()
        self._parent = self._end if parent is None else parent.get_weights()

    def mix(self, share: float, parent_share: float) -> None:
        """Set the network's weights to a mixture with this share of the beginning and, of the rest, of the parent."""
        self._model.set_weights(
            [
                share * start + (1 - share) * (parent_share * parent + (1 - parent_share) * end)
                for start, parent, end in zip(self._start, self._parent, self._end, strict=True)
            ]
        )


def _some(prepared: Prepared, network: Network, settings: TrainingSettings, training: Training) -> Examples:
    """Some training crops, unchanged."""
    chosen = crops_for(prepared, network, settings)[TRAIN].sample(_FIT_CROPS, settings.seed)
    return recrop(Examples(chosen.load(), prepared.crop, targets_of(chosen.index, network.heads)), training.crop)


def _refit(model: Any, network: Network, examples: Examples) -> None:
    """Fit the heads that began with nothing anew."""
    keras = load_keras()
    layers = {head: model.get_layer(head) for head in _new_heads(network)}
    taken = logits_of(keras.Model(model.input, {head: layer.input for head, layer in layers.items()}), examples)
    for head, features in taken.items():
        inputs = keras.Input(features.shape[1:])
        small = keras.Model(inputs, layers[head](inputs))
        small.compile(keras.optimizers.Adam(0.001), keras.losses.CategoricalCrossentropy(from_logits=True))
        weights = known(examples.targets)[head]
        small.fit(
            features, examples.targets[head], _FIT_BATCH, _FIT_EPOCHS, verbose=0, sample_weight=weights, shuffle=True
        )


def _new_heads(network: Network) -> Sequence[str]:
    return [head for head in network.heads if head not in network.knows]
