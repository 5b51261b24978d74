import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.data.preparation import PreparationSettings, prepare
from core.data.prepared import COLUMNS, Prepared, open_prepared
from core.data.readers.dataset import read_source
from core.data.samples import Dropped, Sample
from core.data.variants import FaceCrop, FaceCropper, Variants, target_face
from core.errors import DatasetError, TrainingError
from core.settings import ASSETS_DIR, CropRecipe
from core.types import Box, Face
from core.vision.masks import HELD_OUT_FAMILY, TRAINING_FAMILIES
from tests.unit.dataset_case import write_tree

PORTRAITS = {"female": "astronaut.jpg", "male": "obama.jpg"}
VARIANTS = Variants(CropRecipe(size=32))


def portrait(gender: str, side: int = 160) -> bytes:
    """A sample portrait, shrunk; another side makes another file of the same person."""
    picture = Image.open(ASSETS_DIR / "samples" / "portraits" / PORTRAITS[gender]).convert("RGB")
    picture.thumbnail((side, side))
    return encoded(picture)


def disc(colour: str) -> bytes:
    """A picture without a face."""
    picture = Image.new("RGB", (90, 80), "grey")
    ImageDraw.Draw(picture).ellipse((20, 20, 60, 60), fill=colour)
    return encoded(picture)


def encoded(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two genders in three splits, and what goes wrong in practice."""
    files = {
        f"{split}/{gender.title()}/{gender}.png": portrait(gender, side)
        for split, side in (("Training", 160), ("Validation", 170), ("Test", 180))
        for gender in PORTRAITS
    }
    files["Training/Male/broken.png"] = portrait("male")[:500]
    files["Training/Male/disc.png"] = disc("red")
    files["Validation/Female/disc.png"] = disc("blue")
    return write_tree(tmp_path_factory.mktemp("data") / "people", files)


@pytest.fixture(scope="module")
def folder(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("prepared") / "out"
    prepare([read_source(tree)], output, PreparationSettings(VARIANTS, workers=1))
    return output


@pytest.fixture(scope="module")
def prepared(folder: Path) -> Prepared:
    return open_prepared(folder)


def cut(data: bytes, split: str = "train", *, masked: bool = False, variants: Variants = VARIANTS) -> list[FaceCrop]:
    cuts = FaceCropper(variants).crop(Sample("a.png", "set", split, "female", masked=masked), data)
    assert isinstance(cuts, list)
    return cuts


def test_each_split_has_its_variants(prepared: Prepared) -> None:
    index = prepared.sets["people"].index
    assert tuple(index.columns) == COLUMNS
    faces = index[~index["file"].str.contains("disc")]
    assert Counter(zip(faces["split"], faces["variant"], strict=True)) == {
        ("train", "bare"): 2, ("train", "drawn"): 2,
        ("val", "bare"): 2, ("val", "drawn"): 2, ("val", "held_out"): 2,
        ("test", "bare"): 2, ("test", "drawn"): 2, ("test", "held_out"): 2,
    }  # fmt: skip
    assert faces["found"].mean() > 0.8
    assert set(faces[faces["variant"] == "bare"]["found"]) == {1}


def test_the_held_out_family_is_seen_in_no_training(prepared: Prepared) -> None:
    index = prepared.sets["people"].index
    assert set(index[index["variant"] == "held_out"]["mask_family"]) == {HELD_OUT_FAMILY.value}
    assert set(index[index["variant"] == "drawn"]["mask_family"]) <= {family.value for family in TRAINING_FAMILIES}
    assert set(index[index["variant"] == "bare"]["mask_family"]) == {""}
    assert (index["masked"] == (index["variant"] != "bare")).all()


def test_crops_are_faces_of_the_recipe_s_size(prepared: Prepared) -> None:
    crops = prepared.sets["people"].crops
    assert crops.dtype == np.uint8
    assert crops.shape == (len(prepared.sets["people"].index), 32, 32, 3)
    assert prepared.crop == VARIANTS.crop
    bare, drawn = (prepared.select(splits=["train"], variants=[v]).load().astype(int) for v in ("bare", "drawn"))
    upper, lower = np.abs(bare - drawn)[:, 8:14].mean(), np.abs(bare - drawn)[:, 18:24].mean()
    assert lower > 2 * upper, "a mask covers the lower half of the face"


def test_what_gives_no_crop_is_counted_and_named(prepared: Prepared) -> None:
    report = prepared.sets["people"].report
    assert {item["file"]: item["code"] for item in report["dropped"]} == {
        "Training/Male/broken.png": "not_a_picture", "Training/Male/disc.png": "no_face"
    }  # fmt: skip
    assert report["dropped_counts"] == {"no_face": 1, "not_a_picture": 1}
    assert report["crops"]["train"] == {"bare": 2, "drawn": 2}
    assert report["not_found"]["val"]["bare"] == 1
    assert report["pictures"] == 9


def test_a_validation_picture_without_a_face_is_taken_whole_as_the_app_offers(prepared: Prepared) -> None:
    index = prepared.sets["people"].index
    rows = index[index["file"] == "Validation/Female/disc.png"]
    assert set(rows["variant"]) == {"bare", "drawn", "held_out"}
    assert set(rows["found"]) == {0}
    assert set(rows["right"] - rows["left"]) == {90}


def test_a_training_picture_without_a_face_is_dropped_unless_it_is_said_to_be_a_crop() -> None:
    sample = Sample("a.png", "set", "train", "male")
    dropped = FaceCropper(VARIANTS).crop(sample, disc("red"))
    assert isinstance(dropped, Dropped)
    assert dropped.code == "no_face"
    cuts = cut(disc("red"), variants=Variants(VARIANTS.crop, assume_crop=True))
    assert [(each.row["variant"], each.row["found"]) for each in cuts] == [("bare", 0), ("drawn", 0)]


def test_a_picture_with_a_real_mask_gives_one_crop_and_no_drawing() -> None:
    cuts = cut(portrait("female"), "test", masked=True)
    assert [(each.row["variant"], each.row["mask_family"], each.row["masked"]) for each in cuts] == [
        ("real", "real", 1)
    ]


@pytest.mark.parametrize(("masked", "train", "test"), [(0, 0, 0), (1, 1, 1), (3, 3, 1)])
def test_more_masked_copies_are_for_training_only(masked: int, train: int, test: int) -> None:
    variants = Variants(VARIANTS.crop, masked=masked)
    for split, expected in (("train", train), ("test", test)):
        drawn = [each for each in cut(portrait("male"), split, variants=variants) if each.row["variant"] == "drawn"]
        assert len(drawn) == expected
        assert len({each.crop.tobytes() for each in drawn}) == expected, "each copy wears another mask"


def test_masks_follow_the_seed() -> None:
    first, again, other = (
        cut(portrait("female"), variants=Variants(VARIANTS.crop, seed=seed))[1].crop for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_the_crops_do_not_depend_on_the_number_of_processes(tree: Path, folder: Path, tmp_path: Path) -> None:
    prepare([read_source(tree)], tmp_path, PreparationSettings(VARIANTS, workers=2))
    for file in ("crops.npy", "index.csv"):
        assert (tmp_path / "people" / file).read_bytes() == (folder / "people" / file).read_bytes()


def test_a_finished_set_is_left_as_it_is(tree: Path, folder: Path) -> None:
    before = (folder / "people" / "crops.npy").stat().st_mtime_ns
    assert prepare([read_source(tree)], folder, PreparationSettings(VARIANTS, workers=1)) == []
    assert (folder / "people" / "crops.npy").stat().st_mtime_ns == before


def test_a_set_that_was_stopped_half_way_is_not_there_and_is_done_anew(tree: Path, tmp_path: Path) -> None:
    def stop(name: str, done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare([read_source(tree)], tmp_path, PreparationSettings(VARIANTS, workers=1), stop)
    with pytest.raises(DatasetError, match="no finished set"):
        open_prepared(tmp_path)
    assert prepare([read_source(tree)], tmp_path, PreparationSettings(VARIANTS, workers=1)) == ["people"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people", "recipe.json"]


def test_other_settings_need_another_folder(tree: Path, folder: Path) -> None:
    other = PreparationSettings(Variants(CropRecipe(size=48)), workers=1)
    with pytest.raises(TrainingError, match="prepared with other settings") as caught:
        prepare([read_source(tree)], folder, other)
    assert caught.value.code == "other_settings"
    with pytest.raises(TrainingError, match="from other pictures or labels"):
        prepare([read_source(tree, masked=True)], folder, PreparationSettings(VARIANTS, workers=1))


def test_two_sets_of_one_name_are_refused(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="Two data sets are called 'people'"):
        prepare([read_source(tree), read_source(tree)], tmp_path, PreparationSettings(VARIANTS, workers=1))


def test_a_limit_prepares_some(tree: Path, tmp_path: Path) -> None:
    prepare([read_source(tree)], tmp_path, PreparationSettings(VARIANTS, limit=2, workers=1))
    assert open_prepared(tmp_path).sets["people"].report["pictures"] == 2


def test_a_damaged_set_is_said(tree: Path, tmp_path: Path) -> None:
    prepare([read_source(tree)], tmp_path, PreparationSettings(VARIANTS, limit=2, workers=1))
    crops = tmp_path / "people" / "crops.npy"
    crops.write_bytes(crops.read_bytes()[:-10])
    with pytest.raises(DatasetError, match="people is damaged") as caught:
        open_prepared(tmp_path)
    assert caught.value.code == "not_prepared"


@pytest.mark.parametrize("wide", [0, 1])
def test_an_index_of_a_million_columns_is_said_at_once(wide: int, tree: Path, tmp_path: Path) -> None:
    prepare([read_source(tree)], tmp_path, PreparationSettings(VARIANTS, limit=2, workers=1))
    index = tmp_path / "people" / "index.csv"
    lines = index.read_text().splitlines()
    lines[wide] += "," * 10**6
    index.write_text("\n".join(lines))
    with pytest.raises(DatasetError, match="more than 17 columns"):
        open_prepared(tmp_path)


def test_a_folder_that_was_not_prepared_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="There is no folder"):
        open_prepared(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match=r"no usable recipe\.json"):
        open_prepared(tmp_path)


def test_the_face_that_is_meant_is_large_and_in_the_middle() -> None:
    def face(left: float, top: float, side: float) -> Face:
        middle = (left + side / 2, top + side / 2)
        return Face(Box(left, top, left + side, top + side), (middle,) * 5, 0.9)

    pixels = np.zeros((200, 200, 3), np.uint8)
    meant, behind, beside = face(60, 60, 70), face(85, 5, 30), face(150, 100, 75)
    assert target_face([behind, beside, meant], pixels) is meant
    assert target_face([behind], pixels) is behind
    assert target_face([], pixels) is None
