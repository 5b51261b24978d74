"""A video file in the Live video tab."""

import pytest
from streamlit.testing.v1 import AppTest

from core.vision.pictures.decode import decode_picture
from tests.pages.front_page import metrics, texts, unescaped
from tests.unit.portraits import resized
from tests.unit.video.test_video import film_of, sound

TAB = "Live video"


@pytest.fixture
def open_tab(app: AppTest, without_server: None) -> AppTest:
    app.query_params["input"] = TAB
    return app.run()


def test_people_table_and_downloads(open_tab: AppTest, portrait: bytes) -> None:
    app, pixels = open_tab, decode_picture(portrait, "portrait").pixels
    small = resized(pixels, 320 / max(pixels.shape[:2]))
    small = small[: small.shape[0] // 2 * 2, : small.shape[1] // 2 * 2]
    app.file_uploader[0].upload("film.mp4", film_of([small] * 8))
    app.run(timeout=120)
    assert not app.exception
    assert metrics(app)["People"] == "1"
    assert list(app.dataframe[0].value["Answer"]) == ["Female"]
    assert {"People (CSV)", "Annotated video"} <= {button.label for button in app.download_button}

    app.slider[0].set_value(97).run()
    assert list(app.dataframe[0].value["Answer"]) == ["Female"], "what was read stands until it is read again"
    next(button for button in app.button if button.label == "Read it again").click().run(timeout=120)
    assert list(app.dataframe[0].value["Answer"]) == ["Uncertain"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "is empty"), (b"no film", "is not a video"), (sound(), "holds no moving picture")],
    ids=["empty", "text", "sound"],
)
def test_what_is_no_film_is_said(open_tab: AppTest, data: bytes, sentence: str) -> None:
    open_tab.file_uploader[0].upload("film.mp4", data)
    open_tab.run()
    assert not open_tab.exception
    assert sentence in unescaped(open_tab)
    assert "People" not in metrics(open_tab)
    assert "Press Start" in texts(open_tab)


def test_a_video_and_what_was_found_in_it_outlive_a_change_of_page(open_tab: AppTest) -> None:
    app = open_tab
    app.file_uploader[0].upload("film.mp4", b"no film")
    app.run()
    app.switch_page("pages/model_card.py").run()
    app.switch_page("pages/classify.py").run()
    assert "is not a video" in unescaped(app)

    next(button for button in app.button if button.label == "Remove this video").click().run()
    assert "is not a video" not in unescaped(app)


def test_a_video_among_the_pictures_is_read_under_live_video(app: AppTest, without_server: None) -> None:
    app.run()
    app.file_uploader[0].upload("film.mp4", b"\0\0\0\x18ftypisom no film")
    app.run()
    assert not app.exception
    assert "'film.mp4' is a video: it opens under Live video." in unescaped(app)
    assert "'film.mp4' is not a video that can be read" in unescaped(app)
