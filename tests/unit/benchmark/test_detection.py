"""The measurement of the detector: what counts as found, what as false, and the command that prints it."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.benchmark.detection import Case, judge, measure, measure_source, rescaled
from core.cli import main
from core.data.readers.dataset import read_source
from core.settings import DetectorSettings
from core.types import Box, face_size
from core.vision.detection.faces import FaceDetector
from tests.unit.people_set import make_people
from tests.unit.portraits import detector, head, portrait, portrait_face

BLANK = np.zeros((100, 100, 3), np.uint8)
TARGET = Box(20, 20, 60, 60)
BYSTANDER = Box(70, 10, 90, 35)


@pytest.fixture
def source_path(tmp_path: Path) -> Path:
    return make_people(tmp_path)


def test_a_box_is_found_or_a_known_face_or_false() -> None:
    case = Case(BLANK, TARGET, (TARGET, BYSTANDER))
    assert judge(case, []) == (False, 0)
    assert judge(case, [Box(22, 18, 62, 63)]) == (True, 0)
    assert judge(case, [BYSTANDER]) == (False, 0)
    assert judge(case, [TARGET, Box(0, 80, 20, 100)]) == (True, 1)


def test_of_a_real_mask_the_face_near_the_middle_is_meant() -> None:
    case = Case(BLANK, None)
    assert judge(case, []) == (False, 0)
    assert judge(case, [Box(30, 5, 70, 50)]) == (True, 0)
    assert judge(case, [Box(0, 0, 20, 20)]) == (False, 1)
    assert judge(case, [Box(30, 30, 70, 70), Box(20, 20, 80, 80)]) == (True, 1)


@pytest.mark.parametrize("size", [32, 128])
def test_a_picture_is_rescaled_to_the_size_of_the_face(size: int) -> None:
    face = portrait_face("obama")
    case = rescaled(portrait("obama"), face, [face], size)
    (found,) = detector().detect(case.pixels)
    assert case.target is not None
    assert case.target.overlap(found.box) > 0.6
    assert face_size(found) == pytest.approx(size, rel=0.15)


def test_shares_and_times_are_of_the_pictures() -> None:
    face = Case(head("obama", 100), None)
    rates = measure(FaceDetector(DetectorSettings(retry=False)), [face, face, Case(BLANK, None)], "set", "real", False)
    assert (rates.n, rates.false) == (3, 0)
    assert rates.found.value == pytest.approx(2 / 3)
    assert rates.milliseconds > 0


def test_a_source_is_measured_by_kind_of_mask_and_with_and_without_retries(source_path: Path) -> None:
    rates = list(measure_source(read_source(source_path), sizes=(48, 96)))
    assert [(rate.kind, rate.retries, rate.n) for rate in rates] == [
        (kind, retries, n)
        for kind, n in (("drawn 48 px", 2), ("drawn 96 px", 2), ("real", 1))
        for retries in (False, True)
    ]
    assert all(rate.found.value == 1 and rate.false == 0 for rate in rates if rate.retries)


def test_the_command_prints_a_line_a_measurement(source_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detector", str(source_path), "--sizes", "64"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["set", "masks", "retries", "n", "found", "%", "false", "ms"]
    assert [line.split()[:5] for line in lines[1:3]] == [
        ["people", "drawn", "64", "px", "off"],
        ["people", "drawn", "64", "px", "on"],
    ]
    assert "Wilson" in lines[-1] + lines[-2]


def test_the_command_gives_the_figures_as_json(source_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detector", str(source_path), "--sizes", "64", "--limit", "3", "--format", "json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured
    for rates in measured:
        assert 1 <= rates["n"] <= 3
        assert set(rates["found"]) == {"value", "low", "high", "reason"}


def test_a_missing_source_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["detector", str(tmp_path / "none.tar")]) == 1
    assert "not_found" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--limit", "0"], ["--sizes", "-3"], ["--split", "all"]])
def test_wrong_usage_exits_with_two(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["detector", "people.tar", *wrong])
    assert caught.value.code == 2


def test_a_split_without_pictures_is_said(source_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detector", str(source_path), "--split", "val", "--limit", "1"]) == 1
    assert "no pictures with a face in its val split" in capsys.readouterr().err
