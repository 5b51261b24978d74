"""`python -m core train`: trains a network, or goes on with a training that was stopped."""

import argparse
import re
from typing import TYPE_CHECKING

from core.cli.arguments import UsageError, add_flag, add_models, add_training
from core.cli.recipe_file import RecipeFile

if TYPE_CHECKING:
    from core.training.checkpoints import Record


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_training(parser, "runs")
    parser.add_argument(
        "--recipe",
        action=RecipeFile,
        default=[],
        metavar="FILE",
        help="a TOML file with any of these options, as those in recipes/; options of the command line win",
    )
    parser.add_argument("--network", default="baseline-cnn", help="what to train (%(default)s)")
    parser.add_argument("--name", help="name of the model and of its run (the network's name)")
    parser.add_argument("--epochs", type=int, help="passes over the data (the network's own)")
    parser.add_argument("--batch", type=int, help="crops a step (the network's own)")
    parser.add_argument("--learning-rate", type=float, help="Adam's step size (the network's own)")
    parser.add_argument(
        "--change",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="other parts of the recipe, such as margin=1.6 or augmentation.blur=0.3",
    )
    parser.add_argument("--weights", metavar="FILE", help="pretrained weights to begin with (see docs/training.md)")
    parser.add_argument(
        "--start-from",
        metavar="NAME",
        help="a trained model of the same network to go on from; --weights are then what stay_near goes back to",
    )
    parser.add_argument(
        "--teacher",
        metavar="NAME",
        help="a model whose answers for bare faces soften the truth (by teacher_weight)",
    )
    add_flag(parser, "--finish", "end a training that was stopped with the best of the epochs it has")
    parser.add_argument("--limit", type=int, metavar="N", help="most training pictures, half of each gender (all)")
    add_models(parser, "where models go (the app's models)")


def run(options: argparse.Namespace) -> int:
    """Train and export; returns the exit code."""
    from core.cli.export import render_parity
    from core.data.prepared import open_prepared
    from core.export.model_folder import export_model
    from core.export.target import check_model_place
    from core.files import claimed
    from core.model.architectures import find_network
    from core.model.store import ModelStore
    from core.training.defaults import default_recipe
    from core.training.selection import TrainingSettings
    from core.training.trainer import train

    network = find_network(options.network)
    name = network.name if options.name is None else options.name
    try:
        if not re.fullmatch(r"\w[\w.-]*", name):
            raise ValueError(f"a model's name is letters, digits, '-', '_' and '.', got {name!r}")
        recipe = default_recipe(network).changed(_changes(options))
        if bool(options.teacher) != (recipe.teacher_weight > 0):
            raise ValueError("--teacher NAME and --change teacher_weight=SHARE go together")
        sets = tuple(options.sets) if options.sets else None
        parent = options.models / options.start_from if options.start_from else None
        settings = TrainingSettings(recipe, sets, options.seed, options.limit, options.weights, parent)
    except ValueError as error:
        raise UsageError(str(error)) from error
    check_model_place(options.models / name)
    prepared = open_prepared(options.prepared)
    store = ModelStore(options.models)
    teacher = store.load(options.teacher, engine=store.exact_engine(options.teacher)) if options.teacher else None
    folder = options.runs / name
    with claimed(folder / ".lock", f"the training in {folder}"):
        training = train(prepared, network, settings, folder, _print_epoch, teacher, options.finish)
    best = training.run.best
    converted = export_model(training, prepared, network, settings, options.models, name)
    trained = len(training.run.records)
    print(f"best epoch {best['epoch']} of {trained} by val_loss: val_accuracy {best['val_accuracy']:.2%}")
    print(render_parity(converted))
    print(
        f"saved {options.models / name}; now test it: python -m core evaluate {name} --prepared DIR, "
        f"with faces prepared at --size {recipe.served_size or training.crop.size} --margin {training.crop.margin}"
    )
    return 0


def _changes(options: argparse.Namespace) -> list[str]:
    """The recipe's changes: those of a recipe file, then those with an option of their own, then the others."""
    own = {key: getattr(options, key) for key in ("epochs", "batch", "learning_rate")}
    return [*options.recipe, *(f"{key}={value}" for key, value in own.items() if value is not None), *options.change]


def _print_epoch(record: "Record", epochs: int) -> None:
    left = (epochs - record["epoch"]) * record["seconds"] / 60
    print(
        f"epoch {record['epoch']:>3.0f} of {epochs}  loss {record['loss']:.4f}  accuracy {record['accuracy']:.2%}  "
        f"val_loss {record['val_loss']:.4f}  val_accuracy {record['val_accuracy']:.2%}  "
        f"{record['seconds']:.0f} s, {left:.0f} min left",
        flush=True,
    )
