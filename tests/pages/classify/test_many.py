"""Many pictures: a ZIP of them, stopping half way, filters, corrections and the chart."""

import zipfile
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.classify.pipeline import Classifier
from core.ui.classify.downloads import all_rows
from core.ui.state import UPLOADED
from tests.pages.front_page import MakeModel, button, encoded, labels, metrics, unescaped, upload


def zipped(*files: tuple[str, bytes]) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files:
            archive.writestr(name, data)
    return packed.getvalue()


def test_a_zip_becomes_pictures_and_what_stays_in_it_is_said(app: AppTest, portrait: bytes, empty_scene: bytes) -> None:
    app.run()
    files = [("d/one.jpg", portrait), ("../up.jpg", portrait), ("none.png", empty_scene), ("read.me", b"text")]
    upload(app, ("all.zip", zipped(*files)), ("two.jpg", portrait))

    assert list(app.dataframe[0].value["Picture"]) == ["d/one.jpg", "none.png", "read.me", "two.jpg"]
    assert labels(app) == ["Female", "No face found", "Not read", "Female"]
    assert "'../up.jpg' was left out: its path leads out of the archive." in unescaped(app)


def test_a_whole_folder_adds_to_the_pictures_without_its_hidden_files(
    app: AppTest, portrait: bytes, empty_scene: bytes
) -> None:
    app.run()
    upload(app, ("one.jpg", portrait), ("two.png", empty_scene))
    app.toggle(key="uploader_folder").set_value(True).run()
    assert app.file_uploader[0].label == "Choose a folder of pictures"
    assert len(labels(app)) == 2, "what is there stays"

    upload(
        app,
        ("trip/three.jpg", portrait),
        ("trip/.thumbs", b"none"),
        ("trip/.old/one.jpg", portrait),
        ("trip/day/read.me", b"text"),
    )
    names = list(app.dataframe[0].value["Picture"])
    assert len(names) == 4
    assert names[2].endswith("three.jpg")
    assert labels(app) == ["Female", "No face found", "Female", "Not read"]


def test_an_empty_zip_is_said(app: AppTest) -> None:
    app.run()
    upload(app, ("empty.zip", zipped()))
    assert "'empty.zip' contains no files" in unescaped(app)


def test_a_zip_that_is_none_is_said_and_the_others_go_on(app: AppTest, portrait: bytes) -> None:
    app.run()
    upload(app, ("bad.zip", b"PK\x03\x04 nothing"), ("one.jpg", portrait), ("two.jpg", portrait))

    assert "'bad.zip' is a damaged ZIP" in unescaped(app)
    assert labels(app) == ["Female", "Female"]


def test_stopped_half_way_what_is_done_stays_and_can_be_gone_on_from(
    app: AppTest, portrait: bytes, empty_scene: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    classify_many = Classifier.classify_many

    def stopped(self: Classifier, sources: list[object], **options: object) -> Iterator[object]:
        for number, result in enumerate(classify_many(self, sources, **options)):
            if number == 2:
                app.session_state[UPLOADED].stop()
                raise RuntimeError("a click ends the run of the page")
            yield result

    app.run()
    monkeypatch.setattr(Classifier, "classify_many", stopped)
    for name, data in (("a.jpg", portrait), ("b.png", empty_scene), ("c.jpg", portrait), ("d.jpg", portrait)):
        app.file_uploader[0].upload(name, data)
    app.run()
    monkeypatch.setattr(Classifier, "classify_many", classify_many)
    app.run()

    assert not app.exception
    assert labels(app) == ["Female", "No face found"]
    assert "Stopped: 2 pictures were not analysed." in unescaped(app)
    button(app, "Continue").click().run()
    assert labels(app) == ["Female", "No face found", "Female", "Female"]
    assert "Stopped" not in unescaped(app)


@pytest.fixture
def answered(app: AppTest, make_model: MakeModel, portrait: bytes, empty_scene: bytes) -> AppTest:
    """Three faces in masks and a picture without a face."""
    make_model("steady", p_mask=0.97)
    return upload(app.run(), *((f"{name}.jpg", portrait) for name in "abc"), ("none.png", empty_scene))


def check(app: AppTest, word: str | None) -> None:
    """Say what is right of the face that is shown."""
    next(pills for pills in app.pills if pills.label.startswith("Is the answer")).set_value(word).run()
    assert not app.exception


def test_what_is_said_on_a_card_is_kept_scored_and_downloaded(answered: AppTest) -> None:
    entries = list(answered.session_state[UPLOADED])
    pairs = [(entry, entry.result) for entry in entries]
    assert all("corrected" not in row for row in all_rows(pairs)), "without corrections there is no column for them"
    assert "You checked" not in unescaped(answered)

    check(answered, "Right")
    button(answered, "Next").click().run()
    check(answered, "Male")
    button(answered, "Next").click().run()
    check(answered, "Not a face")
    assert [row["corrected"] for row in all_rows(pairs)] == ["female", "male", "not_a_face", None]
    assert answered.dataframe[0].value["You say"].fillna("").tolist() == ["Female", "Male", "Not a face", ""]
    assert "You checked 3 faces: **1 right** (33 %" in unescaped(answered)
    assert {"Corrected", "Right"} <= set(answered.pills[0].options)

    answered.switch_page("pages/model_card.py").run()
    answered.switch_page("pages/classify.py").run()
    assert "You checked 3 faces" in unescaped(answered), "it outlives a change of page"

    check(answered, None)
    assert [row["corrected"] for row in all_rows(pairs)] == ["female", "male", None, None]


def test_an_answer_that_was_called_right_stays_so_when_the_threshold_makes_it_uncertain(answered: AppTest) -> None:
    check(answered, "Right")
    answered.slider[0].set_value(95).run()

    assert "You checked 1 face: **0 right**" in unescaped(answered)
    assert "1 left uncertain where you could tell" in unescaped(answered)
    assert next(pills for pills in answered.pills if pills.label.startswith("Is the answer")).value == "Female"


def test_the_chart_says_how_many_of_which(answered: AppTest) -> None:
    assert metrics(answered)["Masked"] == "3"
    (chart,) = answered.get("vega_lite_chart")
    assert "Mask worn: 3 female" in chart.proto.spec


def test_filters_narrow_the_table_and_go_when_they_would_change_nothing(app: AppTest, portrait: bytes) -> None:
    dark = encoded((0.1 * np.asarray(Image.open(BytesIO(portrait)).convert("RGB"))).astype(np.uint8))
    upload(app.run(), ("one.jpg", portrait), ("dark.png", dark), ("text.jpg", b"no picture"))
    assert labels(app) == ["Female", "Uncertain", "Not read"]
    assert list(app.pills[0].options) == ["Female", "Uncertain", "Low quality"]

    app.pills[0].set_value(["Low quality"]).run()
    assert labels(app) == ["Uncertain"]
    app.pills[0].set_value(["Female"]).run()
    assert labels(app) == ["Female"]

    app.slider[0].set_value(95).run()
    assert not app.exception
    assert labels(app) == ["Uncertain", "Uncertain", "Not read"], "a filter that is gone hides nothing"
