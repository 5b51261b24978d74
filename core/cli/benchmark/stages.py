"""`python -m core benchmark stages`: where the time of a picture goes."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.cli.arguments import add_measured, add_rounds
from core.cli.benchmark.tables import beside, chosen_models
from core.cli.tables import page

if TYPE_CHECKING:
    from core.benchmark.stages import StageTimes
    from core.benchmark.steps import Spread

_PICTURES = 12
_FOOT = (
    "Milliseconds per picture of 0.5 megapixels, median of {rounds} rounds over {pictures} pictures, and (times the "
    "first row). The plain way resizes the whole picture and calls model.predict for each; the others find every "
    "face. First answer: seconds from the start of a fresh process. Peak: its largest resident memory. {machine}."
)
_STEPS_FOOT = (
    "Processor time of one core per picture in milliseconds, mean and 95th percentile of {rounds} rounds, as for a "
    "folder (large JPEGs at half their width and height). Retries: finer, turned and framed looks. Way up: telling "
    "which way up the picture is, including a search of the turned one. Other looking: the rest of the search. "
    "{machine}."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_measured(parser, "the app's")
    add_rounds(parser, "picture")


def run(options: argparse.Namespace) -> int:
    """Measure each model's ways from a file to an answer, and print them.

    Raises:
        ModelError: If a model is unknown or cannot be measured.
    """
    import tempfile
    from pathlib import Path

    from core.benchmark.stages import measure_stages
    from core.benchmark.steps import measure_steps
    from core.benchmark.throughput import make_pictures
    from core.evaluation.speed import machine_name
    from core.model.store import ModelStore

    with tempfile.TemporaryDirectory() as folder:
        make_pictures(Path(folder), _PICTURES)
        pictures = sorted(Path(folder).iterdir())
        for name in chosen_models(options):
            found = measure_stages(options.models / name, pictures, options.rounds)
            foot = _FOOT.format(rounds=options.rounds, pictures=len(pictures), machine=machine_name())
            print(stages_table(name, found, foot, markdown=options.markdown), end="\n\n", flush=True)
            steps = measure_steps(ModelStore(options.models).load(name, threads=1), options.rounds)
            foot = _STEPS_FOOT.format(rounds=options.rounds, machine=machine_name())
            print(steps_table(name, steps, foot, markdown=options.markdown), end="\n\n", flush=True)
    return 0


def stages_table(name: str, found: Mapping[str, "StageTimes"], foot: str, *, markdown: bool) -> str:
    """Milliseconds of each stage by way, and as ratios to the first way."""
    from core.benchmark.stages import STAGES

    first = next(iter(found.values()))
    rows: list[tuple[str, ...]] = [("", *STAGES, "in all", "first answer, s", "peak, MB")]
    for way, times in found.items():
        figures = [*zip(times.stages, first.stages, strict=True), (sum(times.stages), sum(first.stages))]
        rows.append((
            way,
            *(beside(value, of, ".2f") for value, of in figures),
            beside(times.first_s, first.first_s, ".1f"),
            beside(times.peak_mb, first.peak_mb, ".0f"),
        ))  # fmt: skip
    return page(f"{name}: from a file to an answer", rows, range(1, len(rows[0])), foot, markdown=markdown)


def steps_table(name: str, found: Mapping[str, Mapping[str, "Spread"]], foot: str, *, markdown: bool) -> str:
    """Milliseconds of each step by kind of picture, mean and 95th percentile."""
    first = next(iter(found.values()))
    rows: list[tuple[str, ...]] = [("", *first)]
    rows += [
        (kind, *(f"{spent.mean:.1f}, {spent.high:.1f}" for spent in steps.values())) for kind, steps in found.items()
    ]
    return page(f"{name}: step by step", rows, range(1, len(rows[0])), foot, markdown=markdown)
