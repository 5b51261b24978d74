"""Sections as Markdown."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from core.report.blocks import Section, Table, Words

_SPECIAL = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|#~$"})


def plain(text: object) -> str:
    """Text that Markdown shows as it is, on one line: names may hold anything."""
    return " ".join(str(text).split()).translate(_SPECIAL)


def render(template: Path, **values: Any) -> str:
    """A document by a template, in which a section or a paragraph stands as itself and any other value as `plain`."""
    made = Environment(undefined=StrictUndefined, trim_blocks=True, finalize=_shown, keep_trailing_newline=True)
    return made.from_string(template.read_text(encoding="utf-8")).render(values)


def _shown(value: object) -> object:
    if isinstance(value, tuple):
        return "\n\n".join(map(section, value))
    return section(value) if isinstance(value, Section) else words(value) if isinstance(value, Words) else plain(value)


def words(block: Words) -> str:
    """A paragraph, with its names made safe."""
    return block.filled(plain).strip()


def section(found: Section) -> str:
    """A heading and what is below it, of words and tables."""
    parts = [f"## {found.title}"]
    for block in found.blocks:
        if isinstance(block, Words):
            parts.append(words(block))
        elif isinstance(block, Table) and len(block.rows):
            # No line begins with a sign of per cent.
            cells = [[plain(cell).replace(" %", "\u00a0%") for cell in row] for row in block.cells()]
            right = [name in block.right for name in map(str, block.rows.columns)]
            parts.append("\n".join(rows([block.headings, *cells], right)))
    return "\n\n".join(filter(None, parts))


def rows(cells: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    """The lines of a Markdown table; the first row holds its headings, cells are Markdown themselves."""
    rule = ["---:" if at_right else "---" for at_right in right]
    return [f"| {' | '.join(row)} |" for row in (cells[0], rule, *cells[1:])]


def percent(share: float, digits: int = 0) -> str:
    """A share in per cent, such as "98 %"."""
    return f"{100 * share:.{digits}f} %"
