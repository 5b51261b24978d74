"""Mask and age in predictions.csv: written, read back, empty where not said, missing in older files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data.prepared import Prepared
from core.evaluation.evaluator import evaluate
from core.evaluation.runs import load_run
from core.heads import FURTHER_ANSWERS
from tests.unit.evaluation_case import FACES, bright_model, three_heads_model, write_prepared


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    return write_prepared(tmp_path / "prepared", FACES)


@pytest.fixture
def folder(tmp_path: Path, prepared: Prepared) -> Path:
    """The folder of a model of three answers that was tested."""
    path = tmp_path / "bright"
    path.mkdir()
    evaluate(three_heads_model(), prepared).save(path)
    return path


def says_nothing(table: pd.DataFrame) -> bool:
    return bool(table[["p_mask", "p_child"]].isna().all(axis=None)) and bool(table["age_band"].eq("").all())


def test_mask_and_age_are_saved_and_read_back(prepared: Prepared, folder: Path) -> None:
    table = load_run(folder).predictions
    pd.testing.assert_frame_equal(table, evaluate(three_heads_model(), prepared).predictions, check_dtype=False)
    table = table.set_index(["set", "file"])
    assert table["p_mask"]["faces", "2.webp"] == pytest.approx(1 / (1 + np.exp(-(250 - 127.5) / 40)), abs=1e-6)
    assert table["age_band"].to_dict() == {
        ("faces", "1.webp"): "60+",
        ("faces", "2.webp"): "60+",
        ("faces", "3.webp"): "10-19",
        ("faces", "4.webp"): "0-9",
        ("faces", "5.webp"): "0-9",
        ("faces", "6.webp"): "10-19",
        ("real", "0.webp"): "40-59",
        ("real", "2.webp"): "60+",
    }
    assert table["p_child"].between(0, 1).all()
    assert (table["p_child"] >= 0.5).tolist() == (table["age_band"] == "0-9").tolist()


def test_a_model_with_one_answer_leaves_the_further_columns_empty(prepared: Prepared, tmp_path: Path) -> None:
    found = evaluate(bright_model(), prepared)
    assert says_nothing(found.predictions)
    (tmp_path / "one").mkdir()
    found.save(tmp_path / "one")
    assert says_nothing(load_run(tmp_path / "one").predictions)


def test_older_files_without_the_columns_are_read_as_saying_nothing(folder: Path) -> None:
    path = folder / "predictions.csv"
    pd.read_csv(path, dtype=str, keep_default_na=False).drop(columns=list(FURTHER_ANSWERS)).to_csv(path, index=False)
    run = load_run(folder)
    assert says_nothing(run.predictions)
    assert len(run.predictions) == 8
    assert run.notes == ()


@pytest.mark.parametrize("column", ["p_mask", "p_child"])
@pytest.mark.parametrize("bad", ["1.5", "-0.1", "many", "nan"])
def test_faces_with_a_probability_that_is_none_are_left_out_and_counted(folder: Path, column: str, bad: str) -> None:
    path = folder / "predictions.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[0, column], table.loc[1, column] = bad, ""
    table.to_csv(path, index=False)
    run = load_run(folder)
    assert run.predictions[column].isna().tolist() == [True, *[False] * 6]
    assert "1 of 8 faces" in run.notes[0]
