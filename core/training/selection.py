"""Which prepared crops a training learns from and which it is tested on, and whether they will do."""

import math
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.prepared import BARE, DRAWN, REAL, Prepared, Selection
from core.data.samples import GENDERS, TRAIN, VAL
from core.errors import DatasetError
from core.heads import GENDER, MASK
from core.labels import age_band
from core.model.architectures import Network
from core.settings import CONSTANT, CropRecipe
from core.training.recipes import Recipe

_ENLARGED, _SERVED_ENLARGED = 1.1, 1.2
"""How many times larger than prepared a face may be learned from, less than a change of `Augmentation.zoom`, and be
shown to the finished network: at 1.24, a larger size looked better on enlarged validation faces than it was on faces
cut at that size; 1.16 is in use."""
MIN_TRAIN, MIN_VAL = 10, 1
"""Fewest masked crops of each gender with which a training has any meaning."""


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """What a training is asked to do.

    Attributes:
        recipe: How.
        sets: Data sets to train on; None for all that are prepared.
        seed: Of the weights, the order, the augmentation and dropout.
        limit: Most training pictures, half of each gender, chosen by seed; None for all.
        weights: Pretrained weights to begin with; None for the network's own. Beside a parent: those that
            the finished network stays near to, as to the parent.
        parent: Folder of a model of this network, or of it in factors, to go on from, instead of those.
        second: Folder of a model that the second branch of a pair goes on from, the first from `parent`.
    """

    recipe: Recipe
    sets: tuple[str, ...] | None = None
    seed: int = 0
    limit: int | None = None
    weights: str | None = None
    parent: Path | None = None
    second: Path | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 2:
            raise ValueError(f"a limit must be at least 2, got {self.limit}")
        if self.parent and self.weights and not self.recipe.stay_near:
            raise ValueError("a training starts from --weights FILE or from --start-from NAME, not both")
        if self.second and not self.parent:
            raise ValueError("--second NAME goes with --start-from NAME, the first")

    @property
    def published(self) -> "TrainingSettings | None":
        """The same from the pretrained weights alone, where those are named beside a parent; None where not."""
        return replace(self, parent=None, second=None) if self.weights and self.parent else None


def crops_for(prepared: Prepared, network: Network, settings: TrainingSettings) -> dict[str, Selection]:
    """The crops of the train and the val split.

    Raises:
        DatasetError: If there are none, too few with masks, or of one gender, or if a set is to be drawn more
            often that the training does not have.
    """
    chosen = {split: _select(prepared, split, network, settings) for split in (TRAIN, VAL)}
    _check_emphasis(chosen[TRAIN].index, settings.recipe)
    for split, least in ((TRAIN, MIN_TRAIN), (VAL, MIN_VAL)):
        index = chosen[split].index
        _check(index[index["variant"] != BARE], split, least)
    return chosen


def crop_of(prepared: Prepared, recipe: Recipe) -> CropRecipe:
    """The crop that a network takes: the recipe's size, margin and padding, the prepared ones where it names none.

    Raises:
        DatasetError: `not_prepared` if the prepared crops show a face with fewer pixels than the network is trained
            on or served with: from enlarged faces it learns to make no use of detail, and how it is finished is
            chosen on what it will not be given. Or if they are padded otherwise, and not plainly: what lies outside
            the picture cannot be told from it.
    """
    own = prepared.crop
    crop = CropRecipe(recipe.size or own.size, recipe.margin or own.margin, recipe.padding or own.padding)
    if crop.padding != own.padding != CONSTANT:
        raise DatasetError(
            "not_prepared",
            f"The prepared crops are padded by '{own.padding}', the network is to be given '{crop.padding}'. "
            f"Prepare the data with --padding {CONSTANT}, which any padding can be made of, or with {crop.padding}.",
        )
    prepared_face = own.size / own.margin
    for size, enlarged, smaller in (
        (crop.size, _ENLARGED, "size"),
        (recipe.served_size or crop.size, _SERVED_ENLARGED, "served_size"),
    ):
        served_face = size / crop.margin
        if served_face > prepared_face * enlarged:
            raise DatasetError(
                "not_prepared",
                f"The prepared crops show faces of {prepared_face:.0f} pixels, the network will be given faces of "
                f"{served_face:.0f}. Prepare the data with --size {math.ceil(served_face * own.margin)} or more at "
                f"--margin {own.margin}, or train with a smaller {smaller} or a larger margin.",
            )
    return crop


def _select(prepared: Prepared, split: str, network: Network, settings: TrainingSettings) -> Selection:
    """Masked crops, and bare ones where the recipe shows them, to network or teacher, or an answer is about masks."""
    recipe = settings.recipe
    bare = recipe.bare_share > 0 or recipe.teacher_weight > 0 or MASK in network.heads
    variants = (DRAWN, REAL, BARE) if bare else (DRAWN, REAL)
    chosen = prepared.select(sets=settings.sets, splits=[split], variants=variants)
    if settings.limit is None or split != TRAIN:
        return chosen
    rng = np.random.default_rng(settings.seed)
    pictures = chosen.index.drop_duplicates(["set", "file"])
    some = [
        mine.iloc[rng.permutation(len(mine))[: settings.limit // len(GENDERS)]]
        for mine in (pictures[pictures[GENDER] == gender] for gender in GENDERS)
    ]
    wanted = pd.MultiIndex.from_frame(pd.concat(some)[["set", "file"]])
    return chosen.take(np.flatnonzero(pd.MultiIndex.from_frame(chosen.index[["set", "file"]]).isin(wanted)))


def _check(index: pd.DataFrame, split: str, least: int) -> None:
    counts = {gender: int((index[GENDER] == gender).sum()) for gender in GENDERS}
    words = " and ".join(f"{count} {gender}" for gender, count in counts.items())
    if 0 in counts.values():
        raise DatasetError("one_class", f"The {split} split has {words} masked crops: a training needs both genders.")
    if min(counts.values()) < least:
        raise DatasetError(
            "too_few",
            f"The {split} split has {words} masked crops: too few to learn from, at least {least} of each are needed.",
        )


def _check_emphasis(index: pd.DataFrame, recipe: Recipe) -> None:
    sets, bands = sorted(index["set"].unique()), set(index["age"].map(age_band)) - {""}
    missing = sorted(recipe.emphasis.keys() - {*sets, *bands})
    if missing:
        raise DatasetError(
            "not_prepared",
            f"The recipe's emphasis is on {', '.join(missing)}, the training pictures are of {', '.join(sets)}; "
            f"their ages are {', '.join(sorted(bands)) or 'not known'}. Prepare such pictures and let --sets name "
            "them, or leave that emphasis out.",
        )


def counts_of(index: pd.DataFrame) -> dict[str, dict[str, dict[str, int]]]:
    """Number of crops by set, split and variant."""
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for (name, split, variant), number in Counter(
        zip(index["set"], index["split"], index["variant"], strict=True)
    ).items():
        counts.setdefault(name, {}).setdefault(split, {})[variant] = number
    return counts
