"""`python -m core experiments`: train small models by many recipes and compare them on validation."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.cli.arguments import UsageError, add_training, positive
from core.cli.tables import markdown_rows
from core.files import claimed
from core.training.experiments import EXPERIMENTS, FACE, Experiment

if TYPE_CHECKING:
    from core.data.prepared import Prepared
    from core.model.loaded import LoadedModel
    from core.training.trainer import Training

_HEADINGS = (
    "recipe", "what it asks", "val loss", "accuracy, % [95 %]", "balanced, %", "women - men, points", "bare, %",
    "mask, %", "age, %", "minutes",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    names = [experiment.name for experiment in EXPERIMENTS]
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which experiments (default: all): {', '.join(names)}"
    )
    add_training(parser, "runs/experiments")
    parser.add_argument("--face-weights", required=True, metavar="FILE", help="faceres-deep.json")
    parser.add_argument("--imagenet-weights", default="imagenet", metavar="FILE", help="MobileNetV2's (downloaded)")
    parser.add_argument("--pictures", type=positive, default=3000, help="training pictures per recipe (%(default)s)")
    parser.add_argument("--epochs", type=positive, default=2, help="passes over them (%(default)s)")


@dataclass(frozen=True, slots=True)
class _Bench:
    """What all experiments of one call share."""

    options: argparse.Namespace
    prepared: "Prepared"

    def run(self, experiment: Experiment) -> dict[str, Any]:
        """Train one recipe, or take what was trained before; returns its row of the table."""
        training = self._train(experiment)
        last = training.run.records[-1]
        masked = int(training.val_index["variant"].isin(("drawn", "real")).sum())
        return {**last, "n": masked, "minutes": sum(record["seconds"] for record in training.run.records) / 60}

    def _train(self, experiment: Experiment) -> "Training":
        from core.model.architectures import find_network
        from core.training.recipes import default_recipe
        from core.training.selection import TrainingSettings
        from core.training.trainer import train

        options, network = self.options, find_network(experiment.network)
        shown = [f"epochs={options.epochs}", f"faces={options.pictures}"]
        recipe = default_recipe(network).changed([*shown, *experiment.changes])
        weights = options.face_weights if experiment.network == FACE else options.imagenet_weights
        sets = tuple(options.sets) if options.sets else None
        settings = TrainingSettings(recipe, sets, options.seed, options.pictures, weights)
        teacher = self._teacher() if experiment.taught else None
        folder = options.runs / experiment.name
        with claimed(folder / ".lock", f"the training in {folder}"):
            return train(self.prepared, network, settings, folder, _say, teacher)

    def _teacher(self) -> "LoadedModel":
        """The reference's model; it is trained first where it is not there yet."""
        from core.model.architectures import find_network
        from core.model.engines import KerasEngine
        from core.model.loaded import LoadedModel
        from core.model.metadata import Head, ModelMetadata

        reference = EXPERIMENTS[0]
        training, network = self._train(reference), find_network(reference.network)
        heads = {head: Head(labels) for head, labels in network.heads.items()}
        metadata = ModelMetadata(reference.name, reference.question, network.name, training.crop, heads)
        return LoadedModel(metadata, KerasEngine(training.run.load_best()))


def run(options: argparse.Namespace) -> int:
    """Run the experiments in order and print their table; returns the exit code."""
    from core.data.prepared import open_prepared

    known = {experiment.name: experiment for experiment in EXPERIMENTS}
    strange = [name for name in options.names if name not in known]
    if strange:
        raise UsageError(f"there is no experiment {strange[0]!r}. Available: {', '.join(known)}.")
    bench = _Bench(options, open_prepared(options.prepared))
    chosen = [known[name] for name in options.names or known]
    rows = []
    for experiment in chosen:
        print(f"{experiment.name}: {experiment.question}", file=sys.stderr, flush=True)
        rows.append((experiment, bench.run(experiment)))
    print(table(rows))
    return 0


def _say(record: dict[str, float], epochs: int) -> None:
    figures = " ".join(f"{name} {value:.4f}" for name, value in record.items() if name.startswith("val_"))
    print(
        f"  epoch {record['epoch']:.0f} of {epochs}: {figures}, {record['seconds']:.0f} s", file=sys.stderr, flush=True
    )


def table(rows: Sequence[tuple[Experiment, dict[str, Any]]]) -> str:
    """The experiments as a markdown table."""
    cells = [_HEADINGS, *(_cells(experiment, row) for experiment, row in rows)]
    return "\n".join(markdown_rows(cells, right=range(2, len(_HEADINGS))))


def _cells(experiment: Experiment, row: dict[str, Any]) -> list[str]:
    from core.evaluation.intervals import share

    right = share(round(row["val_accuracy"] * row["n"]), row["n"])
    return [
        experiment.name,
        experiment.question,
        f"{row['val_loss']:.4f}",
        f"{100 * row['val_accuracy']:.1f} [{100 * (right.low or 0):.1f}-{100 * (right.high or 0):.1f}]",
        f"{100 * row['val_balanced']:.1f}",
        f"{100 * row['val_gap']:+.1f}",
        *(f"{100 * row[key]:.1f}" if key in row else "-" for key in ("val_bare", "val_mask", "val_age")),
        f"{row['minutes']:.1f}",
    ]
