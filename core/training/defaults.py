"""How each network is trained where nothing else is asked for."""

from dataclasses import replace

from core.model.architectures import Network
from core.training.augmentation import NONE, Augmentation
from core.training.recipes import COSINE, Recipe

_STRONG = Augmentation(
    flip=True, rotation=0.04, zoom=0.15, shift=0.06, light=0.5, colour=0.4,
    blur=0.12, shrink=0.12, jpeg=0.2, noise=0.08, grey=0.05, occlude=0.12,
)  # fmt: skip
_TUNED = Recipe(
    epochs=3, batch=64, learning_rate=0.0003, size=112, margin=1.5, schedule=COSINE, weight_decay=0.01,
    bare_share=0.25, balance=0.3, label_smoothing=0.05, augmentation=_STRONG,
)  # fmt: skip
_GENTLE = replace(
    _TUNED, epochs=6, batch=48, learning_rate=0.0002, size=160, margin=1.35, served_size=176, bare_share=0.2,
    balance=0.5, averaging=0.998, label_smoothing=0.03, frozen=0.35, faces=32_000, stay_near=True,
    augmentation=replace(
        _STRONG, zoom=0.2, squash=0.15, cut=0.3, shrink=0.15, occlude=0.2, shade=0.12, tint=0.08, expose=0.1
    ),
)  # fmt: skip
_BY_NETWORK = {
    "baseline-cnn": Recipe(epochs=17, batch=20, learning_rate=0.001),
    "mobilenetv2-frozen": Recipe(20, 32, 0.0008, size=224, margin=1.5, frozen=1.0, augmentation=NONE),
    "mobilenetv2": _TUNED,
    "hse-faceres": _GENTLE,
}


def default_recipe(network: Network) -> Recipe:
    """The recipe of a network where nothing else is asked for."""
    return _BY_NETWORK[network.name]
