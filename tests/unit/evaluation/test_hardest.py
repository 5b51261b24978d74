"""Which test set a report opens on."""

import pandas as pd

from core.evaluation.test_sets import hardest


def faces(name: str, split: str, variant: str, women: list[float], men: list[float]) -> pd.DataFrame:
    rows = [(name, split, variant, "female", p) for p in women] + [(name, split, variant, "male", p) for p in men]
    return pd.DataFrame(rows, columns=["set", "split", "variant", "gender", "p_female"])


def test_the_lowest_balanced_accuracy_counts_not_the_share_right() -> None:
    easy = faces("easy", "test", "real", [0.9, 0.9], [0.1, 0.6])
    hard = faces("hard", "test", "drawn", [0.4, 0.4], [0.1] * 8)  # 8 of 10 right, but no woman

    assert hardest(pd.concat([easy, hard])) == ("hard", "drawn", "test")


def test_validation_and_sets_of_one_gender_are_passed_over() -> None:
    worse = faces("seen", "val", "real", [0.1], [0.9])
    women = faces("women", "test", "real", [0.1], [])
    plain = faces("plain", "test", "bare", [0.9], [0.4])

    assert hardest(pd.concat([worse, women, plain])) == ("plain", "bare", "test")
    assert hardest(women) is None
    assert hardest(worse) is None
