"""The page that compares models: empty, happy and broken."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.report_page import headings, sentences
from tests.pages.run_folder import metrics, write_run

APP = Path(__file__).parents[2] / "streamlit_app.py"
# One's own pictures come last, whether or not saved answers can be compared.
OWN = "On your pictures"
SECTIONS = ["Side by side", "Differences", "Where they disagree", "Speed and size", OWN]
HARDEST, WORLDWIDE = "rmfrd · real masks", "worldwide · real masks"


def launch() -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=120).switch_page("pages/compare_models.py").run()
    assert not page.exception
    return page


def choose_faces(page: AppTest, name: str) -> AppTest:
    page.selectbox(key="compare_set").set_value(name).run()
    assert not page.exception
    return page


def write_better(models: Path, name: str, drop: int = 0) -> Path:
    """A model that is right on every face, and was tested on `drop` faces of each set fewer."""
    folder = write_run(models, name)
    table = pd.read_csv(folder / "predictions.csv", keep_default_na=False)
    table["p_female"] = np.where(table["gender"] == "female", 0.95, 0.05)
    left_out = table["file"].str.extract(r"/male(\d+)")[0].astype(float) < drop
    table = table[~left_out]
    table.to_csv(folder / "predictions.csv", index=False)
    (folder / "metrics.json").write_text(json.dumps(metrics(table).to_json()))
    return folder


def write_peer(models: Path, place: str, text: str) -> None:
    folder = models / "peers" / place
    folder.mkdir(parents=True)
    (folder / "them.csv").write_text(text)


def test_no_models_is_one_sentence(models: Path) -> None:
    page = launch()
    assert "There is no trained model" in page.info[0].value
    assert headings(page) == []


def test_one_model_alone_cannot_be_compared(models: Path) -> None:
    write_run(models)
    page = launch()
    assert "nothing to compare with yet" in sentences(page)
    assert headings(page) == [OWN]


def test_peers_of_other_faces_are_offered(models: Path) -> None:
    folder = write_run(models)
    table = pd.read_csv(folder / "predictions.csv", keep_default_na=False)
    place = table[(table["set"] == "worldwide") & (table["variant"] == "real")]
    rows = "".join(f"{file},0.6\n" for file in place["file"])
    write_peer(models, "worldwide-real", f"file,p_female\n{rows}")
    page = choose_faces(launch(), HARDEST)
    assert "nothing to compare with yet" in sentences(page)

    page.file_uploader(key="compare_uploads").upload("mine.csv", f"file,p_female\n{rows}".encode(), "text/csv").run()
    assert f"mine has answers for faces other than {HARDEST}" in sentences(page)
    goes = [button for button in page.button if button.label == f"Show {WORLDWIDE}"]
    assert len(goes) == 2, "for the peer that is saved, and for the one that was brought"
    goes[0].click().run()
    assert page.selectbox(key="compare_set").value == WORLDWIDE
    assert headings(page) == SECTIONS
    assert "mine" in sentences(page)


def test_two_models_are_compared_face_by_face(models: Path) -> None:
    write_run(models, "first")
    write_better(models, "second")
    page = launch()
    assert headings(page) == SECTIONS
    assert not page.warning
    assert page.selectbox(key="compare_set").value == HARDEST
    assert "on the same 240 faces (120 women, 120 men)" in sentences(page)
    choose_faces(page, WORLDWIDE)
    assert headings(page) == SECTIONS
    assert not page.warning
    said = sentences(page)
    assert "on the same 180 faces (90 women, 90 men)" in said
    assert "**second** against **first**: **better**" in said
    assert "python -m core benchmark --save" in said
    assert len(page.get("vega_lite_chart")) == 2
    assert all(json.loads(chart.proto.spec)["description"] for chart in page.get("vega_lite_chart"))


def test_a_model_that_answers_alike_is_a_tie(models: Path) -> None:
    write_run(models, "first")
    write_run(models, "copy")
    page = launch()
    said = sentences(page)
    assert "a **tie**, balanced accuracy +0.0 points" in said
    assert "They agree on every face" in said


def test_models_that_were_tested_on_different_faces_are_compared_on_what_they_share(models: Path) -> None:
    write_run(models, "first")
    write_better(models, "second", drop=10)
    said = sentences(choose_faces(launch(), WORLDWIDE))
    assert "on the same 170 faces (90 women, 80 men)" in said
    assert "Left out: first 10." in said


def test_saved_and_uploaded_peers_are_further_rows(models: Path) -> None:
    write_run(models, "ours")
    rows = "".join(f"worldwide/female{number}.webp,0.9\nworldwide/male{number}.webp,0.4\n" for number in range(90))
    write_peer(models, "worldwide-real", f"file,p_female\n{rows}")
    page = choose_faces(launch(), WORLDWIDE)
    assert headings(page) == SECTIONS
    assert "**ours**, **them** on the same 180 faces" in sentences(page)
    page.file_uploader(key="compare_uploads").upload("them.csv", f"file,p_female\n{rows}".encode(), "text/csv").run()
    assert "**them (2)** on the same 180 faces" in sentences(page)
    assert not page.exception


def test_an_uploaded_peer_stays_when_the_page_changes_until_it_is_removed(models: Path) -> None:
    write_run(models, "ours")
    rows = "".join(f"worldwide/female{number}.webp,0.9\nworldwide/male{number}.webp,0.4\n" for number in range(90))
    page = choose_faces(launch(), WORLDWIDE)
    page.file_uploader(key="compare_uploads").upload("them.csv", f"file,p_female\n{rows}".encode(), "text/csv").run()
    page.switch_page("pages/model_card.py").run()
    page.switch_page("pages/compare_models.py").run()
    assert "**ours**, **them** on the same 180 faces" in sentences(page)
    next(button for button in page.button if button.label == "Remove").click().run()
    assert "nothing to compare with yet" in sentences(page)
    assert not page.exception


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,p_female\nelsewhere.webp,0.9\n", "No file of them.csv"),
        ("file,p_female\nworldwide/female1.webp,2\n", "not numbers from 0 to 1"),
        ("name\n1\n", "no column file, p_female"),
    ],
)
def test_a_bad_peer_is_a_sentence_and_the_others_stand(models: Path, text: str, words: str) -> None:
    write_run(models, "first")
    write_run(models, "second")
    write_peer(models, "worldwide-real", text)
    page = choose_faces(launch(), WORLDWIDE)
    assert words in sentences(page)
    assert headings(page) == SECTIONS


@pytest.mark.parametrize("file", ["predictions.csv", "metadata.json", "benchmark.json"])
def test_a_damaged_part_is_a_sentence_and_the_others_stand(models: Path, file: str) -> None:
    for name in ("first", "second", "third"):
        write_run(models, name)
    (models / "third" / file).write_text("{")
    page = launch()
    assert len(page.warning) == 1
    assert headings(page) == SECTIONS
    compared = next(element.value for element in page.markdown if "** on the same" in element.value)
    assert ("**third**" in compared) == (file == "benchmark.json")


def test_measured_times_are_drawn_beside_accuracy(models: Path) -> None:
    for name in ("first", "second"):
        values = {"litert_ms": 1.5, "int8_ms": None, "machine": "a processor", "created": "2026-01-01"}
        (write_run(models, name) / "benchmark.json").write_text(json.dumps(values))
    page = launch()
    assert "in 1.50 ms" in json.loads(page.get("vega_lite_chart")[-1].proto.spec)["description"]
    assert "Measured on a processor." in sentences(page)
