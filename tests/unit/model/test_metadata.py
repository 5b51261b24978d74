import json
from pathlib import Path

import pytest

from core.errors import ModelError
from core.heads import AGE, AGE_LABELS, GENDER, GENDER_LABELS, MASK, MASK_LABELS, Thresholds
from core.model.metadata import FILE_NAME, Head, ModelMetadata
from core.settings import CropRecipe

HEADS = {GENDER: Head(GENDER_LABELS), MASK: Head(MASK_LABELS, 1.5), AGE: Head(AGE_LABELS, 0.8)}


def metadata(**changes: object) -> ModelMetadata:
    return ModelMetadata(
        **{"name": "m", "description": "", "network": "n", "crop": CropRecipe(), "heads": HEADS} | changes
    )


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    saved = metadata(thresholds=Thresholds(0.85, 0.7, 0.35))
    saved.save(tmp_path)
    assert ModelMetadata.load(tmp_path) == saved
    assert saved.thresholds == Thresholds(gender=0.85, mask=0.7, child=0.35)


def test_a_file_that_knows_no_thresholds_of_mask_and_child_gets_the_usual_ones(tmp_path: Path) -> None:
    metadata(thresholds=Thresholds(0.85)).save(tmp_path)
    values = json.loads((tmp_path / FILE_NAME).read_text())
    del values["mask_threshold"], values["child_threshold"]
    (tmp_path / FILE_NAME).write_text(json.dumps(values))
    assert ModelMetadata.load(tmp_path).thresholds == Thresholds(gender=0.85)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("threshold", 1.0),
        ("mask_threshold", 0.4),
        ("mask_threshold", "high"),
        ("child_threshold", 0),
        ("child_threshold", 1.5),
        ("child_threshold", None),
        ("heads", {}),
        ("heads", {MASK: {"labels": MASK_LABELS, "temperature": 1}}),
    ],
)
def test_a_file_with_bad_values_is_refused(tmp_path: Path, key: str, value: object) -> None:
    metadata().save(tmp_path)
    values = json.loads((tmp_path / FILE_NAME).read_text()) | {key: value}
    (tmp_path / FILE_NAME).write_text(json.dumps(values))
    with pytest.raises(ModelError, match=r"threshold|head|not supported") as caught:
        ModelMetadata.load(tmp_path)
    assert caught.value.code == "bad_metadata"


@pytest.mark.parametrize(
    "head",
    [
        {GENDER: Head(("woman", "man"))},
        {MASK: Head(("masked", "not masked"))},
        {AGE: Head(("0-19", "20+"))},
        {AGE: Head(AGE_LABELS[1:])},
    ],
)
def test_heads_that_the_program_knows_have_the_labels_that_it_knows(head: dict[str, Head]) -> None:
    (name,) = head
    with pytest.raises(ValueError, match=f"the head '{name}' needs the labels"):
        metadata(heads=HEADS | head)


def test_the_order_of_labels_and_further_heads_are_free() -> None:
    heads = HEADS | {AGE: Head(AGE_LABELS[::-1]), "glasses": Head(("no", "yes"))}
    assert metadata(heads=heads).heads == heads
