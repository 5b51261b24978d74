"""Detectors of two checkouts side by side: what is counted, with which intervals, and the command that prints it."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.errors import ModelError
from tests.unit.people_set import make_people
from tests.unit.portraits import NAMES, detector, portrait, resized
from tools.__main__ import main
from tools.checkouts import Checkout, Turn, paired_shares, side_by_side

ROOT = Path(__file__).resolve().parents[3]
BLIND = "class FaceDetector:\n    def detect(self, pixels):\n        return []\n"


@pytest.fixture
def source_path(tmp_path: Path) -> Path:
    return make_people(tmp_path)


def checkout(folder: Path, module: str, text: str) -> Path:
    """A project that has nothing but a detector in the place where it once was, or is."""
    path = folder / Path(*module.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return folder


def turn(found: tuple[bool, bool], false: tuple[int, int] = (0, 0), ms: tuple[float, float] = (20.0, 10.0)) -> Turn:
    return Turn("people", "real", "a.jpg", found, false, ms)


def test_a_checkout_answers_as_its_detector_does() -> None:
    pictures = [portrait(NAMES[0]), np.full((40, 60, 3), 90, np.uint8), resized(portrait(NAMES[1]), 0.5)]
    with Checkout(ROOT) as own:
        answers = [own.detect(pixels) for pixels in pictures]
    assert [[(face.box, face.landmarks, face.score) for face in answer.faces] for answer in answers] == [
        [(face.box, face.landmarks, face.score) for face in detector().detect(pixels)] for pixels in pictures
    ]
    assert all(answer.ms > 0 for answer in answers)


@pytest.mark.parametrize("module", ["core.vision.faces", "core.vision.detection.faces"])
def test_the_detector_is_that_of_the_folder_wherever_it_was(tmp_path: Path, module: str) -> None:
    with Checkout(checkout(tmp_path, module, BLIND)) as blind:
        assert blind.detect(portrait(NAMES[0])).faces == []


@pytest.mark.parametrize("text", ["", "import a_package_that_nobody_has\n", "raise SystemExit(3)\n"])
def test_a_folder_without_a_detector_that_starts_is_said(tmp_path: Path, text: str) -> None:
    with pytest.raises(ModelError, match="does not run") as caught:
        Checkout(checkout(tmp_path, "core.vision.faces", text))
    assert caught.value.code == "not_loadable"


def test_a_detector_that_dies_over_a_picture_is_said(tmp_path: Path) -> None:
    dying = BLIND.replace("return []", "raise SystemExit(3)")
    with Checkout(checkout(tmp_path, "core.vision.faces", dying)) as other:
        for _ in range(2):
            with pytest.raises(ModelError, match="does not run"):
                other.detect(portrait(NAMES[0]))


def test_what_was_lost_and_won_is_counted_picture_by_picture() -> None:
    turns = [turn((True, False)), *[turn((False, True), (1, 0))] * 2, *[turn((True, True), (0, 2))] * 7]
    found = side_by_side(turns)
    assert (found.n, found.lost, found.won) == (10, 1, 2)
    assert found.found == pytest.approx((0.8, 0.9))
    assert found.false == pytest.approx((0.2, 1.4))
    assert found.ms == pytest.approx((20.0, 10.0))
    assert found.recall.value == pytest.approx(0.1)
    assert found.false_change.value == pytest.approx(1.2)
    assert found.false_change.low < 1.2 < found.false_change.high


def test_the_interval_of_a_recall_is_wide_where_few_pictures_tell_and_has_a_width_where_none_differ() -> None:
    few, many = paired_shares(0, 0, 20), paired_shares(0, 0, 2000)
    assert few.value == many.value == 0
    assert few.low < many.low < 0 < many.high < few.high
    worse = paired_shares(40, 10, 300)  # Bonett and Price's formula by hand: -30/302 -/+ 1.96 * 0.0228...
    assert worse.low == pytest.approx(-0.1448, abs=0.001)
    assert worse.high == pytest.approx(-0.0539, abs=0.001)


def test_the_command_prints_both_and_their_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source_path: Path
) -> None:
    blind = checkout(tmp_path / "blind", "core.vision.faces", BLIND)
    assert main(["detectors", str(ROOT), str(source_path), "--after", str(blind), "--markdown"]) == 0
    # Where one of them finds no bare face, a drawn mask has no fair target.
    lines = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert [line[:6] for line in lines[2:]] == [["| people test", "real", "1", "100.0", "0.0", "1, 0"]]


def test_sets_have_rows_of_their_own_and_one_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source_path: Path
) -> None:
    shutil.copytree(ROOT / "core", tmp_path / "before" / "core", ignore=shutil.ignore_patterns("__pycache__", "ui"))
    shutil.copytree(ROOT / "assets", tmp_path / "before" / "assets")
    assert main(["detectors", str(tmp_path / "before"), f"{source_path}:test"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:4]]
    assert [row[0] for row in rows] == ["people", "people", "all"]
    assert rows[-1][1:5] == ["3", "100.0", "100.0", "0,"]


def test_a_split_without_pictures_is_said(capsys: pytest.CaptureFixture[str], source_path: Path) -> None:
    assert main(["detectors", str(ROOT), f"{source_path}:val"]) == 1
    assert "no pictures in its val split" in capsys.readouterr().err
