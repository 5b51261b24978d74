"""What a model may be asked about a face: every head declared once, with its labels, columns, thresholds and words.

Whoever trains, reads, decides, votes, writes or shows answers loops over `HEADS`. A network need not have them all;
none is without gender.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from core.labels import AGE_BANDS, CHILD_BAND, age_band
from core.settings import DEFAULT_CHILD_THRESHOLD, DEFAULT_MASK_THRESHOLD, DEFAULT_THRESHOLD

GENDER, MASK, AGE = "gender", "mask", "age"
GENDER_LABELS = MALE, FEMALE = ("male", "female")
MASK_LABELS = BARE, MASKED = ("bare", "masked")
AGE_LABELS = AGE_BANDS


class Label(StrEnum):
    """The answer for one face: perceived gender, or an honest `uncertain`."""

    FEMALE = "female"
    MALE = "male"
    UNCERTAIN = "uncertain"


class Worn(StrEnum):
    """Whether something is worn, where the model says it."""

    WORN = "worn"
    NOT_WORN = "not_worn"
    UNSURE = "unsure"


class Reason(StrEnum):
    """Why a face is `uncertain`."""

    LOW_CONFIDENCE = "low_confidence"
    TOO_SMALL = "too_small"
    TOO_BLURRED = "too_blurred"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TURNED_AWAY = "turned_away"
    TURNED = "turned"
    CHILD = "child"

    @property
    def sentence(self) -> str:
        """The reason in words for a person."""
        return _REASON_SENTENCES[self]


_REASON_SENTENCES = {
    Reason.LOW_CONFIDENCE: "the model is not sure enough",
    Reason.TOO_SMALL: "the face is too small to tell",
    Reason.TOO_BLURRED: "the face is too blurred to tell",
    Reason.TOO_DARK: "the face is too dark to tell",
    Reason.TOO_BRIGHT: "the face is over-exposed",
    Reason.TURNED_AWAY: "the face is turned too far away",
    Reason.TURNED: "it cannot be told which way up the face is",
    Reason.CHILD: "a child's face: not classified",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadSpec:
    """One head: what a network learns, what is kept of its answer, and how that is called.

    Attributes:
        name: As networks and metadata.json call it; with two answers also the field of `Thresholds`.
        labels: In the order of the network's outputs.
        case: The label whose probability is kept.
        p: That probability's name: a field of `Prediction`, a column of tables.
        column: The answer's name in tables: a field of `Decision` or, of many labels, of `Prediction`.
        source: The column of a prepared index that tells the true label.
        truth: The true label by a value of that column; "" where it is unknown.
        answers: The answers for `case`, for the other label and for neither; empty where the likeliest label is said.
        words: Each of them for a person, beside a picture on which nothing else says what is meant.
        help: What a person who sees the column must know.
    """

    name: str
    labels: tuple[str, ...]
    case: str
    p: str
    column: str
    source: str
    truth: Callable[[Any], str] = str
    answers: tuple[Any, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    help: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in a table of answers."""
        return (self.p, self.column) if self.answers else (self.column,)

    def answer(self, prediction: "Prediction", decision: "Decision") -> str | None:
        """What is said of a face; None where the model does not say."""
        said: str | None = getattr(decision if self.answers else prediction, self.column)
        return said

    def word(self, answer: str | None) -> str:
        """An answer in a column of its own: "not worn", "20\u201139"; "" for None."""
        # A hyphen at which no line breaks.
        return "" if answer is None else answer.replace("_", " ") if self.answers else answer.replace("-", "\u2011")


_DECLARED = (
    HeadSpec(
        name=GENDER, labels=GENDER_LABELS, case=FEMALE, p="p_female", column="label", source="gender",
        answers=tuple(Label), words={Label.FEMALE: "Female", Label.MALE: "Male", Label.UNCERTAIN: "Uncertain"},
    ),
    HeadSpec(
        name=MASK, labels=MASK_LABELS, case=MASKED, p="p_mask", column="mask",
        source="masked", truth=lambda masked: MASK_LABELS[int(masked)],
        answers=tuple(Worn), words={Worn.WORN: "mask worn", Worn.NOT_WORN: "no mask", Worn.UNSURE: "mask unsure"},
    ),
    HeadSpec(
        name=AGE, labels=AGE_LABELS, case=CHILD_BAND, p="p_child", column="age_band", source="age", truth=age_band,
        help="Likeliest age band, as the face looks",
    ),
)  # fmt: skip
HEADS = {spec.name: spec for spec in _DECLARED}
BINARY = tuple(spec for spec in HEADS.values() if spec.answers)
TRAITS = tuple(spec for spec in HEADS.values() if spec.name != GENDER)
PROBABILITIES = tuple(spec.p for spec in HEADS.values())
ANSWER_COLUMNS = tuple(
    column for spec in HEADS.values() for column in (*spec.columns, *(["reason"] if spec.name == GENDER else []))
)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability on something is said of a face; `core.classify.decision` applies them.

    Attributes:
        gender: Smallest confidence in the likelier gender that is answered, in [0.5, 1).
        mask: Smallest confidence with which a mask is called worn or not worn, in [0.5, 1).
        child: Probability of the youngest age band from which on a face counts as a child's, whose
            gender stays uncertain, in (0, 1]; None: children are answered as everybody else.
    """

    gender: float = DEFAULT_THRESHOLD
    mask: float = DEFAULT_MASK_THRESHOLD
    child: float | None = DEFAULT_CHILD_THRESHOLD

    def __post_init__(self) -> None:
        for spec in BINARY:
            if not 0.5 <= (value := getattr(self, spec.name)) < 1:
                what = "a threshold" if spec.name == GENDER else f"a {spec.name} threshold"
                raise ValueError(f"{what} lies in [0.5, 1), got {value}")
        if self.child is not None and not 0 < self.child <= 1:
            raise ValueError(f"a child threshold lies in (0, 1], got {self.child}")

    def to_row(self) -> dict[str, float | None]:
        """The thresholds by `THRESHOLD_COLUMNS`, as tables and metadata.json call them."""
        return {column: getattr(self, name) for column, name in THRESHOLD_COLUMNS.items()}


# Column → field.
THRESHOLD_COLUMNS = {
    "threshold" if part.name == GENDER else f"{part.name}_threshold": part.name for part in fields(Thresholds)
}


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of a face, before anything is decided; None where it has no such answer.

    Attributes:
        p_female: Calibrated probability of *female*, in [0, 1].
        p_mask: Calibrated probability that a mask is worn, in [0, 1].
        age_band: The likeliest band of `core.labels.AGE_BANDS`.
        p_child: Calibrated probability of the youngest band, in [0, 1].
    """

    p_female: float
    p_mask: float | None = None
    age_band: str | None = None
    p_child: float | None = None

    def __post_init__(self) -> None:
        for name in PROBABILITIES:
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{name} lies in [0, 1], got {value}")
        if (self.age_band is None) != (self.p_child is None):
            raise ValueError(f"an age band and the probability of a child go together, got {self}")


# What not every model says; these columns of predictions.csv may be empty.
FURTHER_ANSWERS = tuple(part.name for part in fields(Prediction))[1:]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is made of a prediction by thresholds.

    Attributes:
        label: The answer.
        reasons: Why the answer is `uncertain`; empty otherwise.
        mask: Whether a mask is worn; None where the model does not say.
    """

    label: Label
    reasons: tuple[Reason, ...] = ()
    mask: Worn | None = None

    def __post_init__(self) -> None:
        if bool(self.reasons) != (self.label is Label.UNCERTAIN):
            raise ValueError(f"reasons belong to 'uncertain' and to it alone, got {self.label} with {self.reasons}")


def answer_row(prediction: Prediction, decision: Decision) -> dict[str, Any]:
    """What is said of a face as plain Python values; keys are `ANSWER_COLUMNS`."""
    row: dict[str, Any] = {"reason": ";".join(decision.reasons)}
    for spec in HEADS.values():
        if spec.answers and (p := getattr(prediction, spec.p)) is not None:
            row[spec.p] = round(p, 4)
        said = spec.answer(prediction, decision)
        row[spec.column] = None if said is None else str(said)
    return {column: row.get(column) for column in ANSWER_COLUMNS}
