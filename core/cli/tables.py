"""Tables on the command line, as aligned text and as Markdown."""

import textwrap
from collections.abc import Collection, Sequence

LINE_WIDTH = 120
Rows = Sequence[Sequence[str]]


def aligned(rows: Rows, right: Collection[int] = ()) -> list[str]:
    """A line a row, columns two spaces apart; the columns `right` are aligned to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            text.rjust(width) if place in right else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def markdown_rows(rows: Rows, right: Collection[int] = ()) -> list[str]:
    """A line a row and the rule below the first one, which holds the headings."""
    rule = ["--:" if place in right else "---" for place in range(len(rows[0]))]
    escaped = [[text.replace("|", "\\|") for text in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in (escaped[0], rule, *escaped[1:])]


def page(
    title: str,
    rows: Rows,
    right: Collection[int],
    foot: str = "",
    notes: Sequence[str] = (),
    *,
    markdown: bool,
) -> str:
    """A table under its title, with notes on single rows and what it was measured by below."""
    if markdown:
        lines = [f"### {title}", "", *markdown_rows(rows, right)]
        return "\n".join([*lines, "", foot] if foot else lines)
    lines = [title, "", *aligned(rows, right)]
    for below in (notes, textwrap.wrap(foot, LINE_WIDTH)):
        lines += ["", *below] if below else []
    return "\n".join(lines)
