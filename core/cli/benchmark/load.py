"""`python -m core benchmark --stages` and `--batch`: where the time of a picture goes, and how many a second."""

import argparse
import textwrap
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from core.cli import tables

if TYPE_CHECKING:
    from core.benchmark.stages import StageTimes
    from core.benchmark.throughput import Throughput

LINE_WIDTH = 120
WORKERS = (1, 2)
_STAGE_PICTURES = 12
_STAGES_FOOT = (
    "Milliseconds a picture of 0.5 megapixels, median of {rounds} rounds over {pictures} pictures, and (times the "
    "first row). The plain way resizes the whole picture and calls model.predict for each; the others find every "
    "face. First answer: seconds from the start of a fresh process. Peak: its largest resident memory. {machine}."
)
_BATCH_FOOT = (
    "{pictures:,} pictures of 0.5 megapixels through 'python -m core classify', its start included, and (times "
    "the first row). Peak: memory of all its processes together, what they share counted once. Processor: time of "
    "all cores a face. {machine}."
)


def stages(options: argparse.Namespace) -> None:
    """Measure each model's ways from a file to an answer, and print them.

    Raises:
        ModelError: If a model is unknown or cannot be measured.
    """
    import tempfile
    from pathlib import Path

    from core.benchmark.stages import measure_stages
    from core.benchmark.throughput import make_pictures
    from core.evaluation.speed import machine_name

    with tempfile.TemporaryDirectory() as folder:
        make_pictures(Path(folder), _STAGE_PICTURES)
        pictures = sorted(Path(folder).iterdir())
        for name in _models(options):
            found = measure_stages(options.models / name, pictures, options.rounds)
            foot = _STAGES_FOOT.format(rounds=options.rounds, pictures=len(pictures), machine=machine_name())
            print(stages_table(name, found, foot, markdown=options.markdown), end="\n\n", flush=True)


def batch(options: argparse.Namespace) -> None:
    """Measure how many pictures a second each model's runs of `classify` answer, and print it.

    Raises:
        ModelError: If a model is unknown.
        WorkerError: If a run fails.
    """
    from core.benchmark.throughput import measure_throughput
    from core.evaluation.speed import machine_name

    for name in _models(options):
        found = measure_throughput(options.batch, name, options.models.resolve(), WORKERS)
        foot = _BATCH_FOOT.format(pictures=options.batch, machine=machine_name())
        print(batch_table(name, found, foot, markdown=options.markdown), end="\n\n", flush=True)


def _models(options: argparse.Namespace) -> list[str]:
    """The models that were named, else the default one."""
    from core.model.store import ModelStore

    store = ModelStore(options.models)
    names = options.names or [store.default_name()]
    return [store.metadata(name).name for name in names]


def stages_table(name: str, found: Mapping[str, "StageTimes"], foot: str, *, markdown: bool) -> str:
    """Milliseconds of each stage by way, and as ratios to the first way."""
    from core.benchmark.stages import STAGES

    first = next(iter(found.values()))
    rows: list[tuple[str, ...]] = [("", *STAGES, "in all", "first answer, s", "peak, MB")]
    for way, times in found.items():
        figures = [*zip(times.stages, first.stages, strict=True), (sum(times.stages), sum(first.stages))]
        rows.append((
            way,
            *(_beside(value, of, ".2f") for value, of in figures),
            _beside(times.first_s, first.first_s, ".1f"),
            _beside(times.peak_mb, first.peak_mb, ".0f"),
        ))  # fmt: skip
    return _page(f"{name}: from a file to an answer", rows, range(1, len(rows[0])), foot, markdown=markdown)


def batch_table(name: str, found: Sequence["Throughput"], foot: str, *, markdown: bool) -> str:
    """Pictures and faces a second by number of workers, and as ratios to the first."""
    first = found[0]
    rows: list[tuple[str, ...]] = [
        ("workers", "pictures a second", "faces a second", "processor, ms a face", "peak, MB")
    ]
    for run in found:
        peak = "-" if run.peak_mb is None or first.peak_mb is None else _beside(run.peak_mb, first.peak_mb, ".0f")
        pictures, faces = (
            _beside(getattr(run, of) / run.seconds, getattr(first, of) / first.seconds, ".1f")
            for of in ("pictures", "faces")
        )
        spent = _beside(*(1000 * one.processor_s / max(1, one.faces) for one in (run, first)), ".1f")
        rows.append((str(run.workers), pictures, faces, spent, peak))
    return _page(f"{name}: a folder of pictures", rows, range(len(rows[0])), foot, markdown=markdown)


def _beside(value: float, of: float, form: str) -> str:
    """A value and its ratio to another, where there is one."""
    if not value:
        return "-"
    return f"{value:{form}} ({value / of:.2f})" if of else f"{value:{form}}"


def _page(title: str, rows: Sequence[Sequence[str]], right: Collection[int], foot: str, *, markdown: bool) -> str:
    if markdown:
        return "\n".join([f"### {title}", "", *tables.markdown(rows, right), "", foot])
    return "\n".join([title, "", *tables.aligned(rows, right), "", *textwrap.wrap(foot, LINE_WIDTH)])
