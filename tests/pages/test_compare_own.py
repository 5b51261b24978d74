"""All models on the user's own pictures, on the page that compares them."""

from streamlit.testing.v1 import AppTest

from core.settings import SessionLimits
from core.ui.classify.collection import Collection
from core.ui.state import UPLOADED
from tests.pages.front_page import ROOT, MakeModel


def opened(*pictures: bytes) -> AppTest:
    page = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    collection = Collection(SessionLimits())
    for number, data in enumerate(pictures):
        collection.add(f"{number}.jpg", data)
    page.session_state[UPLOADED] = collection
    page.switch_page("pages/compare_models.py").run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    elements = [*page.markdown, *page.info, *page.warning]
    return "\n".join(element.value for element in elements).replace("\\", "")


def asked(page: AppTest) -> AppTest:
    page.button(key="compare_own_ask").click().run()
    assert not page.exception
    return page


def test_without_pictures_it_says_where_to_bring_them(make_model: MakeModel) -> None:
    make_model("sure")
    assert "add some on the page *Classify*" in words(opened())


def test_one_model_is_not_compared(make_model: MakeModel, portrait: bytes) -> None:
    make_model("sure")
    assert "Choose at least two models" in words(opened(portrait))


def test_answers_stand_side_by_side_and_labels_are_counted(make_model: MakeModel, portrait: bytes) -> None:
    make_model("sure", 0.97)
    make_model("other", 0.02)
    make_model("unsure", 0.6)
    page = opened(portrait)
    next(iter(page.session_state[UPLOADED])).correct(1, "male")
    asked(page)

    assert "**1 face**: the models contradict each other on 1," in words(page)
    assert "Right on the 1 face you labelled: other 1, sure 0, unsure 0." in words(page)
    (row,) = page.dataframe[-1].value.to_dict("records")
    assert row["face"].startswith("data:image/jpeg;base64,")
    assert {name: row[name] for name in ("picture", "number", "other", "sure", "unsure", "you say")} == {
        "picture": "0.jpg", "number": 1, "other": "Male, 98 %", "sure": "Female, 97 %",
        "unsure": "Uncertain, leans female 60 %", "you say": "male",
    }  # fmt: skip
    assert "No answers yet" not in words(page)


def test_pictures_that_came_since_are_said(make_model: MakeModel, portrait: bytes) -> None:
    make_model("sure", 0.97)
    make_model("other", 0.02)
    page = asked(opened(portrait))
    page.session_state[UPLOADED].add("later.jpg", portrait)
    page.run()
    assert "**1 face**" in words(page)
    assert "No answers yet: 1 picture." in words(page)


def test_a_model_that_does_not_load_is_said_and_pictures_without_a_face_too(
    make_model: MakeModel, portrait: bytes, empty_scene: bytes
) -> None:
    make_model("sure", 0.97)
    make_model("other", 0.02)
    (make_model("broken") / "model.tflite").write_bytes(b"torn")
    page = asked(opened(portrait, b"no picture"))
    assert "'broken' could not be loaded" in words(page)
    assert "**1 face**" in words(page)

    assert "There is no face in these pictures" in words(asked(opened(empty_scene)))
