import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.errors import RunError
from core.evaluation.intervals import INTERVAL_METHOD
from core.evaluation.metrics import measure_frame
from core.evaluation.runs import RunRecord, list_runs, load_run
from core.evaluation.schema import HISTORY_COLUMNS, PREDICTION_COLUMNS, MetricsReport, SetMetrics
from core.model.metadata import Head, ModelMetadata
from core.settings import CropRecipe

HISTORY = pd.DataFrame(
    [[epoch, 1 / epoch, 0.8, 1.1 / epoch, 0.7, 0.001, 12.5] for epoch in (1, 2, 3)], columns=list(HISTORY_COLUMNS)
)
PREDICTIONS = pd.DataFrame(
    [
        [f"faces/{n:03}.webp", "utkface", "test", gender, "31", "Asian", 1, "cloth", "drawn", n % 2, "", p]
        for n, (gender, p) in enumerate([("female", 0.9), ("female", 0.4), ("male", 0.2), ("male", 0.3)])
    ],
    columns=list(PREDICTION_COLUMNS),
)


def report() -> MetricsReport:
    entry = SetMetrics("utkface", "test", "drawn", 2, measure_frame(PREDICTIONS, 0.8))
    return MetricsReport("small", "2021-05-12T00:00:00+00:00", 0.8, INTERVAL_METHOD, (entry,), {"model.tflite": "ab"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "small"
    path.mkdir()
    HISTORY.to_csv(path / "history.csv", index=False)
    PREDICTIONS.to_csv(path / "predictions.csv", index=False)
    (path / "metrics.json").write_text(json.dumps(report().to_json()))
    heads = {"gender": Head(("male", "female"))}
    ModelMetadata("small", "A test.", "cnn", CropRecipe(), heads, files={"model.tflite": "ab"}).save(path)
    return path


def rest_stands(run: RunRecord, broken: str) -> bool:
    parts = {"metadata", "history", "metrics", "predictions"} - {broken}
    return not any(isinstance(getattr(run, part), RunError) for part in parts)


def edit_json(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_whole_run_is_read_as_it_was_written(folder: Path) -> None:
    run = load_run(folder)
    assert run.name == "small"
    pd.testing.assert_frame_equal(run.history, HISTORY)
    pd.testing.assert_frame_equal(run.predictions[list(PREDICTION_COLUMNS)], PREDICTIONS, check_dtype=False)
    assert run.metrics == report()
    assert run.metadata.network == "cnn"
    assert run.notes == ()


def test_figures_are_found_by_set_and_variant() -> None:
    assert report().find("utkface", "drawn").not_found == 2
    assert report().find("utkface", "bare") is None
    assert report().find("utkface", "drawn", split="val") is None


@pytest.mark.parametrize("part", ["metadata.json", "history.csv", "metrics.json", "predictions.csv"])
def test_a_missing_part_is_said_and_the_rest_stands(folder: Path, part: str) -> None:
    (folder / part).unlink()
    run, name = load_run(folder), part.split(".")[0]
    error = getattr(run, name)
    assert error.code == "missing"
    assert part in error.message
    assert "small" in error.message
    assert rest_stands(run, name)


def test_a_folder_that_is_not_there_has_four_missing_parts(tmp_path: Path) -> None:
    run = load_run(tmp_path / "nothing")
    assert {part.code for part in (run.metadata, run.history, run.metrics, run.predictions)} == {"missing"}


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"\xff\xfe\x00", b'epoch,"loss\n1', ",".join(HISTORY_COLUMNS).encode(), b"epoch\x00,loss\n"],
)
@pytest.mark.parametrize("part", ["history", "predictions"])
def test_a_damaged_table_is_said_and_the_rest_stands(folder: Path, part: str, content: bytes) -> None:
    (folder / f"{part}.csv").write_bytes(content)
    run = load_run(folder)
    assert getattr(run, part).code in {"damaged", "wrong_schema"}
    assert rest_stands(run, part)


def test_a_line_with_too_many_cells_is_said(folder: Path) -> None:
    (folder / "history.csv").write_text((folder / "history.csv").read_text() + "4,1,1,1,1,1,1,1,1\n")
    assert load_run(folder).history.code == "damaged"


def test_missing_columns_are_named(folder: Path) -> None:
    PREDICTIONS.drop(columns=["found", "quality"]).to_csv(folder / "predictions.csv", index=False)
    error = load_run(folder).predictions
    assert error.code == "wrong_schema"
    assert "found, quality" in error.message
    assert "evaluate small" in error.message


def test_further_columns_are_kept(folder: Path) -> None:
    PREDICTIONS.assign(p_glasses="0.9").to_csv(folder / "predictions.csv", index=False)
    assert load_run(folder).predictions["p_glasses"].eq("0.9").all()


def test_a_history_of_one_epoch_is_fine(folder: Path) -> None:
    HISTORY.head(1).to_csv(folder / "history.csv", index=False)
    run = load_run(folder)
    assert len(run.history) == 1
    assert run.notes == ()


def test_a_history_that_stopped_in_the_middle_of_a_line_keeps_its_whole_epochs(folder: Path) -> None:
    text = (folder / "history.csv").read_text()
    (folder / "history.csv").write_text(text[: text.rindex(",0.7") - 2])
    run = load_run(folder)
    assert run.history["epoch"].tolist() == [1, 2]
    assert "1 of 3 epochs" in run.notes[0]


def test_an_epoch_that_was_written_twice_counts_once_and_the_later_one_holds(folder: Path) -> None:
    again = HISTORY.iloc[[1]].assign(loss=9.0)
    pd.concat([HISTORY, again]).to_csv(folder / "history.csv", index=False)
    history = load_run(folder).history
    assert history["epoch"].tolist() == [1, 2, 3]
    assert history["loss"].tolist() == [1.0, 9.0, 1 / 3]


@pytest.mark.parametrize("bad", ["nan", "inf", "", "many"])
def test_epochs_without_a_number_are_left_out_and_counted(folder: Path, bad: str) -> None:
    HISTORY.astype(object).replace({"loss": {0.5: bad}}).to_csv(folder / "history.csv", index=False)
    run = load_run(folder)
    assert run.history["epoch"].tolist() == [1, 3]
    assert "1 of 3 epochs" in run.notes[0]


def test_a_history_without_one_usable_epoch_is_damaged(folder: Path) -> None:
    HISTORY.assign(val_loss="nan").to_csv(folder / "history.csv", index=False)
    assert load_run(folder).history.code == "damaged"


@pytest.mark.parametrize(
    ("column", "bad"), [("p_female", "nan"), ("p_female", 1.5), ("gender", "?"), ("masked", ""), ("found", 2)]
)
def test_predictions_that_cannot_be_used_are_left_out_and_counted(folder: Path, column: str, bad: Any) -> None:
    table = PREDICTIONS.astype(object)
    table.loc[1, column] = bad
    table.to_csv(folder / "predictions.csv", index=False)
    run = load_run(folder)
    assert run.predictions["p_female"].tolist() == [0.9, 0.2, 0.3]
    assert "1 of 4 faces" in run.notes[0]


def test_predictions_of_one_class_are_fine(folder: Path) -> None:
    PREDICTIONS[PREDICTIONS["gender"] == "male"].to_csv(folder / "predictions.csv", index=False)
    assert len(load_run(folder).predictions) == 2


def test_file_names_with_commas_quotes_and_na_come_back_as_they_were(folder: Path) -> None:
    names = ['a,b".webp', "NA", "=1+1.png", "ünï\n.jpg"]
    PREDICTIONS.assign(file=names).to_csv(folder / "predictions.csv", index=False)
    assert load_run(folder).predictions["file"].tolist() == names


@pytest.mark.parametrize(
    ("schema", "cure"), [(3, "Update this program"), (1, "evaluate small --from-predictions"), (None, "evaluate")]
)
def test_metrics_of_another_schema_say_which_and_what_to_do(folder: Path, schema: int | None, cure: str) -> None:
    edit_json(folder / "metrics.json", schema=schema)
    run = load_run(folder)
    assert run.metrics.code == "wrong_schema"
    assert f"schema {schema}" in run.metrics.message
    assert cure in run.metrics.message
    assert rest_stands(run, "metrics")


@pytest.mark.parametrize(
    "damage",
    [{"sets": [{"set": "utkface"}]}, {"sets": None}, {"threshold": "high"}, {"threshold": None}, {"files": 3}],
)
def test_metrics_with_damaged_content_are_said(folder: Path, damage: dict) -> None:
    edit_json(folder / "metrics.json", **damage)
    assert load_run(folder).metrics.code == "damaged"


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, '{"schema": 1, "threshold": NaN}'])
def test_a_metrics_file_that_is_not_the_json_it_should_be_is_said(folder: Path, text: str) -> None:
    (folder / "metrics.json").write_text(text)
    assert load_run(folder).metrics.code == "damaged"


def test_figures_with_nan_are_damaged(folder: Path) -> None:
    document = report().to_json()
    document["sets"][0]["accuracy"]["value"] = float("nan")
    (folder / "metrics.json").write_text(json.dumps(document))
    assert "NaN" in load_run(folder).metrics.message


def test_further_keys_are_passed_over(folder: Path) -> None:
    document = report().to_json() | {"seeds": 3}
    document["sets"][0]["log_loss"] = {"value": 0.9, "low": 0.8, "high": 1.0}
    (folder / "metrics.json").write_text(json.dumps(document))
    assert load_run(folder).metrics == report()


def test_figures_of_an_earlier_state_of_the_model_are_noted(folder: Path) -> None:
    heads = {"gender": Head(("male", "female"))}
    ModelMetadata("small", "", "cnn", CropRecipe(), heads, files={"model.tflite": "cd"}).save(folder)
    run = load_run(folder)
    assert "earlier state" in run.notes[0]
    assert "model.tflite" in run.notes[0]


def test_figures_that_do_not_come_from_the_predictions_are_noted(folder: Path) -> None:
    PREDICTIONS.assign(p_female=0.9).to_csv(folder / "predictions.csv", index=False)
    run = load_run(folder)
    assert "do not come from the saved predictions" in run.notes[0]
    assert rest_stands(run, "")


def test_listed_are_finished_models_and_finished_evaluations(tmp_path: Path) -> None:
    for place in ("b/metadata.json", "a/metrics.json", "training/history.csv", ".part/metadata.json", "loose.json"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text("{}")
    assert list_runs(tmp_path) == ["a", "b"]
    assert list_runs(tmp_path / "nothing") == []
