"""The report of the user's own pictures."""

import re

import pandas as pd

from core.report.html import batch_report
from core.results import ImageResult, Status
from tests.unit.classify.test_panel import result

SETTINGS = {"model": "own-model <b>", "answered from": "80 % confidence"}
COUNTS = pd.DataFrame([("All", "Female", 1), ("All", "Male", 1)], columns=["group", "answer", "faces"])


def test_it_holds_settings_counts_every_face_and_every_answer() -> None:
    refused = ImageResult("<i>bad</i>.jpg", Status.REFUSED, "m", code="damaged", message="It is damaged.")
    made = batch_report([result("a.jpg", 0.9, 0.1), refused], COUNTS, SETTINGS)

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
    made = batch_report([result("a.jpg")], COUNTS.head(0), SETTINGS)

    assert made.count("No face was found.") == 2
    assert "no_face" in made
