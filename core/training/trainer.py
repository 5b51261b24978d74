"""Trains a network on a prepared folder, epoch by epoch, so that it can be stopped at any moment."""

import hashlib
import json
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.errors import DatasetError, TrainingError
from core.metadata import GENDER
from core.training.batches import Examples, TrainingBatches, plain_batches, targets_of
from core.training.checkpoints import Record, RunFolder
from core.training.networks import Network
from core.training.prepared import DRAWN, REAL, Prepared, Selection
from core.training.quiet import load_keras
from core.training.samples import GENDERS, TRAIN, VAL, stable_number

MIN_TRAIN, MIN_VAL = 10, 1
"""Fewest crops of each gender with which a training has any meaning."""

Report = Callable[[Record, int], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a training is asked to do.

    Attributes:
        sets: Data sets to train on; None for all that are prepared.
        variants: Which crops of them; by default all that show a mask.
        epochs: Passes over the training crops.
        batch: Crops a step.
        learning_rate: Adam's.
        seed: Of the weights, the order, the augmentation and dropout.
        limit: Most training crops and most validation crops, chosen by seed; None for all.
    """

    epochs: int
    batch: int
    learning_rate: float
    sets: tuple[str, ...] | None = None
    variants: tuple[str, ...] = (DRAWN, REAL)
    seed: int = 0
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1 or not self.learning_rate > 0:
            raise ValueError(f"epochs, batch and learning rate must be positive, got {self}")
        if self.limit is not None and self.limit < 1:
            raise ValueError(f"a limit must be at least 1, got {self.limit}")


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """A finished training.

    Attributes:
        run: Its folder, with the records of all epochs and the best model.
        val: The validation examples that chose the epoch.
        data: Number of crops by set, split and variant.
    """

    run: RunFolder
    val: Examples
    data: dict[str, dict[str, dict[str, int]]]


def train(
    prepared: Prepared, network: Network, settings: Settings, folder: Path, report: Report = lambda *_: None
) -> Training:
    """Train, or go on with a training that was stopped.

    Args:
        prepared: Crops to learn from.
        network: What to train.
        settings: How.
        folder: The run's folder.
        report: Called after each epoch with its record and the number of epochs.

    Raises:
        DatasetError: If the selected crops are too few or of one gender.
        TrainingError: `other_settings`, `diverged` or `disk_full`.
    """
    selections = {split: _select(prepared, split, settings) for split in (TRAIN, VAL)}
    for split, least in ((TRAIN, MIN_TRAIN), (VAL, MIN_VAL)):
        _check(selections[split].index, split, least)
    tables = [selection.index for selection in selections.values()]
    run = RunFolder(folder, _identity(prepared, network, settings, tables))
    val = _examples(selections[VAL], network)
    if len(run.records) < settings.epochs:
        model = run.load_last() if run.records else _new_model(network, prepared.crop.size, settings)
        batches = TrainingBatches(
            _examples(selections[TRAIN], network),
            network.recipe.augmentation,
            batch=settings.batch,
            seed=settings.seed,
        )
        for epoch in range(len(run.records) + 1, settings.epochs + 1):
            record = _one_epoch(model, batches, val, settings, epoch)
            if not all(map(math.isfinite, record.values())):
                raise TrainingError(
                    "diverged",
                    f"In epoch {epoch} the loss ceased to be a number. Try a smaller --learning-rate, "
                    "under another --name.",
                )
            run.save(model, record)
            report(record, settings.epochs)
    return Training(run, val, _counts(pd.concat(tables)))


def _select(prepared: Prepared, split: str, settings: Settings) -> Selection:
    chosen = prepared.select(sets=settings.sets, splits=[split], variants=settings.variants)
    return chosen.sample(settings.limit, settings.seed)


def _check(index: pd.DataFrame, split: str, least: int) -> None:
    counts = {gender: int((index[GENDER] == gender).sum()) for gender in GENDERS}
    words = " and ".join(f"{count} {gender}" for gender, count in counts.items())
    if 0 in counts.values():
        raise DatasetError("one_class", f"The {split} split has {words} crops: a training needs both genders.")
    if min(counts.values()) < least:
        raise DatasetError(
            "too_few",
            f"The {split} split has {words} crops: too few to learn from, at least {least} of each are needed.",
        )


def _identity(prepared: Prepared, network: Network, settings: Settings, tables: list[pd.DataFrame]) -> dict[str, Any]:
    """All that a training's result depends on."""
    text = json.dumps(prepared.recipe, sort_keys=True) + "".join(table.to_csv(index=False) for table in tables)
    return {
        "network": network.name,
        **asdict(settings),
        "augmentation": asdict(network.recipe.augmentation),
        "crop": asdict(prepared.crop),
        "data_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def _examples(selection: Selection, network: Network) -> Examples:
    return Examples(selection.load(), targets_of(selection.index, network.heads))


def _new_model(network: Network, size: int, settings: Settings) -> Any:
    keras = load_keras()
    keras.utils.set_random_seed(settings.seed)
    model = network.build(size, network.heads)
    model.compile(
        optimizer=keras.optimizers.Adam(settings.learning_rate),
        loss={head: keras.losses.SparseCategoricalCrossentropy(from_logits=True) for head in network.heads},
        metrics={head: ["accuracy"] for head in network.heads},
        jit_compile=False,  # XLA is several times slower on CPUs
    )
    return model


def _one_epoch(model: Any, batches: TrainingBatches, val: Examples, settings: Settings, epoch: int) -> Record:
    started = time.monotonic()
    _seed_dropout(model, settings.seed, epoch)
    fitted = model.fit(batches.epoch(epoch), epochs=epoch, initial_epoch=epoch - 1, shuffle=False, verbose=0)
    learned = {name: values[-1] for name, values in fitted.history.items()}
    tested = model.evaluate(plain_batches(val), return_dict=True, verbose=0)
    values = {
        "loss": learned["loss"],
        "accuracy": _accuracy(learned),
        "val_loss": tested["loss"],
        "val_accuracy": _accuracy(tested),
        "learning_rate": np.asarray(model.optimizer.learning_rate),
    }
    seconds = round(time.monotonic() - started, 1)
    return {"epoch": epoch, **{name: round(float(value), 6) for name, value in values.items()}, "seconds": seconds}


def _accuracy(values: dict[str, float]) -> float:
    """Accuracy of the gender head; Keras names it by its head only where there are several."""
    return values[f"{GENDER}_accuracy" if f"{GENDER}_accuracy" in values else "accuracy"]


def _seed_dropout(model: Any, seed: int, epoch: int) -> None:
    """Set the random layers' state, which a saved model does not carry, from seed and epoch."""
    for number, variable in enumerate(model.variables):
        if variable.path.endswith("seed_generator_state"):
            variable.assign([stable_number(seed, epoch, number) % 2**31, 0])


def _counts(index: pd.DataFrame) -> dict[str, dict[str, dict[str, int]]]:
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for (name, split, variant), number in Counter(
        zip(index["set"], index["split"], index["variant"], strict=True)
    ).items():
        counts.setdefault(name, {}).setdefault(split, {})[variant] = number
    return counts
