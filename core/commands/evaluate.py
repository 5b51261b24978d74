"""`python -m core evaluate`: test a model, save its predictions and figures, print the figures."""

import argparse
import sys
from pathlib import Path

from core.settings import models_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("name", metavar="NAME", help="a model below the models folder")
    parser.add_argument(
        "--prepared", type=Path, required=True, metavar="DIR", help="a folder that 'python -m core prepare' wrote"
    )
    parser.add_argument("--models", type=Path, default=models_dir(), metavar="DIR", help="the models folder")


def run(options: argparse.Namespace) -> int:
    """Write predictions.csv and metrics.json into the model's folder and print the figures."""
    from core.commands.metrics import render
    from core.evaluation.evaluator import check_recipe, evaluate
    from core.inference.model_store import ModelStore
    from core.training.prepared import open_prepared

    store = ModelStore(options.models)
    prepared = open_prepared(options.prepared)
    # Before the model is loaded, which may take long: the usual mistake is another crop recipe.
    check_recipe(prepared, store.metadata(options.name).crop, options.name)
    model = store.load(options.name)
    for note in model.notes:
        print(f"note: {note}", file=sys.stderr)
    evaluation = evaluate(model, prepared, progress=_show if sys.stderr.isatty() else None)
    evaluation.save(options.models / options.name)
    if evaluation.unlabelled:
        print(f"note: {evaluation.unlabelled} faces without a known gender were left out.", file=sys.stderr)
    print(render([evaluation.metrics], "table"))
    return 0


def _show(done: int, total: int) -> None:
    print(f"\r{done} of {total} faces", end="" if done < total else "\n", file=sys.stderr, flush=True)
