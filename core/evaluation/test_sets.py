"""The sets of faces that models learn from and are tested on: one declaration of their names, order and help."""

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from core.labels import Gender, Split, Variant

TEST = Split.TEST.value
VARIANT_TITLES = {
    Variant.REAL: "real masks",
    Variant.DRAWN: "drawn masks",
    Variant.HELD_OUT: "held-out mask family",
    Variant.BARE: "bare faces",
}
_VARIANT_HELP = {
    Variant.REAL: "Photographs of people who really wear masks: the closest to use in practice.",
    Variant.DRAWN: "Bare faces onto which masks were drawn, of the same families as in training.",
    Variant.HELD_OUT: "Bare faces with drawn masks of a family (gaiter, scarf) that training never showed.",
    Variant.BARE: "Test faces without any mask, for comparison.",
}
_ORDER = tuple(Variant)
_COLUMNS = ["set", "variant", "split"]


class DataSet(NamedTuple):
    """A data set, for those who do not know it by name.

    Attributes:
        what: What it is and where it comes from.
        terms: What its pictures may be used for.
    """

    what: str
    terms: str


DATA_SETS = {
    "utkface": DataSet("UTKFace: aligned faces from the web, ages 0 to 116", "non-commercial research"),
    "fairface": DataSet("FairFace (validation part): faces from the web, 7 ethnicities, balanced", "CC BY 4.0"),
    "lfw": DataSet("Labeled Faces in the Wild: celebrities in press pictures", "research"),
    "scut": DataSet("SCUT-FBP5500: frontal portraits, Asian and Caucasian", "non-commercial research"),
    "fairface_more": DataSet("FairFace (training part): gender, ethnicity and age evened out", "CC BY 4.0"),
    "aaf": DataSet("All-Age-Faces: mostly East Asian, ages 2 to 80", "research, asks for citation"),
    "mtfl": DataSet("MTFL without its LFW part: people of the web in every pose", "research, asks for citation"),
    "mebeauty": DataSet("MEBeauty: portraits of six ethnicities", "research"),
    "celeba": DataSet("CelebA, the first 1,000: celebrities of the web", "non-commercial research"),
    "wild": DataSet(
        "photographs of people in real masks from public mask data sets, labelled by two, kept where both agreed",
        "unknown: used for validation only",
    ),
    "rmfrd": DataSet(
        "Real-World Masked Face Dataset: small pictures of masked East Asian celebrities, labelled by identity",
        "free to industry and academia, its paper says",
    ),
    "worldwide": DataSet(
        "public photographs of masked people from many countries, labelled by two people, kept where both agreed",
        "unknown: used for testing only",
    ),
}


class TestSet(NamedTuple):
    """Faces of one data set and split that wear the same; the words are those of predictions.csv."""

    set: str
    variant: str
    split: str = TEST

    @property
    def title(self) -> str:
        """As people read it, such as "worldwide · real masks"; other splits than test are named."""
        return f"{self.set} · {variant_title(self.variant)}" + ("" if self.split == TEST else f" ({self.split})")

    @property
    def help(self) -> str:
        """What its faces wear, in a sentence; "" for an unknown variant."""
        return next((words for variant, words in _VARIANT_HELP.items() if variant == self.variant), "")

    @property
    def words(self) -> str:
        """Its data set with what that is; "" for an unknown one."""
        return f"{self.set} ({DATA_SETS[self.set].what})" if self.set in DATA_SETS else ""

    @property
    def rank(self) -> tuple[bool, int, str]:
        """Its place: test sets before validation, the hardest evidence first, unknown variants last."""
        known = [place for place, variant in enumerate(_ORDER) if variant == self.variant]
        return self.split != TEST, known[0] if known else len(_ORDER), self.set

    def rows(self, predictions: pd.DataFrame) -> pd.DataFrame:
        """Its rows of predictions.csv."""
        own = (predictions["set"] == self.set) & (predictions["variant"] == self.variant)
        return predictions[own & (predictions["split"] == self.split)]


TestSet.__test__ = False  # type: ignore[attr-defined]  # no test, whatever pytest thinks of the name


def sets_in(predictions: pd.DataFrame) -> list[TestSet]:
    """The sets of predictions.csv, in order."""
    return in_order(TestSet(*row) for row in predictions[_COLUMNS].drop_duplicates().itertuples(index=False))


def in_order(sets: Iterable[TestSet]) -> list[TestSet]:
    """Sets by their rank."""
    return sorted(sets, key=lambda found: found.rank)


def hardest(predictions: pd.DataFrame) -> TestSet | None:
    """The test set with the lowest balanced accuracy: a report opens on it, so that no easier one flatters the model.

    Args:
        predictions: As `core.evaluation.runs.RunRecord.predictions`.

    Returns:
        The set; None where no test set has faces of both genders.
    """
    tests = predictions[predictions["split"] == TEST]
    right = (tests["p_female"] >= 0.5) == (tests["gender"] == Gender.FEMALE.value)
    recalls = right.groupby([tests[name] for name in (*_COLUMNS, "gender")]).mean().unstack()
    balanced = recalls.dropna().mean(axis="columns")
    if len(recalls.columns) < len(Gender) or balanced.empty:
        return None
    return TestSet(*map(str, balanced.index[int(balanced.to_numpy().argmin())]))


def meanings(names: Iterable[str]) -> dict[str, str]:
    """What data sets are, by name in the order given; unknown ones are passed over."""
    return {name: DATA_SETS[name].what for name in names if name in DATA_SETS}


def variant_title(variant: str) -> str:
    """What faces wear, in words; an unknown variant is shown as it is written."""
    return next((title for known, title in VARIANT_TITLES.items() if known == variant), variant.replace("_", " "))


def set_words(name: str) -> str:
    """A set's name with what it is; an unknown set's name as it is written."""
    return TestSet(name, "").words or name
