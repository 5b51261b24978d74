"""`python -m core card`: write the model cards anew from what is saved, or check that they are up to date."""

import argparse
import sys

from core.cli.arguments import add_models


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="models in the models folder (default: all)")
    add_models(parser)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a card is missing or stale")


def run(options: argparse.Namespace) -> int:
    """Write or check; a model that is not there is said, and the others stand."""
    from core.errors import OutputError
    from core.evaluation.runs import list_runs
    from core.report.card.document import is_stale, write_card

    known = list_runs(options.models)
    names, failed = options.names or known, False
    if not names:
        print(f"error [missing]: There is no model in {options.models}. Train one first.", file=sys.stderr)
        return 1
    for name in names:
        folder = options.models / name
        if name not in known:
            print(f"error [missing]: There is no model '{name}'. Available: {', '.join(known)}.", file=sys.stderr)
            failed = True
        elif not options.check:
            try:
                print(write_card(folder))
            except OutputError as error:
                print(f"error [{error.code}]: {error.message}", file=sys.stderr)
                failed = True
        elif is_stale(folder):
            print(f"The card of '{name}' is missing or stale: python -m core card {name}", file=sys.stderr)
            failed = True
    return int(failed)
