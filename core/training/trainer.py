"""Trains a network on a prepared folder, epoch by epoch, so that it can be stopped at any moment."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data.prepared import Prepared, Selection
from core.data.samples import TRAIN, VAL, stable_number
from core.errors import ModelError, TrainingError
from core.model.backend import load_keras
from core.model.metadata import GENDER, ModelMetadata
from core.model.pretrained import NATIVE, Start
from core.model.store import WEIGHTS_FILE, LoadedModel
from core.settings import CropRecipe
from core.training.batches import Examples, TrainingBatches, recut
from core.training.checkpoints import BEST_BY, Record, RunFolder, use_average
from core.training.compiling import compile_model
from core.training.features import features_of, stay_the_same, top_of
from core.training.networks import Network, continued
from core.training.selection import Settings, counts_of, crop_of, crops_for
from core.training.targets import targets_of
from core.training.teacher import taught
from core.training.validation import logits_of, validate
from core.training.views import views_of
from core.types import Pixels

CALIBRATION_CROPS, FIRST_FACES = 300, 96
Report = Callable[[Record, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """A finished training.

    Attributes:
        run: Its folder, with the records of all epochs and the best model.
        crop: The crop that the network takes.
        val: The validation examples that chose the epoch.
        val_index: Their rows of the prepared index.
        calibration: Some training crops, uint8 RGB (n, size, size, 3), unchanged: for integer models.
        data: Number of crops by set, split and variant.
    """

    run: RunFolder
    crop: CropRecipe
    val: Examples
    val_index: pd.DataFrame
    calibration: Pixels
    data: dict[str, dict[str, dict[str, int]]]


def train(
    prepared: Prepared,
    network: Network,
    settings: Settings,
    folder: Path,
    report: Report = lambda *_: None,
    teacher: LoadedModel | None = None,
    finish: bool = False,
) -> Training:
    """Train, or go on with a training that was stopped.

    Args:
        prepared: Crops to learn from.
        network: What to train.
        settings: How.
        folder: The run's folder.
        report: Called after each epoch with its record and the number of epochs.
        teacher: A model whose answers soften the truth by the recipe's `teacher_weight`.
        finish: End a training that was stopped with the epochs it has, of which there must be one.

    Raises:
        DatasetError: If the selected crops are too few or of one gender, or too narrow for the recipe.
        TrainingError: `other_settings`, `no_weights`, `no_epochs` or `diverged`.
        OutputError: `in_use`, `disk_full` or `not_writable`.
    """
    recipe, crop = settings.recipe, crop_of(prepared, settings.recipe)
    chosen = crops_for(prepared, network, settings)
    tables = [selection.index for selection in chosen.values()]
    run = RunFolder(folder, _identity(prepared, network, settings, tables, teacher))
    val = recut(_examples(chosen[VAL], prepared, network), crop)
    calibration = recut(_examples(chosen[TRAIN].sample(CALIBRATION_CROPS), prepared, network), crop)
    if finish and not run.records:
        raise TrainingError("no_epochs", f"{folder} holds no finished epoch to end with: train without --finish first.")
    if len(run.records) < recipe.epochs and not finish:
        examples = _examples(chosen[TRAIN], prepared, network)
        model = run.load_last() if run.records else _new_model(network, crop.size, settings, examples)
        if teacher is not None:
            examples = taught(examples, chosen[TRAIN].index, teacher, recipe.teacher_weight)
        learner, tested = model, val
        if stay_the_same(recipe):
            learner = top_of(model, network.heads, recipe)
            examples, tested = (features_of(model, part, crop) for part in (examples, val))
        batches = TrainingBatches(examples, views_of(chosen[TRAIN].index, recipe.balance), crop, recipe, settings.seed)
        for record in _epochs(learner, batches, tested, chosen[VAL].index, network, settings, len(run.records)):
            run.save(model, record)
            report(record, recipe.epochs)
    return Training(run, crop, val, chosen[VAL].index, calibration.crops, counts_of(pd.concat(tables)))


def _epochs(
    learner: Any,
    batches: TrainingBatches,
    val: Examples,
    index: pd.DataFrame,
    network: Network,
    settings: Settings,
    done: int,
) -> Iterator[Record]:
    """Train the epochs that are left, and give the record of each."""
    for epoch in range(done + 1, settings.recipe.epochs + 1):
        record = _one_epoch(learner, batches, settings, epoch)
        record |= _validated(learner, val, index, network)
        if not all(map(math.isfinite, record.values())):
            raise TrainingError(
                "diverged",
                f"In epoch {epoch} the loss ceased to be a number. Try a smaller --learning-rate, "
                "under another --name.",
            )
        yield record


def _identity(
    prepared: Prepared,
    network: Network,
    settings: Settings,
    tables: list[pd.DataFrame],
    teacher: LoadedModel | None,
) -> dict[str, Any]:
    """All that a training's result depends on."""
    text = json.dumps(prepared.recipe, sort_keys=True) + "".join(table.to_csv(index=False) for table in tables)
    recipe = asdict(settings.recipe)
    return {
        "network": network.name,
        **recipe,
        "sets": settings.sets,
        "seed": settings.seed,
        "limit": settings.limit,
        **_beginning(settings),
        "teacher": None if teacher is None else teacher.metadata.name,
        "data_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def _beginning(settings: Settings) -> dict[str, Any]:
    """The pretrained weights, the models that were trained one after another from them, and the last one's digest.

    No place has a part in a model: files are known by their names.
    """
    if settings.parent is None:
        name = Path(settings.weights).name if settings.weights else None
        return {"weights": name, "ancestors": [], "parent_sha256": None}
    try:
        parent = ModelMetadata.load(settings.parent)
    except ModelError as error:
        raise TrainingError("no_weights", f"There is no model to go on from: {error.message}") from error
    recorded = parent.training.get("settings", {})
    return {
        "weights": recorded.get("weights"),
        "ancestors": [*recorded.get("ancestors", []), parent.name],
        "parent_sha256": parent.files.get(WEIGHTS_FILE),
    }


def _examples(selection: Selection, prepared: Prepared, network: Network) -> Examples:
    return Examples(selection.load(), prepared.crop, targets_of(selection.index, network.heads))


def _new_model(network: Network, size: int, settings: Settings, examples: Examples) -> Any:
    load_keras().utils.set_random_seed(settings.seed)
    if settings.parent is not None:
        model = continued(network, size, settings.parent / WEIGHTS_FILE)
    else:
        weights = network.pretrained(settings.weights)
        start = None if weights is None else Start(weights, _faces(examples, settings.seed))
        model = network.build(size, network.heads, start)
    compile_model(model, network.heads, settings.recipe)
    return model


def _faces(examples: Examples, seed: int) -> Pixels:
    """Some of the faces, as a face backbone was trained on them; bare or masked, as they come."""
    native = replace(NATIVE, margin=min(NATIVE.margin, examples.crop.margin), padding=examples.crop.padding)
    count = min(FIRST_FACES, len(examples))
    rows = np.random.default_rng(seed).choice(len(examples), count, replace=False)
    return recut(Examples(examples.crops[np.sort(rows)], examples.crop, {}), native).crops


def _one_epoch(model: Any, batches: TrainingBatches, settings: Settings, epoch: int) -> Record:
    started = time.monotonic()
    _seed_dropout(model, settings.seed, epoch)
    recipe, steps = settings.recipe, list[dict[str, float]]()
    for step, (crops, targets, weights) in enumerate(batches.epoch(epoch), start=(epoch - 1) * batches.steps):
        model.optimizer.learning_rate.assign(recipe.learning_rate_at(step, recipe.epochs * batches.steps))
        steps.append(model.train_on_batch(crops, targets, weights, return_dict=True))  # figures of this batch alone
    learned = pd.DataFrame(steps).mean()
    values = {
        "loss": learned.get(f"{GENDER}_loss", learned["loss"]),
        "accuracy": learned[f"{GENDER}_accuracy" if f"{GENDER}_accuracy" in learned else "accuracy"],
        "learning_rate": float(np.asarray(model.optimizer.learning_rate)),
    }
    seconds = round(time.monotonic() - started, 1)
    return {"epoch": epoch, **{name: round(float(value), 6) for name, value in values.items()}, "seconds": seconds}


def _validated(model: Any, val: Examples, index: pd.DataFrame, network: Network) -> Record:
    """The figures on validation, of the averaged weights where there are such; the model stays as it is.

    Where the network's answers are no numbers, the loss is none either.
    """
    current = [variable.numpy() for variable in model.trainable_variables]
    use_average(model)
    logits = logits_of(model, val)
    for variable, value in zip(model.trainable_variables, current, strict=True):
        variable.assign(value)
    if not all(np.isfinite(answers).all() for answers in logits.values()):
        return {BEST_BY: math.nan}
    return {name: round(value, 6) for name, value in validate(logits, val, index, network.heads).items()}


def _seed_dropout(model: Any, seed: int, epoch: int) -> None:
    """Set the random layers' state, which a saved model does not carry, from seed and epoch."""
    for number, variable in enumerate(model.variables):
        if variable.path.endswith("seed_generator_state"):
            variable.assign([stable_number(seed, epoch, number) % 2**31, 0])
