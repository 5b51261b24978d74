"""What happens to a network between its last epoch and its export, on validation and training crops alone.

1. Its weights go back towards those it began with, as far as validation gains from it: a fine-tuned
   network forgets kinds of pictures that it is not shown, the way between the two keeps both (Wortsman et
   al. 2022, arXiv 2109.01903). Where both a model to go on from and published weights are named, they go
   back towards both: weights of trainings with one beginning can be averaged, and then often do better than
   each (Wortsman et al. 2022, arXiv 2203.05482).
2. Answers whose heads began with nothing are fitted anew to the features that result.
3. Gender's bias is moved so that women and men are recognised alike under masks: networks that learned from
   drawn masks say *female* too readily under real ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from core.data.prepared import DRAWN, REAL, Prepared
from core.data.samples import TRAIN, VAL
from core.errors import TrainingError
from core.heads import GENDER
from core.model.architectures import Network
from core.model.backend import load_keras
from core.training.batches import Examples, recrop
from core.training.selection import TrainingSettings, crops_for
from core.training.targets import known, targets_of
from core.training.trainer import CALIBRATION_CROPS, Training, beginning
from core.training.validation import logits_of

SHARES = tuple(step / 10 for step in range(8))
PARENT_SHARES = tuple(step / 4 for step in range(4))
_FIT_CROPS, _FIT_EPOCHS, _FIT_BATCH = 8000, 30, 256


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
        candidates: All mixtures that were compared.
    """

    share: float
    parent_share: float
    bias: float
    candidates: tuple[Candidate, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class _Masked:
    """Masked validation faces, their gender and kind of mask, and how much each counts."""

    examples: Examples
    female: NDArray[np.bool_]
    kinds: NDArray[np.str_]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, training: Training) -> "_Masked":
        index = training.val_index
        rows = np.flatnonzero(index["variant"].isin((DRAWN, REAL)))
        some = index.iloc[rows]
        cells = some["variant"] + some[GENDER]
        weights = 1 / cells.map(cells.value_counts()).to_numpy(np.float64)
        examples = Examples(training.val.crops[rows], training.crop, {})
        female, kinds = (some[GENDER] == "female").to_numpy(), some["variant"].to_numpy(str)
        return cls(examples, female, kinds, weights / weights.sum())

    def logits(self, model: Any, network: Network) -> NDArray[np.float64]:
        """A network's logit of *female* less that of *male*."""
        labels, logits = network.heads[GENDER], logits_of(model, self.examples)[GENDER]
        return np.asarray(logits[:, labels.index("female")] - logits[:, labels.index("male")], np.float64)

    def fitted(self, logits: NDArray[np.float64]) -> tuple[float, float, float]:
        """Scale and bias under which the labels are likeliest (Platt 1999), and the mean loss with them."""

        def loss(values: NDArray[np.float64]) -> float:
            signed = np.where(self.female, 1, -1) * (np.exp(values[0]) * logits + values[1])
            return float(np.sum(self.weights * np.logaddexp(0, -signed)))

        best = minimize(loss, np.zeros(2), method="Nelder-Mead")
        return float(np.exp(best.x[0])), float(best.x[1]), float(best.fun)

    def accuracy(self, logits: NDArray[np.float64]) -> dict[str, float]:
        """Balanced accuracy by kind of mask, logits above 0 being called female."""
        right = (logits > 0) == self.female
        return {
            str(kind): float(np.mean([right[(self.kinds == kind) & (self.female == woman)].mean() for woman in (0, 1)]))
            for kind in np.unique(self.kinds)
        }


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
    masked = _Masked.of(training)
    if not settings.recipe.stay_near:
        return model, Finish(0.0, 0.0, 0.0, ())
    size, published = training.crop.size, settings.published
    parent = beginning(network, size, settings) if published else None
    weights = _Weights(model, beginning(network, size, published or settings), parent)

    def tried(share: float, parent_share: float) -> Candidate:
        weights.mix(share, parent_share)
        logits = masked.logits(model, network)
        scale, bias, loss = masked.fitted(logits)
        return Candidate(share, parent_share, round(loss, 5), masked.accuracy(scale * logits + bias))

    candidates = search_in_turn(tried, SHARES, (0.0,) if parent is None else PARENT_SHARES)
    best = min(candidates, key=lambda candidate: candidate.loss)
    weights.mix(best.share, best.parent_share)
    if (best.share or best.parent_share) and _new_heads(network):
        _refit(model, network, _some(prepared, network, settings, training))
    scale, bias, _ = masked.fitted(masked.logits(model, network))
    _add_bias(model, network, bias / scale)
    return model, Finish(best.share, best.parent_share, round(bias / scale, 4), candidates)


def search_in_turn(
    tried: Callable[[float, float], Candidate], shares: Sequence[float], parent_shares: Sequence[float]
) -> tuple[Candidate, ...]:
    """Look for the mixture of the smallest loss along one share at a time; each mixture is tried once.

    Args:
        tried: Gives the mixture with a share of the weights at the beginning and one of the parent.
        shares: Those of the weights at the beginning.
        parent_shares: Those of the parent.

    Returns:
        What was tried: all shares of the beginning at the first one of the parent, all of the parent at the best of
        these, and all of the beginning again at the best of those.
    """
    compared: dict[tuple[float, float], Candidate] = {}

    def best_of(*pairs: tuple[float, float]) -> Candidate:
        for pair in pairs:
            compared[pair] = compared.get(pair) or tried(*pair)
        return min((compared[pair] for pair in pairs), key=lambda candidate: candidate.loss)

    best = best_of(*((share, parent_shares[0]) for share in shares))
    best = best_of(*((best.share, share) for share in parent_shares))
    best_of(*((share, best.parent_share) for share in shares))
    return tuple(compared.values())


def _sized(model: Any, network: Network, size: int) -> Any:
    """The same weights in a network that takes crops of this size."""
    if model.input_shape[1] == size:
        return model
    resized = network.build(size, network.heads, None)
    try:
        resized.set_weights(model.get_weights())
    except ValueError as error:
        raise TrainingError(
            "other_settings", f"{network.name} has layers for one size alone: leave out served_size."
        ) from error
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


def _add_bias(model: Any, network: Network, bias: float) -> None:
    layer = model.get_layer(GENDER)
    kernel, former = layer.get_weights()
    signs = np.array([1.0 if label == "female" else -1.0 for label in network.heads[GENDER]])
    layer.set_weights([kernel, former + signs * bias / 2])
