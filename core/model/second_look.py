"""Looks again, mirrored, at the faces of which a network is not sure.

A face and its mirror image are of the same person, but a network answers them a little differently, and the mean of
both answers is right more often than either. Looking twice at every face would take twice the time; a sure answer
hardly ever changes by it, so only the others are looked at again.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.types import Pixels

if TYPE_CHECKING:
    from core.model.engines import Engine, Logits


@dataclass(frozen=True, slots=True)
class SecondLook:
    """When a model looks again.

    Attributes:
        closer_than: A face is looked at again if its logits of *female* and *male* are closer to each other than that;
            positive.
        share: Share of the masked validation faces of which that is so, in [0, 1]: how much longer a face takes.
    """

    closer_than: float
    share: float

    def __post_init__(self) -> None:
        if not (self.closer_than > 0 and 0 <= self.share <= 1):
            raise ValueError(f"a second look has a positive closer_than and a share in [0, 1], got {self}")

    def needed(self, logits: ArrayLike) -> NDArray[np.bool_]:
        """Which faces are to be looked at again, bool (n,).

        Args:
            logits: Of gender, (n, 2); or (n, 1), the difference of the two. What is not finite is not looked at again.
        """
        values = np.asarray(logits, dtype=np.float64)
        with np.errstate(invalid="ignore"):
            apart = np.abs(values[:, -1] - (values[:, 0] if values.shape[1] > 1 else 0))
        return np.asarray(apart < self.closer_than)


def averaged(engine: "Engine", crops: Pixels, logits: "Logits", again: NDArray[np.bool_]) -> "Logits":
    """The answers after a second look at some faces.

    Args:
        engine: What gave the first ones.
        crops: uint8 RGB (n, size, size, 3).
        logits: The first answers, all heads: (n, k) each.
        again: Which faces are looked at again, (n,).

    Returns:
        The same, but for those faces the mean of both answers, in every head.
    """
    if not again.any():
        return logits
    mirrored = engine.predict(np.ascontiguousarray(crops[again, :, ::-1]))
    means = {head: values.copy() for head, values in logits.items()}
    for head, values in means.items():
        values[again] = (values[again] + mirrored[head]) / 2
    return means
