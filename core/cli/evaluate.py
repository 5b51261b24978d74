"""`python -m core evaluate`: test a model, save its predictions and figures, print the figures."""

import argparse
import sys
from functools import partial
from typing import TYPE_CHECKING

from core.cli.arguments import add_models, add_runtime, place
from core.progress import Bars
from core.wording import counted

if TYPE_CHECKING:
    from core.evaluation.schema import MetricsReport

FIGURES = "figures"  # Of one model only one process makes them at a time.


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("name", metavar="NAME", help="a model in the models folder")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--prepared", type=place, metavar="DIR", help="a folder that 'python -m core prepare' wrote")
    source.add_argument(
        "--from-predictions",
        action="store_true",
        help="recompute metrics.json from the saved predictions.csv without running the model",
    )
    add_models(parser)
    add_runtime(parser)


def run(options: argparse.Namespace) -> int:
    """Write predictions.csv and metrics.json into the model's folder and print the figures."""
    from core.cli.metrics import render

    report = _again(options) if options.from_predictions else _test(options)
    print(render([report], "table"))
    return 0


def _again(options: argparse.Namespace) -> "MetricsReport":
    from core.evaluation.evaluator import measure_again, save_report, tested
    from core.evaluation.runs import load_run
    from core.export.target import adding

    folder = options.models / options.name
    tested(load_run(folder))  # Says that there is no such model before anything is claimed.
    with adding(options.models, options.name, FIGURES) as writing:
        report, notes = measure_again(folder)
        for note in notes:
            print(f"note: {note}", file=sys.stderr)
        with writing():
            save_report(report, folder)
    return report


def _test(options: argparse.Namespace) -> "MetricsReport":
    from core.data.prepared import open_prepared
    from core.evaluation.evaluator import check_recipe, evaluate
    from core.export.target import adding
    from core.model.store import ModelStore

    store = ModelStore(options.models)
    prepared = open_prepared(options.prepared)
    # Before the model is loaded, which may take long: the usual mistake is another crop recipe.
    check_recipe(prepared, store.metadata(options.name).crop, options.name)
    with adding(options.models, options.name, FIGURES) as writing:
        model = store.load(options.name, engine=options.runtime)
        for note in model.notes:
            print(f"note: {note}", file=sys.stderr)
        evaluation = evaluate(model, prepared, progress=partial(Bars("faces"), "") if sys.stderr.isatty() else None)
        with writing():
            evaluation.save(options.models / options.name)
    if evaluation.unlabelled:
        print(f"note: left out: {counted(evaluation.unlabelled, 'face')} without a known gender.", file=sys.stderr)
    return evaluation.metrics
