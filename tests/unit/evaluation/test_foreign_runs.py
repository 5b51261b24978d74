"""Saved records of others: each impossible part is a sentence in its place, and the other parts and models stand."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from core.errors import RunError
from core.evaluation.comparison import Contender, side_by_side
from core.evaluation.runs import load_run
from core.evaluation.speed import read_speed
from core.heads import Thresholds
from core.report import tables
from core.report.card.document import model_card
from core.settings import MODELS_DIR, PREFERRED_MODELS
from tests.unit.faces_case import random_faces

SHIPPED = MODELS_DIR / PREFERRED_MODELS[0]
LONGER = MODELS_DIR / PREFERRED_MODELS[1]  # of many epochs
PARTS = {
    "metadata.json": "metadata",
    "metrics.json": "metrics",
    "history.csv": "history",
    "predictions.csv": "predictions",
    "explanations.json": "explanations",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "odd"
    path.mkdir()
    for name in PARTS:
        (path / name).write_bytes((SHIPPED / name).read_bytes())
    (path / "history.csv").write_bytes((LONGER / "history.csv").read_bytes())
    header, *rows = (path / "predictions.csv").read_text().splitlines()
    (path / "predictions.csv").write_text("\n".join([header, *rows[::100]]) + "\n")
    return path


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        ("metrics.json", "threshold", "1e999"),
        ("metrics.json", "threshold", "true"),
        ("metrics.json", "threshold", "9" * 400),
        ("metrics.json", "sets", '{"a": 1}'),
        ("metrics.json", "sets", "[[]]"),
        ("metrics.json", "model", '["a"]'),
        ("metrics.json", "goals", '[{"key": "a", "value": NaN, "low": null, "high": null, "n": 1}]'),
        ("metrics.json", "schema", "1e999"),
        ("metrics.json", "files", '{"model.tflite": 5}'),
        ("explanations.json", "areas", '{"eyes": true}'),
        ("explanations.json", "sets", "[" * 50_000),
        ("explanations.json", "schema", "true"),
        ("metadata.json", "threshold", "Infinity"),
        ("metadata.json", "training", '{"settings": {"epochs": 1e999}}'),
    ],
)
def test_a_broken_document_costs_its_own_part_alone(folder: Path, file: str, key: str, value: str) -> None:
    values = json.loads((folder / file).read_text())
    rest = ", ".join(f'"{name}": {json.dumps(one)}' for name, one in values.items() if name != key)
    (folder / file).write_text(f'{{{rest}, "{key}": {value}}}')
    run = load_run(folder)
    assert {part for part in PARTS.values() if isinstance(getattr(run, part), RunError)} == {PARTS[file]}
    assert "odd" in model_card(run)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
@pytest.mark.parametrize("file", PARTS)
@pytest.mark.parametrize("device", [False, True])
def test_a_pipe_or_a_device_in_the_place_of_a_file_is_said_and_not_waited_for(
    folder: Path, file: str, device: bool
) -> None:
    (folder / file).unlink()
    if device:
        (folder / file).symlink_to("/dev/zero")
    else:
        os.mkfifo(folder / file)
    run = load_run(folder)
    for name, part in PARTS.items():
        broken = getattr(run, part)
        assert isinstance(broken, RunError) == (name == file)
        assert name != file or "a device or a pipe" in broken.message


@pytest.mark.parametrize(
    "cell", ["", "nan", "inf", "1e999", "9" * 400, "1e308", "true", "0x10", "-1", "1.5", "1_000", "\u0661"]
)
def test_a_cell_that_is_no_epoch_costs_its_row_alone(folder: Path, cell: str) -> None:
    whole = load_run(folder).history
    assert isinstance(whole, pd.DataFrame)
    header, first, *rest = (folder / "history.csv").read_text().splitlines()
    odd = ",".join([cell, *first.split(",")[1:]])
    (folder / "history.csv").write_text("\n".join([header, odd, *rest]) + "\n")
    run = load_run(folder)
    assert isinstance(run.history, pd.DataFrame)
    assert len(run.history) == len(whole) - 1
    assert any("1 of" in note and "left out" in note for note in run.notes)


@pytest.mark.parametrize("line", [1, 2])
def test_a_row_that_is_too_long_is_a_sentence(folder: Path, line: int) -> None:
    lines = (folder / "history.csv").read_text().splitlines()
    lines[line] += ",1,2,3"
    (folder / "history.csv").write_text("\n".join(lines) + "\n")
    history = load_run(folder).history
    assert isinstance(history, RunError)
    assert "more cells" in history.message


@pytest.mark.parametrize("text", ["", "\n\n", "epoch,epoch\n1,1\n", 'epoch,loss\n"1,2\n', "\0\0\0", "a" * 200_000])
def test_a_table_that_is_none_is_a_sentence(folder: Path, text: str) -> None:
    (folder / "history.csv").write_text(text)
    run = load_run(folder)
    assert isinstance(run.history, RunError)
    assert isinstance(run.predictions, pd.DataFrame)
    assert len(run.history.message) < 600


def test_a_training_that_says_strange_things_has_a_card_all_the_same(folder: Path) -> None:
    values = json.loads((folder / "metadata.json").read_text())
    values["training"] = {
        "settings": {"epochs": True, "weights": {"a": [1]}, "ancestors": 7, "teacher": [], "a:b": {"c:d": [[]]}},
        "data": {"a:b": {"train": {"drawn": True, "real": 10**15}}, "c": 3},
        "dropped": [1],
        "best_epoch": True,
        "seconds": -1e300,
        "thresholds": {"gender": {"faces": True}, "mask": 3, "child": {"children": 2, "children_caught": "a"}},
    }
    (folder / "metadata.json").write_text(json.dumps(values))
    run = load_run(folder)
    assert not isinstance(run.metadata, RunError)
    model_card(run).encode()


@pytest.mark.parametrize("text", ["[]", '{"litert_ms": true}', '{"litert_ms": 1e999}', "NaN", '{"a":' * 5000])
def test_times_of_others_are_a_sentence(folder: Path, text: str) -> None:
    (folder / "benchmark.json").write_text(text)
    with pytest.raises(RunError) as caught:
        read_speed(folder)
    assert caught.value.code == "damaged"


def test_models_called_as_the_columns_of_a_table_are_compared() -> None:
    table = random_faces(60, 1)
    names = ("figure", "difference", "figure (model)", "a:b")
    side = side_by_side([Contender(name, table, Thresholds()) for name in names])
    shown = tables.figures_table(side)
    assert len(set(shown.columns)) == 1 + len(names)
    for comparison in side.comparisons:
        columns = tables.differences_table(comparison).columns
        assert len(set(columns)) == len(columns) == 6
