"""The front page's models: chosen, trained again, tested, missing, damaged."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.model.metadata import ModelMetadata
from core.model.store import sha256_of
from core.settings import MODELS_VARIABLE, PREFERRED_MODELS
from tests.pages.front_page import ROOT, FixedEngine, MakeModel, labels, texts, unescaped, upload
from tests.pages.run_folder import metrics as saved_metrics
from tests.pages.run_folder import predictions


def test_another_model_answers_anew(app: AppTest, make_model: MakeModel, portrait: bytes) -> None:
    make_model("other", p_female=0.1)
    app.run()
    upload(app, ("one.jpg", portrait), ("two.jpg", portrait))

    app.sidebar.selectbox[0].select("other").run()
    assert labels(app) == ["Male", "Male"]

    make_model("other", p_female=0.97)  # trained again: same name, new files
    app.run()
    assert labels(app) == ["Female", "Female"]


def test_each_model_has_its_own_threshold_even_one_beyond_the_slider(app: AppTest, make_model: MakeModel) -> None:
    make_model("strict", threshold=0.999)
    app.run()
    app.slider[0].set_value(70).run()

    app.sidebar.selectbox[0].select("strict").run()
    assert not app.exception
    assert app.slider[0].value == 99

    app.sidebar.selectbox[0].select("steady").run()
    assert app.slider[0].value == 70


def test_model_whose_folder_goes_is_replaced_by_the_default(app: AppTest, make_model: MakeModel) -> None:
    folder = make_model("other")
    app.run()
    app.sidebar.selectbox[0].select("other").run()
    shutil.rmtree(folder)
    app.run()

    assert not app.exception
    assert app.sidebar.selectbox[0].value == "steady"


def test_no_model_at_all_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path / "nowhere"))
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30).run()

    assert not app.exception
    assert "python -m core train" in unescaped(app)
    assert not app.file_uploader


def test_damaged_model_says_how_to_restore_it(app: AppTest, make_model: MakeModel) -> None:
    (make_model("steady") / "model.tflite").write_bytes(b"0.5")
    app.run()

    assert not app.exception
    assert "Restore" in app.error[0].value

    make_model("steady")
    app.run()
    assert not app.error
    assert app.file_uploader


def test_fallback_is_told(app: AppTest, make_model: MakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_model("steady")
    (folder / "model.tflite").rename(folder / "model.keras")
    metadata = (folder / "metadata.json").read_text()
    (folder / "metadata.json").write_text(metadata.replace("model.tflite", "model.keras"))
    monkeypatch.setattr("core.model.store.KerasEngine", FixedEngine)
    app.run()

    assert not app.exception
    assert "model.tflite could not be used" in unescaped(app)
    assert app.file_uploader


def test_another_engine_answers_anew_and_its_speed_is_told(
    app: AppTest, make_model: MakeModel, portrait: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_model("steady", p_female=0.97)
    app.run()
    assert len(app.sidebar.selectbox) == 1, "one engine is no choice"

    (folder / "model.keras").write_text(json.dumps({"gender": [0.96, 0.04]}))
    metadata = ModelMetadata.load(folder)
    replace(metadata, files=metadata.files | {"model.keras": sha256_of(folder / "model.keras")}).save(folder)
    monkeypatch.setattr("core.model.store.KerasEngine", FixedEngine)
    app.run()
    upload(app, ("one.jpg", portrait), ("two.jpg", portrait))
    assert labels(app) == ["Female", "Female"]
    assert (app.sidebar.selectbox[1].label, app.sidebar.selectbox[1].options) == ("Engine", ["LiteRT", "Keras"])

    app.sidebar.selectbox[1].select("Keras").run()
    assert labels(app) == ["Male", "Male"]
    assert re.search(r"\d+\.\d ms per face on this machine", texts(app))


def test_integers_answer_first_and_each_model_keeps_its_own_engine(
    app: AppTest, make_model: MakeModel, portrait: bytes
) -> None:
    folder = make_model(PREFERRED_MODELS[0], p_female=0.97)
    (folder / "model.int8.tflite").write_text(json.dumps({"gender": [0.96, 0.04]}))
    metadata = ModelMetadata.load(folder)
    files = metadata.files | {"model.int8.tflite": sha256_of(folder / "model.int8.tflite")}
    replace(metadata, files=files).save(folder)
    make_model("plain", p_female=0.97)
    app.run()
    upload(app, ("one.jpg", portrait), ("two.jpg", portrait))
    engine = app.sidebar.selectbox[1]
    assert (engine.options, engine.value) == (["LiteRT int8", "LiteRT"], "LiteRT int8")
    assert labels(app) == ["Male", "Male"]

    engine.select("LiteRT").run()
    assert labels(app) == ["Female", "Female"]

    app.sidebar.selectbox[0].select("plain").run()
    assert not app.exception
    assert len(app.sidebar.selectbox) == 1
    app.sidebar.selectbox[0].select(PREFERRED_MODELS[0]).run()
    assert app.sidebar.selectbox[1].value == "LiteRT"


def test_sidebar_tells_how_these_very_files_did_at_this_threshold(app: AppTest, make_model: MakeModel) -> None:
    folder = make_model("steady")
    table = predictions().query("set == 'worldwide'").head(4)
    table = table.assign(gender=["female", "female", "female", "male"], p_female=[0.9, 0.9, 0.1, 0.3], found=1)
    report = replace(saved_metrics(table), files=ModelMetadata.load(folder).files)
    table.to_csv(folder / "predictions.csv", index=False)
    (folder / "metrics.json").write_text(json.dumps(report.to_json()))
    app.run()
    assert "it answered 75\u00a0% of them, and was right in 66\u00a0% of the 3 answers" in texts(app)

    app.slider[0].set_value(95).run()
    assert "answered none of 4 test faces" in texts(app)

    make_model("steady", p_female=0.7)  # trained again, not tested yet
    app.run()
    assert not app.exception
    assert "test faces" not in texts(app)
