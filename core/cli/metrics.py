"""`python -m core metrics`: print the saved figures of one or more models."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.cli.arguments import add_models
from core.cli.tables import page

if TYPE_CHECKING:
    from core.evaluation.intervals import Estimate
    from core.evaluation.registry import Metric
    from core.evaluation.schema import MetricsReport

FORMATS = ("table", "markdown", "json")
NAME_WIDTH = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("names", nargs="+", metavar="NAME", help="a model in the models folder")
    add_models(parser)
    parser.add_argument("--format", choices=FORMATS, default="table", help="output format (default: table)")


def run(options: argparse.Namespace) -> int:
    """Print what is saved; a model without usable figures is said, and the others stand."""
    from core.errors import RunError
    from core.evaluation.runs import list_runs, load_run

    reports, failed = [], False
    known = list_runs(options.models)
    for name in options.names:
        record = load_run(options.models / name)
        if isinstance(record.metrics, RunError):
            failed = True
            hint = "" if name in known else f" Available: {', '.join(known) or 'no model'}."
            print(f"error [{record.metrics.code}]: {record.metrics.message}{hint}", file=sys.stderr)
            continue
        for note in record.notes:
            print(f"note: {note}", file=sys.stderr)
        reports.append(record.metrics)
    if reports:
        print(render(reports, options.format))
    return int(failed)


def render(reports: Sequence["MetricsReport"], form: str) -> str:
    """The figures of several models as text: one of `FORMATS`."""
    if form == "json":
        return json.dumps([report.to_json() for report in reports], indent=2, ensure_ascii=False)
    return "\n\n".join(_page(report, markdown=form == "markdown") for report in reports)


def _page(report: "MetricsReport", *, markdown: bool) -> str:
    """A row a set; a terminal has room for few figures and short names."""
    from core.evaluation.registry import METRICS, Shown

    places = Shown.SETS | Shown.HEADLINE if markdown else Shown.LINE
    metrics = [metric for metric in METRICS if places & metric.shown]
    counted = ("n", "no face found") if markdown else ("n",)
    rows: list[tuple[str, ...]] = [("set", "split", "variant", *counted, *(metric.title for metric in metrics))]
    for entry in report.sets:
        name = entry.set if markdown or len(entry.set) <= NAME_WIDTH else f"{entry.set[: NAME_WIDTH - 2]}.."
        counts = (str(entry.metrics.n), str(entry.not_found))[: len(counted)]
        figures = (_figure(entry.metrics[metric], metric) for metric in metrics)
        rows.append((name, entry.split, entry.variant, *counts, *figures))
    right = range(3, len(rows[0])) if markdown else (3,)
    return page(_title(report), rows, right, _foot(report), markdown=markdown)


def _figure(estimate: "Estimate", metric: "Metric") -> str:
    """A figure with its interval, such as `94.3 [93.1-95.2]` per cent; `-` for what is not there."""
    scale, form = (1, ".3f") if metric.is_number else (100, ".1f")
    if estimate.value is None:
        return "-"
    value = format(scale * estimate.value, form)
    if estimate.low is None or estimate.high is None:
        return f"{value} [-]"
    return f"{value} [{format(scale * estimate.low, form)}-{format(scale * estimate.high, form)}]"


def _title(report: "MetricsReport") -> str:
    return f"{report.model} (evaluated {report.created}; a face is answered from a confidence of {report.threshold:g})"


def _foot(report: "MetricsReport") -> str:
    return f"Shares in per cent [interval]. {report.interval}. '-': no value or no interval; --format json says why."
