"""`python -m core train`: trains a network, or goes on with a training that was stopped.

Recipe files say as TOML what it is asked to do, so that a long command can be kept and repeated. Keys are the
command's own options (`network`, `epochs`, `start_from` …); the table `change` holds the other parts of the recipe,
its table `augmentation` those of the augmentation:

    network = "hse-faceres"
    epochs = 8

    [change]
    size = 192
    augmentation.blur = 0.3
"""

import argparse
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.arguments import UsageError, add_flag, add_models, add_training
from core.progress import told

if TYPE_CHECKING:
    from core.training.checkpoints import Record

_KINDS: dict[str, type] = {
    "name": str, "network": str, "epochs": int, "batch": int, "learning_rate": float, "weights": str,
    "start_from": str, "second": str, "teacher": str, "sets": list, "seed": int, "limit": int,
}  # fmt: skip
CHANGE = "change"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_training(parser, "runs")
    parser.add_argument(
        "--recipe",
        action=RecipeFile,
        default=[],
        metavar="FILE",
        help="a TOML file with any of these options, like those in recipes/; the command line takes precedence",
    )
    parser.add_argument("--network", default="baseline-cnn", help="what to train (%(default)s)")
    parser.add_argument("--name", help="name of the model and of its run (default: the network's name)")
    parser.add_argument("--epochs", type=int, help="passes over the data (default: the network's own)")
    parser.add_argument("--batch", type=int, help="crops per step (default: the network's own)")
    parser.add_argument("--learning-rate", type=float, help="Adam's step size (default: the network's own)")
    parser.add_argument(
        "--change",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="other parts of the recipe, such as margin=1.6 or augmentation.blur=0.3",
    )
    parser.add_argument("--weights", metavar="FILE", help="pretrained weights to start from (see docs/training.md)")
    parser.add_argument(
        "--start-from",
        metavar="NAME",
        help="a trained model of the same network, or of the one that it pairs, to continue from; "
        "stay_near then pulls towards it and --weights",
    )
    parser.add_argument(
        "--second",
        metavar="NAME",
        help="for a network of two branches: the trained model that the second one continues from",
    )
    parser.add_argument(
        "--teacher",
        metavar="NAME",
        help="a model whose answers for bare faces soften the labels (by teacher_weight)",
    )
    add_flag(parser, "--finish", "finish a stopped training with the best of its epochs so far")
    parser.add_argument(
        "--limit", type=int, metavar="N", help="at most N training pictures, half of each gender (default: all)"
    )
    add_models(parser, "where models go (the app's models)")


def run(options: argparse.Namespace) -> int:
    """Train and export; returns the exit code."""
    from core.cli.export import render_parity
    from core.data.prepared import open_prepared
    from core.export.model_folder import export_model
    from core.export.target import check_model_place
    from core.files import claimed
    from core.model.architectures import to_train
    from core.model.metadata import check_name
    from core.model.store import ModelStore
    from core.training.recipes import default_recipe
    from core.training.selection import TrainingSettings
    from core.training.trainer import train

    network = to_train(options.network)
    name = network.name if options.name is None else options.name
    try:
        check_name(name)
        recipe = default_recipe(network).changed(_changes(options))
        if bool(options.teacher) != (recipe.teacher_weight > 0):
            raise ValueError("--teacher NAME and --change teacher_weight=SHARE go together")
        sets = tuple(options.sets) if options.sets else None
        parent, second = (options.models / name if name else None for name in (options.start_from, options.second))
        settings = TrainingSettings(recipe, sets, options.seed, options.limit, options.weights, parent, second)
    except ValueError as error:
        raise UsageError(str(error)) from error
    check_model_place(options.models / name)
    prepared = open_prepared(options.prepared)
    store = ModelStore(options.models)
    teacher = store.load(options.teacher, engine=store.exact_engine(options.teacher)) if options.teacher else None
    folder = options.runs / name
    with told("core.training", "core.export"):
        with claimed(folder / ".lock", f"the training in {folder}"):
            training = train(prepared, network, settings, folder, _print_epoch, teacher, options.finish)
        converted = export_model(training, prepared, network, settings, options.models, name)
    best = training.run.best
    trained = len(training.run.records)
    served = replace(training.crop, size=recipe.served_size or training.crop.size)
    print(f"best epoch {best['epoch']} of {trained} by val_loss: val_accuracy {best['val_accuracy']:.2%}")
    print(render_parity(converted))
    print(
        f"saved {options.models / name}; now test it: python -m core evaluate {name} --prepared DIR, "
        f"with faces prepared at {served.options}"
    )
    return 0


class RecipeFile(argparse.Action):
    """Takes a recipe file's values for all options that the command line does not name itself."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Read the file; its changes come before those of the command line, which win."""
        try:
            options, changes = read_recipe(Path(values))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            parser.error(f"argument {option_string}: {values}: {reason}")
        for key, value in options.items():
            if getattr(namespace, key) == parser.get_default(key):
                setattr(namespace, key, value)
        namespace.recipe = changes


def read_recipe(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The options that a recipe file names, and its changes of the recipe as KEY=VALUE.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is no TOML, names an unknown option, or gives one of another kind.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"it is not valid TOML: {error}") from error
    changes = document.pop(CHANGE, {})
    if not isinstance(changes, dict):
        raise ValueError(f"{CHANGE} must be a table")
    for key, value in document.items():
        if key not in _KINDS:
            raise ValueError(f"unknown option {key!r}; the options are {', '.join([*_KINDS, CHANGE])}")
        wanted = (int, float) if _KINDS[key] is float else _KINDS[key]
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise ValueError(f"{key} must be of type {_KINDS[key].__name__}, got {value!r}")
    return document, [f"{key}={_text(value)}" for key, value in _flat(changes)]


def _changes(options: argparse.Namespace) -> list[str]:
    """The recipe's changes: those of a recipe file, then those with an option of their own, then the others."""
    own = {key: getattr(options, key) for key in ("epochs", "batch", "learning_rate")}
    return [*options.recipe, *(f"{key}={value}" for key, value in own.items() if value is not None), *options.change]


def _print_epoch(record: "Record", epochs: int) -> None:
    left = (epochs - record["epoch"]) * record["seconds"] / 60
    then = f"{left:.0f} min of training left" if record["epoch"] < epochs else "then finishing and export"
    print(
        f"epoch {record['epoch']:>3.0f} of {epochs}  loss {record['loss']:.4f}  accuracy {record['accuracy']:.2%}  "
        f"val_loss {record['val_loss']:.4f}  val_accuracy {record['val_accuracy']:.2%}  "
        f"{record['seconds']:.0f} s, {then}",
        flush=True,
    )


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in table.items():
        pairs += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", value)]
    return pairs


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
