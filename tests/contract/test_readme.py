"""What the README tells people to type is what the program takes."""

import re
import shlex
from pathlib import Path

import pytest

from core.cli import COMMANDS, build_parser
from core.results import ROW_COLUMNS, Reason, Status

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")) if path.is_file())


def commands() -> list[str]:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    typed = re.compile(r"^\s*(?:\$ )?(?:\.venv/bin/)?python -m core (.+)$", re.MULTILINE)
    return sorted(set(typed.findall(text.replace("\\\n", " "))))


@pytest.mark.parametrize("command", commands())
def test_every_documented_command_is_one_that_the_parser_takes(command: str) -> None:
    arguments = shlex.split(command, comments=True)
    assert build_parser().parse_args(arguments).command == arguments[0]


def test_every_command_is_documented() -> None:
    documented = {command.split()[0] for command in commands()}
    assert documented == set(COMMANDS)


def test_the_readme_names_every_column_reason_and_status() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    words = (*ROW_COLUMNS, *(reason.value for reason in Reason), *(status.value for status in Status))
    assert [word for word in words if f"`{word}`" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_make_app_and_make_test_exist() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"app", "test", "check"} <= set(targets)
