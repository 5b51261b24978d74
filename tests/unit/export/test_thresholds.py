from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.classify.decision import decide
from core.export.thresholds import (
    CONFIDENCES,
    ChildChoice,
    ConfidenceChoice,
    choose_child_threshold,
    choose_gender_threshold,
    choose_trait_threshold,
)
from core.heads import Thresholds
from core.results import Label, Prediction, Quality, Reason

GOOD = Quality(100, 1, 128, 0)


def gender(p: list[float], women: list[bool], ages: list[str] | None = None, goal: float = 0.98) -> ConfidenceChoice:
    return choose_gender_threshold(p, women, [""] * len(p) if ages is None else ages, goal=goal)


def test_the_smallest_confidence_without_too_many_mistakes_is_chosen() -> None:
    # The one mistake, a man called female, has a confidence of 0.7: from 0.71 on all answers are right.
    found = gender([0.95, 0.9, 0.7, 0.71, 0.05, 0.3], [True, True, False, True, False, False])
    assert found == ConfidenceChoice(threshold=0.71, reached=True, accuracy=1.0, answered=4 / 6, faces=6)


def test_the_goal_itself_is_enough() -> None:
    p, women = [0.9] * 50, [True] * 49 + [False]
    assert gender(p, women) == ConfidenceChoice(threshold=0.5, reached=True, accuracy=0.98, answered=1.0, faces=50)
    assert gender(p[1:], women[1:]).reached is False


def test_a_goal_that_no_confidence_reaches_is_said_with_the_highest() -> None:
    found = gender([0.999, 0.999, 0.6], [False, True, True])
    assert found == ConfidenceChoice(threshold=0.99, reached=False, accuracy=0.5, answered=2 / 3, faces=3)
    # Nobody is left above a confidence of 0.6: no answers are no success.
    nobody = gender([0.6], [False])
    assert nobody == ConfidenceChoice(threshold=0.99, reached=False, accuracy=None, answered=0.0, faces=1)


def test_children_do_not_count_for_gender_but_unknown_ages_do() -> None:
    ages = ["17", "10-19", "0-9", "3", "17.5", "18", "20-29", "60+", "more than 70", "", "nan", "adult"]
    wrong = gender([0.99] * len(ages), [False] * len(ages), ages)
    assert wrong.faces == 7
    right = gender([0.9] * len(ages), [False] * 5 + [True] * 7, ages)
    assert right == ConfidenceChoice(threshold=0.5, reached=True, accuracy=1.0, answered=1.0, faces=7)


def test_a_hard_set_is_not_drowned_by_an_easy_one() -> None:
    # Of 100 answers in the hard set 8 are wrong, 7 of them below 0.8; with 900 right ones beside them all would pass.
    hard = [0.7] * 7 + [0.9] * 93
    women = [False] * 8 + [True] * 92
    p, labels = hard + [0.95] * 900, women + [True] * 900
    sets = ["hard"] * 100 + ["easy"] * 900
    ages = ["30"] * 1000
    assert choose_gender_threshold(p, labels, ages).threshold == 0.5
    found = choose_gender_threshold(p, labels, ages, sets)
    assert (found.threshold, found.worst, found.worst_set) == (0.71, 92 / 93, "hard")
    small = choose_gender_threshold(p[1:], labels[1:], ages[1:], sets[1:])  # 99 faces of a set say too little
    assert (small.threshold, small.worst_set) == (0.5, "easy")


def test_one_label_of_a_set_does_not_decide() -> None:
    # Where 97 of 100 are right, chance gives 94 and fewer in 8 of 100 cases, 93 and fewer in 3.
    ages, sets, easy = ["30"] * 1000, ["hard"] * 100 + ["easy"] * 900, [True] * 900
    six = choose_gender_threshold([0.7] * 6 + [0.9] * 994, [False] * 6 + [True] * 94 + easy, ages, sets)
    assert (six.threshold, six.reached, six.worst) == (0.5, True, 0.94)
    seven = choose_gender_threshold([0.7] * 7 + [0.9] * 993, [False] * 7 + [True] * 93 + easy, ages, sets)
    assert (seven.threshold, seven.reached, seven.worst) == (0.71, True, 1.0)


def test_without_adults_nothing_is_reached() -> None:
    nobody = ConfidenceChoice(threshold=0.99, reached=False, accuracy=None, answered=None, faces=0)
    assert gender([0.9, 0.1], [True, False], ["5", "12"]) == gender([], [], []) == nobody


def test_masks_count_every_age() -> None:
    # 50 of 51 answers are right, 98.04 %: too few for masks.
    p, labels = [0.7, *[0.55] * 50], [True] * 50 + [False]
    assert choose_trait_threshold(p, labels) == ConfidenceChoice(0.56, True, accuracy=1.0, answered=1 / 51, faces=51)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30),
    st.floats(0.5, 1),
)
def test_the_choice_holds_what_it_promises_when_faces_are_decided_by_it(
    faces: list[tuple[float, bool]], goal: float
) -> None:
    found = gender([p for p, _ in faces], [woman for _, woman in faces], goal=goal)

    def right(threshold: float) -> list[bool]:
        answers = [(decide(Prediction(p), GOOD, Thresholds(threshold)).label, woman) for p, woman in faces]
        return [(label is Label.FEMALE) == woman for label, woman in answers if label is not Label.UNCERTAIN]

    answers = right(found.threshold)
    assert found.answered == len(answers) / len(faces)
    assert found.reached == bool(answers and np.mean(answers) >= goal)
    smaller = [right(float(threshold)) for threshold in CONFIDENCES if threshold < found.threshold]
    assert not any(answers and np.mean(answers) >= goal for answers in smaller)


def test_a_childs_probability_is_chosen_to_spare_the_adults() -> None:
    # One adult of 50 may count as a child, here the one with 0.4; the next has 0.205.
    p_child = [0.4, 0.205, *[0.01] * 48, 0.9, 0.21, 0.1, 0.95]
    ages = [*["30"] * 49, "", "5", "0-2", "3-9", "10-19"]
    found = choose_child_threshold(p_child, ages)
    assert found == ChildChoice(
        threshold=0.21, reached=True, adults_passed=0.98, children_caught=2 / 3, adults=50, children=3
    )
    judged = [decide(Prediction(0.99, None, "0-9", p), GOOD, Thresholds(child=found.threshold)) for p in p_child]
    assert [Reason.CHILD in decision.reasons for decision in judged] == [p >= 0.21 for p in p_child]


def test_children_and_adults_that_cannot_be_told_apart_are_said() -> None:
    found = choose_child_threshold([1.0, 1.0], ["40", "4"])
    assert found == ChildChoice(0.99, False, adults_passed=0.0, children_caught=1.0, adults=1, children=1)
    assert choose_child_threshold([0.5], ["4"]) == ChildChoice(0.99, False, None, 0.0, adults=0, children=1)
    assert choose_child_threshold([0.5], ["40"]) == ChildChoice(0.51, True, 1.0, None, adults=1, children=0)


def test_choices_are_plain_values_that_can_be_saved() -> None:
    choices = (gender([0.9], [True]), choose_child_threshold(np.array([0.2, 0.9]), np.array(["30", "3"])))
    assert {type(value) for choice in choices for value in asdict(choice).values()} <= {float, bool, int, type(None)}


@pytest.mark.parametrize("p", [[0.5, 1.1], [-0.1, 0.5], [0.5, float("nan")], [[0.5, 0.5]]])
def test_what_is_no_probability_is_an_error(p: list) -> None:
    for choose in (
        lambda: gender(p, [True, False], ["", ""]),
        lambda: choose_trait_threshold(p, [True, False]),
        lambda: choose_child_threshold(p, ["", ""]),
    ):
        with pytest.raises(ValueError, match=r"in \[0, 1\]"):
            choose()


def test_lists_of_different_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="2 labels"):
        gender([0.1, 0.2], [True])
    with pytest.raises(ValueError, match="2 ages"):
        gender([0.1, 0.2], [True, False], [""])
    with pytest.raises(ValueError, match="2 ages"):
        choose_child_threshold([0.1, 0.2], ["", "", ""])


@pytest.mark.parametrize("goal", [0.0, 1.01, float("nan")])
def test_a_goal_that_is_no_share_is_an_error(goal: float) -> None:
    with pytest.raises(ValueError, match="goal"):
        gender([0.1], [True], goal=goal)
    with pytest.raises(ValueError, match="goal"):
        choose_trait_threshold([0.1], [True], goal)
    with pytest.raises(ValueError, match="goal"):
        choose_child_threshold([0.1], [""], goal)
