"""The table of which way up faces are taken to be: what a detector says is counted as what it is."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.types import Face, Pixels
from core.vision.detection.faces import FaceDetector
from tests.unit.labelled_folder import write_labelled
from tests.unit.portraits import portrait, portrait_face
from tools.__main__ import main
from tools.turned import Outcome, outcome


class Saying(FaceDetector):
    """Stands for the detector: finds a portrait's face at a roll, or none."""

    def __init__(self, roll: float | None, *, known: bool = True) -> None:
        self.roll, self.known = roll, known

    def detect(self, pixels: Pixels) -> list[Face]:
        assert pixels.flags["C_CONTIGUOUS"]
        if self.roll is None:
            return []
        face = portrait_face("obama")
        x, y = face.box.center
        eye = 0.2 * face.box.height * np.array([math.cos(self.roll), math.sin(self.roll)])
        eyes = ((x - eye[0], y - eye[1]), (x + eye[0], y + eye[1]))
        return [replace(face, landmarks=(*eyes, *face.landmarks[2:]), way_up_known=self.known)]


@pytest.mark.parametrize("quarters", range(4))
def test_a_face_counts_by_its_roll_in_the_turned_picture(quarters: int) -> None:
    pixels, true = portrait("obama"), -quarters * math.pi / 2
    for off, said in ((0.0, Outcome.RIGHT), (0.5, Outcome.RIGHT), (1.5, Outcome.WRONG), (math.pi, Outcome.WRONG)):
        assert outcome(Saying(true + off), pixels, quarters) == said
        assert outcome(Saying(true + off, known=False), pixels, quarters) == Outcome.TURNED
    assert outcome(Saying(None), pixels, quarters) == Outcome.NONE


def test_the_table_has_a_row_for_each_turn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_labelled(tmp_path / "set" / "Validation", 2)
    assert main(["turned", str(tmp_path / "set"), "--limit", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "set, val, 2 pictures"
    assert lines[3:] == [f"| {90 * quarters} degrees | 2 | 0 | 0 | 0 |" for quarters in range(4)]
    assert main(["turned", str(tmp_path / "set"), "--split", "train"]) == 1
