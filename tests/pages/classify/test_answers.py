"""The further answers of a model, mask and age: on cards, in the table, among the settings; absent where not given."""

import json
import re
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.model.metadata import ModelMetadata
from tests.pages.front_page import FixedEngine, MakeModel, labels, metrics, texts, upload
from tests.pages.run_folder import metrics as saved_metrics
from tests.pages.run_folder import predictions

GROWN = (0.02, 0.08, 0.6, 0.2, 0.1)
YOUNG = (0.9, 0.04, 0.03, 0.02, 0.01)
CHILDREN = "Leave children uncertain"


def children(app: AppTest) -> object:
    return next(toggle for toggle in app.toggle if toggle.label == CHILDREN)


@pytest.fixture
def three(app: AppTest, make_model: MakeModel) -> AppTest:
    """The dashboard with a model of three answers: a woman of 20 to 39 who wears a mask."""
    make_model("steady", p_mask=0.97, ages=GROWN)
    return app.run()


def test_a_card_says_whether_a_mask_is_worn_and_how_old_the_face_looks(three: AppTest, portrait: bytes) -> None:
    upload(three, ("one.jpg", portrait))

    assert "-badge[Female]" in texts(three)
    assert "mask worn · 20\u201139 years" in texts(three)


@pytest.mark.parametrize(("p_mask", "words"), [(0.02, "mask not worn"), (0.6, "mask unsure"), (0.2, "mask unsure")])
def test_other_states_of_the_mask(
    app: AppTest, make_model: MakeModel, portrait: bytes, p_mask: float, words: str
) -> None:
    make_model("steady", p_mask=p_mask)
    upload(app.run(), ("one.jpg", portrait), ("two.jpg", portrait))

    lines = [line for line in texts(app).splitlines() if line.startswith("mask ")]
    assert lines
    assert all(re.fullmatch(rf"{words} · \d+ px face", line) for line in lines), (
        "a model without ages shows nothing of them"
    )
    assert "Age" not in app.dataframe[0].value
    assert metrics(app)["Masked"] == "0"
    assert CHILDREN not in [toggle.label for toggle in app.toggle]


def test_the_table_and_the_counts_tell_masks_and_ages_past_bad_files(
    three: AppTest, portrait: bytes, empty_scene: bytes
) -> None:
    upload(three, ("one.jpg", portrait), ("bad.jpg", b"no picture"), ("none.png", empty_scene), ("two.jpg", portrait))

    table = three.dataframe[0].value
    assert list(table) == ["Picture", "Face", "Answer", "Sure", "Mask", "Age", "Remark"]
    assert table["Mask"].fillna("").tolist() == ["worn", "", "", "worn"]
    assert table["Age"].fillna("").tolist() == ["20\u201139", "", "", "20\u201139"]
    assert metrics(three)["Masked"] == "2"


def test_a_model_without_these_answers_shows_nothing_of_them(app: AppTest, portrait: bytes, empty_scene: bytes) -> None:
    app.run()
    upload(app, ("one.jpg", portrait), ("none.png", empty_scene))

    assert list(app.dataframe[0].value) == ["Picture", "Face", "Answer", "Sure", "Remark"]
    assert "Masked" not in metrics(app)
    assert not any(word in texts(app) for word in ("mask worn", "mask not worn", "mask unsure", "years"))
    assert CHILDREN not in [toggle.label for toggle in app.toggle]


def test_the_answers_follow_the_model(three: AppTest, make_model: MakeModel, portrait: bytes) -> None:
    make_model("plain")
    three.run()
    upload(three, ("one.jpg", portrait), ("two.jpg", portrait))
    assert metrics(three)["Masked"] == "2"

    three.sidebar.selectbox[0].select("plain").run()
    assert not three.exception
    assert "Masked" not in metrics(three)
    assert "Mask" not in three.dataframe[0].value


def test_a_child_is_uncertain_unless_the_user_wants_it_otherwise(
    app: AppTest, make_model: MakeModel, portrait: bytes
) -> None:
    make_model("steady", p_mask=0.97, ages=YOUNG)
    app.run()
    upload(app, ("one.jpg", portrait), ("two.jpg", portrait))
    asked = FixedEngine.faces
    assert labels(app) == ["Uncertain", "Uncertain"]
    assert "Looks like a child · leans female 93 %" in texts(app)
    assert "mask worn · 0\u20119 years" in texts(app)

    children(app).set_value(False).run()
    assert labels(app) == ["Female", "Female"]
    assert "Looks like a child" not in texts(app)
    assert FixedEngine.faces == asked, "the model is not asked again"

    app.switch_page("pages/model_card.py").run()
    app.switch_page("pages/classify.py").run()
    assert labels(app) == ["Female", "Female"], "the choice holds for the session"


def test_the_sidebar_counts_children_as_the_page_does(app: AppTest, make_model: MakeModel) -> None:
    folder = make_model("steady", ages=GROWN)
    table = predictions().query("set == 'worldwide'").head(4)
    table = table.assign(gender="female", p_female=0.9, found=1, p_child=[0.9, 0.5, 0.49, 0.0])
    report = replace(saved_metrics(table), files=ModelMetadata.load(folder).files)
    table.to_csv(folder / "predictions.csv", index=False)
    (folder / "metrics.json").write_text(json.dumps(report.to_json()))
    app.run()
    assert "Tested on 4 faces in real masks: at this setting it answered 50\u00a0% of them" in texts(app)

    children(app).set_value(False).run()
    assert "it answered 100\u00a0% of them" in texts(app)
