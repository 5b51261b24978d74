"""The report of the user's own pictures."""

import re

import pandas as pd

from core.classify.decision import apply_thresholds
from core.heads import Thresholds
from core.report.html.report import batch_report
from core.results import ImageResult, Status
from tests.unit.classify.test_panel import result

SETTINGS = {"model": "own-model <b>", "answered from": "80 % confidence"}
COUNTS = pd.DataFrame([("All", "Female", 1), ("All", "Male", 1)], columns=["group", "answer", "faces"])


def report_of(results: list[ImageResult], counts: pd.DataFrame) -> str:
    return batch_report(results, [row for one in results for row in one.to_rows()], counts, SETTINGS)


def test_it_holds_settings_counts_every_face_and_every_answer() -> None:
    refused = ImageResult("<i>bad</i>.jpg", Status.REFUSED, "m", code="damaged", message="It is damaged.")
    made = report_of([result("a.jpg", 0.9, 0.1), refused], COUNTS)

    assert "2 pictures, 2 faces. 1 could not be read." in made
    assert "own-model &lt;b&gt;" in made
    assert 'alt="a.jpg, face 1: female 90 %"' in made
    assert 'alt="a.jpg, face 2: male 90 %"' in made
    assert made.count("data:image/jpeg;base64,") == 2
    assert "&lt;i&gt;bad&lt;/i&gt;.jpg" in made
    assert "<i>bad" not in made
    assert "It is damaged." in made
    assert "Faces by answer." in made
    assert not re.search(r'(src|href)="https?:', made)


def test_without_a_face_it_says_so() -> None:
    made = report_of([result("a.jpg")], COUNTS.head(0))

    assert made.count("No face was found.") == 2
    assert "<td>no face</td>" in made


def test_what_the_user_said_is_in_it_and_an_uncertain_face_leans() -> None:
    unsure = apply_thresholds(result("a.jpg", 0.6), Thresholds(0.8))
    rows = [{**row, "corrected": "not_a_face"} for row in unsure.to_rows()]
    made = batch_report([unsure], rows, COUNTS, SETTINGS, "You checked 1 face: **0 right**.")

    assert "1 picture, 1 face." in made
    assert 'alt="a.jpg, face 1: uncertain, leans female 60 %"' in made
    assert "You checked 1 face: <strong>0 right</strong>." in made
    assert "<th>you say</th>" in made
    assert "<td>not a face</td>" in made
