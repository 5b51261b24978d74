"""The networks that can be trained, by name, each with the recipe that is its default.

A network takes uint8-valued RGB (n, size, size, 3), scales it itself, and gives a dictionary: head
name → logits (n, k), in the order of the head's labels. Augmentation is never part of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.errors import TrainingError
from core.metadata import GENDER, GENDER_LABELS, ModelMetadata
from core.training.augmentation import Augmentation
from core.training.quiet import load_keras

Heads = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained unless the user says otherwise.

    Attributes:
        epochs: Passes over the training crops.
        batch: Crops a step.
        learning_rate: Adam's, constant.
        augmentation: Random changes of the training crops.
    """

    epochs: int
    batch: int
    learning_rate: float
    augmentation: Augmentation = field(default_factory=Augmentation)


@dataclass(frozen=True, slots=True)
class Network:
    """An architecture.

    Attributes:
        name: What it is called on the command line and in a model's metadata.
        description: One sentence for people.
        heads: Labels of each of its answers.
        recipe: How it is trained by default.
        build: Makes an untrained Keras model for an input size and these heads.
    """

    name: str
    description: str
    heads: Heads
    recipe: Recipe
    build: Callable[[int, Heads], Any]


def _baseline_cnn(size: int, heads: Heads) -> Any:
    """Four convolutions and one dense layer: TensorFlow's image classification tutorial with one convolution more."""
    layers = load_keras().layers
    inputs = layers.Input((size, size, 3), name="crops")
    x = layers.Rescaling(1 / 255)(inputs)
    for filters in (16, 32, 64, 128):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(128, activation="relu")(x)
    return _model(inputs, x, heads)


def _model(inputs: Any, features: Any, heads: Heads) -> Any:
    """One layer of logits a head, on shared features."""
    keras = load_keras()
    outputs = {name: keras.layers.Dense(len(labels), name=name)(features) for name, labels in heads.items()}
    return keras.Model(inputs, outputs)


_ALL = (
    Network(
        name="baseline-cnn",
        description="Small convolutional network, trained from scratch",
        heads={GENDER: GENDER_LABELS},
        recipe=Recipe(epochs=17, batch=20, learning_rate=0.001),
        build=_baseline_cnn,
    ),
)
NETWORKS = {network.name: network for network in _ALL}


def find_network(name: str) -> Network:
    """The network of this name.

    Raises:
        TrainingError: `unknown_network`, with the names there are.
    """
    if name not in NETWORKS:
        raise TrainingError("unknown_network", f"There is no network {name!r}. There is: {', '.join(NETWORKS)}.")
    return NETWORKS[name]


def build_from_metadata(metadata: ModelMetadata) -> Any:
    """The untrained network that a model's metadata describes, for its weights to be loaded into.

    Raises:
        TrainingError: `unknown_network`.
    """
    heads = {name: head.labels for name, head in metadata.heads.items()}
    return find_network(metadata.network).build(metadata.crop.size, heads)
