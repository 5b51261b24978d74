"""Chooses a model's default thresholds on validation faces; serving applies them (`core.classify.decision`).

Nothing here may see a test face. Ages are texts as `core.labels` reads them.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

from core.classify.decision import is_sure
from core.labels import CHILD_BAND, age_band, is_adult

GENDER_GOAL, TRAIT_GOAL, CHILD_GOAL = 0.99, 0.99, 0.98
SET_GOAL, SET_FACES, SET_CHANCE = 0.97, 100, 0.05
"""Share of the answers that should be right in every set of faces that has so many: nobody's pictures are mixed as the
validation sets are, and easy ones among them would hide what a hard one shows. A set falls short where chance would
give it so few right answers less often than `SET_CHANCE`: else one or two labels of it would decide."""
CONFIDENCES: NDArray[np.float64] = np.arange(50, 100) / 100
PROBABILITIES: NDArray[np.float64] = np.arange(1, 100) / 100


@dataclass(frozen=True, slots=True)
class ConfidenceChoice:
    """A confidence from which an answer of two labels is given.

    Attributes:
        threshold: One of `CONFIDENCES`.
        reached: Whether the goal is reached; if not, the threshold is the highest there is.
        accuracy: Share called right among the answered; None where nobody is answered.
        answered: Share answered; None without faces.
        faces: Number of faces that it was chosen on.
        worst: Smallest share called right among the answered of one set; None without a set of `SET_FACES` faces.
        worst_set: Its name.
    """

    threshold: float
    reached: bool
    accuracy: float | None
    answered: float | None
    faces: int
    worst: float | None = None
    worst_set: str | None = None


@dataclass(frozen=True, slots=True)
class ChildChoice:
    """A probability of the youngest age band from which on a face counts as a child's.

    Attributes:
        threshold: One of `PROBABILITIES`.
        reached: Whether the goal is reached; if not, the threshold is the highest there is.
        adults_passed: Share of the adults that do not count as children; None without adults.
        children_caught: Share of those under 10 that do; None without such.
        adults: Number of adults, those of unknown age among them.
        children: Number of those under 10.
    """

    threshold: float
    reached: bool
    adults_passed: float | None
    children_caught: float | None
    adults: int
    children: int


Choice = TypeVar("Choice", ConfidenceChoice, ChildChoice)


def choose_gender_threshold(
    p_female: ArrayLike, is_female: ArrayLike, ages: ArrayLike, sets: ArrayLike = (), goal: float = GENDER_GOAL
) -> ConfidenceChoice:
    """The smallest confidence with which enough of the answers given to adults are right, over all and in every set.

    Args:
        p_female: (n,) calibrated probabilities of *female*.
        is_female: bool (n,), the labels.
        ages: (n,) texts; an unknown age counts as an adult's.
        sets: (n,) names of the data sets that the faces are of; none where they are of one.
        goal: Share to be called right among the answered, in (0, 1]; of a set `SET_GOAL` at the most, but for chance.

    Raises:
        ValueError: If lengths differ or a number is outside its range.
    """
    p, truth = _checked(p_female, is_female)
    names = _texts(sets, len(p)) if len(np.asarray(sets)) else [""] * len(p)
    adult = np.array([is_adult(age) for age in _texts(ages, len(p))], dtype=bool)
    return _choose_confidence(p[adult], truth[adult], goal, np.array(names)[adult])


def choose_trait_threshold(p: ArrayLike, is_case: ArrayLike, goal: float = TRAIT_GOAL) -> ConfidenceChoice:
    """The smallest confidence with which enough of the answers, such as "worn" and "not worn", are right.

    Args:
        p: (n,) calibrated probabilities, such as that a mask is worn.
        is_case: bool (n,), the labels.
        goal: Share to be called right among the answered, in (0, 1].

    Raises:
        ValueError: If lengths differ or a number is outside its range.
    """
    return _choose_confidence(*_checked(p, is_case), goal)


def choose_child_threshold(p_child: ArrayLike, ages: ArrayLike, goal: float = CHILD_GOAL) -> ChildChoice:
    """The smallest probability with which enough adults do not count as children.

    Args:
        p_child: (n,) calibrated probabilities of the youngest age band.
        ages: (n,) texts; an unknown age counts as an adult's.
        goal: Share of the adults that must not count as children, in (0, 1].

    Raises:
        ValueError: If lengths differ or a number is outside its range.
    """
    _check_goal(goal)
    p = _probabilities(p_child)
    texts = _texts(ages, len(p))
    adults = p[np.array([is_adult(age) for age in texts], dtype=bool)]
    children = p[np.array([age_band(age) == CHILD_BAND for age in texts], dtype=bool)]

    def at(threshold: float) -> ChildChoice:
        passed, caught = _share(adults < threshold), _share(children >= threshold)
        return ChildChoice(threshold, _reaches(passed, goal), passed, caught, len(adults), len(children))

    return _first_reached([at(float(threshold)) for threshold in PROBABILITIES])


def _choose_confidence(
    p: NDArray[np.float64], truth: NDArray[np.bool_], goal: float, sets: NDArray[np.str_] | None = None
) -> ConfidenceChoice:
    _check_goal(goal)
    names, counts = np.unique(sets if sets is not None else [], return_counts=True)
    large = [(str(name), sets == name) for name, count in zip(names, counts, strict=True) if count >= SET_FACES]

    def at(threshold: float) -> ConfidenceChoice:
        called, answered = p >= threshold, is_sure(p, threshold)
        right = called == truth
        accuracy = _share(right[answered])
        parts = [(name, right[answered & rows]) for name, rows in large]
        shares = [(share, name) for name, part in parts if (share := _share(part)) is not None]
        worst, worst_set = min(shares, default=(None, None))
        reached = _reaches(accuracy, goal) and not any(_falls_short(part, min(goal, SET_GOAL)) for _, part in parts)
        return ConfidenceChoice(threshold, reached, accuracy, _share(answered), len(p), worst, worst_set)

    return _first_reached([at(float(threshold)) for threshold in CONFIDENCES])


def _first_reached(choices: list[Choice]) -> Choice:
    return next((choice for choice in choices if choice.reached), choices[-1])


def _reaches(share: float | None, goal: float) -> bool:
    return share is not None and share >= goal


def _falls_short(right: NDArray[np.bool_], goal: float) -> bool:
    """Whether an exact binomial test rejects that answers are right as often as `goal`; without answers it does not."""
    return bool(binom.cdf(right.sum(), len(right), goal) < SET_CHANCE)


def _share(cases: NDArray[np.bool_]) -> float | None:
    return float(cases.mean()) if len(cases) else None


def _checked(p: ArrayLike, truth: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    values, labels = _probabilities(p), np.asarray(truth, dtype=bool)
    if labels.shape != values.shape:
        raise ValueError(f"expected {len(values)} labels, one a face, got shape {labels.shape}")
    return values, labels


def _probabilities(p: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1 or not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"expected probabilities (n,) in [0, 1], got {values}")
    return values


def _texts(ages: ArrayLike, count: int) -> list[str]:
    texts = np.asarray(ages).astype(str)
    if texts.shape != (count,):
        raise ValueError(f"expected {count} ages, one a face, got shape {texts.shape}")
    return list(texts)


def _check_goal(goal: float) -> None:
    if not 0 < goal <= 1:
        raise ValueError(f"a goal is a share in (0, 1], got {goal}")
