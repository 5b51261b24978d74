from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.heads import AGE, AGE_LABELS, GENDER, GENDER_LABELS, MASK, MASK_LABELS
from core.model.architectures import POOLING
from core.model.backend import load_keras
from core.training.compiling import compile_model
from core.training.recipes import BFLOAT16, COSINE, Recipe
from core.training.targets import Targets, known

HEADS = {GENDER: GENDER_LABELS, MASK: MASK_LABELS, AGE: AGE_LABELS}
RECIPE = Recipe(epochs=1, batch=4, learning_rate=0.1)
LAYERS = ("convolution", "norm", *HEADS)
STEPS = 100
Train = Callable[[Recipe, Targets], set[str]]


def targets(**changes: np.ndarray) -> Targets:
    labels = np.random.default_rng(0).integers(0, 2, 4)
    return {head: np.eye(len(names), dtype=np.float32)[labels] for head, names in HEADS.items()} | changes


@pytest.fixture(scope="module")
def train() -> Train:
    """One step of a network of one convolution; says which layers' weights or statistics it changed."""
    layers = load_keras().layers

    def build() -> Any:
        inputs = layers.Input((8, 8, 3))
        x = layers.BatchNormalization(name="norm")(layers.Conv2D(4, 3, name="convolution")(inputs))
        x = layers.GlobalAveragePooling2D(name=POOLING)(x)
        heads = {head: layers.Dense(len(labels), name=head)(x) for head, labels in HEADS.items()}
        return load_keras().Model(inputs, heads)

    def step(recipe: Recipe, truth: Targets) -> set[str]:
        model = build()
        compile_model(model, HEADS, recipe, STEPS)
        before = {name: model.get_layer(name).get_weights() for name in LAYERS}
        crops = np.random.default_rng(1).uniform(0, 255, (4, 8, 8, 3)).astype(np.float32)
        model.train_on_batch(crops, truth, known(truth))
        return {name for name in LAYERS if changed(before[name], model.get_layer(name).get_weights())}

    return step


def changed(before: list[np.ndarray], after: list[np.ndarray]) -> bool:
    return any((first != second).any() for first, second in zip(before, after, strict=True))


def test_everything_learns_by_default(train: Train) -> None:
    assert train(RECIPE, targets()) == set(LAYERS)


def test_a_frozen_backbone_does_not_change_and_the_heads_do(train: Train) -> None:
    assert train(replace(RECIPE, frozen=1), targets()) == set(HEADS)


def test_a_backbone_can_be_frozen_in_part(train: Train) -> None:
    assert train(replace(RECIPE, frozen=0.3), targets()) == set(LAYERS)
    assert "convolution" not in train(replace(RECIPE, frozen=0.7), targets())


def test_batch_normalisation_can_stay_as_it_was_pretrained(train: Train) -> None:
    assert train(replace(RECIPE, freeze_norm=True), targets()) == set(LAYERS) - {"norm"}


@pytest.mark.parametrize("head", [MASK, AGE])
def test_an_answer_without_weight_does_not_learn(head: str, train: Train) -> None:
    weightless = replace(RECIPE, **{f"{head}_weight": 0.0})
    assert train(weightless, targets()) == set(LAYERS) - {head}


def test_rows_without_a_label_teach_their_head_nothing(train: Train) -> None:
    unknown = np.zeros((4, len(AGE_LABELS)), np.float32)
    assert train(RECIPE, targets(age=unknown)) == set(LAYERS) - {AGE}


def test_only_convolutions_that_mix_channels_are_computed_in_bfloat16() -> None:
    layers = load_keras().layers
    inputs = layers.Input((8, 8, 3))
    x = layers.DepthwiseConv2D(3, name="depthwise")(layers.Conv2D(4, 1, name="pointwise")(inputs))
    x = layers.GlobalAveragePooling2D(name=POOLING)(x)
    model = load_keras().Model(inputs, {GENDER: layers.Dense(2, name=GENDER)(x)})
    compile_model(model, {GENDER: GENDER_LABELS}, replace(RECIPE, precision=BFLOAT16), STEPS)
    computed = {layer.name: layer.compute_dtype for layer in model.layers if layer.weights}
    assert computed == {"pointwise": "bfloat16", "depthwise": "float32", GENDER: "float32"}
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert model(np.zeros((1, 8, 8, 3), np.float32))[GENDER].dtype == "float32"


def rates(recipe: Recipe) -> list[float]:
    """The learning rate at each step of a training of one epoch, and after it."""
    keras = load_keras()
    inputs = keras.layers.Input((2,))
    model = keras.Model(inputs, {GENDER: keras.layers.Dense(2, name=GENDER)(inputs)})
    compile_model(model, {GENDER: GENDER_LABELS}, recipe, STEPS)
    found = []
    for step in range(STEPS + 1):
        model.optimizer.iterations.assign(step)
        found.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
    return found


def test_a_constant_schedule_stays() -> None:
    assert rates(RECIPE) == pytest.approx([0.1] * (STEPS + 1))


@pytest.mark.parametrize("warmup", [0.0, 0.1, 0.5])
def test_a_cosine_schedule_rises_to_the_learning_rate_and_falls_to_nothing(warmup: float) -> None:
    found = rates(replace(RECIPE, schedule=COSINE, warmup=warmup))
    peak = found.index(max(found))
    assert max(found) == pytest.approx(0.1, rel=1e-3)
    assert peak == pytest.approx(warmup * STEPS, abs=1)
    assert found[0] > 0
    assert found[: peak + 1] == sorted(found[: peak + 1])
    assert found[peak:] == sorted(found[peak:], reverse=True)
    assert found[STEPS] == pytest.approx(0, abs=1e-6)
    half = peak + (STEPS - peak) // 2
    assert found[half] == pytest.approx(0.05, rel=0.1)
