"""`python -m core explain`: measure what a model looks at, and how often its answer changes with the mask."""

import argparse
import sys
from functools import partial
from pathlib import Path

from core.cli.arguments import add_models, place, positive
from core.progress import Bars
from core.wording import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("name", metavar="NAME", help="a model in the models folder")
    parser.add_argument(
        "--prepared", type=place, required=True, metavar="DIR", help="a folder that 'python -m core prepare' wrote"
    )
    parser.add_argument("--set", nargs="+", metavar="SET", dest="sets", help="only these data sets")
    parser.add_argument(
        "--limit",
        type=positive,
        default=200,
        metavar="N",
        help="at most N faces of each set and mask; each takes 82 answers of the model (default: 200)",
    )
    add_models(parser)


def run(options: argparse.Namespace) -> int:
    """Write explanations.json into the model's folder and print what is in it; returns the exit code."""
    from core.classify.pipeline import Classifier
    from core.data.prepared import open_prepared
    from core.evaluation.evaluator import check_recipe
    from core.evaluation.explaining import measure_explanations
    from core.export.target import adding
    from core.model.store import ModelStore

    store = ModelStore(options.models)
    prepared = open_prepared(options.prepared)
    check_recipe(prepared, store.metadata(options.name).crop, options.name)
    progress = partial(Bars("faces"), "") if sys.stderr.isatty() else None
    with adding(options.models, options.name, "explanations") as writing:
        classifier = Classifier(store.load(options.name))
        for note in classifier.notes:
            print(f"note: {note}", file=sys.stderr)
        report = measure_explanations(classifier, prepared, sets=options.sets, limit=options.limit, progress=progress)
        with writing():
            report.save(options.models / options.name)
    for entry in report.sets:
        parts = ", ".join(
            f"{region.words} {_words(share.value, share.low, share.high)}" for region, share in entry.shares.items()
        )
        print(f"{entry.set}, {entry.variant}, {counted(entry.n, 'face')}: {parts}")
    _print_changes(options.models / options.name)
    return 0


def _print_changes(folder: Path) -> None:
    from core.errors import RunError
    from core.evaluation.decisions import mask_changes
    from core.evaluation.runs import load_run
    from core.labels import family_words

    predictions = load_run(folder).predictions
    if isinstance(predictions, RunError):
        print(f"note: {predictions.message}", file=sys.stderr)
        return
    for row in mask_changes(predictions).to_dict("records"):
        figure = _words(row["value"], row["low"], row["high"])
        said = f"{row['set']}, bare to {family_words(row['family'])}, {counted(row['n'], 'face')}"
        print(f"{said}: called differently {figure}")


def _words(value: float | None, low: float | None, high: float | None) -> str:
    figure = "none" if value is None else f"{100 * value:.1f} %"
    return figure if low is None or high is None else f"{figure} ({100 * low:.1f} to {100 * high:.1f})"
