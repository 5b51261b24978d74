"""The words of the data: splits, what faces wear, genders, and ages as data sets write them."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum


class Split(StrEnum):
    """Which part of a data set a picture belongs to."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"


class Variant(StrEnum):
    """What the faces of a set wear, the hardest evidence first."""

    REAL = "real"
    DRAWN = "drawn"
    HELD_OUT = "held_out"
    BARE = "bare"


class Gender(StrEnum):
    """How people are labelled."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True)
class Labels:
    """Two labels, of which an answer is the probability of the first.

    Attributes:
        first: The positive one.
        second: The other.
        firsts: Those who have it, as people say.
        seconds: The others.
    """

    first: str
    second: str
    firsts: str
    seconds: str

    @property
    def both(self) -> tuple[str, str]:
        """The labels themselves."""
        return self.first, self.second


GENDER = Labels(Gender.FEMALE.value, Gender.MALE.value, "women", "men")
MASK = Labels("masked", "bare", "masked faces", "bare faces")

AGE_BANDS = ("0-9", "10-19", "20-39", "40-59", "60+")
CHILD_BAND = AGE_BANDS[0]
ADULT_FROM = 18
_FIRST_YEARS = (0, 10, 20, 40, 60)
_WRITTEN = re.compile(r"(?:more than |over )?(\d{1,3}(?:\.\d+)?)(?: ?[-\u2013] ?\d{1,3}|\+)?")


def family_words(family: str) -> str:
    """A family of masks, or what else predictions.csv says of it, as people write it."""
    return "N95" if family == "n95" else family


def years(age: str) -> float | None:
    """The age in years, that of a band its lower end; None where it is unknown.

    Args:
        age: An age ("27") or a band ("20-29", "60+", "more than 70"); anything else is unknown.
    """
    written = _WRITTEN.fullmatch(age.strip().lower())
    return float(written[1]) if written else None


def age_band(age: str) -> str:
    """The one of `AGE_BANDS` in which an age lies, bands by their lower end; "" where it is unknown."""
    number = years(age)
    return "" if number is None else AGE_BANDS[bisect_right(_FIRST_YEARS, number) - 1]


def is_adult(age: str) -> bool:
    """Whether somebody is `ADULT_FROM` or older; who is of unknown age counts as adult."""
    number = years(age)
    return number is None or number >= ADULT_FROM
