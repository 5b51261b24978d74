"""Crops and labels as `tf.data`: shuffled and changed anew each epoch, from seeds alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import DatasetError
from core.training.augmentation import Augmentation, change, random_transforms
from core.training.networks import Heads
from core.training.quiet import load_tensorflow
from core.types import Pixels

Targets = dict[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Crops in memory and what is known of them.

    Attributes:
        crops: uint8 RGB (n, size, size, 3).
        targets: Head name → label numbers (n,).
    """

    crops: Pixels
    targets: Targets

    def __len__(self) -> int:
        """How many crops."""
        return len(self.crops)


def targets_of(index: pd.DataFrame, heads: Heads) -> Targets:
    """Label numbers of each head from the column of its name.

    Raises:
        DatasetError: `bad_table` if a row has a label that the head does not know.
    """
    targets = {}
    for head, labels in heads.items():
        numbers = pd.Index(labels).get_indexer(pd.Index(index[head]))
        if (numbers < 0).any():
            strange = sorted(set(index[head][numbers < 0]))
            raise DatasetError("bad_table", f"The prepared data has {head} {strange}, the network knows {labels}.")
        targets[head] = numbers.astype(np.int64)
    return targets


class TrainingBatches:
    """Crops in random order, randomly changed: each epoch otherwise, but repeatably."""

    def __init__(self, examples: Examples, settings: Augmentation, *, batch: int, seed: int) -> None:
        """Take the examples into TensorFlow's memory, as uint8."""
        self._tf = load_tensorflow()
        self._settings, self._batch, self._seed = settings, batch, seed
        self._count, self._size = examples.crops.shape[:2]
        with self._tf.device("CPU:0"):
            self._crops = self._tf.convert_to_tensor(examples.crops)
            self._targets = {head: self._tf.constant(numbers) for head, numbers in examples.targets.items()}

    def epoch(self, number: int) -> Any:
        """A `tf.data.Dataset` of (crops, targets) that depends on the seed and `number` alone."""
        tf = self._tf
        rng = np.random.default_rng((self._seed, number))
        order = rng.permutation(self._count)
        transforms = random_transforms(self._count, self._size, self._settings, rng)

        def assemble(rows: Any, maps: Any) -> Any:
            chosen = {head: tf.gather(values, rows) for head, values in self._targets.items()}
            return change(tf.gather(self._crops, rows), maps), chosen

        steps = tf.data.Dataset.from_tensor_slices((order, transforms)).batch(self._batch)
        assemble = tf.autograph.experimental.do_not_convert(assemble)
        return steps.map(assemble, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).prefetch(tf.data.AUTOTUNE)


def plain_batches(examples: Examples, batch: int = 256) -> Any:
    """The examples in order and unchanged, as a `tf.data.Dataset` of (crops, targets)."""
    tf = load_tensorflow()
    data = tf.data.Dataset.from_tensor_slices((examples.crops, examples.targets)).batch(batch)
    return data.map(lambda crops, targets: (tf.cast(crops, tf.float32), targets)).prefetch(2)
