"""The measuring of stages and of whole batches: what is printed, and that it is measured."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.benchmark.stages import StageTimes, measure_stages
from core.benchmark.steps import STEPS, Spread, measure_steps
from core.benchmark.throughput import PIXELS, Throughput, make_pictures, memory_of
from core.cli import main
from core.cli.benchmark.batch import batch_table
from core.cli.benchmark.stages import stages_table, steps_table
from core.errors import ModelError
from core.model.store import ModelStore
from core.settings import MODELS_DIR
from core.vision.detection.faces import FaceDetector
from core.vision.pictures.decode import load_picture


def cells(table: str, begin: str) -> list[str]:
    row = next(line for line in table.splitlines() if line.startswith(f"| {begin} |"))
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_ratios_are_to_the_first_way() -> None:
    found = {
        "LiteRT": StageTimes((4.0, 10.0, 1.0, 5.0), 2.0, 100.0),
        "plain": StageTimes((4.0, 0.0, 0.5, 100.0), 20.0, 700.0),
    }
    table = stages_table("m", found, "foot", markdown=True)
    assert cells(table, "LiteRT")[1:] == [
        "4.00 (1.00)", "10.00 (1.00)", "1.00 (1.00)", "5.00 (1.00)", "20.00 (1.00)", "2.0 (1.00)", "100 (1.00)",
    ]  # fmt: skip
    assert cells(table, "plain")[1:] == [
        "4.00 (1.00)", "-", "0.50 (0.50)", "100.00 (20.00)", "104.50 (5.22)", "20.0 (10.00)", "700 (7.00)",
    ]  # fmt: skip


def test_steps_are_told_with_their_mean_and_95th_percentile() -> None:
    steps = {"portrait": {"decode": Spread(4.0, 5.25), "in all": Spread(9.04, 12.0)}}
    assert cells(steps_table("m", steps, "foot", markdown=True), "portrait") == ["portrait", "4.0, 5.2", "9.0, 12.0"]


def test_the_steps_of_a_picture_add_up_to_all_of_it() -> None:
    model = ModelStore(MODELS_DIR).load("baseline-cnn", threads=1)
    found = measure_steps(model, 2, ["group of six"])["group of six"]
    assert tuple(found) == (*STEPS, "in all")
    assert sum(found[step].mean for step in STEPS) == pytest.approx(found["in all"].mean)
    for step in ("decode", "first look", "close looks", "way up", "crop", "classify"):
        assert 0 < found[step].mean <= found[step].high * (1 + 1e-9)


def test_rates_of_workers_are_beside_that_of_one() -> None:
    found = [Throughput(1, 100, 150, 10.0, 100.0, 3.0), Throughput(2, 100, 150, 5.0, 150.0, 6.0)]
    table = batch_table("m", found, "foot", markdown=True)
    assert cells(table, "1") == ["1", "10.0 (1.00)", "15.0 (1.00)", "20.0 (1.00)", "100 (1.00)"]
    assert cells(table, "2") == ["2", "20.0 (2.00)", "30.0 (2.00)", "40.0 (2.00)", "150 (1.50)"]


def test_memory_of_a_process_is_told_while_it_runs() -> None:
    assert memory_of(os.getpid()) > 20 * 2**20
    assert memory_of(2**22 + 1) == 0, "there is no such process"


def test_pictures_are_half_a_megapixel_all_different_and_show_faces(tmp_path: Path) -> None:
    make_pictures(tmp_path, 8)
    pictures = [load_picture(path).pixels for path in sorted(tmp_path.iterdir())]
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 8
    assert all(abs(np.prod(pixels.shape[:2]) / PIXELS - 1) < 0.01 for pixels in pictures)
    detector = FaceDetector()
    assert sum(bool(detector.detect(pixels)) for pixels in pictures) >= 6


def test_the_ways_of_a_model_are_those_it_has_files_for(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    for name in ("metadata.json", "model.tflite"):
        shutil.copy(MODELS_DIR / "baseline-cnn" / name, folder)
    make_pictures(tmp_path, 2)
    (times,) = measure_stages(folder, sorted(tmp_path.glob("*.jpg")), rounds=1).values()
    assert all(stage > 0 for stage in times.stages)
    assert times.first_s > sum(times.stages) / 1000
    assert times.peak_mb > 20


def test_a_file_that_is_no_model_is_said(tmp_path: Path) -> None:
    shutil.copy(MODELS_DIR / "baseline-cnn" / "metadata.json", tmp_path)
    (tmp_path / "model.tflite").write_bytes(b"no model")
    make_pictures(tmp_path, 1)
    with pytest.raises(ModelError, match=r"model\.tflite of .* could not be measured"):
        measure_stages(tmp_path, list(tmp_path.glob("*.jpg")), rounds=1)


@pytest.mark.parametrize("words", ["batch baseline-cnn --pictures 3", "baseline-cnn --batch 3"])
def test_a_batch_is_measured_with_one_and_two_workers(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", *words.split(), "--markdown"]) == 0
    table = capsys.readouterr().out
    assert cells(table, "1")[1].endswith("(1.00)")
    assert float(cells(table, "2")[1].split()[0]) > 0
    assert "3 pictures" in table


@pytest.mark.parametrize("other", ["--accuracy", "--save"])
def test_options_that_do_not_belong_together_are_wrong_usage(other: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["benchmark", "--stages", other])
