"""'Why?' and 'What if?' on the cards: opened as a user opens them, in both tabs, also where nothing can be said."""

import json

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.explain.what_if import ORDINARY
from core.labels import family_words
from core.ui.classify.closer_look import WHAT_IF, WHY
from tests.pages.front_page import FixedEngine, MakeModel, button, texts, upload

REGIONS = {"eyes and brow", "hair and forehead", "mask region", "around the head"}


class LowerHalf(FixedEngine):
    """Takes a face that is light in the middle of its lower half for a woman's."""

    def predict(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        answers = super().predict(crops)
        light = (crops[:, 56:62, 44:52].mean(axis=(1, 2, 3)) - 90) / 20
        return answers | {"gender": np.stack([np.zeros_like(light), light], axis=1).astype(np.float32)}


@pytest.fixture
def looking(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr("core.model.store.LiteRTEngine", LowerHalf)
    return app.run()


def look(app: AppTest, chosen: str) -> AppTest:
    next(group for group in app.segmented_control if "closer look" in group.label).set_value(chosen).run()
    assert not app.exception
    return app


def charts(app: AppTest) -> list[dict]:
    return [json.loads(element.proto.spec) for element in app.get("vega_lite_chart")]


def table_of(app: AppTest) -> pd.DataFrame:
    """The chart's numbers, behind the button below it."""
    button(app, "As a table").click().run()
    return app.dataframe[0].value


def alternatives(app: AppTest) -> list[str]:
    return [image.alt for element in app.image for image in element.proto.imgs]


def test_nothing_is_worked_out_before_it_is_opened(looking: AppTest, portrait: bytes) -> None:
    asked = FixedEngine.faces
    upload(looking, ("one.jpg", portrait))

    assert FixedEngine.faces == asked + 1
    assert not charts(looking)


def test_why_shows_the_map_the_shares_and_their_table(looking: AppTest, portrait: bytes) -> None:
    upload(looking, ("one.jpg", portrait))
    look(looking, WHY)

    (chart,) = charts(looking)
    assert chart["description"].startswith("Share of the evidence by region.")
    table = table_of(looking)
    assert set(table["region"]) == REGIONS
    assert table["share"].sum() == pytest.approx(100)
    assert table.set_index("region")["share"].idxmax() == "mask region"
    assert "% of the evidence for" in texts(looking)
    assert "**Covering the strongest part (mask region): " in texts(looking), "it leads with what that part is worth"
    assert any("Heat map over face 1. Covering the strongest part" in alt for alt in alternatives(looking))

    asked = FixedEngine.faces
    looking.slider[0].set_value(95).run()
    assert len(charts(looking)) == 1
    assert FixedEngine.faces == asked, "the model is not asked again"


def test_what_if_shows_every_family(looking: AppTest, portrait: bytes) -> None:
    upload(looking, ("one.jpg", portrait))
    look(looking, WHAT_IF)

    (chart,) = charts(looking)
    assert chart["description"].startswith("Probability of female by mask.")
    table = table_of(looking)
    assert list(table["mask"]) == ["unchanged", *map(family_words, ORDINARY)]
    by_mask = table.set_index("mask")
    assert by_mask.loc["N95", "answer"] == "female"
    assert by_mask.loc["black", "answer"] == "male"
    assert "More likely female in: " in texts(looking)
    assert "Face 1, N95" in alternatives(looking)
    assert "worn already" not in texts(looking)

    asked = FixedEngine.faces
    look(looking, WHY)
    look(looking, WHAT_IF)
    assert FixedEngine.faces == asked + 82, "only the other one is new"


def test_a_face_that_is_masked_already_is_said(app: AppTest, make_model: MakeModel, portrait: bytes) -> None:
    make_model("steady", p_mask=0.97)
    upload(app.run(), ("one.jpg", portrait))
    look(app, WHAT_IF)

    assert "A mask seems to be worn already" in texts(app)
    assert "More likely female in every mask." in texts(app)
    assert "unchanged" in list(table_of(app)["mask"])


def test_an_answer_that_comes_from_nowhere_is_said(app: AppTest, portrait: bytes) -> None:
    upload(app.run(), ("one.jpg", portrait))
    look(app, WHY)

    assert "No single part carries this answer" in texts(app)
    assert not charts(app)


def test_a_whole_picture_has_a_map_but_no_masks(looking: AppTest, empty_scene: bytes) -> None:
    upload(looking, ("none.png", empty_scene))
    button(looking, "Treat the whole picture as a face").click().run()
    look(looking, WHAT_IF)
    assert "no face was detected" in looking.warning[0].value

    look(looking, WHY)
    assert not looking.warning


@pytest.mark.parametrize("chosen", [WHY, WHAT_IF])
def test_an_engine_that_fails_is_a_sentence(
    looking: AppTest, portrait: bytes, monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    upload(looking, ("one.jpg", portrait))
    monkeypatch.setattr(LowerHalf, "predict", lambda self, crops: 1 / 0)
    look(looking, chosen)

    assert "could not answer the changed face" in looking.warning[0].value
    assert "-badge[" in texts(looking), "the rest stands"


def test_the_webcam_has_them_too(looking: AppTest, portrait: bytes) -> None:
    looking.query_params["input"] = "Webcam"
    looking.run()
    looking.camera_input[0].upload("shot.jpg", portrait)
    looking.run()
    look(looking, WHY)
    assert [chart["description"].split(" ")[0] for chart in charts(looking)] == ["Share"]

    look(looking, WHAT_IF)
    assert [chart["description"].split(" ")[0] for chart in charts(looking)] == ["Probability"]
