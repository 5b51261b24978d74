"""Where the data sets come from and on what terms, for the model card."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DataTerms:
    """One data set.

    Attributes:
        source: What it is and where it comes from.
        terms: What its pictures may be used for.
    """

    source: str
    terms: str


DATA_TERMS = {
    "utkface": DataTerms("UTKFace: aligned faces from the web, ages 0 to 116", "non-commercial research"),
    "fairface": DataTerms("FairFace (validation part): faces from the web, 7 ethnicities, balanced", "CC BY 4.0"),
    "lfw": DataTerms("Labeled Faces in the Wild: celebrities in press pictures", "research"),
    "scut": DataTerms("SCUT-FBP5500: frontal portraits, Asian and Caucasian", "non-commercial research"),
    "rmfrd": DataTerms(
        "Real-World Masked Face Dataset: masked East Asian celebrities, labelled by identity",
        "free to industry and academia, its paper says",
    ),
    "worldwide": DataTerms(
        "public photographs of masked people from many countries, labelled by two people, kept where both agreed",
        "unknown: used for testing only",
    ),
}
UNKNOWN = DataTerms("not described here", "ask whoever trained the model")
