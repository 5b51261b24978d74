"""`python -m core report`: the whole report of a model as one HTML file that opens without a network."""

import argparse

from core.cli.arguments import add_models, place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("name", metavar="NAME", help="a model in the models folder")
    parser.add_argument("--html", type=place, required=True, metavar="FILE", help="the file to write")
    add_models(parser)


def run(options: argparse.Namespace) -> int:
    """Write the file; returns the exit code.

    Raises:
        RunError: `missing` if there is no such model.
        OutputError: `disk_full` or `not_writable`.
    """
    from core.errors import RunError
    from core.evaluation.runs import list_runs, load_run
    from core.files import check_replaceable, write_text
    from core.report.html.render import GENERATOR
    from core.report.html.report import html_report

    known = list_runs(options.models)
    if options.name not in known:
        raise RunError("missing", f"There is no model '{options.name}'. Available: {', '.join(known) or 'no model'}.")
    check_replaceable(options.html, f'content="{GENERATOR}"'.encode())
    write_text(options.html, html_report(load_run(options.models / options.name)))
    print(options.html)
    return 0
