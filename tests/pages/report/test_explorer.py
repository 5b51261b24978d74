"""The training report's threshold, matrix, groups and mistakes, as a user moves and chooses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.settings import DATA_VARIABLE
from core.ui.report import pictures as report_pictures
from tests.pages.report_page import charts, launch, matrix, sentences
from tests.pages.run_folder import predictions, write_run

WORLDWIDE = "worldwide · real masks"
WOMEN_MISSED = "labelled female, answered male"


@pytest.fixture
def faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """The faces of worldwide; their pictures may lie in `tmp_path / "data"`."""
    monkeypatch.setenv("ABOVE_THE_MASK_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))
    monkeypatch.setattr(report_pictures, "on_this_machine", lambda: True)
    write_run(tmp_path / "models")
    table = predictions()
    return table[(table["set"] == "worldwide") & (table["variant"] == "real")]


def listed(page: AppTest) -> list[str]:
    """The files in the table of mistakes."""
    return next(list(element.value["file"]) for element in page.dataframe if "file" in element.value)


def test_the_threshold_moves_matrix_recalls_groups_and_mistakes_together(faces: pd.DataFrame) -> None:
    page = launch(set=WORLDWIDE)
    before = listed(page)
    page.select_slider(key="report_threshold").set_value("90").run()
    assert not page.exception

    p, women = faces["p_female"], faces["gender"] == "female"
    answered = ((p >= 0.9) | (p <= 0.1)) & (faces["found"] == 1)
    right = women == (p >= 0.5)
    assert matrix(page)["female", "female"] == (answered & right & women).sum()
    assert matrix(page)["male", "uncertain"] == (~answered & ~women).sum()
    shown = {metric.label: metric.value for metric in page.metric[8:]}
    assert shown["Answered"] == f"{100 * answered.mean():.1f} %"
    assert shown["Recall women"] == f"{100 * right[answered & women].mean():.1f} %"
    assert "faces answered at 90 % only" in sentences(page)
    page.button(key="table_masked-worldwide-real-masks-recall-of-women-and-men-by-ethnicity").click().run()
    groups = next(element.value for element in page.dataframe if "small" in element.value)
    assert groups["n"].sum() == answered.sum()
    assert len(listed(page)) == (answered & ~right).sum() < len(before)
    assert any("female from 0.90" in chart["description"] for chart in charts(page))


def test_mistakes_are_listed_the_surest_first(faces: pd.DataFrame) -> None:
    page = launch(set=WORLDWIDE)

    wrong = faces[(faces["gender"] == "female") != (faces["p_female"] >= 0.5)]
    confidence = np.maximum(wrong["p_female"], 1 - wrong["p_female"])
    assert listed(page)[0] == wrong.loc[confidence.idxmax(), "file"]
    assert len(listed(page)) == len(wrong)


def test_the_faces_of_one_cell_can_be_listed_and_their_cell_is_framed(faces: pd.DataFrame) -> None:
    page = launch(set=WORLDWIDE)
    page.selectbox(key="report_filter").set_value(WOMEN_MISSED).run()

    assert len(listed(page)) == matrix(page)["female", "male"]
    heatmap = next(chart for chart in charts(page) if chart["description"].startswith("Confusion"))
    assert "framed" in str(heatmap["layer"])


def test_a_cell_that_is_no_longer_there_is_forgotten(faces: pd.DataFrame) -> None:
    page = launch(set=WORLDWIDE)
    page.select_slider(key="report_threshold").set_value("80").run()
    page.selectbox(key="report_filter").set_value("labelled female, answered uncertain").run()
    page.select_slider(key="report_threshold").set_value("every").run()

    assert not page.exception
    assert page.selectbox(key="report_filter").value == "all mistakes"


def test_drawn_masks_can_be_narrowed_to_one_family(faces: pd.DataFrame) -> None:
    page = launch(set=WORLDWIDE)
    page.selectbox(key="report_set").set_value("utkface · drawn masks").run()
    page.segmented_control(key="report_family").set_value("cloth").run()
    assert not page.exception

    table = predictions()
    place = (table["set"] == "utkface") & (table["variant"] == "drawn") & (table["split"] == "test")
    cloth = table[place & (table["mask_family"] == "cloth")]
    assert f"{len(cloth)} faces" in sentences(page)
    assert sum(matrix(page).values()) == len(cloth)


def test_groups_can_be_divided_by_what_is_recorded(faces: pd.DataFrame) -> None:
    page = launch(set=WORLDWIDE)
    assert page.segmented_control(key="report_groups").options == ["ethnicity", "age"]
    page.segmented_control(key="report_groups").set_value("age").run()

    page.button(key="table_masked-worldwide-real-masks-recall-of-women-and-men-by-age").click().run()
    groups = next(element.value for element in page.dataframe if "small" in element.value)
    assert set(groups["group"]) == {"20\N{NON-BREAKING HYPHEN}39", "60+"}
    assert groups["n"].sum() == len(faces)
    assert "points**" in sentences(page)


def test_without_pictures_the_page_says_where_to_put_them(faces: pd.DataFrame) -> None:
    page = launch(set=WORLDWIDE)

    assert "The pictures of worldwide are not in" in sentences(page)
    assert "worldwide.tar" in sentences(page)


@pytest.mark.parametrize("typed", ["~nobody-of-this-name/x", "/" + "a" * 5000, "/a\0b", "pictures"])
def test_a_folder_that_is_none_does_no_harm(faces: pd.DataFrame, typed: str) -> None:
    page = launch(set=WORLDWIDE)
    page.text_input(key="report_data_folder").set_value(typed).run()

    assert not page.exception
    assert "The pictures of worldwide are not in" in sentences(page)


def test_pictures_are_not_shown_to_other_machines(faces: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_pictures, "on_this_machine", lambda: False)
    page = launch(set=WORLDWIDE)

    assert "only in a browser on the machine" in sentences(page)
    assert len(listed(page)) > 0


@pytest.mark.parametrize("whole", [True, False])
def test_pictures_of_the_users_own_folder_are_shown(
    faces: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    if not whole:  # as in a shell, from where the dashboard is started
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv(DATA_VARIABLE, "data")
    folder = tmp_path / "data" / "worldwide"
    folder.mkdir(parents=True)
    wrong = faces[(faces["gender"] == "female") != (faces["p_female"] >= 0.5)]
    surest = wrong.loc[np.maximum(wrong["p_female"], 1 - wrong["p_female"]).idxmax(), "file"]
    for file in wrong["file"]:
        Image.new("RGB", (40, 60), (200, 120, 90)).save(folder / Path(file).name)
    (folder / Path(surest).name).write_bytes(b"no picture")
    page = launch(set=WORLDWIDE)

    assert len(page.get("image")) == 12 - 1 < len(wrong)
    assert f"{surest} is missing or not a picture" in sentences(page)
    assert "so only file names are shown" not in sentences(page)
