import argparse
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.cli.prepare import add_arguments
from core.data.prepared import Prepared
from core.errors import DatasetError, ModelError, OutputError
from core.evaluation.evaluator import check_recipe, evaluate
from core.evaluation.metrics import measure_frame
from core.evaluation.runs import load_run
from core.evaluation.schema import FACE_PX, PREDICTION_COLUMNS
from core.heads import FURTHER_ANSWERS
from core.model.loaded import LoadedModel
from core.model.metadata import Head
from core.settings import CropRecipe
from tests.unit.evaluation_case import CROP, FACES, BrightIsFemale, bright_model, write_prepared


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    return write_prepared(tmp_path / "prepared", FACES)


@pytest.fixture
def model() -> LoadedModel:
    return bright_model()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "models" / "bright"
    path.mkdir(parents=True)
    return path


def test_every_labelled_test_and_validation_face_is_predicted_once(model: LoadedModel, prepared: Prepared) -> None:
    found = evaluate(model, prepared)
    table = found.predictions
    assert tuple(table.columns) == (*PREDICTION_COLUMNS, *FURTHER_ANSWERS, FACE_PX)
    # The boxes of all faces are 9 by 9 pixels.
    assert set(table[FACE_PX]) == {9.0}
    assert table[["set", "split", "variant"]].value_counts().to_dict() == {
        ("faces", "test", "bare"): 1,
        ("faces", "test", "drawn"): 3,
        ("faces", "val", "bare"): 1,
        ("faces", "val", "drawn"): 1,
        ("real", "test", "real"): 2,
    }
    assert found.unlabelled == 1


def test_predictions_belong_to_their_faces(model: LoadedModel, prepared: Prepared) -> None:
    table = evaluate(model, prepared).predictions.set_index(["set", "file"])["p_female"]
    for (name, file), brightness in {
        ("faces", "2.webp"): 250,
        ("faces", "5.webp"): 20,
        ("real", "2.webp"): 200,
    }.items():
        assert table[name, file] == pytest.approx(1 / (1 + np.exp(-(brightness - 127.5) / 40)), abs=1e-6)


def test_figures_of_every_set_split_and_variant(model: LoadedModel, prepared: Prepared) -> None:
    report = evaluate(model, prepared).metrics
    assert [(entry.set, entry.split, entry.variant) for entry in report.sets] == [
        ("real", "test", "real"),
        ("faces", "test", "drawn"),
        ("faces", "test", "bare"),
        ("faces", "val", "drawn"),
        ("faces", "val", "bare"),
    ]
    drawn = report.find("faces", "drawn")
    assert (drawn.not_found, drawn.metrics.n) == (1, 3)
    assert drawn.metrics.confusion == ((1, 1), (0, 1))
    # The second face was not found and the third is too poor; the answer to the first is right.
    assert drawn.metrics.answered.value == 1 / 3
    assert drawn.metrics.accuracy_answered.value == 1


def test_temperature_and_label_order_come_from_the_metadata(model: LoadedModel, prepared: Prepared) -> None:
    swapped = replace(model.metadata, heads={"gender": Head(("female", "male"), temperature=2.0)})
    plain = evaluate(model, prepared).predictions["p_female"]
    other = evaluate(replace(model, metadata=swapped), prepared).predictions["p_female"]
    logits = -np.log(plain / (1 - plain)) / 2
    assert other.to_numpy() == pytest.approx(1 / (1 + np.exp(-logits)), abs=1e-4)


def test_the_same_model_and_faces_give_the_same_files(model: LoadedModel, prepared: Prepared, tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        found = evaluate(model, prepared)
        replace(found, metrics=replace(found.metrics, created="")).save(tmp_path / name)
        written.append([(tmp_path / name / file).read_bytes() for file in ("predictions.csv", "metrics.json")])
        assert len(list((tmp_path / name).iterdir())) == 2
    assert written[0] == written[1]


def test_what_is_saved_is_read_back_and_gives_exactly_the_saved_figures(
    model: LoadedModel, prepared: Prepared, folder: Path
) -> None:
    found = evaluate(model, prepared)
    found.save(folder)
    run = load_run(folder)
    pd.testing.assert_frame_equal(run.predictions, found.predictions, check_dtype=False)
    assert run.metrics == found.metrics
    for entry in run.metrics.sets:
        table = run.predictions
        place = (table["set"] == entry.set) & (table["split"] == entry.split) & (table["variant"] == entry.variant)
        assert measure_frame(table[place], run.metrics.threshold) == entry.metrics


def test_progress_counts_up_to_the_total(model: LoadedModel, prepared: Prepared) -> None:
    seen: list[tuple[int, int]] = []
    evaluate(model, prepared, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (9, 9)
    assert seen == sorted(seen)


@pytest.mark.parametrize("change", [{"size": 32}, {"margin": 1.3}, {"padding": "reflect"}])
def test_crops_of_another_recipe_are_refused_with_the_command_that_makes_the_right_ones(
    model: LoadedModel, prepared: Prepared, change: dict
) -> None:
    wanted = replace(CROP, **change)
    with pytest.raises(DatasetError) as caught:
        evaluate(replace(model, metadata=replace(model.metadata, crop=wanted)), prepared)
    assert caught.value.code == "not_prepared"
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = parser.parse_args(caught.value.message.split("python -m core prepare ")[1].split())
    assert CropRecipe(options.size, options.margin, options.padding) == wanted


def test_the_right_recipe_passes(prepared: Prepared) -> None:
    check_recipe(prepared, CROP, "bright")


@pytest.mark.parametrize("faces", [FACES[:1], FACES[8:9]])
def test_without_a_labelled_test_or_validation_face_there_is_nothing_to_measure(
    model: LoadedModel, tmp_path: Path, faces: list
) -> None:
    with pytest.raises(DatasetError) as caught:
        evaluate(model, write_prepared(tmp_path / "few", faces))
    assert caught.value.code == "no_pictures"


def test_a_set_with_validation_alone_is_measured_on_that(model: LoadedModel, tmp_path: Path) -> None:
    report = evaluate(model, write_prepared(tmp_path / "own", [FACES[0], FACES[5]])).metrics
    assert [entry.split for entry in report.sets] == ["val"]


def test_a_model_that_answers_nan_is_said(
    model: LoadedModel, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BrightIsFemale, "predict", lambda self, crops: {"gender": np.full((len(crops), 2), np.nan)})
    with pytest.raises(ModelError, match="not finite"):
        evaluate(model, prepared)


def test_a_full_disk_is_said_and_the_former_files_stay_whole(
    model: LoadedModel, prepared: Prepared, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = evaluate(model, prepared)
    found.save(folder)
    before = (folder / "metrics.json").read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="is full"):
        replace(found, metrics=replace(found.metrics, created="later")).save(folder)
    assert (folder / "metrics.json").read_bytes() == before
