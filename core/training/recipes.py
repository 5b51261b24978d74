"""How a network is trained: every choice that experiments vary, as one frozen value, and what each network has."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from core.model.architectures import Network
from core.settings import CropRecipe
from core.training.augmentation import NONE, Augmentation

CONSTANT, COSINE = SCHEDULES = ("constant", "cosine")
FLOAT32, BFLOAT16 = PRECISIONS = ("float32", "bfloat16")
_EMPHASIS = "emphasis."
SECOND_LOOK = 0.9


def _check_served(size: int | None, served: int | None) -> None:
    if served is None:
        return
    CropRecipe(size=served)  # raises where it is out of its range
    if size is not None and served < size:
        raise ValueError(
            f"served_size={served} is smaller than size={size}: a finished network takes crops as large as those that "
            "it learned from, or larger ones. Change both"
        )


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained.

    Attributes:
        epochs: Passes over the training pictures.
        batch: Crops a step.
        learning_rate: Of Adam; the highest of a schedule.
        size: Side of the crops, pixels; None for that of the prepared ones.
        margin: Their width in face sizes; None for that of the prepared ones.
        served_size: Side of the crops that the finished network takes; None for that of the training. A network sees
            faces in training crops as if they were larger, because these are cut at random: it answers better to
            larger test crops (Touvron et al. 2019, arXiv 1906.06423).
        padding: What fills the part of a served crop that lies outside its picture, one of `core.settings.PADDINGS`;
            None for that of the prepared ones. Another one can be had from crops with plain padding alone.
        schedule: "constant", or "cosine": up within `warmup` of the steps, then down to nothing.
        warmup: Share of the steps.
        weight_decay: Of AdamW (Loshchilov and Hutter 2019); 0 is Adam.
        bare_share: Share of the pictures that is seen without a mask, in [0, 1].
        faces: Most pictures of an epoch, drawn anew each time; None for every picture once.
        balance: 0 takes every picture once an epoch; 1 draws them so that every cell of gender,
            ethnicity, age band and set is seen equally often; between, by that power.
        emphasis: By set, or by age band of `core.labels.AGE_BANDS`, how many times as often as one of the others such a
            picture is drawn, `balance` apart; where both are named, they multiply. Pictures are drawn, as with balance,
            instead of taken once each.
        label_smoothing: In [0, 1): how far the truth is moved towards "don't know" (Szegedy et al. 2016).
        averaging: Momentum of a moving average of the weights, in [0, 1); 0 for none.
        mask_weight, age_weight: Weight of these answers' losses beside gender's 1.
        frozen: Share of the backbone's layers, from the first on, that stay as they were, in [0, 1].
        freeze_norm: Leave batch normalisation as it was pretrained.
        precision: "bfloat16" computes the convolutions that mix channels in that type (Kalamkar et al. 2019, arXiv
            1905.12322): on processors that know it, such a step takes two thirds of the time. Weights, depthwise
            convolutions, which would be slower, and the finished network stay float32.
        teacher_weight: How far the truth gives way to a teacher's answer for the bare face, in [0, 1].
        stay_near: Go back, after the last epoch, towards the weights that the network began with and,
            where published ones are named beside it, the model that it went on from, as far as validation gains
            from it (Wortsman et al. 2022, arXiv 2109.01903).
        second_look: Confidence below which the finished model looks at a face again, mirrored, in [0.5, 1); 0.5 for
            never.
        augmentation: Random changes of the training crops.
    """

    epochs: int
    batch: int
    learning_rate: float
    size: int | None = None
    margin: float | None = None
    served_size: int | None = None
    padding: str | None = None
    schedule: str = CONSTANT
    warmup: float = 0.05
    weight_decay: float = 0.0
    bare_share: float = 0.0
    faces: int | None = None
    balance: float = 0.0
    emphasis: Mapping[str, float] = field(default_factory=dict, hash=False)
    label_smoothing: float = 0.0
    averaging: float = 0.0
    mask_weight: float = 0.2
    age_weight: float = 0.2
    frozen: float = 0.0
    freeze_norm: bool = False
    precision: str = FLOAT32
    teacher_weight: float = 0.0
    stay_near: bool = False
    second_look: float = SECOND_LOOK
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1 or not 0 < self.learning_rate < math.inf:
            raise ValueError(f"epochs, batch and learning rate must be positive, got {self}")
        if self.faces is not None and self.faces < 1:
            raise ValueError(f"an epoch shows a face at least, got {self.faces}")
        own = {name: value for name in ("size", "margin", "padding") if (value := getattr(self, name)) is not None}
        CropRecipe(**own)  # raises where one is out of its range
        _check_served(self.size, self.served_size)
        if self.schedule not in SCHEDULES:
            raise ValueError(f"schedule must be one of {SCHEDULES}, got {self.schedule!r}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision must be one of {PRECISIONS}, got {self.precision!r}")
        for name in ("warmup", "bare_share", "balance", "frozen", "teacher_weight"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} lies in [0, 1], got {getattr(self, name)}")
        if not 0.5 <= self.second_look < 1:
            raise ValueError(f"second_look lies in [0.5, 1), got {self.second_look}")
        if not (0 <= self.label_smoothing < 1 and 0 <= self.averaging < 1):
            raise ValueError(f"label smoothing and averaging lie in [0, 1), got {self}")
        if not all(name and 0 < times < math.inf for name, times in self.emphasis.items()):
            raise ValueError(f"an emphasis is on a set or an age band, and positive, got {dict(self.emphasis)}")
        for name in ("weight_decay", "mask_weight", "age_weight"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} cannot be negative, got {getattr(self, name)}")

    def changed(self, changes: Sequence[str]) -> "Recipe":
        """The recipe with some `key=value`.

        Args:
            changes: `key=value`; `augmentation.key=value` for its parts, `emphasis.name=value` for a set or an age
                band.

        Raises:
            ValueError: For an unknown key, or a value of another kind or range.
        """
        own: dict[str, Any] = {}
        parts: dict[str, Any] = {}
        emphasis = dict(self.emphasis)
        for change in changes:
            key, equals, text = change.partition("=")
            if equals and key.startswith(_EMPHASIS):
                emphasis[key.removeprefix(_EMPHASIS)] = _number(text)
                continue
            name = key.removeprefix("augmentation.")
            target: Recipe | Augmentation = self if name == key else self.augmentation
            known = [item.name for item in fields(target) if item.name not in ("augmentation", "emphasis")]
            if not equals or name not in known:
                more = "" if name != key else ", augmentation.PART, emphasis.NAME"
                raise ValueError(f"expected KEY=VALUE with a key of {', '.join(known)}{more}, got {change!r}")
            (own if name == key else parts)[name] = _read(text, getattr(target, name), name)
        return replace(self, **own, emphasis=emphasis, augmentation=replace(self.augmentation, **parts))


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
    "hse-faceres-pair": replace(_GENTLE, frozen=0.22),  # what its branches share
    "mobilefacenet": replace(
        _GENTLE, learning_rate=0.0004, size=112, margin=1.15, served_size=None, frozen=0.0, stay_near=False
    ),
}


def default_recipe(network: Network) -> Recipe:
    """The recipe of a network where nothing else is asked for."""
    return _BY_NETWORK[network.name]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(
            f"an emphasis is how many times as often a set or an age band is drawn, got {text!r}"
        ) from error


def _read(text: str, like: Any, name: str) -> Any:
    """A value of the kind that stands there now; numbers where nothing does."""
    kind = {"size": int, "margin": float, "served_size": int, "faces": int, "padding": str}.get(name, type(like))
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(f"expected true or false, got {text!r}")
        return text.lower() == "true"
    return kind(text)
