"""Which crop of each picture an epoch shows: bare or masked, every picture or some more often."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.data.prepared import BARE
from core.heads import GENDER
from core.labels import age_band

Rows = NDArray[np.int64]
_ABSENT = -1


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """The crops of each picture, as rows of an index.

    Attributes:
        bare: (p,) the bare crop of each picture, -1 where there is none.
        masked: (p, m) its masked crops, filled up with -1.
        weights: (p,) how often a picture is drawn, relative to others; None for each once.
    """

    bare: Rows
    masked: Rows
    weights: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        """How many pictures."""
        return len(self.bare)

    def draw(self, bare_share: float, rng: np.random.Generator, faces: int | None = None) -> Rows:
        """One crop a picture, in random order: an epoch.

        Args:
            bare_share: Probability that a picture with both is shown bare.
            rng: Where all chance comes from.
            faces: Most pictures; None for as many as there are.

        Returns:
            Rows of the index.
        """
        count = min(faces or len(self), len(self))
        if self.weights is None:
            order = rng.permutation(len(self))[:count]
        else:
            order = rng.choice(len(self), count, p=self.weights / self.weights.sum())
        bare, masked = self.bare[order], self.masked[order]
        filled = (masked != _ABSENT).sum(axis=1)
        chosen = masked[np.arange(count), (rng.random(count) * np.maximum(filled, 1)).astype(int)]
        show_bare = (rng.random(count) < bare_share) & (bare != _ABSENT)
        return np.asarray(np.where(show_bare | (chosen == _ABSENT), bare, chosen), np.int64)


def views_of(index: pd.DataFrame, balance: float = 0.0, emphasis: Mapping[str, float] | None = None) -> Views:
    """Group the crops of an index by picture.

    Args:
        index: Rows of a prepared index, numbered from 0.
        balance: See `core.training.recipes.Recipe`.
        emphasis: Likewise; None for none.
    """
    pictures = index.groupby(["set", "file"], sort=False).ngroup().to_numpy()
    is_bare = (index["variant"] == BARE).to_numpy()
    count = int(pictures.max()) + 1
    bare = np.full(count, _ABSENT, np.int64)
    bare[pictures[is_bare]] = np.flatnonzero(is_bare)
    rows = np.flatnonzero(~is_bare)
    place = index.loc[~is_bare].groupby(pictures[rows]).cumcount().to_numpy()
    masked = np.full((count, int(place.max(initial=0)) + 1), _ABSENT, np.int64)
    masked[pictures[rows], place] = rows
    weights: NDArray[np.float64] | None = None
    if balance or emphasis:
        first = index.iloc[np.unique(pictures, return_index=True)[1]]
        bands = first["age"].map(age_band)
        cells = pd.Series(first[GENDER] + "/" + first["ethnicity"] + "/" + bands + "/" + first["set"])
        weights = np.asarray(cells.map(cells.value_counts()), dtype=np.float64) ** -balance
        for names in (first["set"], bands):
            weights = weights * np.array([(emphasis or {}).get(name, 1.0) for name in names])
    return Views(bare, masked, weights)
