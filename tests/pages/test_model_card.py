"""The model card's page: empty, happy and broken."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.runs import load_run
from core.report.card.document import model_card
from tests.pages.run_folder import write_run

APP = Path(__file__).parents[2] / "streamlit_app.py"


def launch() -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=30).switch_page("pages/model_card.py").run()
    assert not page.exception
    return page


def test_no_models_is_one_sentence(models: Path) -> None:
    page = launch()

    assert "There is no trained model" in page.info[0].value
    assert not page.get("download_button")


def test_the_card_is_shown_and_offered_for_download(models: Path) -> None:
    folder = write_run(models)
    page = launch()

    title, _, body = model_card(load_run(folder)).partition("\n")
    assert page.title[0].value in title
    assert page.markdown[0].value == body.strip()
    assert page.get("download_button")[0].proto.label == "Download the card"


def test_another_model_has_another_card(models: Path) -> None:
    write_run(models, "first")
    metadata = write_run(models, "second") / "metadata.json"
    metadata.write_text(json.dumps({**json.loads(metadata.read_text()), "description": "Another one"}))
    page = launch()
    page.selectbox(key="card_model").set_value("second").run()

    assert page.markdown[0].value.startswith("Another one.")


@pytest.mark.parametrize("file", ["metadata.json", "metrics.json"])
@pytest.mark.parametrize("content", [None, "", "{}", '{"schema": 99}'])
def test_with_damaged_artefacts_the_card_still_stands(models: Path, file: str, content: str | None) -> None:
    path = write_run(models) / file
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    text = launch().markdown[0].value

    assert "## Limits" in text
    assert ("do not rely on this model" in text) == (file == "metrics.json")
    assert ("were not recorded" in text) == (file == "metadata.json")
