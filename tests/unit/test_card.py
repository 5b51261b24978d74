"""The model card: every figure from the saved artefacts, and a whole card without them."""

import json
import re
from pathlib import Path

import pytest

from core.evaluation.card import model_card
from core.evaluation.data_terms import DATA_TERMS
from core.evaluation.runs import load_run
from tests.pages.run_folder import write_run

SECTIONS = [
    "What it is for",
    "What it is not for",
    "What it was trained on",
    "Results",
    "Limits",
    "What the figures do not show",
    "Privacy",
    "Informing the people in the picture",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_run(tmp_path)


def card(folder: Path) -> str:
    return model_card(load_run(folder))


def edit(path: Path, change: dict) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))


def headings(text: str) -> list[str]:
    return re.findall(r"^## (.+)$", text, re.MULTILINE)


def test_card_has_its_sections_in_order_and_says_what_must_not_be_done(folder: Path) -> None:
    text = card(folder)

    assert text.startswith("# Model card: masked\n")
    assert headings(text) == SECTIONS
    for word in ("Surveillance", "Decisions about people", "Non-binary", "Children", "research"):
        assert word in text


def test_card_tells_of_masks_and_ages_where_the_model_does(folder: Path) -> None:
    assert "whether a mask is worn" not in card(folder)
    assert "age band" not in card(folder)

    heads = json.loads((folder / "metadata.json").read_text())["heads"]
    further = {"mask": ["bare", "masked"], "age": ["0-9", "10-19", "20-39", "40-59", "60+"]}
    heads |= {name: {"labels": labels, "temperature": 1} for name, labels in further.items()}
    edit(folder / "metadata.json", {"heads": heads, "mask_threshold": 0.85})
    assert "whether a mask is worn, from 85 % confidence on" in card(folder)
    assert "names the age band" in card(folder)


def test_every_test_set_is_there_with_its_saved_figures_and_no_validation_set(folder: Path) -> None:
    text = card(folder)
    saved = json.loads((folder / "metrics.json").read_text())["sets"]

    for entry in saved:
        figure = entry["balanced_accuracy"]
        words = " (".join(
            (f"{100 * figure['value']:.1f} %", f"{100 * figure['low']:.1f} to {100 * figure['high']:.1f} %)")
        )
        assert (words in text) == (entry["split"] == "test")
    assert "(val)" not in text


def test_real_masks_come_first_and_the_worst_set_is_named(folder: Path) -> None:
    text = card(folder)
    sets = re.findall(r"^\| (\w+) · ([\w -]+), [\d,]+ faces \|", text, re.MULTILINE)

    assert sets[:2] == [("rmfrd", "real masks"), ("worldwide", "real masks")]
    assert "It does worst on **rmfrd · real masks**: 77.1 %" in text
    assert "on drawn masks, and 77.1 % to 87.2 % (2 sets) on real ones" in text


def test_data_are_listed_with_their_terms(folder: Path) -> None:
    row = next(line for line in card(folder).splitlines() if line.startswith("| utkface | 25 |"))

    assert DATA_TERMS["utkface"].terms in row


def test_data_of_ones_own_have_terms_that_are_not_known(folder: Path) -> None:
    edit(folder / "metadata.json", {"training": {"data": {"mine|*": {"train": {"bare": 1200}}}}})

    assert r"| mine\|\* | 1,200 | not described here | ask whoever trained the model |" in card(folder)


def test_without_artefacts_the_card_is_whole_and_warns(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    text = card(tmp_path / "empty")

    assert headings(text) == SECTIONS
    assert "do not rely on this model" in text
    assert "not recorded" in text
    assert "metrics.json of 'empty' is missing" in text


def test_figures_of_real_masks_are_missed(folder: Path) -> None:
    sets = json.loads((folder / "metrics.json").read_text())["sets"]
    edit(folder / "metrics.json", {"sets": [entry for entry in sets if entry["variant"] == "drawn"]})

    assert "It was not tested on real masks" in card(folder)


def test_no_test_set_is_said(folder: Path) -> None:
    edit(folder / "metrics.json", {"sets": []})

    assert "hold no test set" in card(folder)


def test_figures_of_an_earlier_state_are_noted(folder: Path) -> None:
    edit(folder / "metrics.json", {"files": {"model.keras": "0" * 64}})

    assert "> **Note.** The saved figures are of an earlier state of this model" in card(folder)


@pytest.mark.parametrize(
    ("variant", "words"), [("drawn", "No training picture shows a real mask"), ("real", "worn in")]
)
def test_the_card_says_whether_real_masks_were_learned_from(folder: Path, variant: str, words: str) -> None:
    edit(folder / "metadata.json", {"training": {"data": {"mine": {"train": {variant: 10}}}}})
    assert words in card(folder)
