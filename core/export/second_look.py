"""Chooses at which faces a finished model looks again; serving does it (`core.model.second_look`)."""

from statistics import mean

import numpy as np
from numpy.typing import ArrayLike

from core.data.prepared import DRAWN, REAL
from core.model.calibration import log_odds
from core.model.metadata import Head
from core.model.second_look import SecondLook


def second_look(gender: ArrayLike, head: Head, variants: ArrayLike, confidence: float) -> SecondLook | None:
    """A second look at the faces whose gender is said with less than this confidence.

    Args:
        gender: Logits of gender of validation faces, (n, k).
        head: Gender's.
        variants: What those faces wear (n,), as `core.labels.Variant` has it.
        confidence: In [0.5, 1); 0.5 for no second look.

    Returns:
        When a model looks again, and how often it does so at masked faces, real masks and drawn ones counting alike;
        None for never.
    """
    closer_than = round(head.temperature * log_odds(confidence, 0.0), 4)
    if closer_than <= 0:
        return None
    worn = np.asarray(variants).astype(str)
    needed = SecondLook(closer_than, 0.0).needed(gender)
    shares = [float(needed[worn == kind].mean()) for kind in (REAL, DRAWN) if (worn == kind).any()]
    return SecondLook(closer_than, round(mean(shares), 4) if shares else 0.0)
