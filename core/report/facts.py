"""What a model's metadata says of it and its training, for people; read with care: it may hold anything there."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd

from core.data.samples import REASONS
from core.evaluation.registry import MISSING
from core.evaluation.test_sets import variant_title
from core.heads import AGE, HEADS, MASK
from core.model.metadata import ModelMetadata
from core.report.tables import history_name
from core.strict_json import is_integer

Facts = dict[str, str]
# Parts of the training's record that have a heading of their own.
_HEADINGS = {
    "settings": "Settings",
    "thresholds": "Thresholds, as chosen on validation faces",
    "export": "Export, checked against the network",
    "preparation": "Preparation of the faces",
}
_SHARES = {
    "share": "share of the weights at the beginning",
    "parent_share": "share of the model continued from, in the rest",
}
# Kept in a table of its own, or told in words.
_NOT_LISTED = ("data", "dropped", "seconds", "machine", "parameters", "finish", *_HEADINGS)
_DIGEST = re.compile(r"[0-9a-f]{40,}")


def data_counts(metadata: ModelMetadata) -> pd.DataFrame:
    """Crops that the training used: one row for each set, split and variant; empty if not recorded."""
    rows = [(name, split, variant_title(variant), crops) for name, split, variant, crops in crop_counts(metadata)]
    return pd.DataFrame(rows, columns=["set", "split", "faces", "crops"])


def dropped_files(metadata: ModelMetadata) -> pd.DataFrame:
    """Files that were left out before training, by set and reason; empty if none or not recorded."""
    counts = dropped_counts(metadata)
    rows = [(name, REASONS.get(reason, reason.replace("_", " ")), files) for name, reason, files in counts]
    return pd.DataFrame(rows, columns=["set", "reason", "files"])


def model_facts(metadata: ModelMetadata) -> dict[str, Facts]:
    """What is recorded of a model, by heading, in the order of reading; headings without facts are left out."""
    training = training_facts(metadata)
    rest = {key: value for key, value in training.items() if key not in _NOT_LISTED}
    if "best_by" in rest:
        rest["best_by"] = history_name(str(rest["best_by"]))
    machine = training.get("machine")
    parts = {
        "Model": _model(metadata, training),
        "Training": _course(metadata, training) | _texts(rest),
        "After the last epoch": _finish(training.get("finish")),
        **{title: _texts(training.get(key)) for key, title in _HEADINGS.items()},
        "Machine and versions": _texts(machine) | metadata.versions,
    }
    return {title: facts for title, facts in parts.items() if facts}


def _model(metadata: ModelMetadata, training: dict[str, Any]) -> Facts:
    crop = metadata.crop
    facts = {"network": metadata.network}
    if "parameters" in training:
        facts["parameters"] = _text(training["parameters"])
    facts["input"] = f"{crop.size} by {crop.size} pixels, {crop.margin:g} times the face box, padding {crop.padding}"
    for name, head in metadata.heads.items():
        labels = ", ".join(map(HEADS[name].word, head.labels) if name in HEADS else head.labels)
        facts[f"head {name}"] = f"{labels}; temperature {head.temperature:g}"
    if second := metadata.second_look:
        facts["looks again, mirrored"] = (
            f"at faces whose logits of gender are closer than {second.closer_than:g}: "
            f"{100 * second.share:.0f} % of masked validation faces"
        )
    facts["answers from"] = f"{100 * metadata.thresholds.gender:.0f} % confidence (default)"
    if MASK in metadata.heads:
        facts["mask answered from"] = f"{100 * metadata.thresholds.mask:.0f} % confidence"
    if AGE in metadata.heads:
        facts["taken for a child from"] = f"{100 * metadata.child_threshold:.0f} % probability"
    return facts


def _course(metadata: ModelMetadata, training: dict[str, Any]) -> Facts:
    facts = {"trained": when(metadata.created) if metadata.created else MISSING}
    if isinstance(training.get("seconds"), int | float):
        facts["duration"] = duration(float(training["seconds"]))
    return facts


def _finish(values: Any) -> Facts:
    """How far the weights went back towards their beginning, and what was compared; {} where nothing is recorded."""
    if not isinstance(values, dict):
        return {}
    tried = values.get("candidates")
    tried = [one for one in tried if isinstance(one, dict)] if isinstance(tried, list) else []
    facts = {name: values.get(key) for key, name in _SHARES.items() if key == "share" or values.get(key)}
    facts["bias of gender"] = values.get("bias")
    if values.get("mask_slope"):
        facts["of the mask's logit, added to gender's"] = values["mask_slope"]
    losses: dict[str, list[str]] = {}
    for one in tried:
        parent = one.get("parent_share")
        name = f"loss by share, with {_text(parent)} of the model" if parent else "loss by share"
        losses.setdefault(name, []).append(f"{_text(one.get('loss'))} at {_text(one.get('share'))}")
    told = {name: _text(value) for name, value in facts.items()}
    return told | {name: ", ".join(row) for name, row in losses.items()}


def _texts(values: Any) -> Facts:
    return {name: _text(value) for name, value in _flat(values)} if isinstance(values, dict) else {}


def _flat(values: dict[Any, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves of nested dictionaries, named by their way, such as "augmentation: zoom"."""
    for key, value in values.items():
        name = f"{above}{str(key).replace('_', ' ')}"
        if isinstance(value, dict):
            yield from _flat(value, f"{name}: ")
        else:
            yield name, value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value) or MISSING
    if value is None:
        return MISSING
    text = str(value)
    return f"{text[:12]} …" if _DIGEST.fullmatch(text) else text


def duration(seconds: float) -> str:
    """A time span in words, such as "1 h 23 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def when(created: str) -> str:
    """An ISO 8601 time in words; what is no such time is shown as it is."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return created
    zone = " UTC" if moment.utcoffset() is not None and not moment.utcoffset() else ""
    return f"{moment.day} {moment:%B %Y, %H:%M}{zone}"


class CropCount(NamedTuple):
    """How many crops of one set, split and variant a training used."""

    set: str
    split: str
    variant: str
    crops: int


def training_facts(metadata: ModelMetadata) -> dict[str, Any]:
    """The training's record as `core.export.model_folder` writes it; empty where there is none."""
    return metadata.training if isinstance(metadata.training, dict) else {}


def crop_counts(metadata: ModelMetadata) -> list[CropCount]:
    """Crops that the training used, in the order of the record; empty where it does not say."""
    return [
        CropCount(str(name), str(split), str(variant), crops)
        for name, splits in _items(training_facts(metadata).get("data"))
        for split, variants in _items(splits)
        for variant, crops in _items(variants)
        if is_integer(crops)
    ]


def dropped_counts(metadata: ModelMetadata) -> list[tuple[str, str, int]]:
    """Files that were left out before the training: set, reason code, number."""
    return [
        (str(name), str(reason), files)
        for name, reasons in _items(training_facts(metadata).get("dropped"))
        for reason, files in _items(reasons)
        if is_integer(files)
    ]


def best_epoch(metadata: ModelMetadata) -> int | None:
    """The epoch whose weights are the model, from 1; None where it was not recorded."""
    epoch = training_facts(metadata).get("best_epoch")
    return epoch if is_integer(epoch) else None


def _items(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, dict) else []
