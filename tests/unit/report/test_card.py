"""The model card: every figure from the saved artefacts, and a whole card without them."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from core.cli import main
from core.evaluation.runs import load_run
from core.evaluation.test_sets import DATA_SETS
from core.report.card.data import PRETRAINED_TERMS
from core.report.card.document import is_stale, model_card
from tests.pages.run_folder import write_run
from tests.unit.faces_case import faces

SECTIONS = [
    "What it is for",
    "What it is not for",
    "What it was trained on",
    "Results",
    "Results by group, the worst first",
    "Calibration",
    "When it abstains",
    "Limits seen in the mistakes",
    "Limits",
    "What the figures do not show",
    "Ethical notes",
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
    assert "whether a mask is worn, at 85 % confidence or more" in card(folder)
    assert "names the age band" in card(folder)


def test_card_tells_of_second_looks_where_the_model_takes_them(folder: Path) -> None:
    assert "mirrored" not in card(folder)

    edit(folder / "metadata.json", {"second_look": {"closer_than": 1.2, "share": 0.163}})
    assert "the mean of both answers counts: 16 % of masked validation faces are." in " ".join(card(folder).split())


def test_every_test_set_is_there_with_its_saved_figures_and_no_validation_set(folder: Path) -> None:
    text = card(folder)
    saved = json.loads((folder / "metrics.json").read_text())["sets"]

    for entry in saved:
        figure = entry["balanced_accuracy"]
        words = " (".join(
            (f"{100 * figure['value']:.1f}\u00a0%", f"{100 * figure['low']:.1f} to {100 * figure['high']:.1f}\u00a0%)")
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

    assert DATA_SETS["utkface"].terms in row


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


@pytest.mark.parametrize(
    ("weights", "known"), [("faceres-deep.json", "faceres"), ("mobilenetv2_1.0_224.h5", "imagenet"), ("imagenet",) * 2]
)
def test_the_card_says_what_pretrained_weights_learned_from_and_their_terms(
    folder: Path, weights: str, known: str
) -> None:
    record = {"settings": {"weights": weights, "teacher": "big"}, "data": {"utkface": {"train": {"drawn": 25}}}}
    edit(folder / "metadata.json", {"training": record})
    text = card(folder)
    assert PRETRAINED_TERMS[known].what in text
    assert PRETRAINED_TERMS[known].terms in text
    assert "another model, big" in text


def test_a_training_from_nothing_names_no_weights(folder: Path) -> None:
    assert "pretrained" not in card(folder)


def test_the_worst_group_comes_first_and_small_ones_are_counted_out(folder: Path) -> None:
    right = [0.9] * 60 + [0.1] * 40 + [0.9] * 90 + [0.1] * 10 + [0.1] * 20
    groups = ["Low"] * 100 + ["High"] * 100 + ["Few"] * 20
    faces("female", right, ethnicity=groups, mask_family="").to_csv(folder / "predictions.csv", index=False)
    text = card(folder)
    rows = re.findall(r"^\| (women, \w+) \(faces · drawn masks\) \| (\d+) \| ([\d.]+)\u00a0% ", text, re.MULTILINE)
    assert rows == [("women, Low", "100", "60.0"), ("women, High", "100", "90.0")]
    assert "the 2 worst of 2 cells. Cells of fewer than 50 faces are left out: 1." in text
    assert "| faces · drawn masks, ethnicity | women, High | women, Low | 30.0 points (" in text


def test_mistakes_are_counted_by_kind_of_face_and_those_made_with_confidence_are_named(folder: Path) -> None:
    women = faces("female", [0.9] * 6 + [0.3] * 3 + [0.05], age=["5"] + ["31"] * 9)
    men = faces("male", [0.1] * 9 + [0.6], quality=[""] * 9 + ["too_dark"], found=1).assign(file="other")
    pd.concat([women, men]).to_csv(folder / "predictions.csv", index=False)
    text = card(folder)
    assert "Of 20 test faces with real or drawn masks 5 are called wrong; 80 % of these are women" in text
    assert "on a clearly visible face: 1." in text
    cells = dict(re.findall(r"^\| ([\w ,]+) \| \d+ \| ([\d.]+)\u00a0% \(", text, re.MULTILINE))
    assert (cells["women"], cells["men"], cells["children under 10"]) == ("40.0", "10.0", "0.0")
    assert cells["too small, blurred, dark or turned away"] == "100.0"


def test_how_thresholds_were_chosen_is_told_where_it_is_recorded(folder: Path) -> None:
    assert "80 % confidence or more. That is the program's default" in card(folder)
    chosen = {"threshold": 0.8, "reached": False, "accuracy": 0.975, "answered": 0.8123, "faces": 1500}
    edit(folder / "metadata.json", {"training": {"thresholds": {"gender": chosen}}})
    assert "Chosen on 1,500 validation faces: 81.2 % answered, 97.5 % of these right." in card(folder)
    assert "The requested accuracy was not reached" in card(folder)


def test_confidence_is_held_against_what_is_right(folder: Path) -> None:
    table = pd.read_csv(folder / "predictions.csv")
    real = table["set"] == "worldwide"
    # All are called female at 90 %: half of them are.
    table.loc[real, "p_female"] = 0.9
    table.to_csv(folder / "predictions.csv", index=False)
    row = next(line for line in card(folder).split("## Calibration")[1].splitlines() if line.startswith("| worldwide"))
    assert row.endswith("| +40.0 points |")


def test_the_command_writes_cards_and_tells_which_are_stale(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["card", "--models", str(tmp_path)]
    assert main([*command, "--check"]) == 1
    assert "'masked' is missing or stale" in capsys.readouterr().err
    assert main(command) == 0
    assert (folder / "CARD.md").read_text(encoding="utf-8") == card(folder)
    assert main([*command, "--check"]) == 0
    edit(folder / "metadata.json", {"threshold": 0.9})
    assert is_stale(folder)
    assert main([*command, "masked", "--check"]) == 1
    assert main([*command, "nobody"]) == 1
    assert "There is no model 'nobody'. Available: masked." in capsys.readouterr().err
