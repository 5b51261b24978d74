import numpy as np
import pandas as pd
import pytest

from core.heads import AGE, AGE_LABELS, GENDER, GENDER_LABELS, MASK, MASK_LABELS
from core.model.metadata import Heads
from core.settings import CropRecipe
from core.training.batches import Examples
from core.training.targets import targets_of
from core.training.validation import logits_of, validate

HEADS: Heads = {GENDER: GENDER_LABELS, MASK: MASK_LABELS, AGE: AGE_LABELS}
# variant, gender, age, and what the network says: probability of female, mask worn, number of the age band.
ROWS = [
    ("drawn", "female", "5", 0.9, 0.8, 0),
    ("drawn", "female", "", 0.6, 0.8, 2),
    ("real", "female", "", 0.2, 0.8, 2),
    ("drawn", "male", "30", 0.2, 0.8, 2),
    ("bare", "female", "30", 0.3, 0.8, 3),
    ("bare", "male", "70", 0.3, 0.1, 4),
]


def case(heads: Heads, rows: list[tuple]) -> dict[str, float]:
    table = pd.DataFrame(rows, columns=["variant", "gender", "age", "female", "mask", "band"])
    index = table[["variant", "gender", "age"]].assign(masked=(table["variant"] != "bare").astype(int))
    ages = np.zeros((len(table), len(AGE_LABELS)))
    ages[np.arange(len(table)), table["band"]] = 5
    logits = {GENDER: odds(table["female"]), MASK: odds(table["mask"]), AGE: ages}
    examples = Examples(np.zeros((len(table), 8, 8, 3), np.uint8), CropRecipe(), targets_of(index, heads))
    return validate({head: logits[head].astype(np.float32) for head in heads}, examples, index, heads)


def odds(shares: pd.Series) -> np.ndarray:
    return np.stack([np.zeros(len(shares)), np.log(shares / (1 - shares))], axis=1)


def test_gender_is_judged_on_masked_faces_and_the_others_on_all_whose_label_is_known() -> None:
    figures = case(HEADS, ROWS)
    assert figures == pytest.approx(
        {
            "val_loss": -np.log([0.9, 0.6, 0.8]).mean() / 2 - np.log(0.2) / 2,
            "val_accuracy": 3 / 4,
            "val_balanced": (2 / 3 + 1) / 2,
            "val_gap": 2 / 3 - 1,
            "val_drawn": 1.0,
            "val_drawn_auc": 1.0,
            "val_bare": 1 / 2,
            "val_mask": 5 / 6,
            "val_age": 3 / 4,
        },
        abs=1e-6,
    )


def test_what_is_not_asked_or_not_there_has_no_figure() -> None:
    gender_alone = ["val_loss", "val_accuracy", "val_balanced", "val_gap"]
    drawn = [row for row in ROWS if row[0] == "drawn"]
    assert list(case({GENDER: GENDER_LABELS}, drawn)) == gender_alone
    no_ages = [(variant, gender, "", *rest) for variant, gender, _, *rest in ROWS if variant != "real"]
    assert list(case(HEADS, no_ages)) == [*gender_alone, "val_bare", "val_mask"]


def test_the_network_is_asked_for_all_crops_in_order() -> None:
    class Network:
        """Answers with the first pixel's red."""

        def predict_on_batch(self, crops: np.ndarray) -> dict[str, np.ndarray]:
            return {GENDER: crops[:, 0, 0, :1]}

    crops = np.zeros((150, 8, 8, 3), np.uint8)
    crops[:, 0, 0, 0] = np.arange(150)
    answers = logits_of(Network(), Examples(crops, CropRecipe(), {}))
    assert answers[GENDER][:, 0].tolist() == list(range(150))
