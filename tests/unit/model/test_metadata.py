import json
from pathlib import Path

import pytest

from core.errors import ModelError
from core.heads import AGE, AGE_LABELS, GENDER, GENDER_LABELS, MASK, MASK_LABELS, Thresholds
from core.model.metadata import FILE_NAME, Head, ModelMetadata
from core.model.second_look import SecondLook
from core.settings import CropRecipe

HEADS = {GENDER: Head(GENDER_LABELS), MASK: Head(MASK_LABELS, 1.5), AGE: Head(AGE_LABELS, 0.8)}


def metadata(**changes: object) -> ModelMetadata:
    return ModelMetadata(
        **{"name": "m", "description": "", "network": "n", "crop": CropRecipe(), "heads": HEADS} | changes
    )


@pytest.mark.parametrize("second", [None, SecondLook(1.25, 0.16)])
def test_what_is_saved_is_read_back(tmp_path: Path, second: SecondLook | None) -> None:
    saved = metadata(thresholds=Thresholds(0.85, 0.7, 0.35), second_look=second)
    saved.save(tmp_path)
    assert ModelMetadata.load(tmp_path) == saved
    assert saved.thresholds == Thresholds(gender=0.85, mask=0.7, child=0.35)
    assert saved.looks == (1.16 if second else 1)


def test_a_file_that_knows_no_second_look_is_of_a_model_that_looks_once(tmp_path: Path) -> None:
    metadata(second_look=SecondLook(1.25, 0.16)).save(tmp_path)
    values = json.loads((tmp_path / FILE_NAME).read_text())
    del values["second_look"]
    (tmp_path / FILE_NAME).write_text(json.dumps(values))
    assert ModelMetadata.load(tmp_path).second_look is None


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
        ("second_look", {"closer_than": 0, "share": 0.1}),
        ("second_look", {"closer_than": 1.2}),
        ("second_look", {"closer_than": "far", "share": 0.1}),
        ("second_look", 1.2),
        ("heads", {}),
        ("heads", {MASK: {"labels": MASK_LABELS, "temperature": 1}}),
    ],
)
def test_a_file_with_bad_values_is_refused(tmp_path: Path, key: str, value: object) -> None:
    metadata().save(tmp_path)
    values = json.loads((tmp_path / FILE_NAME).read_text()) | {key: value}
    (tmp_path / FILE_NAME).write_text(json.dumps(values))
    with pytest.raises(ModelError, match=r"threshold|head|second_look|closer_than|share|not supported") as caught:
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
