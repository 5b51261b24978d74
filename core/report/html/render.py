"""Sections as HTML, by the templates beside this file; all text is escaped by them."""

import json
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from core.report.blocks import Chart, Words
from core.report.chart_files import looks, spec_of
from core.report.markdown import plain

GENERATOR = "Above the Mask"
"""What a report is known by as one of ours."""

# Text, lines and ground follow the page, which follows the reader's system; charts draw into its width.
_AXIS: dict[str, Any] = dict.fromkeys(("gridColor", "domainColor", "tickColor"), "currentColor")
_AXIS |= {"gridOpacity": 0.15, "domainOpacity": 0.4, "tickOpacity": 0.4}
_LOOKS = looks("currentColor", "transparent", **_AXIS) | {"font": "system-ui, sans-serif"}


def page(template: str, title: str, **values: Any) -> str:
    """A whole HTML document that holds the chart library and needs nothing else.

    Args:
        template: Name of one that extends page.html.
        title: Its title, as text.
        values: What the template asks for.
    """
    version = ".".join(alt.SCHEMA_VERSION.split(".")[:2])
    # Without a snippet it is the whole library; the package's own types forget that it may be left out.
    library: str = vl_convert.javascript_bundle(vl_version=version)  # type: ignore[call-arg]
    # JavaScript that cannot end the element that holds it.
    safe = Markup(library.replace("</script", "<\\/script").replace("<!--", "<\\!--"))
    return _environment().get_template(template).render(title=title, generator=GENERATOR, library=safe, **values)


def markdown(source: str) -> Markup:
    """Markdown as HTML, with its headings one step lower; HTML in it is shown, not used."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(source)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1]) + 1}"
    made: str = reader.renderer.render(tokens, reader.options, {})
    return Markup(made.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>"))


def _words(block: Words) -> Markup:
    return markdown(block.filled(plain))


def _spec(chart: Chart) -> dict[str, Any]:
    """A chart as JSON for a script element, where "<" alone can end it, and its meaning in words."""
    spec = spec_of(chart.build, *chart.arguments)
    spec |= {"width": "container", "autosize": {"type": "fit", "contains": "padding"}}
    spec["config"] = {**spec.get("config", {}), **_LOOKS}
    made = json.dumps(spec, ensure_ascii=False).replace("<", "\\u003c")
    return {"json": Markup(made), "words": spec["description"]}


def _environment() -> Environment:
    folder = FileSystemLoader(Path(__file__).parent / "templates")
    made = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"markdown": markdown, "words": _words, "spec": _spec, "kind": lambda block: type(block).__name__}
    return made
