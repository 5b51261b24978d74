"""A teacher that sees the bare face: its answer, softer than a label, for the masked one to learn.

Distillation (Hinton et al. 2015, arXiv 1503.02531) with a better view instead of a bigger network.
"""

import numpy as np
import pandas as pd

from core.data.prepared import BARE
from core.heads import GENDER, GENDER_LABELS
from core.model.calibration import p_female
from core.model.store import LoadedModel
from core.training.batches import Examples, recut

_BATCH = 512


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
        crops = recut(Examples(examples.crops[some], examples.crop, {}), teacher.metadata.crop).crops
        logits = teacher.engine.predict(crops)[GENDER]
        answers[start : start + _BATCH] = p_female(logits, teacher.metadata.heads[GENDER])
    pictures = pd.MultiIndex.from_frame(index[["set", "file"]])
    known = pd.Series(answers, index=pictures[rows])
    soft = known.reindex(pictures).to_numpy()
    shares = {"female": soft, "male": 1 - soft}
    softer = np.stack([shares[label] for label in GENDER_LABELS], axis=1)
    hard = examples.targets[GENDER]
    mixed = np.where(np.isnan(softer), hard, (1 - weight) * hard + weight * softer).astype(np.float32)
    return Examples(examples.crops, examples.crop, {**examples.targets, GENDER: mixed})
