"""The pieces that the HTML report is made of; all text is escaped here."""

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import altair as alt
import pandas as pd
from markdown_it import MarkdownIt

# Text, lines and ground follow the page, which follows the reader's system; charts draw into its width.
_THEME: dict[str, Any] = {
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "view": {"stroke": "transparent"},
    "axis": {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "gridColor": "currentColor",
        "gridOpacity": 0.15,
        "domainColor": "currentColor",
        "domainOpacity": 0.4,
        "tickColor": "currentColor",
        "tickOpacity": 0.4,
        "titleFontWeight": "normal",
    },
    "legend": {"labelColor": "currentColor", "titleColor": "currentColor"},
}


def title(words: str) -> str:
    """The heading of the whole report."""
    return f"<h1>{escape(words)}</h1>"


def section(title: str, *parts: str) -> str:
    """A part of the report with its heading."""
    return f"<section>\n<h2>{escape(title)}</h2>\n{_joined(parts)}\n</section>"


def folded(title: str, *parts: str, unfolded: bool = False) -> str:
    """A part that opens on a click; its charts are drawn then."""
    return f"<details{' open' * unfolded}>\n<summary>{escape(title)}</summary>\n{_joined(parts)}\n</details>"


def subheading(title: str) -> str:
    """A heading within a section."""
    return f"<h3>{escape(title)}</h3>"


def text(sentence: str) -> str:
    """A paragraph."""
    return f"<p>{escape(sentence)}</p>" if sentence else ""


def note(sentence: str) -> str:
    """A paragraph that says what is missing or to be minded."""
    return f'<p class="note">{escape(sentence)}</p>'


def side_by_side(*parts: str) -> str:
    """Parts beside one another where there is room."""
    return f'<div class="beside">\n{_joined(parts)}\n</div>'


def table(rows: pd.DataFrame) -> str:
    """A table of texts and numbers as they are; numbers are to be rounded before."""
    made = rows.to_html(index=False, border=0, escape=True, na_rep="\u2013", justify="left")
    return f'<div class="scroll">{made}</div>'


def pairs(values: Mapping[str, str]) -> str:
    """Names and what they stand for, as a table of two columns."""
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in values.items())
    return f'<div class="scroll"><table>{rows}</table></div>'


def figure(title: str, chart: alt.LayerChart, caption: str, rows: pd.DataFrame) -> str:
    """A chart with its meaning in words and its data one click away.

    Args:
        title: What is shown.
        chart: The chart; its `description` becomes the text for those who cannot see it.
        caption: How to read it.
        rows: Its data.
    """
    spec = chart.properties(width="container").to_dict()
    words = str(spec.get("description", title))
    spec["config"] = {**spec.get("config", {}), **_THEME}
    spec["autosize"] = {"type": "fit", "contains": "padding"}
    # Within a script only "<" can end it, and what JSON escapes it reads again.
    data = json.dumps(spec, ensure_ascii=False).replace("<", "\\u003c")
    return (
        f"<figure>\n<figcaption><b>{escape(title)}</b> {escape(caption)}</figcaption>\n"
        f'<div class="chart" role="img" aria-label="{escape(words)}"></div>\n'
        f'<script type="application/json">{data}</script>\n{folded("As a table", table(rows))}\n</figure>'
    )


def markdown(source: str) -> str:
    """Markdown as HTML, with its headings one step lower; HTML in it is shown, not used."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(source)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1]) + 1}"
    made: str = reader.renderer.render(tokens, reader.options, {})
    return made.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)
