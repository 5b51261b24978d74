"""Trains a network on a prepared folder, epoch by epoch, so that it can be stopped at any moment."""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from core.data.prepared import Prepared, Selection
from core.data.samples import TRAIN, VAL
from core.errors import ModelError, TrainingError
from core.heads import GENDER
from core.model.architectures import Network, find_network, trained_as
from core.model.backend import load_keras
from core.model.converting import continued, paired
from core.model.loaded import LoadedModel
from core.model.metadata import ModelMetadata
from core.model.store import WEIGHTS_FILE
from core.settings import CropRecipe
from core.training.batches import Examples, TrainingBatches, recrop, steps_of, taught
from core.training.checkpoints import BEST_BY, Record, RunFolder, use_average
from core.training.compiling import compile_model
from core.training.fitting import features_of, fit, stay_the_same, top_of
from core.training.recipes import SECOND_LOOK
from core.training.selection import TrainingSettings, counts_of, crop_of, crops_for
from core.training.targets import targets_of
from core.training.validation import logits_of, validate
from core.training.views import views_of
from core.types import Pixels

CALIBRATION_CROPS = 300
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
    settings: TrainingSettings,
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
        folder: Of the run.
        report: Called after each epoch with its record and the number of epochs.
        teacher: A model whose answers soften the truth by `Recipe.teacher_weight`.
        finish: End a stopped training with the epochs it has, one at least.

    Raises:
        DatasetError: If the selected crops are too few or of one gender, or too narrow for the recipe.
        TrainingError: `other_settings`, `no_weights`, `no_epochs` or `diverged`.
        OutputError: `in_use`, `disk_full` or `not_writable`.
    """
    recipe, crop = settings.recipe, crop_of(prepared, settings.recipe)
    chosen = crops_for(prepared, network, settings)
    tables = [some.index for some in chosen.values()]
    run = RunFolder(folder, _identity(prepared, network, settings, tables, teacher))
    val = recrop(_examples(chosen[VAL], prepared, network), crop)
    calibration = recrop(_examples(chosen[TRAIN].sample(CALIBRATION_CROPS), prepared, network), crop)
    if finish:
        _end(run)
    elif len(run.records) < recipe.epochs:
        learning = _examples(chosen[TRAIN], prepared, network, stored=True)
        learning = taught(learning, chosen[TRAIN].index, teacher, recipe.teacher_weight) if teacher else learning
        views = views_of(chosen[TRAIN].index, recipe.balance, recipe.emphasis)
        model = _model(run, network, crop.size, settings, steps_of(views, recipe))
        learner, tested = model, val
        if stay_the_same(recipe) and not network.pairs:  # the top of a pair has two beginnings
            learner = top_of(model, network.heads, recipe, steps_of(views, recipe))
            learning, tested = (features_of(model, part, crop) for part in (learning, val))

        def finished(record: Record) -> None:
            run.save(model, _checked(record | _validated(learner, tested, chosen[VAL].index, network)))
            report(run.records[-1], recipe.epochs)

        batches = TrainingBatches(learning, views, crop, recipe, settings.seed)
        fit(learner, batches, recipe.epochs, len(run.records), settings.seed, finished)
    return Training(run, crop, val, chosen[VAL].index, calibration.crops, counts_of(pd.concat(tables)))


def _end(run: RunFolder) -> None:
    if not run.records:
        raise TrainingError(
            "no_epochs", f"{run.folder} holds no finished epoch to end with: train without --finish first."
        )


def _checked(record: Record) -> Record:
    if not all(map(math.isfinite, record.values())):
        raise TrainingError(
            "diverged",
            f"In epoch {record['epoch']} the loss became infinite or not a number. Try a smaller --learning-rate, "
            "under another --name.",
        )
    return record


def _identity(
    prepared: Prepared,
    network: Network,
    settings: TrainingSettings,
    tables: list[pd.DataFrame],
    teacher: LoadedModel | None,
) -> dict[str, Any]:
    """All that a training's result depends on."""
    text = json.dumps(prepared.recipe, sort_keys=True) + "".join(table.to_csv(index=False) for table in tables)
    recipe = asdict(settings.recipe)
    recipe["emphasis"] = recipe["emphasis"] or None  # runs that began before there was one go on
    if recipe["second_look"] == SECOND_LOOK:  # likewise
        recipe["second_look"] = None
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


def _beginning(settings: TrainingSettings) -> dict[str, Any]:
    """The pretrained weights, the models that were trained one after another from them, and the last one's digest.

    No place has a part in a model: files are known by their names.
    """
    weights = Path(settings.weights).name if settings.weights else None
    if settings.parent is None:
        return {"weights": weights, "ancestors": [], "parent_sha256": None}
    try:
        parent = ModelMetadata.load(settings.parent)
        second = None if settings.second is None else ModelMetadata.load(settings.second)
    except ModelError as error:
        raise TrainingError("no_weights", f"There is no model to go on from: {error.message}") from error
    recorded = parent.training.get("settings", {})
    begun = {
        "weights": weights or recorded.get("weights"),
        "ancestors": [*recorded.get("ancestors", []), parent.name],
        "parent_sha256": parent.files.get(WEIGHTS_FILE),
    }
    if second is None:
        return begun
    learned = second.training.get("settings", {}).get("ancestors", [])
    digest = second.files.get(WEIGHTS_FILE)
    return begun | {"second": second.name, "second_ancestors": learned, "second_sha256": digest}


def _examples(selection: Selection, prepared: Prepared, network: Network, stored: bool = False) -> Examples:
    crops = cast(Pixels, selection.stored) if stored else selection.load()  # only rows of it are ever taken
    return Examples(crops, prepared.crop, targets_of(selection.index, network.heads))


def beginning(network: Network, size: int, settings: TrainingSettings) -> Any:
    """The network with the weights that a training begins with.

    Raises:
        TrainingError: `no_weights`.
    """
    load_keras().utils.set_random_seed(settings.seed)
    if settings.parent is None:
        return network.build(size, network.heads, network.pretrained(settings.weights))
    trained = trained_as(ModelMetadata.load(settings.parent).network)
    if settings.second is not None:
        if network.pairs != trained:
            raise TrainingError(
                "no_weights",
                f"{network.name} cannot go on from two models of {trained}: leave out --second, or name a --network of "
                "two branches and models of the one that it pairs.",
            )
        either = find_network(trained)
        return paired(network, size, *(_trained(either, size, each) for each in (settings.parent, settings.second)))
    if network.pairs and network.pairs == trained:
        raise TrainingError(
            "no_weights", f"{network.name} goes on from two models of {trained}: name the other one with --second."
        )
    return _trained(network, size, settings.parent)


def _trained(network: Network, size: int, folder: Path) -> Any:
    return continued(network, size, folder / WEIGHTS_FILE, ModelMetadata.load(folder).network)


def _model(run: RunFolder, network: Network, size: int, settings: TrainingSettings, steps: int) -> Any:
    """The network as the run's last epoch left it, or at its beginning, ready to learn."""
    model = run.load_last() if run.records else beginning(network, size, settings)
    _check_end(model, network, size, settings)
    if not run.records:
        compile_model(model, network.heads, settings.recipe, steps)
    return model


def _check_end(model: Any, network: Network, size: int, settings: TrainingSettings) -> None:
    """Refuse before the first epoch what could not be done after the last one."""
    if settings.published:
        beginning(network, size, settings.published)
    if settings.recipe.stay_near and not model.get_layer(GENDER).get_weights():
        raise TrainingError("other_settings", f"{network.name} has no weights of gender's alone: leave out stay_near.")
    if settings.recipe.served_size in (None, size):
        return
    served = network.build(settings.recipe.served_size, network.heads, None)
    if [weights.shape for weights in served.get_weights()] != [weights.shape for weights in model.get_weights()]:
        raise TrainingError("other_settings", f"{network.name} has layers for one size alone: leave out served_size.")


def _validated(model: Any, val: Examples, index: pd.DataFrame, network: Network) -> Record:
    """The figures on validation, of the averaged weights where there are such; the model stays as it is.

    Where the network's answers are no numbers, the loss is none either.
    """
    current = [np.asarray(variable) for variable in model.trainable_variables]
    use_average(model)
    logits = logits_of(model, val)
    for variable, value in zip(model.trainable_variables, current, strict=True):
        variable.assign(value)
    if not all(np.isfinite(answers).all() for answers in logits.values()):
        return {BEST_BY: math.nan}
    return {name: round(value, 6) for name, value in validate(logits, val, index, network.heads).items()}
