"""What the documents tell people to type is what the program takes, and they name all that it says."""

import re
import shlex
from pathlib import Path

import pytest

from core import cli
from core.evaluation.registry import METRIC_BY_NAME
from core.results import ROW_COLUMNS, Reason, Status
from tools import __main__ as tools

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")) if path.is_file())


PROGRAMS = {"core": (cli.COMMANDS, cli.build_parser), "tools": (tools.COMMANDS, tools.build_parser)}


def commands() -> list[tuple[str, str]]:
    """Programs and their arguments, as people are told to type them."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    typed = re.compile(r"^\s*(?:\$ )?(?:\.venv/bin/)?python -m (core|tools) (.+)$", re.MULTILINE)
    return sorted(set(typed.findall(text.replace("\\\n", " "))))


@pytest.mark.parametrize(("program", "command"), commands())
def test_every_documented_command_is_one_that_the_parser_takes(program: str, command: str) -> None:
    arguments = shlex.split(command, comments=True)
    assert PROGRAMS[program][1]().parse_args(arguments).command == arguments[0]


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_is_documented(program: str) -> None:
    documented = {command.split()[0] for named, command in commands() if named == program}
    assert documented == set(PROGRAMS[program][0])


def test_every_column_reason_and_status_is_documented() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    words = (*ROW_COLUMNS, *(reason.value for reason in Reason), *(status.value for status in Status))
    assert [word for word in words if f"`{word}`" not in text] == []


def test_every_metric_is_documented() -> None:
    text = (ROOT / "docs" / "artefacts.md").read_text(encoding="utf-8")
    assert [name for name in METRIC_BY_NAME if f"`{name}`" not in text] == []


def test_the_readme_is_short_and_begins_with_what_to_type() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    assert {"    make app", "    make test"} <= {line[:13].rstrip() for line in lines[:25]}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_make_app_and_make_test_exist() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"app", "test", "check"} <= set(targets)


def test_the_rooms_of_the_code_hold_what_is_drawn_in_them() -> None:
    drawn = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("```")[1]
    gone, named = [], 0
    for line in drawn.strip().splitlines():
        room, *words = re.split(r"\s{2,}", re.sub(r"\([^)]*\)", "", line).rstrip())
        place = ROOT / "core" / ("" if room == "leaves" else room)
        modules = [word.rstrip("/") for word in words if re.fullmatch(r"\w+/?", word)]
        there = {path.stem for path in place.rglob("*") if path.suffix == ".py" or path.is_dir()}
        gone += [f"{room}: {module}" for module in modules if module not in there]
        named += len(modules)
    assert gone == []
    assert named > 70


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_of_the_project_leads_somewhere(page: Path) -> None:
    named = re.findall(r"`((?:core|tests|tools|pages|recipes)/[\w/.-]+)`", page.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists() and not (ROOT / f"{path}.py").exists()] == []
