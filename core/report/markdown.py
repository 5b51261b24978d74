"""Markdown from data: tables, and text that is shown as it is."""

from collections.abc import Collection, Iterable

_SPECIAL = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|#~$"})


def table(headings: Iterable[str], rows: Iterable[tuple[str, ...]], right: Collection[int]) -> str:
    """A Markdown table whose columns `right` are aligned to the right; cells are Markdown themselves."""
    names = tuple(headings)
    rule = tuple("---:" if place in right else "---" for place in range(len(names)))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, rule, *rows))


def plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line: names may hold anything."""
    return " ".join(str(text).split()).translate(_SPECIAL)


def section(title: str, *parts: str) -> str:
    """A heading and the parts below it; empty parts are left out."""
    return "\n\n".join((f"## {title}", *(part.strip() for part in parts if part)))


def percent(share: float, digits: int = 0) -> str:
    """A share in per cent, such as "98 %"."""
    return f"{100 * share:.{digits}f} %"
