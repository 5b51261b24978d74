import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.results import Decision, FaceResult, ImageResult, Label, Prediction, Quality, Reason, Status, Worn
from core.types import Box, Face
from core.ui.wording import alternative, counted, description, explanation, percent, plain, traits, whole_percents

PUNCTUATION = r"\\`*_{}\[\]()#+\-.!|~<>$:&^="


def face(
    p_female: float, label: Label, *reasons: Reason, detected: bool = True, mask: Worn | None = None, age: str = ""
) -> FaceResult:
    places = ((3.0, 3.0), (7.0, 3.0), (5.0, 5.0), (3.0, 7.0), (7.0, 7.0))
    found = Face(Box(0, 0, 10, 10), places, 0.9 if detected else 0.0, detected)
    prediction = Prediction(p_female, mask and 0.5, age or None, 0.5 if age else None)
    decision, crop = Decision(label, reasons, mask), np.zeros((16, 16, 3), np.uint8)
    return FaceResult(found, Quality(52.4, 1, 100, 0), prediction, decision, crop)


def test_percent_never_shows_what_was_not_reached() -> None:
    shares = (0.5, 0.799, 0.8, 0.29, 0.999, 1.0)
    assert [percent(share) for share in shares] == ["50 %", "79 %", "80 %", "29 %", "99 %", "100 %"]


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=9).filter(any))
def test_rounded_shares_of_a_whole_add_up_to_100(parts: list[int]) -> None:
    shares = [part / sum(parts) for part in parts]
    rounded = whole_percents(shares)

    assert sum(rounded) == 100
    assert all(abs(shown - 100 * share) < 1 + 1e-9 for shown, share in zip(rounded, shares, strict=True))


@given(st.text())
def test_plain_text_has_no_markup_and_loses_nothing(text: str) -> None:
    escaped = plain(text)

    assert not re.search(rf"(?<!\\)(\\\\)*[{PUNCTUATION[2:]}]", escaped)
    assert re.sub(rf"\\([{PUNCTUATION}])", r"\1", escaped).replace("\u2060", "") == (
        " ".join(text.split()).replace("\u2060", "")
    )


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        (":material_home:", ":|material_home:"),
        (":material/home:", ":|material/home:"),
        (":streamlit:.jpg", ":|streamlit:.jpg"),
        ("WWW.example.org", "WWW|.example.org"),
        ("me@example.org", "me|@example.org"),
        ("a -> b -- c", "a |-> b |-- c"),
        ("train --prepared a->b --", "train --prepared a->b |--"),
    ],
)
def test_plain_text_parts_what_would_become_an_icon_a_link_or_an_arrow(text: str, parted: str) -> None:
    assert plain(text).replace("\\", "") == parted.replace("|", "\u2060")


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (face(0.93, Label.FEMALE), ""),
        (face(0.6, Label.UNCERTAIN, Reason.LOW_CONFIDENCE), "Leans female 60 %, below your 85 % threshold"),
        (face(0.4, Label.UNCERTAIN, Reason.LOW_CONFIDENCE), "Leans male 60 %, below your 85 % threshold"),
        (
            face(0.4, Label.UNCERTAIN, Reason.TOO_DARK, Reason.TOO_BLURRED, Reason.LOW_CONFIDENCE),
            "Too dark, too blurred · leans male 60 %",
        ),
        (face(0.99, Label.UNCERTAIN, Reason.CHILD), "Looks like a child · leans female 99 %"),
    ],
)
def test_uncertain_faces_say_why(result: FaceResult, words: str) -> None:
    assert explanation(result, 0.85) == words


@pytest.mark.parametrize(
    ("mask", "age", "words"),
    [
        (Worn.WORN, "20-39", "mask worn · 20\u201139 years"),
        (Worn.NOT_WORN, "60+", "mask not worn · 60+ years"),
        (Worn.UNSURE, "", "mask unsure"),
        (None, "0-9", "0\u20119 years"),
        (None, "", ""),
    ],
)
def test_traits_say_what_the_model_says_of_mask_and_age(mask: Worn | None, age: str, words: str) -> None:
    assert traits(face(0.9, Label.FEMALE, mask=mask, age=age)) == words


def test_description_says_when_the_whole_picture_was_taken() -> None:
    assert description(face(0.9, Label.FEMALE)) == "52 px face"
    assert "whole picture" in description(face(0.9, Label.FEMALE, detected=False))


def test_alternative_text_tells_what_is_seen() -> None:
    faces = (face(0.93, Label.FEMALE), face(0.4, Label.UNCERTAIN, Reason.LOW_CONFIDENCE))
    assert alternative(ImageResult("a.jpg", Status.OK, "m", faces=faces)) == (
        "a.jpg with 2 numbered faces. 1: female, 93 %; 2: uncertain, leans male 60 %"
    )
    assert alternative(ImageResult("a.jpg", Status.NO_FACE, "m", "no_face", "None.")) == "a.jpg: no face found"


def test_counted() -> None:
    assert [counted(number, "face", "faces") for number in (0, 1, 2)] == ["0 faces", "1 face", "2 faces"]
