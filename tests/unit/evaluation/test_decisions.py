"""What is said of each face at a threshold: cells, recalls, points on curves, counts by probability."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from core.evaluation import decisions
from core.evaluation.answers import Answers

# file, gender, p_female, found, quality
FACES = pd.DataFrame(
    [
        ("a", "female", 0.95, 1, ""),
        ("b", "female", 0.60, 1, ""),
        ("c", "female", 0.10, 1, ""),
        ("d", "female", 0.99, 1, "too_small"),
        ("e", "male", 0.05, 1, ""),
        ("f", "male", 0.45, 1, ""),
        ("g", "male", 0.90, 1, ""),
        ("h", "male", 0.02, 0, ""),
    ],
    columns=["file", "gender", "p_female", "found", "quality"],
)


def answers(threshold: float) -> Answers:
    return Answers.from_frame(FACES, threshold)


def test_every_face_is_called_as_scikit_learn_counts_it() -> None:
    decided = decisions.with_answers(FACES, answers(0.8), every_face=True)

    expected = confusion_matrix(FACES["gender"], np.where(FACES["p_female"] >= 0.5, "female", "male"))
    assert decisions.counts(decided, ("female", "male")) == tuple(map(tuple, expected.tolist()))


def test_at_a_threshold_the_unsure_and_the_badly_seen_are_uncertain() -> None:
    decided = decisions.with_answers(FACES, answers(0.8))

    assert decided["answer"].tolist() == [
        "female", "uncertain", "male", "uncertain", "male", "uncertain", "female", "uncertain",
    ]  # fmt: skip
    assert decisions.counts(decided) == ((1, 1, 2), (1, 1, 2))
    assert decided["confidence"].tolist() == pytest.approx([0.95, 0.6, 0.9, 0.99, 0.95, 0.55, 0.9, 0.98])


def test_figures_at_a_threshold_are_shares_of_the_answered() -> None:
    figures = decisions.figures_at(decisions.with_answers(FACES, answers(0.8)))

    assert {name: estimate.value for name, estimate in figures.items()} == {
        "answered": 0.5, "accuracy_answered": 0.5, "recall_female": 0.5, "recall_male": 0.5
    }  # fmt: skip


def test_without_an_answer_there_are_no_recalls_and_it_says_why() -> None:
    nobody = FACES.assign(found=0)
    figures = decisions.figures_at(decisions.with_answers(nobody, Answers.from_frame(nobody, 0.8)))

    assert figures["answered"].value == 0
    assert figures["recall_female"].value is None
    assert figures["recall_female"].reason == "no woman was answered"


def test_mistakes_come_the_surest_first_and_the_uncertain_are_none() -> None:
    every = decisions.mistakes(decisions.with_answers(FACES, answers(0.8), every_face=True))
    sure = decisions.mistakes(decisions.with_answers(FACES, answers(0.95)))

    assert every["file"].tolist() == ["c", "g"]
    assert sure.empty


def test_a_cell_holds_its_faces() -> None:
    decided = decisions.with_answers(FACES, answers(0.8))

    assert decisions.cell(decided, "female", "uncertain")["file"].tolist() == ["d", "b"]
    assert decisions.cell(decided, "male", "male")["file"].tolist() == ["e"]


def test_the_point_of_every_face_is_what_scikit_learn_gives() -> None:
    (point,) = decisions.operating_points(answers(0.8), None).to_dict("records")
    truth, called = FACES["gender"] == "female", FACES["p_female"] >= 0.5

    assert point["precision"] == pytest.approx(precision_score(truth, called))
    assert point["recall"] == point["true_positive_rate"] == pytest.approx(recall_score(truth, called))
    assert point["false_positive_rate"] == 0.25


def test_a_threshold_has_a_point_for_each_gender() -> None:
    points = decisions.operating_points(answers(0.8), 0.8)

    assert points["name"].tolist() == ["female from 0.80", "male to 0.20"]
    assert points["true_positive_rate"].tolist() == [0.5, 0.75]
    assert points["false_positive_rate"].tolist() == [0.25, 0.5]


def test_a_class_that_is_missing_leaves_its_rates_undefined() -> None:
    men = FACES[FACES["gender"] == "male"]
    (point,) = decisions.operating_points(Answers.from_frame(men, 0.8), None).to_dict("records")

    assert np.isnan(point["true_positive_rate"])
    assert point["false_positive_rate"] == 0.25


def test_coverage_counts_the_sure_and_the_wrong_among_them() -> None:
    (point,) = decisions.coverage_point(answers(0.8), 0.9).to_dict("records")

    assert point["coverage"] == 0.75
    assert point["risk"] == pytest.approx(2 / 6)
    assert decisions.coverage_point(answers(0.8), 0.995).empty


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=40))
def test_the_histogram_holds_every_face_once(faces: list[tuple[bool, float]]) -> None:
    truth, p = (np.array(values) for values in zip(*faces, strict=True))
    table = decisions.histogram(Answers(truth.astype(bool), p.astype(float), np.ones(len(p), dtype=bool), 0.8))

    assert table.groupby("gender")["n"].sum().to_dict() == {"female": truth.sum(), "male": (~truth).sum()}


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_cells_add_up_to_all_faces_and_higher_thresholds_answer_fewer(faces: list[tuple[bool, float, bool]]) -> None:
    truth, p, clear = (np.array(values) for values in zip(*faces, strict=True))
    table = pd.DataFrame({"file": "x", "gender": np.where(truth, "female", "male")})
    shares = []
    for threshold in (0.5, 0.7, 0.99):
        decided = decisions.with_answers(
            table, Answers(truth.astype(bool), p.astype(float), clear.astype(bool), threshold)
        )
        assert sum(map(sum, decisions.counts(decided))) == len(faces)
        shares.append(decisions.figures_at(decided)["answered"].value)

    assert shares == sorted(shares, reverse=True)
