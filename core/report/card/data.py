"""The card's section on what a model learned from, and on what terms."""

from collections import Counter

from core.errors import RunError
from core.model.metadata import ModelMetadata
from core.report.card import text as card_text
from core.report.card.terms import DATA_TERMS, UNKNOWN, pretrained_terms
from core.report.markdown import plain, section, table
from core.report.training_record import crop_counts, training_facts

_TITLE = "What it was trained on"


def training_section(metadata: ModelMetadata | RunError) -> str:
    """Sets with their terms, the weights that it began with, the teacher, and whether real masks were seen."""
    if isinstance(metadata, RunError) or not (counts := _train_counts(metadata)):
        return section(
            _TITLE, "The data of this training were not recorded: take its figures, and its terms, with care."
        )
    rows = []
    for name, number in counts.items():
        known = DATA_TERMS.get(name, UNKNOWN)
        rows.append((plain(name), f"{number:,}", known.source, known.terms))
    listed = table(("Set", "Crops learned from", "What it is", "Terms"), rows, right=(1,))
    worn = any(count.split == "train" and count.variant == "real" for count in crop_counts(metadata))
    masks = card_text.MASKS_WORN if worn else card_text.MASKS_DRAWN
    return section(_TITLE, listed, _beginnings(metadata), f"{card_text.TERMS.strip()} {masks}")


def _train_counts(metadata: ModelMetadata) -> dict[str, int]:
    """Training crops by set; empty where they were not recorded."""
    counts: Counter[str] = Counter()
    for entry in crop_counts(metadata):
        counts[entry.set] += entry.crops if entry.split == "train" else 0
    return {name: number for name, number in counts.items() if number}


def _beginnings(metadata: ModelMetadata) -> str:
    """What the network knew before it saw these sets."""
    settings = training_facts(metadata).get("settings")
    recorded = settings if isinstance(settings, dict) else {}
    weights, teacher = recorded.get("weights"), recorded.get("teacher")
    parts = []
    if weights:
        known = pretrained_terms(str(weights))
        parts.append(
            f"The network did not begin from nothing, but with pretrained weights ({plain(str(weights))}): "
            f"{known.source}. Terms: {known.terms}."
        )
    ancestors = recorded.get("ancestors")
    if isinstance(ancestors, list) and ancestors:
        parts.append(
            f"Its training went on from that of {' and then '.join(plain(str(name)) for name in ancestors)}, "
            "on the same sets."
        )
    if teacher:
        parts.append(f"The answers of another model, {plain(str(teacher))}, for the bare faces softened the labels.")
    return " ".join(parts)
