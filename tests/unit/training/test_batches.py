from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest

from core.errors import DatasetError
from core.heads import GENDER
from core.settings import CropRecipe
from core.training.augmentation import NONE, Augmentation
from core.training.batches import Examples, TrainingBatches, plain_batches, recrop
from core.training.recipes import Recipe
from core.training.views import views_of
from core.types import Box, Face, Pixels
from core.vision.warping import crop_face

COUNT, SIDE = 50, 16
RECIPE = Recipe(epochs=2, batch=8, learning_rate=0.001)
Shown = list[int]


def examples() -> Examples:
    """Crops of one grey each, their number, which their targets are as well."""
    crops = np.repeat(np.arange(COUNT, dtype=np.uint8), SIDE * SIDE * 3).reshape(COUNT, SIDE, SIDE, 3)
    return Examples(crops, CropRecipe(SIDE), {GENDER: np.eye(COUNT, dtype=np.float32)})


def batches(recipe: Recipe = RECIPE, seed: int = 0, wanted: CropRecipe = CropRecipe(SIDE)) -> TrainingBatches:  # noqa: B008
    """Batches of 25 pictures, each bare (even) and with a mask (odd)."""
    files = [f"{number // 2}.png" for number in range(COUNT)]
    index = pd.DataFrame({"set": "a", "file": files, "variant": ["bare", "drawn"] * (COUNT // 2)})
    return TrainingBatches(examples(), views_of(index), wanted, recipe, seed)


def epoch(all_batches: TrainingBatches, number: int) -> list[tuple]:
    """All batches of an epoch."""
    all_batches.begin(number)
    return [all_batches[step] for step in range(len(all_batches))]


def shown(all_batches: TrainingBatches, number: int) -> Shown:
    """Numbers of the crops of an epoch in order; every crop must have kept its label."""
    numbers = []
    for crops, targets, _ in epoch(all_batches, number):
        labels = targets[GENDER].argmax(axis=1)
        np.testing.assert_array_equal(crops.mean(axis=(1, 2, 3)).round(), labels)
        numbers += labels.tolist()
    return numbers


def test_an_epoch_is_a_shuffle_that_depends_on_seed_and_epoch_alone() -> None:
    first = shown(batches(), 1)
    assert len(first) == 24, "25 pictures in batches of 8"
    assert len({number // 2 for number in first}) == 24
    assert first == shown(batches(), 1)
    assert first != shown(batches(), 2)
    assert first != shown(batches(seed=1), 1)


@pytest.mark.parametrize(("share", "rest"), [(0, 1), (1, 0)])
def test_the_bare_share_decides_what_is_shown(share: float, rest: int) -> None:
    assert {number % 2 for number in shown(batches(replace(RECIPE, bare_share=share)), 1)} == {rest}


@pytest.mark.parametrize(("faces", "shown_faces"), [(8, 8), (16, 16), (60, 24)])
def test_an_epoch_may_show_fewer_pictures_but_none_twice(faces: int, shown_faces: int) -> None:
    numbers = shown(batches(replace(RECIPE, faces=faces)), 1)
    assert len({number // 2 for number in numbers}) == len(numbers) == shown_faces


def test_random_changes_are_the_same_in_the_same_epoch_and_others_in_the_next() -> None:
    noisy = replace(RECIPE, augmentation=Augmentation(noise=1.0))
    first, again, other = (
        np.concatenate([crops for crops, *_ in epoch(batches(noisy), number)]) for number in (1, 1, 2)
    )
    assert first.shape == (24, SIDE, SIDE, 3)
    assert first.dtype == np.float32
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize(("batch", "sizes"), [(8, [8, 8, 8]), (25, [25]), (100, [25])])
def test_a_last_batch_that_is_not_full_is_left_out_unless_it_is_the_only_one(batch: int, sizes: list[int]) -> None:
    all_batches = batches(replace(RECIPE, batch=batch))
    assert len(all_batches) == len(sizes)
    assert [len(crops) for crops, *_ in epoch(all_batches, 1)] == sizes


def test_crops_come_as_the_network_takes_them_with_softened_labels() -> None:
    recipe = replace(RECIPE, label_smoothing=0.5)
    crops, targets, weights = epoch(batches(recipe, wanted=CropRecipe(24, 1.5)), 1)[0]
    assert crops.shape == (8, 24, 24, 3)
    assert targets[GENDER].max() == pytest.approx(0.5 + 0.5 / COUNT)
    assert weights[GENDER].tolist() == [1] * 8


def test_rows_without_a_label_have_no_weight() -> None:
    some = examples()
    some.targets[GENDER][::3] = 0
    index = pd.DataFrame({"set": "a", "file": range(COUNT), "variant": "drawn"})
    recipe = replace(RECIPE, label_smoothing=0.2)
    for crops, targets, weights in epoch(TrainingBatches(some, views_of(index), some.crop, recipe, 0), 1):
        numbers = crops.mean(axis=(1, 2, 3)).round()
        np.testing.assert_array_equal(weights[GENDER], numbers % 3 != 0)
        np.testing.assert_array_equal(targets[GENDER].any(axis=1), numbers % 3 != 0)


def test_validation_crops_are_in_order_and_unchanged() -> None:
    crops = np.random.default_rng(0).integers(0, 256, (130, 8, 8, 3), dtype=np.uint8)
    parts = list(plain_batches(crops, 64))
    assert [len(part) for part in parts] == [64, 64, 2]
    assert {part.dtype for part in parts} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(np.concatenate(parts), crops)


# A face in a picture: upright, and rolled by some 17 degrees.
UPRIGHT = ((130.0, 140.0), (170.0, 140.0), (150.0, 160.0), (135.0, 180.0), (165.0, 180.0))
ROLLED = ((130.0, 134.0), (170.0, 146.0), (150.0, 160.0), (135.0, 180.0), (165.0, 180.0))


def picture() -> Pixels:
    """300 pixels of soft coloured noise."""
    coarse = np.random.default_rng(4).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    return cv2.resize(coarse, (300, 300), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("landmarks", [UPRIGHT, ROLLED], ids=["upright", "rolled"])
@pytest.mark.parametrize(
    "wanted", [CropRecipe(64, 1.8), CropRecipe(96, 1.2), CropRecipe(40, 2.3), CropRecipe(128, 2.4)]
)
def test_cut_again_from_a_wide_crop_a_face_is_what_serving_would_have_cut(
    wanted: CropRecipe, landmarks: tuple[tuple[float, float], ...]
) -> None:
    face = Face(Box(112, 100, 188, 200), landmarks, 0.9)
    wide = CropRecipe(128, 2.4)
    crops = crop_face(picture(), face, wide)[np.newaxis]
    targets = {GENDER: np.ones((1, 2), np.float32)}
    result = recrop(Examples(crops, wide, targets), wanted)
    direct = crop_face(picture(), face, wanted)
    assert result.crop == wanted
    assert result.targets is targets
    assert result.crops.dtype == np.uint8
    difference = np.abs(result.crops[0].astype(int) - direct)
    assert difference.max() <= 4
    assert np.abs(direct.astype(int) - np.roll(direct, 1, axis=1)).mean() > 5, "a pixel beside would be seen"


def test_the_same_recipe_leaves_crops_as_they_are_and_a_wider_one_is_refused() -> None:
    given = examples()
    assert recrop(given, given.crop) is given
    with pytest.raises(DatasetError, match=r"2\.0 face sizes wide are needed, the prepared ones are 1\.8") as caught:
        recrop(given, CropRecipe(SIDE, 2.0))
    assert caught.value.code == "not_prepared"


def test_training_without_augmentation_and_validation_see_the_same_crop() -> None:
    """What the network learns from lies where what it is tested on lies."""
    face = Face(Box(112, 100, 188, 200), UPRIGHT, 0.9)
    wide, wanted = CropRecipe(96, 2.4), CropRecipe(48, 1.6)
    some = Examples(crop_face(picture(), face, wide)[np.newaxis], wide, {GENDER: np.ones((1, 2), np.float32)})
    index = pd.DataFrame({"set": ["a"], "file": ["1"], "variant": ["drawn"]})
    recipe = replace(RECIPE, augmentation=NONE)
    ((learned, *_),) = epoch(TrainingBatches(some, views_of(index), wanted, recipe, 0), 1)
    difference = np.abs(learned[0] - recrop(some, wanted).crops[0])
    assert difference.mean() < 2
