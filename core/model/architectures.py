"""The networks that can be trained and loaded, by name; how each is trained by default: `core.training.recipes`.

A network takes uint8-valued RGB (n, size, size, 3), scales it itself, and gives a dictionary: head
name → logits (n, k), in the order of the head's labels. Augmentation is never part of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from core.errors import TrainingError
from core.heads import AGE, GENDER, HEADS, MASK
from core.model.backend import load_keras
from core.model.face_network import FEATURES, RANKS, SECOND, FaceNetwork, face_mobilenet, paired_mobilenet
from core.model.metadata import Heads, ModelMetadata
from core.model.mobilefacenet import fill_mobilefacenet, mobilefacenet
from core.model.pretrained import IMAGENET, mobilenet_v2

_GENDER_ONLY: Heads = {GENDER: HEADS[GENDER].labels}
_THREE: Heads = {name: HEADS[name].labels for name in (GENDER, MASK, AGE)}


@dataclass(frozen=True, slots=True)
class Network:
    """An architecture.

    Attributes:
        name: What it is called on the command line and in a model's metadata.
        description: One sentence for people.
        heads: Labels of each of its answers.
        build: Makes a Keras model for an input size, these heads and what it begins with (None: untrained).
        weights: Pretrained weights where the user names none; "" where a file must be named, None where
            it is trained from scratch.
        knows: Heads that those weights fill too.
        whole: Name of the network whose finished models it holds in fewer weights: it is not trained itself; "" for
            one that is.
        pairs: Name of the network two of whose trained models it can go on from, side by side; "" for none.
    """

    name: str
    description: str
    heads: Heads
    build: Callable[[int, Heads, str | None], Any]
    weights: str | None = None
    knows: tuple[str, ...] = ()
    whole: str = ""
    pairs: str = ""

    def pretrained(self, given: str | None) -> str | None:
        """The weights to begin with.

        Raises:
            TrainingError: `no_weights` where a file must be named and none is, or none can be used and one is.
        """
        if self.weights is None and given:
            raise TrainingError("no_weights", f"{self.name} is trained from scratch: it takes no --weights.")
        if self.weights == "" and not given:
            raise TrainingError(
                "no_weights",
                f"{self.name} starts from pretrained weights: name them with --weights (see docs/training.md).",
            )
        return given or self.weights


def _baseline_cnn(size: int, heads: Heads, weights: str | None) -> Any:
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


def _mobilenetv2_frozen(size: int, heads: Heads, weights: str | None) -> Any:
    """ImageNet features, one dense layer and one sigmoid, written as a softmax of 0 and its logit."""
    layers = load_keras().layers
    inputs = layers.Input((size, size, 3), name="crops")
    x = layers.GlobalAveragePooling2D(name=POOLING)(mobilenet_v2(inputs, weights))
    x = layers.Dense(128, activation="relu")(x)
    outputs = {}
    for name in heads:
        logit = layers.Dense(1)(x)
        outputs[name] = layers.Concatenate(name=name)([layers.Rescaling(0.0)(logit), logit])
    return load_keras().Model(inputs, outputs)


def _mobilenetv2(size: int, heads: Heads, weights: str | None) -> Any:
    inputs = load_keras().layers.Input((size, size, 3), name="crops")
    return _with_heads(inputs, mobilenet_v2(inputs, weights), heads)


def _hse_faceres(size: int, heads: Heads, weights: str | None, ranks: Mapping[str, int] | None = None) -> Any:
    """As it is shipped, its own gender head included; the other answers are new."""
    layers = load_keras().layers
    inputs = layers.Input((size, size, 3), name="crops")
    x = layers.GlobalAveragePooling2D(name=POOLING)(face_mobilenet(inputs, ranks))
    model = _model(inputs, layers.Dense(256, activation="relu", name=FEATURES)(x), heads)
    if weights is not None:
        FaceNetwork.read(Path(weights)).fill(model)
    return model


def _hse_faceres_pair(size: int, heads: Heads, weights: str | None) -> Any:
    """Two networks on shared first blocks, whose answers are averaged: one layer of logits on the features of both."""
    layers = load_keras().layers
    inputs = layers.Input((size, size, 3), name="crops")
    features = [
        layers.Dense(256, activation="relu", name=FEATURES + branch)(
            layers.GlobalAveragePooling2D(name=POOLING + branch)(x)
        )
        for branch, x in zip(("", SECOND), paired_mobilenet(inputs), strict=True)
    ]
    model = _model(inputs, layers.Concatenate()(features), heads)
    if weights is not None:
        shipped = FaceNetwork.read(Path(weights))
        shipped.beside(shipped).fill(model)
    return model


def _mobilefacenet(size: int, heads: Heads, weights: str | None) -> Any:
    layers = load_keras().layers
    inputs = layers.Input((size, size, 3), name="crops")
    x = layers.Flatten(name=POOLING)(mobilefacenet(inputs))
    model = _model(inputs, layers.Dropout(0.2)(x), heads)
    if weights is not None:
        fill_mobilefacenet(model, Path(weights))
    return model


def _with_heads(inputs: Any, features: Any, heads: Heads) -> Any:
    layers = load_keras().layers
    x = layers.GlobalAveragePooling2D(name=POOLING)(features)
    return _model(inputs, layers.Dropout(0.2)(x), heads)


def _model(inputs: Any, features: Any, heads: Heads) -> Any:
    """One layer of logits a head, on shared features."""
    keras = load_keras()
    outputs = {name: keras.layers.Dense(len(labels), name=name)(features) for name, labels in heads.items()}
    return keras.Model(inputs, outputs)


POOLING = "pooling"
"""Name of the layer between a pretrained backbone and what is trained on its features."""

_ALL = (
    Network(
        name="baseline-cnn",
        description="Small convolutional network, trained from scratch",
        heads=_GENDER_ONLY,
        build=_baseline_cnn,
    ),
    Network(
        name="mobilenetv2-frozen",
        description="MobileNetV2 with frozen ImageNet features and a small trained top",
        heads=_GENDER_ONLY,
        build=_mobilenetv2_frozen,
        weights=IMAGENET,
    ),
    Network(
        name="mobilenetv2",
        description="MobileNetV2 from ImageNet weights, three answers",
        heads=_THREE,
        build=_mobilenetv2,
        weights=IMAGENET,
    ),
    Network(
        name="hse-faceres",
        description="MobileNet from face recognition at its own scale, three answers",
        heads=_THREE,
        build=_hse_faceres,
        weights="",
        knows=(GENDER,),
    ),
    Network(
        name="hse-faceres-factored",
        description="MobileNet from face recognition at its own scale, some convolutions in factors, three answers",
        heads=_THREE,
        build=partial(_hse_faceres, ranks=RANKS),
        whole="hse-faceres",
    ),
    Network(
        name="hse-faceres-pair",
        description="Two MobileNets from face recognition on shared first blocks, their answers averaged",
        heads=_THREE,
        build=_hse_faceres_pair,
        weights="",
        knows=(GENDER,),
        pairs="hse-faceres",
    ),
    Network(
        name="mobilefacenet",
        description="MobileFaceNet from face recognition at its own scale, three answers",
        heads=_THREE,
        build=_mobilefacenet,
        weights="",
    ),
)
NETWORKS = {network.name: network for network in _ALL}
TRAINABLE = tuple(network.name for network in _ALL if not network.whole)


def find_network(name: str) -> Network:
    """The network of this name.

    Raises:
        TrainingError: `unknown_network`, with the names there are.
    """
    if name not in NETWORKS:
        raise TrainingError("unknown_network", f"There is no network {name!r}. Available: {', '.join(TRAINABLE)}.")
    return NETWORKS[name]


def trained_as(name: str) -> str:
    """The network that was trained where a finished model holds the one of this name."""
    return (NETWORKS[name].whole if name in NETWORKS else "") or name


def to_train(name: str) -> Network:
    """The network of this name, to be trained.

    Raises:
        TrainingError: `unknown_network`, if it is none, or one that others become when they are finished.
    """
    if trained_as(name) != name:
        raise TrainingError(
            "unknown_network", f"{name} is what {trained_as(name)} becomes after its training: name that one."
        )
    return find_network(name)


def build_from_metadata(metadata: ModelMetadata) -> Any:
    """The untrained network that a model's metadata describes, for its weights to be loaded into.

    Raises:
        TrainingError: `unknown_network`.
    """
    heads = {name: head.labels for name, head in metadata.heads.items()}
    return find_network(metadata.network).build(metadata.crop.size, heads, None)
