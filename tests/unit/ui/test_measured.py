import numpy as np
import pandas as pd
import pytest

from core.settings import Thresholds
from core.ui.measured import Measured, measure, sentence


def table(*rows: tuple[str, float, int, str]) -> pd.DataFrame:
    """Rows of (gender, p_female, found, quality) of the real-mask test set, by a model that says nothing of ages."""
    frame = pd.DataFrame(rows, columns=["gender", "p_female", "found", "quality"])
    return frame.assign(set="worldwide", variant="real", p_child=np.nan)


FACES = table(
    ("female", 0.95, 1, ""),
    ("female", 0.10, 1, ""),  # answered, wrong
    ("male", 0.30, 1, ""),  # not sure at 0.8
    ("male", 0.05, 0, ""),  # not found
    ("male", 0.05, 1, "too_small"),
)


def test_only_what_the_page_would_answer_counts_as_answered() -> None:
    assert measure(FACES, Thresholds(0.8)) == Measured(faces=5, answered=2, right=1)
    assert measure(FACES, Thresholds(0.7)) == Measured(faces=5, answered=3, right=2)
    assert measure(FACES, Thresholds(0.99)) == Measured(faces=5, answered=0, right=0)


def test_faces_judged_a_childs_count_as_not_answered_unless_the_page_answers_them() -> None:
    faces = FACES.assign(p_child=[0.6, 0.3, 0.0, 0.0, 0.0])
    assert measure(faces, Thresholds(0.8, child=0.5)) == Measured(faces=5, answered=1, right=0)
    assert measure(faces, Thresholds(0.8, child=0.3)) == Measured(faces=5, answered=0, right=0)
    assert measure(faces, Thresholds(0.8, child=None)) == Measured(faces=5, answered=2, right=1)


@pytest.mark.parametrize("column", ["set", "variant"])
def test_other_sets_are_passed_over(column: str) -> None:
    assert measure(FACES.assign(**{column: "other"}), Thresholds(0.8)) is None


def test_sentence_says_n() -> None:
    words = sentence(Measured(faces=368, answered=335, right=328))
    assert "368 faces" in words
    assert "91 %" in words
    assert "97 % of those 335 answers" in words
    assert "none of 5 test faces" in sentence(Measured(5, 0, 0))
