import numpy as np
import pandas as pd
import pytest

from core.heads import Thresholds
from core.ui.real_masks import RealMaskFigures, measure, sentence


def table(*rows: tuple[str, float, int, str]) -> pd.DataFrame:
    """Rows of (gender, p_female, found, quality) of the real-mask test set, by a model that says nothing of ages."""
    frame = pd.DataFrame(rows, columns=["gender", "p_female", "found", "quality"])
    return frame.assign(set="worldwide", split="test", variant="real", p_child=np.nan)


FACES = table(
    ("female", 0.95, 1, ""),
    ("female", 0.10, 1, ""),  # answered, wrong
    ("male", 0.30, 1, ""),  # not sure at 0.8
    ("male", 0.05, 0, ""),  # not found
    ("male", 0.05, 1, "too_small"),
)


def test_only_what_the_page_would_answer_counts_as_answered() -> None:
    assert measure(FACES, Thresholds(0.8)) == {"worldwide": RealMaskFigures(faces=5, answered=2, right=1)}
    assert measure(FACES, Thresholds(0.7)) == {"worldwide": RealMaskFigures(faces=5, answered=3, right=2)}
    assert measure(FACES, Thresholds(0.99)) == {"worldwide": RealMaskFigures(faces=5, answered=0, right=0)}


def test_faces_judged_a_childs_count_as_not_answered_unless_the_page_answers_them() -> None:
    faces = FACES.assign(p_child=[0.6, 0.3, 0.0, 0.0, 0.0])
    assert measure(faces, Thresholds(0.8, child=0.5)) == {"worldwide": RealMaskFigures(faces=5, answered=1, right=0)}
    assert measure(faces, Thresholds(0.8, child=0.3)) == {"worldwide": RealMaskFigures(faces=5, answered=0, right=0)}
    assert measure(faces, Thresholds(0.8, child=None)) == {"worldwide": RealMaskFigures(faces=5, answered=2, right=1)}


@pytest.mark.parametrize("column", ["split", "variant"])
def test_other_sets_are_passed_over(column: str) -> None:
    assert measure(FACES.assign(**{column: "other"}), Thresholds(0.8)) == {}


def test_sentence_says_n() -> None:
    words = sentence({"worldwide": RealMaskFigures(faces=368, answered=335, right=328)})
    assert "368 faces" in words
    assert "91 %" in words
    assert "97 % of the 335 answers" in words
    assert "hardest" not in words
    assert "none of 5 test faces" in sentence({"worldwide": RealMaskFigures(5, 0, 0)})


def test_sets_are_told_together_and_the_hardest_beside_them() -> None:
    both = {"rmfrd": RealMaskFigures(faces=1000, answered=600, right=530), "worldwide": RealMaskFigures(400, 300, 297)}
    words = sentence(both)
    assert "Tested on 1,400 faces in real masks: at this setting it answered 64 % of them" in words
    assert "91 % of the 900 answers" in words
    assert "The hardest of the 2 sets, rmfrd (Real-World Masked Face Dataset: small pictures" in words
    assert "60 % answered, 88 % of those right" in words
    assert "none answered" in sentence(both | {"rmfrd": RealMaskFigures(1000, 0, 0)})
