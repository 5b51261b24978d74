"""Crops and labels of a training: drawn and changed anew each epoch, from seeds alone.

A teacher that sees the bare face may soften the label of the masked one: distillation (Hinton et al. 2015, arXiv
1503.02531) with a better view instead of a bigger network.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.data.prepared import BARE
from core.errors import DatasetError
from core.heads import GENDER, GENDER_LABELS
from core.model.calibration import p_female
from core.model.loaded import LoadedModel
from core.settings import CONSTANT, CropRecipe
from core.training.augmentation import augment
from core.training.edges import filled, outside_of
from core.training.recipes import Recipe
from core.training.targets import Targets, known, smoothed
from core.training.views import Rows, Views
from core.types import Pixels
from core.vision.warping import warp

Crops = NDArray[np.float32]
_BATCH = 512


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Crops and what is known of them.

    Attributes:
        crops: uint8 RGB (n, size, size, 3); `core.data.prepared.StoredCrops` where they are too many for memory.
        crop: How they were cut.
        targets: Head name → float32 (n, number of labels).
        features: float32 (n, k), what a frozen backbone made of them; None where the network takes the crops.
    """

    crops: Pixels
    crop: CropRecipe
    targets: Targets
    features: Crops | None = None

    def __len__(self) -> int:
        """How many crops."""
        return len(self.crops)


class TrainingBatches:
    """Crops in random order, randomly changed: each epoch otherwise, but repeatably."""

    def __init__(self, examples: Examples, views: Views, wanted: CropRecipe, recipe: Recipe, seed: int) -> None:
        """Take what an epoch is made of; `wanted` is the crop that the network takes."""
        cv2.setNumThreads(1)  # crops are small, and all cores have the network's steps to do
        self._examples, self._views, self._wanted = examples, views, wanted
        self._recipe, self._seed = recipe, seed
        self._targets = smoothed(examples.targets, recipe.label_smoothing)
        self._weights = known(examples.targets)
        self._epoch, self._rows = 0, np.empty(0, np.int64)

    def __len__(self) -> int:
        """Batches an epoch; a last one that is not full is left out where there are others."""
        return steps_of(self._views, self._recipe)

    def begin(self, epoch: int) -> None:
        """Draw the pictures of an epoch, from seed and `epoch` alone."""
        rng = np.random.default_rng((self._seed, epoch))
        self._epoch, self._rows = epoch, self._views.draw(self._recipe.bare_share, rng, self._recipe.faces)

    def __getitem__(self, step: int) -> tuple[Crops, Targets, Targets]:
        """A batch of the epoch: float32 crops, targets, and their weights."""
        chosen = self._rows[step * self._recipe.batch : (step + 1) * self._recipe.batch]
        rng = np.random.default_rng((self._seed, self._epoch, step))
        targets, weights = (
            {head: rows[chosen] for head, rows in part.items()} for part in (self._targets, self._weights)
        )
        return self._changed(chosen, rng), targets, weights

    def _changed(self, rows: Rows, rng: np.random.Generator) -> Crops:
        examples, recipe = self._examples, self._recipe
        if examples.features is not None:
            return examples.features[rows]
        crops = [augment(examples.crops[row], examples.crop, recipe.augmentation, rng, self._wanted) for row in rows]
        return np.stack(crops).astype(np.float32)


def steps_of(views: Views, recipe: Recipe) -> int:
    """Batches an epoch."""
    return max(1, min(recipe.faces or len(views), len(views)) // recipe.batch)


def recrop(examples: Examples, wanted: CropRecipe) -> Examples:
    """The same faces, cut from the middle of the crops as serving would have cut them.

    Args:
        examples: Crops of a margin that is at least the wanted one.
        wanted: Size, margin and padding. Another padding than the crops' is made from plain one.

    Raises:
        DatasetError: `not_prepared` if the crops are too narrow.
    """
    if wanted == examples.crop:
        return examples
    if wanted.margin > examples.crop.margin:
        raise DatasetError(
            "not_prepared",
            f"Crops {wanted.margin} face sizes wide are needed, the prepared ones are {examples.crop.margin} wide. "
            f"Prepare the data with --margin {wanted.margin} or more.",
        )
    crops = np.empty((len(examples), wanted.size, wanted.size, 3), np.uint8)
    side = examples.crop.size
    scale = wanted.size / (wanted.margin * side / examples.crop.margin)
    offset = wanted.size / 2 - scale * side / 2
    matrix = np.array([[scale, 0, offset], [0, scale, offset]])
    padded_anew = examples.crop.padding == CONSTANT != wanted.padding
    for number in range(len(examples)):
        crop = examples.crops[number]
        if padded_anew:
            crop = filled(crop, outside_of(crop), wanted.padding)
        crops[number] = warp(crop, matrix, (wanted.size, wanted.size), wanted.padding)
    return Examples(crops, wanted, examples.targets)


def plain_batches(crops: Pixels | Crops, batch: int = 64) -> Iterator[Crops]:
    """The crops in order and unchanged, as float32, at most `batch` at a time."""
    for start in range(0, len(crops), batch):
        yield crops[start : start + batch].astype(np.float32)


def taught(examples: Examples, index: pd.DataFrame, teacher: LoadedModel, weight: float) -> Examples:
    """The examples with the gender's truth moved by `weight` towards the teacher's answer for the bare face.

    Pictures without a bare crop keep their label.

    Args:
        examples: Training crops.
        index: Their rows.
        teacher: A trained model whose crop is no wider than the examples'.
        weight: In [0, 1].

    Raises:
        DatasetError: `not_prepared` if the teacher needs wider crops.
    """
    rows = np.flatnonzero(index["variant"] == BARE)
    answers = np.empty(len(rows))
    for start in range(0, len(rows), _BATCH):
        some = rows[start : start + _BATCH]
        crops = recrop(Examples(examples.crops[some], examples.crop, {}), teacher.metadata.crop).crops
        logits = teacher.answer(crops)[GENDER]
        answers[start : start + _BATCH] = p_female(logits, teacher.metadata.heads[GENDER])
    pictures = pd.MultiIndex.from_frame(index[["set", "file"]])
    known = pd.Series(answers, index=pictures[rows])
    soft = known.reindex(pictures).to_numpy()
    shares = {"female": soft, "male": 1 - soft}
    softer = np.stack([shares[label] for label in GENDER_LABELS], axis=1)
    hard = examples.targets[GENDER]
    mixed = np.where(np.isnan(softer), hard, (1 - weight) * hard + weight * softer).astype(np.float32)
    return Examples(examples.crops, examples.crop, {**examples.targets, GENDER: mixed})
