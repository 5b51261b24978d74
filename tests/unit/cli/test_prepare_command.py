"""`python -m core prepare`, from folders as people have them to the reports."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.cli import main
from core.data.prepared import open_prepared
from tests.unit.dataset_case import write_tree
from tests.unit.picture_files import encoded, quarters
from tests.unit.portraits import head_file

GOOD = {"Training/Male/obama.png": head_file("obama"), "Training/Female/astronaut.png": head_file("astronaut")}
FACELESS = [encoded(quarters(), "PNG"), encoded(quarters()[::-1], "PNG")]


def prepare(folder: Path, *more: str, **sets: dict[str, bytes]) -> int:
    """Write the sets as folder trees and prepare them into `folder / "out"`; the exit code."""
    trees = [str(write_tree(folder / name, files)) for name, files in sets.items()]
    return main(["prepare", *trees, "--output", str(folder / "out"), "--size", "32", "--workers", "1", *more])


def report(folder: Path, name: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((folder / "out" / name / "report.json").read_text())
    return facts


def test_it_prepares_and_says_what_became_of_the_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = {"Training/Male/broken.png": head_file("obama")[:500], "Test/Male/biden.png": head_file("biden")}
    assert prepare(tmp_path, people=GOOD | broken) == 0
    output = capsys.readouterr()
    assert "people: 7 crops of 4 pictures" in output.out
    assert "'not_a_picture': 1" in output.out
    assert "near-duplicates 4 of 4" in output.err
    assert "people 4 of 4" in output.err
    assert "note" not in output.out
    assert prepare(tmp_path, people=GOOD | broken) == 0
    assert "finished earlier" in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "recipe.json").read_text())["crop"]["size"] == 32


@pytest.mark.parametrize("wrong", [["--size", "4"], ["--masked", "-1"], ["--workers", "0"], ["--limit", "0"]])
def test_wrong_usage_is_two(wrong: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        prepare(tmp_path, *wrong, people=GOOD)
    assert "python -m core prepare: error: " in capsys.readouterr().err


def test_a_photograph_of_another_set_s_test_is_not_trained_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    news = {
        "Test/Male/1.jpg": head_file("obama", "JPEG", mirrored=True),
        "Training/Female/2.png": encoded(quarters(), "PNG"),
    }
    assert prepare(tmp_path, people=GOOD, news=news) == 0
    assert "'near_duplicate': 1" in capsys.readouterr().out
    facts = report(tmp_path, "people")
    assert [(item["file"], item["code"]) for item in facts["dropped"]] == [
        ("Training/Male/obama.png", "near_duplicate")
    ]
    assert "Test/Male/1.jpg of news, which is in test" in facts["dropped"][0]["detail"]
    assert facts["compared"] == ["people", "news"]
    index = open_prepared(tmp_path / "out").sets["people"].index
    assert set(index["file"]) == {"Training/Female/astronaut.png"}
    assert report(tmp_path, "news")["crops"] == {"test": {"bare": 1, "drawn": 1, "held_out": 1}}


def test_a_photograph_with_both_labels_is_not_trained_on(tmp_path: Path) -> None:
    assert prepare(tmp_path, people=GOOD | {"Training/Female/again.jpg": head_file("obama", "JPEG")}) == 0
    facts = report(tmp_path, "people")
    assert facts["dropped_counts"] == {"contradiction": 2}
    assert facts["crops"] == {"train": {"bare": 1, "drawn": 1}}


def test_a_set_of_which_nothing_is_left_is_said_and_no_obstacle(tmp_path: Path) -> None:
    copies = {file.replace("Training", "Test").replace("png", "jpg"): data for file, data in GOOD.items()}
    assert prepare(tmp_path, people=GOOD, published=copies) == 0
    assert report(tmp_path, "people")["dropped_counts"] == {"near_duplicate": 2}
    assert len(open_prepared(tmp_path / "out").sets["people"].index) == 0


def test_three_pictures_are_prepared(tmp_path: Path) -> None:
    """Whether they are enough to train on is the training's to say."""
    assert prepare(tmp_path, people=GOOD | {"Training/Male/biden.png": head_file("biden")}) == 0
    assert report(tmp_path, "people")["crops"]["train"] == {"bare": 2, "drawn": 2}


@pytest.mark.parametrize(
    ("files", "code", "words"),
    [
        ({file: data[:300] for file, data in GOOD.items()}, "no_pictures", "nothing to train on"),
        (dict(zip(GOOD, FACELESS, strict=True)), "no_pictures", "nothing to train on"),
        ({"Training/Male/a.png": b""}, "no_pictures", "1 empty_file"),
        ({"Training/Male/a.png": GOOD["Training/Male/obama.png"]}, "one_class", "needs pictures of both genders"),
        ({"notes.txt": b"x"}, "no_pictures", "Expected a folder"),
        ({"cats/a.png": b"x"}, "unknown_layout", "Expected a folder"),
    ],
    ids=["all corrupt", "no faces", "empty files", "one class", "no pictures", "no labels"],
)
def test_what_no_training_could_use_is_refused_in_a_sentence(
    files: dict[str, bytes], code: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare(tmp_path, people=files) == 1
    error = capsys.readouterr().err
    assert f"error [{code}]" in error
    assert words in error


def test_sets_that_were_prepared_apart_are_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = {"Test/Male/x.png": head_file("biden"), "Test/Female/y.png": encoded(quarters(), "PNG")}
    assert prepare(tmp_path, people=GOOD) == 0
    assert prepare(tmp_path, other=other) == 0
    assert "note: people was not compared with other" in capsys.readouterr().out
    assert prepare(tmp_path, people=GOOD, other=other) == 0
    assert "note" not in capsys.readouterr().out


def test_a_finished_set_that_a_later_one_takes_pictures_from_is_to_be_prepared_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare(tmp_path, people=GOOD) == 0
    news = {"Test/Male/1.jpg": head_file("obama", "JPEG"), "Test/Female/2.png": encoded(quarters(), "PNG")}
    assert prepare(tmp_path, people=GOOD, news=news) == 1
    error = capsys.readouterr().err
    assert "error [other_settings]" in error
    assert "nearly the same as a picture of a set beside it" in error
