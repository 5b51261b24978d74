"""Several models' answers to the same faces, in the order in which they are worth a look."""

import numpy as np
import pytest

from core.classify.panel import panel
from core.results import Decision, FaceResult, ImageResult, Label, Prediction, Quality, Reason, Status
from core.types import Box, Face


def result(name: str, *chances: float) -> ImageResult:
    faces = []
    for p in chances:
        label = Label.FEMALE if p >= 0.8 else Label.MALE if p <= 0.2 else Label.UNCERTAIN
        reasons = (Reason.LOW_CONFIDENCE,) if label is Label.UNCERTAIN else ()
        face = Face(Box(0, 0, 10, 10), ((0.0, 0.0),) * 5, 0.9)
        quality = Quality(10, 1, 100, 0)
        faces.append(FaceResult(face, quality, Prediction(p), Decision(label, reasons), np.zeros((4, 4, 3), np.uint8)))
    status = Status.OK if faces else Status.NO_FACE
    return ImageResult(name, status, "m", code="" if faces else "no_face", faces=tuple(faces))


def test_contradictions_come_first_then_what_only_one_calls_then_the_rest_by_distance() -> None:
    one = [result("a", 0.9, 0.9), result("b", 0.95), result("c", 0.82), result("none")]
    two = [result("a", 0.1, 0.95), result("b", 0.5), result("c", 0.99), result("none")]
    found = panel({"one": one, "two": two})

    assert [(face.file, face.number) for face in found] == [("a", 1), ("b", 1), ("c", 1), ("a", 2)]
    assert [face.is_contested for face in found] == [True, False, False, False]
    assert [face.is_alike for face in found] == [False, False, True, True]
    assert found[0].spread == pytest.approx(0.8)


def test_a_picture_in_which_models_saw_other_faces_is_left_out() -> None:
    assert panel({"one": [result("a", 0.9)], "two": [result("a", 0.9, 0.1)]}) == []
