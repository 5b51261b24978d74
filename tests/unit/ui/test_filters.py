from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.report.charts.answers import answer_counts
from core.results import Decision, FaceResult, ImageResult, Label, Prediction, Quality, Reason, Status, Worn
from core.settings import SessionLimits
from core.types import Box, Face
from core.ui.classify import filters
from core.ui.classify.collection import Collection, Entry
from core.ui.classify.results import counted_answers


def face(label: Label, mask: Worn | None = Worn.WORN, reason: Reason | None = None) -> FaceResult:
    box = Box(0, 0, 10, 10)
    reasons = (reason or Reason.LOW_CONFIDENCE,) if label is Label.UNCERTAIN else ()
    quality = Quality(10, 1, 100, 0, (reason,) if reason else ())
    prediction = Prediction(0.5, None if mask is None else 0.5)
    where = Face(box, (box.center,) * 5, 0.9)
    return FaceResult(where, quality, prediction, Decision(label, reasons, mask), np.zeros((16, 16, 3), np.uint8))


WOMAN = face(Label.FEMALE)
BARE_MAN = face(Label.MALE, Worn.NOT_WORN)
UNSURE = face(Label.UNCERTAIN)
BLURRED = face(Label.UNCERTAIN, Worn.UNSURE, Reason.TOO_BLURRED)
FACES = [WOMAN, BARE_MAN, UNSURE, BLURRED]


def rows_of(*faces: FaceResult) -> list[filters.Row]:
    """One picture with these faces, and one without any."""
    entries = [Entry(key, name, name, b"", "") for key, name in enumerate(("b.jpg", "A.jpg"), start=1)]
    found = ImageResult("b.jpg", Status.OK, "m", faces=faces)
    return filters.rows_of([(entries[0], found), (entries[1], ImageResult("A.jpg", Status.NO_FACE, "m", "no_face"))])


def shown(*chosen: str) -> list[FaceResult | None]:
    return [row.face for row in filters.shown(rows_of(*FACES), chosen, "In the order added")]


def test_of_one_kind_any_and_of_several_all_must_apply() -> None:
    assert shown() == [*FACES, None]
    assert shown("Female", "Male") == [WOMAN, BARE_MAN]
    assert shown("Uncertain", "Mask worn") == [UNSURE]
    assert shown("Low quality") == [BLURRED]
    assert shown("Female", "Low quality") == []


@given(st.sets(st.sampled_from(sorted(filters.FILTERS)), min_size=1))
def test_a_picture_without_a_face_is_shown_only_without_filters(chosen: set[str]) -> None:
    assert None not in shown(*chosen)


def test_filters_that_would_change_nothing_are_not_offered() -> None:
    checks = ["Corrected", "Right", "Not checked"]
    rows = rows_of(*FACES)
    assert filters.useful(rows) == [name for name in filters.FILTERS if name not in checks]
    assert filters.useful(rows_of(WOMAN, WOMAN)) == []
    assert filters.useful(rows_of(face(Label.FEMALE, None), face(Label.MALE, None))) == ["Female", "Male"]

    rows[0].entry.correct(1, "female")
    rows[0].entry.correct(2, "female")
    assert [name for name in filters.useful(rows) if name in checks] == checks
    assert [row.number for row in filters.shown(rows, ["Corrected"], "In the order added")] == [2]
    assert [row.number for row in filters.shown(rows, ["Not checked"], "In the order added")] == [3, 4]


def test_orders_put_the_doubtful_or_the_sure_first_and_pictures_without_a_face_last() -> None:
    rows = rows_of(*(replace(WOMAN, prediction=Prediction(p, 0.5)) for p in (0.9, 0.2, 0.6)))
    numbers = {order: [row.number for row in filters.shown(rows, [], order)] for order in filters.ORDERS}

    assert numbers == {
        "In the order added": [1, 2, 3, 0], "Least sure first": [3, 2, 1, 0], "Most sure first": [1, 2, 3, 0],
        "Female to male": [1, 3, 2, 0], "By name": [0, 1, 2, 3],
    }  # fmt: skip


def test_the_chart_stacks_the_answers_of_each_group() -> None:
    collection = Collection(SessionLimits())
    entry = collection.add("a.jpg", b"1")
    assert isinstance(entry, Entry)
    counted = counted_answers([(entry, ImageResult("a.jpg", Status.OK, "m", faces=(*FACES, UNSURE)))])
    spec = answer_counts(counted, ("Mask worn", "No mask", "Mask unsure")).to_dict()
    (drawn,) = spec["datasets"].values()
    masked = [(row["answer"], row["start"], row["end"]) for row in drawn if row["group"] == "Mask worn"]
    assert masked == [("Female", 0, 1), ("Uncertain", 1, 3)]
    assert "Mask unsure: 1 uncertain" in spec["description"]
