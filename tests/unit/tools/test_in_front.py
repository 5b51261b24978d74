"""The table of faces in front of others: where one is put is where it is looked for, and what is found is counted."""

from pathlib import Path

import numpy as np
import pytest

from core.types import Box, Face, Pixels, face_size
from core.vision.detection.faces import FaceDetector
from tests.unit.labelled_folder import write_labelled
from tests.unit.portraits import portrait, portrait_face
from tools.__main__ import main
from tools.in_front import SIZES, Found, found, put_before


class Saying(FaceDetector):
    """Stands for the detector: finds what it was told."""

    def __init__(self, *boxes: Box) -> None:
        self.faces = [Face(box, portrait_face("obama").landmarks, 0.9) for box in boxes]

    def detect(self, pixels: Pixels) -> list[Face]:
        return self.faces


@pytest.mark.parametrize("across", [0.0, 0.5, 1.0])
def test_a_face_stands_where_the_table_says_that_it_does(across: float) -> None:
    large, small = portrait_face("biden"), portrait_face("astronaut")
    both, box = put_before(portrait("biden"), large, portrait("astronaut"), small, 0.5, across)
    assert box.height / small.box.height == pytest.approx(0.5 * face_size(large) / face_size(small))
    assert box.center[0] == pytest.approx(large.box.left + across * large.box.width, abs=1)
    assert box.center[1] == pytest.approx(large.box.top + 0.72 * large.box.height, abs=1)
    grey, _ = put_before(np.full_like(portrait("biden"), 150), large, portrait("astronaut"), small, 0.5, across)
    (face,) = FaceDetector().detect(grey)
    assert face.box.overlap(box) > 0.8
    assert np.array_equal(both[grey != 150], grey[grey != 150])


def test_what_is_found_is_told_apart() -> None:
    small, large, elsewhere = Box(40, 40, 60, 70), Box(0, 0, 100, 120), Box(300, 0, 330, 40)
    pixels = portrait("obama")
    assert found(Saying(large), pixels, small, large) == Found(small=False, large=True, others=0)
    assert found(Saying(large, small, elsewhere), pixels, small, large) == Found(small=True, large=True, others=1)
    assert found(Saying(elsewhere), pixels, small, large) == Found(small=False, large=False, others=1)


def test_the_table_has_a_row_for_each_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_labelled(tmp_path / "set" / "Validation", 2)
    assert main(["in_front", str(tmp_path / "set")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "set, val, 4 pictures, 0 with a face within another's"
    assert [line.split(" | ")[0] for line in lines[3:]] == [f"| {size}" for size in SIZES]
