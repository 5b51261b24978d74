"""Features of a frozen backbone: the same in every epoch where crops are not changed, so worked out once."""

from dataclasses import replace
from typing import Any

import numpy as np

from core.model.architectures import POOLING
from core.model.backend import load_keras
from core.model.metadata import Heads
from core.settings import CropRecipe
from core.training.augmentation import NONE
from core.training.batches import Examples, recut
from core.training.compiling import compile_model
from core.training.recipes import Recipe

_AT_ONCE = 64


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
        some = recut(Examples(examples.crops[start : start + _AT_ONCE], examples.crop, {}), crop)
        parts.append(np.asarray(backbone.predict_on_batch(some.crops.astype(np.float32)), np.float32))
    return replace(examples, features=np.concatenate(parts))
