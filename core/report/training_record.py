"""What a model's metadata says of its training, read with care: metadata made elsewhere may hold anything there."""

from typing import Any, NamedTuple

from core.model.metadata import ModelMetadata
from core.strict_json import is_whole


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
        if is_whole(crops)
    ]


def dropped_counts(metadata: ModelMetadata) -> list[tuple[str, str, int]]:
    """Files that were left out before the training: set, reason code, number."""
    return [
        (str(name), str(reason), files)
        for name, reasons in _items(training_facts(metadata).get("dropped"))
        for reason, files in _items(reasons)
        if is_whole(files)
    ]


def best_epoch(metadata: ModelMetadata) -> int | None:
    """The epoch whose weights are the model, from 1; None where it was not recorded."""
    epoch = training_facts(metadata).get("best_epoch")
    return epoch if is_whole(epoch) else None


def _items(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, dict) else []
