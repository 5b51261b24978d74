"""Optimiser, losses and metrics for a network and a recipe."""

from typing import Any

from core.heads import AGE, MASK
from core.model.architectures import POOLING
from core.model.backend import load_keras
from core.model.metadata import Heads
from core.training.recipes import BFLOAT16, CONSTANT, FLOAT32, Recipe


def compile_model(model: Any, heads: Heads, recipe: Recipe, steps: int, optimizer: Any = None) -> None:
    """Make a network ready to be trained; its targets are those of `core.training.targets`.

    Args:
        model: The network.
        heads: Labels of each of its answers.
        recipe: How it is trained.
        steps: Batches an epoch.
        optimizer: One that is there already, with what it has learnt of the steps; None for a new one.
    """
    keras = load_keras()
    backbone = _backbone(model)
    for layer in backbone[: round(recipe.frozen * len(backbone))]:
        layer.trainable = False
    for layer in model.layers if recipe.freeze_norm else ():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False  # calling the network with training=False does not hold under `fit`
    if recipe.precision == BFLOAT16:
        set_precision(backbone, "mixed_bfloat16")
    averaging = {"use_ema": True, "ema_momentum": recipe.averaging} if recipe.averaging else {}
    weights = {MASK: recipe.mask_weight, AGE: recipe.age_weight}
    model.compile(
        optimizer=optimizer
        or keras.optimizers.AdamW(_schedule(recipe, steps), weight_decay=recipe.weight_decay, **averaging),
        loss={head: keras.losses.CategoricalCrossentropy(from_logits=True) for head in heads},
        loss_weights={head: weights.get(head, 1.0) for head in heads},
        metrics={head: [keras.metrics.CategoricalAccuracy(name="accuracy")] for head in heads},
        jit_compile=False,  # XLA is several times slower on CPUs
    )


def set_precision(layers: list[Any], policy: str = FLOAT32) -> None:
    """Compute the convolutions that mix channels by a Keras dtype policy; their weights stay float32."""
    for layer in layers:
        if isinstance(layer, load_keras().layers.Conv2D):  # which depthwise convolutions are not
            layer.dtype_policy = policy


def _schedule(recipe: Recipe, steps: int) -> Any:
    """The learning rate of each step of the whole training."""
    if recipe.schedule == CONSTANT:
        return recipe.learning_rate
    total = recipe.epochs * steps
    rising = max(1, round(recipe.warmup * total))
    return load_keras().optimizers.schedules.CosineDecay(
        initial_learning_rate=recipe.learning_rate / rising,
        decay_steps=max(1, total - rising),
        warmup_target=recipe.learning_rate,
        warmup_steps=rising,
    )


def _backbone(model: Any) -> list[Any]:
    """The layers up to the pooling of a pretrained network's features."""
    names = [layer.name for layer in model.layers]
    return model.layers[: names.index(POOLING)] if POOLING in names else []
