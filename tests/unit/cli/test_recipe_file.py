"""`train --recipe FILE`: what a file asks for, and that the command line wins over it."""

import argparse
from pathlib import Path

import pytest

from core.cli.train import add_arguments, read_recipe
from core.model.architectures import find_network
from core.training.recipes import default_recipe

RECIPES = sorted((Path(__file__).resolve().parents[3] / "recipes").glob("*.toml"))
TEXT = """
name = "mine"
network = "hse-faceres"
learning_rate = 0.001
sets = ["one", "two"]

[change]
size = 192
stay_near = false
augmentation.blur = 0.3
"""


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(["--prepared", "data", *arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_recipe_file_fills_what_the_command_line_does_not_name(file: Path) -> None:
    options = parse("--recipe", str(file))
    assert (options.name, options.network, options.learning_rate) == ("mine", "hse-faceres", 0.001)
    assert (options.sets, options.seed, options.weights) == (["one", "two"], 0, None)
    assert options.recipe == ["size=192", "stay_near=false", "augmentation.blur=0.3"]


@pytest.mark.parametrize("first", [True, False])
def test_the_command_line_wins_wherever_it_stands(file: Path, first: bool) -> None:
    own = ["--name", "other", "--learning-rate", "0.1", "--sets", "three"]
    recipe = ["--recipe", str(file)]
    options = parse(*(own + recipe if first else recipe + own))
    assert (options.name, options.learning_rate, options.sets) == ("other", 0.1, ["three"])
    assert options.network == "hse-faceres"


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: str(path.stem))
def test_the_recipes_of_the_shipped_models_can_be_asked_for(path: Path) -> None:
    options, changes = read_recipe(path)
    assert options["name"] == path.stem
    own = [f"{key}={options[key]}" for key in ("epochs", "batch", "learning_rate") if key in options]
    recipe = default_recipe(find_network(options["network"])).changed([*changes, *own])
    assert recipe.epochs == options.get("epochs", recipe.epochs)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epochs = ", "not valid TOML"),
        ("speed = 3", "unknown option 'speed'; the options are name, network"),
        ('epochs = "many"', "epochs must be of type int, got 'many'"),
        ("epochs = true", "epochs must be of type int"),
        ("change = 3", "change must be a table"),
        ("\ufeff\x00", "not valid TOML"),
    ],
)
def test_a_file_that_cannot_be_used_is_wrong_usage_that_says_why(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        parse("--recipe", str(path))
    assert caught.value.code == 2
    assert words in capsys.readouterr().err


def test_a_missing_file_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("--recipe", str(tmp_path / "none.toml"))
    assert "No such file" in capsys.readouterr().err
