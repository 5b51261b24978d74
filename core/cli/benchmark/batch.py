"""`python -m core benchmark batch`: how many pictures a second a large run answers."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.cli.arguments import add_measured, positive
from core.cli.benchmark.tables import beside, chosen_models
from core.cli.tables import page

if TYPE_CHECKING:
    from core.benchmark.throughput import Throughput

WORKERS = (1, 2)
_FOOT = (
    "{pictures:,} pictures of 0.5 megapixels through 'python -m core classify', its start included, and (times "
    "the first row). Peak: memory of all its processes together, what they share counted once. Processor: time of "
    "all cores per face. {machine}."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_measured(parser, "the app's")
    parser.add_argument("--pictures", type=positive, default=1000, metavar="N", help="how many (%(default)s)")


def run(options: argparse.Namespace) -> int:
    """Measure how many pictures a second each model's runs of `classify` answer, and print it.

    Raises:
        ModelError: If a model is unknown.
        WorkerError: If a run fails.
    """
    from core.benchmark.throughput import measure_throughput
    from core.evaluation.speed import machine_name

    for name in chosen_models(options):
        found = measure_throughput(options.pictures, name, options.models.resolve(), WORKERS)
        foot = _FOOT.format(pictures=options.pictures, machine=machine_name())
        print(batch_table(name, found, foot, markdown=options.markdown), end="\n\n", flush=True)
    return 0


def batch_table(name: str, found: Sequence["Throughput"], foot: str, *, markdown: bool) -> str:
    """Pictures and faces a second by number of workers, and as ratios to the first."""
    first = found[0]
    rows: list[tuple[str, ...]] = [
        ("workers", "pictures per second", "faces per second", "processor, ms per face", "peak, MB")
    ]
    for run in found:
        peak = beside(run.peak_mb, first.peak_mb, ".0f")
        pictures, faces = (
            beside(getattr(run, of) / run.seconds, getattr(first, of) / first.seconds, ".1f")
            for of in ("pictures", "faces")
        )
        spent, of = (1000 * one.processor_s / max(1, one.faces) for one in (run, first))
        rows.append((str(run.workers), pictures, faces, beside(spent, of, ".1f"), peak))
    return page(f"{name}: a folder of pictures", rows, range(len(rows[0])), foot, markdown=markdown)
