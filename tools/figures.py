"""`python -m tools figures`: whether the report, the card and the pages of two checkouts show the same figures."""

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from core.cli.arguments import place
from core.errors import RunError

Shown = dict[str, dict[str, Any]]
_ROOT = Path(__file__).resolve().parents[1]
_NUMBER = re.compile(r"[-\u2212+]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?")
_MOST = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("checkout", nargs="?", type=place, help="the project at another commit; without it, print")
    parser.add_argument("--models", type=place, default=_ROOT / "models", help="whose figures (default: models)")


def run(options: argparse.Namespace) -> int:
    """Compare, or print as JSON what this checkout shows; returns 1 where a figure is lost."""
    if options.checkout is None:
        print(json.dumps(shown(options.models)))
        return 0
    before, after = (_asked(checkout, options.models) for checkout in (options.checkout, _ROOT))
    gone = [line for key in before for line in lost(key, before[key], after.get(key, {}))]
    print("\n".join(gone) or f"Every figure of {', '.join(before)} is shown as before.")
    return int(bool(gone))


def _asked(checkout: Path, models: Path) -> Shown:
    """What a checkout shows; it need not have this command."""
    program = (
        f"import sys, json, runpy; sys.path.insert(0, {str(checkout)!r})\n"
        f"found = runpy.run_path({__file__!r})\n"
        f"json.dump(found['shown'](found['Path']({str(models)!r})), sys.stdout)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=checkout, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RunError("damaged", f"{checkout} does not show its figures: {done.stderr.strip()[-500:]}")
    found: Shown = json.loads(done.stdout.splitlines()[-1])
    return found


def shown(models: Path) -> Shown:
    """The figures of every model: HTML report and card and the page at first sight.

    Returns:
        By "model: place": `numbers`, how often each stands in the text, and `charts`, their rows by description.
    """
    import vl_convert

    from core.evaluation.runs import list_runs, load_run
    from core.report.card.document import model_card
    from core.report.html.report import html_report

    vl_convert.javascript_bundle = lambda **_: ""
    found: Shown = {}
    for name in list_runs(models):
        run = load_run(models / name)
        read = _Reader(html_report(run))
        found[f"{name}: HTML"] = {"numbers": numbers(" ".join(read.words)), "charts": dict(map(_rows, read.charts))}
        found[f"{name}: card"] = {"numbers": numbers(model_card(run)), "charts": {}}
        found[f"{name}: page"] = _page(models, name)
    return found


class _Reader(HTMLParser):
    """The words of a report without the tables behind its charts, and its charts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.charts: list[dict[str, Any]] = []
        self._within: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        chart = dict(attrs).get("type") == "application/json"
        if tag in ("style", "script", "details", "figure"):
            self._within.append("chart" if chart else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script", "details", "figure"):
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if self._within[-1:] == ["chart"]:
            self.charts.append(json.loads(data))
        elif not {"style", "script", "figure"} & set(self._within):
            self.words.append(data)


def _page(models: Path, name: str) -> dict[str, Any]:
    """What the training report shows of a model when it is opened."""
    import os

    from streamlit.testing.v1 import AppTest

    os.environ["ABOVE_THE_MASK_MODELS"] = str(models)
    page = AppTest.from_file(str(Path.cwd() / "streamlit_app.py"), default_timeout=600).switch_page(
        "pages/training_report.py"
    )
    page.query_params["model"] = name
    page.run()
    if page.exception:
        raise RuntimeError(page.exception[0].value)
    words = [element.value for element in (*page.caption, *page.markdown, *page.info, *page.warning)]
    words += [f"{metric.label} {metric.value}" for metric in page.metric]
    words += [table.value.to_csv(sep="\t") for table in (*page.table, *page.dataframe)]
    charts = [json.loads(element.proto.spec) for element in page.get("vega_lite_chart")]
    return {"numbers": numbers(" ".join(words)), "charts": dict(map(_rows, charts))}


def numbers(text: str) -> dict[str, int]:
    """How often each number stands in a text, written without commas between thousands and with a hyphen for minus."""
    plain = str.maketrans({",": None, "\u2212": "-"})
    return dict(Counter(number.translate(plain) for number in _NUMBER.findall(text)))


def _rows(spec: dict[str, Any]) -> tuple[str, list[str]]:
    """A chart's description and the rows of all its data, in any order."""
    data = [*spec.get("datasets", {}).values()]
    data += [part["data"]["values"] for part in (spec, *spec.get("layer", ())) if "values" in part.get("data", {})]
    rows = {json.dumps(_rounded(row), sort_keys=True) for values in data for row in values}
    return str(spec["description"]), sorted(rows)


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {name: float(f"{value:.9g}") if isinstance(value, float) else value for name, value in row.items()}


def lost(key: str, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Sentences on what was shown and is shown no more."""
    gone = [number for number in before["numbers"] if number not in after.get("numbers", {})]
    lines = [f"{key}: {len(gone)} of {len(before['numbers'])} numbers: {', '.join(gone[:_MOST])}"] if gone else []
    for description, rows in before["charts"].items():
        there = after.get("charts", {}).get(description)
        if there is None or not set(rows) <= set(there):
            lines.append(f"{key}: the chart {description[:90]!r} is gone or has other data")
    return lines
