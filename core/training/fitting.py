"""Runs Keras' own `fit` over training batches; on any of its backends.

An epoch's pictures and their changes come from seeds alone, and so does dropout: a training that was
killed goes on to the same end. Where a backbone is frozen and crops are not changed, its features are the same in every
epoch, so they are worked out once.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from tqdm import tqdm

from core.data.samples import stable_number
from core.heads import GENDER
from core.model.architectures import POOLING
from core.model.backend import load_keras
from core.model.metadata import Heads
from core.settings import CropRecipe
from core.training.augmentation import NONE
from core.training.batches import Examples, TrainingBatches, recrop
from core.training.checkpoints import Record
from core.training.compiling import compile_model
from core.training.recipes import Recipe

_AHEAD = 6  # Batches made while the network's steps are computed.
_AT_ONCE = 64
_NOTED_SECONDS = 30.0  # Between two notes of how far an epoch is.
_log = logging.getLogger(__name__)


def fit(
    model: Any,
    batches: TrainingBatches,
    epochs: int,
    done: int,
    seed: int,
    finished: Callable[[Record], None],
) -> None:
    """Train the epochs that are left.

    Args:
        model: A compiled network.
        batches: What it learns from.
        epochs: Of the whole training.
        done: Epochs that are finished.
        seed: Of dropout.
        finished: Called after each epoch with its number, loss, accuracy, learning rate and seconds; what it
            raises ends the training.
    """
    keras = load_keras()
    batches.begin(done + 1)  # Keras looks at the first batches before the first epoch begins
    model.fit(
        _feed(batches),
        epochs=epochs,
        initial_epoch=done,
        shuffle=False,
        verbose=0,
        callbacks=[keras.callbacks.TerminateOnNaN(), _epochs(batches, seed, finished)],
    )


def stay_the_same(recipe: Recipe) -> bool:
    """Whether every epoch shows the layers after the backbone the same features."""
    return recipe.frozen == 1 and recipe.augmentation == NONE


def top_of(model: Any, heads: Heads, recipe: Recipe, steps: int) -> Any:
    """The layers after the backbone as a model that shares them, and the optimiser, with the whole one."""
    keras = load_keras()
    outputs = {head: model.get_layer(head).output for head in heads}
    top = keras.Model(model.get_layer(POOLING).output, outputs)
    compile_model(top, heads, recipe, steps, model.optimizer)
    return top


def features_of(model: Any, examples: Examples, crop: CropRecipe) -> Examples:
    """What the backbone of a network makes of crops.

    Args:
        model: The network.
        examples: Crops at least as wide as the network's.
        crop: The network's.

    Returns:
        The same examples with their features.
    """
    backbone = load_keras().Model(model.input, model.get_layer(POOLING).output)
    parts = []
    for start in range(0, len(examples), _AT_ONCE):
        some = recrop(Examples(examples.crops[start : start + _AT_ONCE], examples.crop, {}), crop)
        parts.append(np.asarray(backbone.predict_on_batch(some.crops.astype(np.float32)), np.float32))
    return replace(examples, features=np.concatenate(parts))


def _feed(batches: TrainingBatches) -> Any:
    """The batches as Keras takes them, made by two threads ahead of the network."""

    class Feed(load_keras().utils.PyDataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return len(batches)

        def __getitem__(self, step: int) -> Any:
            return batches[step]

    return Feed(workers=2, max_queue_size=_AHEAD)


def _epochs(batches: TrainingBatches, seed: int, finished: Callable[[Record], None]) -> Any:
    """The callback that begins each epoch from its number and hands over what it gave."""

    class Epochs(load_keras().callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            self._epoch, self._started = epoch + 1, time.monotonic()
            self._noted, self._done = self._started, 0
            batches.begin(epoch + 1)
            _seed_dropout(self.model, seed, epoch + 1)

        def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            now, done = time.monotonic(), batch + 1
            if now - self._noted >= _NOTED_SECONDS and done < len(batches):
                left = (now - self._noted) / (done - self._done) * (len(batches) - done)  # whatever paused it before
                self._noted, self._done = now, done
                note = "epoch %3d: %s of %s batches, %s left, then validation"
                _log.info(note, self._epoch, f"{done:,}", f"{len(batches):,}", tqdm.format_interval(left))

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            figures = dict(logs or {})
            values = {
                "loss": figures.get(f"{GENDER}_loss", figures["loss"]),
                "accuracy": figures[f"{GENDER}_accuracy" if f"{GENDER}_accuracy" in figures else "accuracy"],
                "learning_rate": load_keras().ops.convert_to_numpy(self.model.optimizer.learning_rate),
            }
            seconds = round(time.monotonic() - self._started, 1)
            rounded = {name: round(float(value), 6) for name, value in values.items()}
            finished({"epoch": epoch + 1, **rounded, "seconds": seconds})

    return Epochs()


def _seed_dropout(model: Any, seed: int, epoch: int) -> None:
    """Set the random layers' state, which a saved model does not carry, from seed and epoch."""
    for number, variable in enumerate(model.variables):
        if variable.path.endswith("seed_generator_state"):
            variable.assign([stable_number(seed, epoch, number) % 2**31, 0])
