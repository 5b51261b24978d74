"""Who was seen in a moving picture: one record a tracked face, and the counts of their answers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from core.classify.decision import decide
from core.heads import ANSWER_COLUMNS, Decision, Label, Prediction, Reason, Thresholds, Worn, answer_row
from core.results import PROVENANCE_COLUMNS, Provenance, Quality

PEOPLE_COLUMNS = ("person", "first_second", "last_second", "frames", *ANSWER_COLUMNS, "model", *PROVENANCE_COLUMNS)


@dataclass(frozen=True, slots=True)
class Person:
    """A face that was followed; no picture of it is kept.

    Attributes:
        number: Its number on the picture, from 1.
        first: When it was seen first, seconds from the beginning.
        last: When it was seen last, seconds.
        frames: Number of frames in which it was seen.
        prediction: What all looks at it say together.
        decision: The answer.
        model: Name of the model that answered.
        provenance: What the answer was made with besides.
    """

    number: int
    first: float
    last: float
    frames: int
    prediction: Prediction
    decision: Decision
    model: str
    provenance: Provenance

    def __post_init__(self) -> None:
        if self.number < 1 or self.frames < 1 or self.last < self.first:
            raise ValueError(f"a person has a number, frames and an order of time, got {self}")

    def to_row(self) -> dict[str, Any]:
        """The person as plain Python values; keys are `PEOPLE_COLUMNS`."""
        return {
            "person": self.number, "first_second": round(self.first, 2), "last_second": round(self.last, 2),
            "frames": self.frames, **answer_row(self.prediction, self.decision), "model": self.model,
            **self.provenance.to_row(),
        }  # fmt: skip


def apply_thresholds(people: Iterable[Person], thresholds: Thresholds) -> list[Person]:
    """The same people, decided again with other thresholds; the model is not asked again."""
    return [
        replace(
            person,
            decision=_decision(person, thresholds),
            provenance=replace(person.provenance, thresholds=thresholds),
        )
        for person in people
    ]


def _decision(person: Person, thresholds: Thresholds) -> Decision:
    poor = tuple(reason for reason in person.decision.reasons if reason not in (Reason.CHILD, Reason.LOW_CONFIDENCE))
    return decide(person.prediction, Quality(0, 0, 0, 0, poor), thresholds)


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """How many faces got which answer; `masked` is None where the model does not tell masks."""

    faces: int = 0
    female: int = 0
    male: int = 0
    uncertain: int = 0
    masked: int | None = None


def count_answers(people: Iterable[Person]) -> AnswerCounts:
    """Count the answers."""
    people = list(people)
    labels = Counter(person.decision.label for person in people)
    masks = [person.decision.mask for person in people if person.decision.mask is not None]
    return AnswerCounts(
        len(people),
        labels[Label.FEMALE],
        labels[Label.MALE],
        labels[Label.UNCERTAIN],
        masks.count(Worn.WORN) if masks else None,
    )
