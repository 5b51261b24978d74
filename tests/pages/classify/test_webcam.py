"""The Webcam tab of the front page."""

from streamlit.testing.v1 import AppTest

from core.ui.classify.webcam import mirrored
from core.ui.state import SHOT
from tests.pages.front_page import button, texts, unescaped

CAMERA = "Webcam"


def test_webcam_answers_at_once_and_forgets(app: AppTest, portrait: bytes) -> None:
    app.query_params["input"] = CAMERA
    app.run()
    assert not app.file_uploader, "a closed tab does nothing"
    assert "as soon as a picture is taken" in texts(app)

    app.camera_input[0].upload("shot.jpg", portrait)
    app.run()
    assert not app.exception
    assert "-badge[Female]" in texts(app)
    assert "CSV" in [button.label for button in app.download_button]

    app.toggle[0].set_value(True).run()
    assert "-badge[Female]" in texts(app)
    assert [entry.data for entry in app.session_state[SHOT]] == [mirrored(portrait)], "that one is answered"
    app.toggle[0].set_value(False).run()
    assert [entry.data for entry in app.session_state[SHOT]] == [portrait]

    button(app, "Remove this picture").click().run()
    assert "-badge[" not in texts(app)


def test_webcam_picture_that_cannot_be_read(app: AppTest) -> None:
    app.query_params["input"] = CAMERA
    app.run()
    app.toggle[0].set_value(True)
    app.camera_input[0].upload("shot.jpg", b"broken")
    app.run()

    assert not app.exception
    assert "'webcam.jpg' is not a picture" in unescaped(app)


def test_camera_is_off_while_its_tab_is_closed(app: AppTest) -> None:
    app.run()
    assert not app.camera_input
