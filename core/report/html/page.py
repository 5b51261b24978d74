"""The frame of the HTML report: looks, the chart library, and the ban on every request."""

from html import escape

import altair as alt
import vl_convert

# The browser itself refuses to load anything from anywhere; Vega makes functions of its expressions.
_POLICY = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'"

GENERATOR = "Above the Mask"
"""What a report is known by as one of ours."""

_STYLE = """
:root { color-scheme: light dark; --text: #1b2733; --page: #fff; --soft: #f3f6f8; --line: #d8e0e6; --link: #0b655e; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --page: #11171c; --soft: #1b242c; --line: #303c47; --link: #5ed0c0; }
}
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 70rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 2rem; line-height: 1.2; } h2 { font-size: 1.5rem; margin-top: 2.5rem; } h3 { font-size: 1.2rem; }
figure { margin: 1rem 0; min-width: 0; } figcaption { font-size: .9rem; }
.chart { width: 100%; min-height: 8rem; } .chart .vega-embed { width: 100%; }
.vega-embed details, .vega-embed details[open] { color: #1b2733; }
.beside { display: grid; gap: 0 2rem; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); }
.note { border-left: 4px solid #d55e00; background: var(--soft); padding: .6rem 1rem; }
.scroll { overflow-x: auto; } a { color: var(--link); }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); }
section > details { border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; margin: .8rem 0; }
section > details > summary { font-size: 1.15rem; font-weight: 600; }
summary { cursor: pointer; } blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 4px solid var(--line); }
@media print { figure { break-inside: avoid; } }
"""

# Charts of what is folded are drawn when it opens, so that the rest is there at once.
_DRAW = """
const options = {renderer: "svg", actions: {export: true, source: false, compiled: false, editor: false}};
function draw(within) {
  for (const place of within.querySelectorAll(".chart:not(.drawn)")) {
    if (place.closest("details:not([open])")) continue;
    place.classList.add("drawn");
    const name = place.parentElement.querySelector("b").textContent;
    const spec = JSON.parse(place.nextElementSibling.textContent);
    vegaEmbed(place, spec, {...options, downloadFileName: name});
  }
}
draw(document);
document.addEventListener("toggle", (event) => draw(event.target), true);
"""


def page(title: str, body: str) -> str:
    """A whole HTML document that holds the chart library and needs nothing else.

    Args:
        title: Its title, as text.
        body: Its body, as HTML.
    """
    version = ".".join(alt.SCHEMA_VERSION.split(".")[:2])
    # Without a snippet it is the whole library; the package's own types forget that it may be left out.
    library: str = vl_convert.javascript_bundle(vl_version=version)  # type: ignore[call-arg]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<meta name="generator" content="{GENERATOR}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n"
        f"<script>\n{_script(library)}\n</script>\n<script>{_DRAW}</script>\n</body>\n</html>\n"
    )


def _script(source: str) -> str:
    """JavaScript that cannot end the element that holds it."""
    return source.replace("</script", "<\\/script").replace("<!--", "<\\!--")
