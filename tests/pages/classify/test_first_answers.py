"""The Upload tab, driven as a user drives it: pictures in, what is shown out."""

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import SessionLimits
from core.ui.classify import samples
from tests.pages.front_page import FixedEngine, button, labels, metrics, texts, unescaped, upload

ROOT = Path(__file__).resolve().parents[3]


def test_empty_page_explains_itself(app: AppTest) -> None:
    app.run()

    assert not app.exception
    assert app.title[0].value == "Above the Mask"
    assert "paste" in app.file_uploader[0].label
    assert "nothing is stored or sent anywhere" in texts(app)
    assert "not identity" in texts(app)
    assert not app.metric
    assert not app.dataframe


def test_batch_with_bad_files_names_each_and_goes_on(app: AppTest, portrait: bytes, empty_scene: bytes) -> None:
    app.run()
    files = [("one.jpg", portrait), ("text.jpg", b"no picture"), ("two.jpg", portrait), ("none.png", empty_scene)]
    upload(app, *files, ("zero.jpg", b""))

    assert metrics(app) == {
        "Pictures": "5", "Faces": "2", "Female": "2", "Male": "0", "Uncertain": "0", "Without a face": "1",
        "Not read": "2",
    }  # fmt: skip
    assert labels(app) == ["Female", "Not read", "Female", "No face found", "Not read"]
    assert "2 files were not read" in [expander.label for expander in app.expander]
    assert "'text.jpg' is not a picture" in unescaped(app)
    assert "'zero.jpg' is empty" in unescaped(app)
    offered = ["CSV", "JSON", "This picture", "All pictures (ZIP)", "Report of these pictures (HTML)"]
    assert [button.label for button in app.download_button] == offered


def test_single_picture_needs_no_table(app: AppTest, portrait: bytes) -> None:
    app.run()
    upload(app, ("one.jpg", portrait))

    assert "-badge[Female]" in texts(app)
    assert "93&nbsp;%" in texts(app)
    assert not app.dataframe
    assert not app.metric


def test_threshold_decides_again_without_the_model(app: AppTest, portrait: bytes) -> None:
    app.run()
    upload(app, ("one.jpg", portrait), ("two.jpg", portrait))
    asked = FixedEngine.faces
    assert asked >= 2

    app.slider[0].set_value(95).run()

    assert labels(app) == ["Uncertain", "Uncertain"]
    assert metrics(app)["Uncertain"] == "2"
    assert "Leans female 93 %, below your 95 % threshold" in texts(app)
    assert not app.error, "uncertain is an answer, not an error"
    app.slider[0].set_value(90).run()
    assert labels(app) == ["Female", "Female"]
    assert FixedEngine.faces == asked


def test_whole_picture_is_taken_only_when_asked_for(app: AppTest, empty_scene: bytes) -> None:
    app.run()
    upload(app, ("crop.png", empty_scene))
    assert "No face found" in texts(app)

    button(app, "Treat the whole picture as a face").click().run()
    assert "whole picture was taken as a face" in texts(app)
    assert "No face found" not in texts(app)

    button(app, "Undo: look for faces only").click().run()
    assert "No face found" in texts(app)


def test_whole_pictures_of_a_batch_at_once(app: AppTest, portrait: bytes, empty_scene: bytes) -> None:
    app.run()
    upload(app, ("one.jpg", portrait), ("a.png", empty_scene), ("b.png", empty_scene))

    button(app, "Treat the 2 pictures without a face as face crops").click().run()

    assert metrics(app)["Faces"] == "3"
    assert "Without a face" not in metrics(app)


def test_same_file_is_taken_once_and_same_name_twice(app: AppTest, portrait: bytes, empty_scene: bytes) -> None:
    app.run()
    upload(app, ("image.png", portrait), ("image.png", empty_scene), ("image.png", portrait))

    assert list(app.dataframe[0].value["Picture"]) == ["image.png", "image (2).png"]
    assert "'image.png' is already here." in unescaped(app)


def test_hostile_name_is_shown_as_it_is(app: AppTest, portrait: bytes) -> None:
    name = '=cmd|" <b>:red[x]</b> $y$ 🎭\n.jpg'
    app.run()
    upload(app, (name, b"no picture"), ("one.jpg", portrait))

    shown = app.dataframe[0].value["Picture"].iloc[0]
    assert shown == "'" + '=cmd|" <b>:red[x]</b> $y$ 🎭 .jpg', "the table can be saved, and opened in a spreadsheet"
    assert r"\:red\[x\]" in texts(app)


def test_quotes_and_line_breaks_in_names_are_shown_as_the_user_knows_them(app: AppTest, portrait: bytes) -> None:
    app.run()
    upload(app, ("say %22hi%22%0A100%.jpg", b"no picture"), ("one.jpg", portrait))

    assert app.dataframe[0].value["Picture"].iloc[0] == 'say "hi" 100%.jpg'


def test_session_holds_a_bounded_number(app: AppTest, portrait: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.ui.state.SessionLimits", lambda: SessionLimits(max_pictures=1))
    app.run()
    upload(app, ("one.jpg", portrait), ("two.jpg", portrait))

    assert "'two.jpg' was not added: a session can hold 1 pictures" in unescaped(app)
    assert "-badge[Female]" in texts(app)


def test_pager_turns_and_remove_and_clear_forget(app: AppTest, portrait: bytes, empty_scene: bytes) -> None:
    app.run()
    upload(app, ("one.jpg", portrait), ("none.png", empty_scene), ("two.jpg", portrait))
    assert "**1** of **3**" in texts(app)
    assert button(app, "Previous").disabled

    button(app, "Next").click().run()
    assert "**2** of **3**" in texts(app)
    assert "No face found" in texts(app)

    button(app, "Remove this picture").click().run()
    assert labels(app) == ["Female", "Female"]

    assert "**2** of **2**" in texts(app), "the next picture takes the place of the removed one"

    button(app, "Clear all").click().run()
    assert not app.exception
    assert not app.dataframe
    assert not app.metric

    assert "2 pictures were removed." in texts(app)
    button(app, "Undo").click().run()
    assert labels(app) == ["Female", "Female"]
    assert "removed" not in texts(app)


def test_a_sample_is_answered_already(app: AppTest) -> None:
    app.run()

    assert not app.exception
    assert "-badge[Female]" in texts(app)
    assert "public domain (NASA)" in texts(app)
    assert not app.metric, "samples are not counted among the user's own pictures"
    assert not app.download_button


def test_samples_become_the_users_own_pictures_when_asked_for(app: AppTest) -> None:
    app.run()
    take = next(button for button in app.button if button.label.startswith("Use all"))
    take.click().run()

    assert not app.exception
    assert int(metrics(app)["Pictures"]) == len(samples.samples())
    assert not app.toast


def test_removing_the_last_picture_shows_the_one_before_it(app: AppTest, portrait: bytes) -> None:
    app.run()
    upload(app, ("one.jpg", portrait), ("two.jpg", portrait), ("three.jpg", portrait))
    button(app, "Next").click().run()
    button(app, "Next").click().run()
    button(app, "Remove this picture").click().run()

    assert "**2** of **2**" in texts(app)


def test_state_survives_a_change_of_page(app: AppTest, portrait: bytes, empty_scene: bytes) -> None:
    app.run()
    upload(app, ("one.jpg", portrait), ("none.png", empty_scene))
    app.slider[0].set_value(95).run()
    button(app, "Next").click().run()
    asked = FixedEngine.faces

    app.switch_page("pages/model_card.py").run()
    app.switch_page("pages/classify.py").run()

    assert not app.exception
    assert labels(app) == ["Uncertain", "No face found"]
    assert app.slider[0].value == 95
    assert "**2** of **2**" in texts(app)
    assert FixedEngine.faces == asked
    upload(app, ("three.jpg", portrait))
    assert labels(app) == ["Uncertain", "No face found", "Uncertain"]


def test_a_page_without_charts_does_not_load_what_draws_them() -> None:
    program = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file('streamlit_app.py', default_timeout=120).run()\n"
        "print(page.title[0].value, *sorted({'altair', 'vl_convert', 'av', 'aiortc'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True)
    assert done.stdout.splitlines()[-1] == "Above the Mask"
