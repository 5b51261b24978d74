import numpy as np
import pandas as pd
import pytest

from core.errors import DatasetError
from core.heads import GENDER, GENDER_LABELS, MASK, MASK_LABELS
from core.model.engines import Logits
from core.model.loaded import LoadedModel
from core.model.metadata import Head, ModelMetadata
from core.settings import CropRecipe
from core.training.batches import Examples, taught
from core.training.targets import targets_of
from core.types import Pixels

PREPARED = CropRecipe(32, 1.8)
HEADS = {GENDER: GENDER_LABELS, MASK: MASK_LABELS}


class Brightness:
    """Calls bright crops female: the logit is the distance of the mean from 128, in tens."""

    name = "test"

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def predict(self, crops: Pixels) -> Logits:
        self.shapes.append(crops.shape)
        female = (crops.mean(axis=(1, 2, 3), dtype=np.float32) - 128) / 10
        return {GENDER: np.stack([np.zeros_like(female), female], axis=1)}


def model(crop: CropRecipe = PREPARED, head: Head = Head(GENDER_LABELS)) -> LoadedModel:  # noqa: B008
    metadata = ModelMetadata("teacher", "A test.", "none", crop, {GENDER: head})
    return LoadedModel(metadata, Brightness())


def case() -> tuple[Examples, pd.DataFrame]:
    """Two women and a man: bright, middling and without a bare crop; their masked crops are black."""
    rows = [
        ("1", "bare", "female", 148),
        ("1", "drawn", "female", 0),
        ("2", "drawn", "male", 0),
        ("2", "drawn", "male", 0),
        ("2", "bare", "male", 128),
        ("3", "real", "female", 0),
    ]
    index = pd.DataFrame(rows, columns=["file", "variant", "gender", "grey"])
    index["set"], index["masked"] = "a", (index["variant"] != "bare").astype(int)
    crops = np.repeat(index["grey"].to_numpy(np.uint8), 32 * 32 * 3).reshape(-1, 32, 32, 3)
    return Examples(crops, PREPARED, targets_of(index, HEADS)), index


def female(examples: Examples) -> np.ndarray:
    np.testing.assert_allclose(examples.targets[GENDER].sum(axis=1), 1, atol=1e-6)
    return examples.targets[GENDER][:, GENDER_LABELS.index("female")]


def test_the_truth_is_mixed_with_the_answer_for_the_bare_face_in_every_crop_of_the_picture() -> None:
    examples, index = case()
    sure = 1 / (1 + np.exp(-2.0))
    mixed = taught(examples, index, model(), 0.25)
    first, second = 0.75 + 0.25 * sure, 0.25 * 0.5
    np.testing.assert_allclose(female(mixed), [first, first, second, second, second, 1], atol=1e-6)
    np.testing.assert_array_equal(mixed.targets[MASK], examples.targets[MASK])
    assert mixed.targets[GENDER].dtype == np.float32
    assert mixed.crops is examples.crops
    np.testing.assert_array_equal(female(examples), [1, 1, 0, 0, 0, 1], "the given examples stay")


@pytest.mark.parametrize(("weight", "expected"), [(0, [1, 1, 0, 0, 0, 1]), (1, [0.881, 0.881, 0.5, 0.5, 0.5, 1])])
def test_the_weight_goes_from_the_truth_to_the_teacher_alone(weight: float, expected: list[float]) -> None:
    examples, index = case()
    np.testing.assert_allclose(female(taught(examples, index, model(), weight)), expected, atol=1e-3)


def test_the_teachers_own_labels_temperature_and_crop_count() -> None:
    examples, index = case()
    teacher = model(CropRecipe(24, 1.4), Head(GENDER_LABELS[::-1], 2.0))
    answers = female(taught(examples, index, teacher, 1))
    np.testing.assert_allclose(answers[:2], 1 / (1 + np.exp(1.0)), atol=1e-6)
    assert isinstance(teacher.engine, Brightness)
    assert teacher.engine.shapes == [(2, 24, 24, 3)]


def test_without_any_bare_crop_all_labels_stay() -> None:
    examples, index = case()
    masked = index.assign(variant="drawn")
    np.testing.assert_array_equal(female(taught(examples, masked, model(), 1)), female(examples))


def test_pictures_of_one_name_in_two_sets_are_two() -> None:
    examples, index = case()
    index = index.assign(set=["a", "b", "a", "a", "a", "a"])
    assert female(taught(examples, index, model(), 1))[1] == 1


def test_a_teacher_that_needs_wider_crops_is_refused() -> None:
    examples, index = case()
    with pytest.raises(DatasetError, match=r"2\.4 face sizes wide are needed"):
        taught(examples, index, model(CropRecipe(32, 2.4)), 0.5)
