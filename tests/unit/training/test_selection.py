from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data.prepared import Prepared, Selection
from core.errors import DatasetError
from core.settings import CONSTANT, REFLECT, CropRecipe
from core.training.selection import TrainingSettings, counts_of, crop_of, crops_for
from tests.unit.training_case import BASELINE, CROP, RECIPE, THREE, write_prepared

SETTINGS = TrainingSettings(RECIPE)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared", sets=("one", "two"))


def variants(selection: Selection) -> set[str]:
    return set(selection.index["variant"])


def pictures(selection: Selection) -> set[tuple[str, str, str]]:
    return set(selection.index[["set", "file", "gender"]].itertuples(index=False, name=None))


def test_bare_crops_are_taken_where_the_recipe_the_teacher_or_an_answer_needs_them(prepared: Prepared) -> None:
    for network, changes, expected in (
        (BASELINE, {}, {"drawn"}),
        (BASELINE, {"bare_share": 0.1}, {"bare", "drawn"}),
        (BASELINE, {"teacher_weight": 0.1}, {"bare", "drawn"}),
        (THREE, {}, {"bare", "drawn"}),
    ):
        chosen = crops_for(prepared, network, TrainingSettings(replace(RECIPE, **changes)))
        assert variants(chosen["train"]) == variants(chosen["val"]) == expected


def test_held_out_masks_and_test_pictures_are_never_chosen(tmp_path: Path) -> None:
    prepared = write_prepared(tmp_path / "prepared", variants=("bare", "drawn", "held_out", "real"))
    for split, chosen in crops_for(prepared, THREE, SETTINGS).items():
        assert set(chosen.index["split"]) == {split}
        assert variants(chosen) == {"bare", "drawn", "real"}


def test_limit_counts_pictures_half_of_each_gender_by_seed(prepared: Prepared) -> None:
    settings = TrainingSettings(replace(RECIPE, bare_share=0.5), limit=30, seed=3)
    chosen, again = (crops_for(prepared, BASELINE, settings) for _ in range(2))
    assert Counter(gender for _, _, gender in pictures(chosen["train"])) == {"female": 15, "male": 15}
    assert len(chosen["train"]) == 60, "every picture with its bare and its masked crop"
    assert pictures(chosen["train"]) == pictures(again["train"])
    assert set(chosen["train"].index["set"]) == {"one", "two"}
    other = crops_for(prepared, BASELINE, replace(settings, seed=4))
    assert pictures(chosen["train"]) != pictures(other["train"])
    assert len(pictures(chosen["val"])) == 40, "validation is whole"
    with pytest.raises(ValueError, match="at least 2"):
        replace(settings, limit=1)


def test_a_limit_above_what_there_is_takes_all(prepared: Prepared) -> None:
    chosen = crops_for(prepared, BASELINE, TrainingSettings(RECIPE, limit=1000))
    assert len(chosen["train"]) == 120


def test_only_the_named_sets_are_chosen(prepared: Prepared) -> None:
    chosen = crops_for(prepared, BASELINE, TrainingSettings(RECIPE, sets=("two",)))
    assert {name for part in chosen.values() for name in part.index["set"]} == {"two"}
    with pytest.raises(DatasetError, match="lfw is not in") as caught:
        crops_for(prepared, BASELINE, TrainingSettings(RECIPE, sets=("one", "lfw")))
    assert caught.value.code == "not_prepared"


def test_a_finished_network_is_not_given_faces_far_larger_than_the_prepared_ones(prepared: Prepared) -> None:
    assert crop_of(prepared, replace(RECIPE, served_size=38)).size == 32
    words = r"faces of 18 pixels, .* given faces of 22\. .* --size 39 .* smaller served_size"
    with pytest.raises(DatasetError, match=words) as caught:
        crop_of(prepared, replace(RECIPE, served_size=39))
    assert caught.value.code == "not_prepared"


def test_an_emphasis_on_a_set_that_is_not_there_is_refused(prepared: Prepared) -> None:
    recipe = replace(RECIPE, emphasis={"one": 2.0})
    assert len(crops_for(prepared, BASELINE, TrainingSettings(recipe, sets=("one",)))["train"]) == 60
    with pytest.raises(DatasetError, match="emphasis is on one, the training pictures are of two") as caught:
        crops_for(prepared, BASELINE, TrainingSettings(recipe, sets=("two",)))
    assert caught.value.code == "not_prepared"
    with pytest.raises(DatasetError, match=r"emphasis is on 60\+, .*; their ages are 0-9, 20-39"):
        crops_for(prepared, BASELINE, TrainingSettings(replace(RECIPE, emphasis={"60+": 2.0})))


@pytest.mark.parametrize(
    ("counts", "kinds", "code", "words"),
    [
        ({"train": 8, "val": 4}, ("drawn",), "too_few", "train split has 4 female and 4 male masked"),
        ({"train": 40, "val": 1}, ("drawn",), "one_class", "val split has 1 female and 0 male masked"),
        ({"train": 40, "val": 4}, ("bare",), "one_class", "train split has 0 female and 0 male masked"),
        ({"train": 1, "val": 4}, ("bare", "drawn"), "one_class", "train split has 1 female and 0 male masked"),
        ({"train": 40, "test": 4}, ("drawn",), "no_pictures", "splits val"),
    ],
)
def test_a_training_without_meaning_is_refused(
    counts: dict[str, int], kinds: tuple[str, ...], code: str, words: str, tmp_path: Path
) -> None:
    prepared = write_prepared(tmp_path / "prepared", counts=counts, variants=kinds)
    with pytest.raises(DatasetError, match=words) as caught:
        crops_for(prepared, THREE, SETTINGS)
    assert caught.value.code == code


def test_masked_crops_are_needed_where_bare_ones_are_no_part(tmp_path: Path) -> None:
    prepared = write_prepared(tmp_path / "prepared", variants=("bare",))
    with pytest.raises(DatasetError, match="no crops for sets all, splits train, variants drawn, real") as caught:
        crops_for(prepared, BASELINE, SETTINGS)
    assert caught.value.code == "no_pictures"


def test_the_crop_is_the_recipes_and_else_the_prepared_one(prepared: Prepared) -> None:
    assert crop_of(prepared, RECIPE) == CROP
    assert crop_of(prepared, replace(RECIPE, size=21, margin=1.2)) == CropRecipe(21, 1.2, CROP.padding)


def test_another_padding_is_made_of_plain_one_alone(tmp_path: Path, prepared: Prepared) -> None:
    plain = write_prepared(tmp_path / "plain", crop=replace(CROP, padding=CONSTANT))
    assert crop_of(plain, replace(RECIPE, padding=REFLECT)).padding == REFLECT
    assert crop_of(plain, RECIPE).padding == CONSTANT
    assert crop_of(prepared, replace(RECIPE, padding=CROP.padding)) == CROP
    with pytest.raises(DatasetError, match=r"Prepare the data with --padding constant, .* or with reflect\.") as caught:
        crop_of(prepared, replace(RECIPE, padding=REFLECT))
    assert caught.value.code == "not_prepared"


def test_crops_are_counted_by_set_split_and_variant(prepared: Prepared) -> None:
    chosen = crops_for(prepared, THREE, TrainingSettings(RECIPE, sets=("one",)))
    assert counts_of(pd.concat([part.index for part in chosen.values()])) == {
        "one": {"train": {"bare": 60, "drawn": 60}, "val": {"bare": 20, "drawn": 20}}
    }


def test_a_sample_takes_some_crops_and_a_second_time_the_same(prepared: Prepared) -> None:
    whole = prepared.select(splits=["train"])
    some, again = whole.sample(50, seed=3), whole.sample(50, seed=3)
    assert some.index.equals(again.index)
    assert set(some.index["set"]) == {"one", "two"}
    assert some.load().shape == (50, 32, 32, 3)
    everything = dict(zip(keys(whole), whole.load(), strict=True))
    for key, crop in zip(keys(some), some.load(), strict=True):
        assert (everything[key] == crop).all()
    np.testing.assert_array_equal(np.concatenate(list(some.batches(7))), some.load())
    assert whole.sample(None) is whole.sample(10**6) is whole


def keys(selection: Selection) -> list[tuple[str, ...]]:
    return list(selection.index[["set", "file", "variant"]].itertuples(index=False, name=None))
