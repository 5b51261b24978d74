"""What the training report shows stands in its address, and what the address says is shown."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import MODELS_VARIABLE
from tests.pages.report_page import charts, launch, sentences
from tests.pages.run_folder import write_run


def address(page: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in page.query_params.items()}


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    write_run(tmp_path, "first")
    write_run(tmp_path, "second")
    return tmp_path


def test_a_shared_address_shows_the_same_and_stays() -> None:
    shared = {"model": "second", "set": "utkface · drawn masks", "masks": "cloth", "threshold": "90"}
    page = launch(**shared, section="groups")

    assert page.selectbox(key="report_model").value == "second"
    assert page.selectbox(key="report_set").value == "utkface · drawn masks"
    assert page.segmented_control(key="report_family").value == "cloth"
    assert page.select_slider(key="report_threshold").value == "90"
    assert any('getElementById("groups")' in element.proto.body for element in page.get("html"))
    assert address(page) == {**shared, "section": "groups"}


def test_what_any_visitor_sees_first_has_the_plain_address_and_a_choice_writes_all() -> None:
    page = launch()
    assert address(page) == {}

    page.select_slider(key="report_threshold").set_value("85").run()

    assert address(page) == {"model": "first", "set": "rmfrd · real masks", "masks": "all", "threshold": "85"}


def test_going_back_to_an_earlier_address_shows_what_it_says() -> None:
    page = launch(model="second")
    page.selectbox(key="report_model").set_value("first").run()
    page.selectbox(key="report_set").set_value("worldwide · real masks").run()
    assert address(page)["set"] == "worldwide · real masks"

    page.query_params["set"] = "utkface · bare faces"
    page.query_params["model"] = "second"
    page.run()

    assert page.selectbox(key="report_set").value == "utkface · bare faces"
    assert page.selectbox(key="report_model").value == "second"


def test_an_address_that_says_all_that_is_unusual_is_left_so_that_back_leads_past_it() -> None:
    page = launch(model="second")
    assert page.selectbox(key="report_model").value == "second"
    assert address(page) == {"model": "second"}


def test_an_address_of_what_is_gone_is_said_and_the_usual_is_shown() -> None:
    page = launch(model="third", threshold="12")

    assert page.selectbox(key="report_model").value == "first"
    assert page.select_slider(key="report_threshold").value == "every"
    assert "model **third**, which is not available here" in sentences(page)
    assert "threshold **12**, which is not available here" in sentences(page)


def test_a_section_is_brought_into_view_by_its_button() -> None:
    page = launch()
    page.button(key="section_mistakes").click().run()

    assert any('getElementById("mistakes")' in element.proto.body for element in page.get("html"))
    assert address(page)["section"] == "mistakes"


def test_tables_and_pictures_are_named_after_model_set_and_chart() -> None:
    page = launch()
    name = "first-rmfrd-real-masks-roc-curve"
    roc = next(chart for chart in charts(page) if chart["description"].startswith("ROC curve"))
    assert roc["usermeta"]["embedOptions"]["downloadFileName"] == name
    tables = len(page.dataframe)

    page.button(key=f"table_{name}").click().run()

    assert not page.exception
    assert len(page.dataframe) == tables + 1
