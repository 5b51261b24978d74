"""`python -m core benchmark`: how fast models are, or with --accuracy how good, beside goals and peers.

What --stages and --batch measure is in `benchmark_load`.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.arguments import UsageError, add_models, positive
from core.cli.benchmark import load as benchmark_load

if TYPE_CHECKING:
    from core.evaluation.comparison import Contender


@dataclass(frozen=True, slots=True)
class PeerFile:
    """A peer's saved predictions and the faces that they belong to."""

    label: str
    set: str
    variant: str
    path: Path


def peer_file(text: str) -> PeerFile:
    """Read LABEL=SET:VARIANT:FILE.

    Raises:
        argparse.ArgumentTypeError: If a part is missing.
    """
    label, _, rest = text.partition("=")
    parts = rest.split(":", 2)
    if len(parts) != 3 or not all((label, *parts)):
        raise argparse.ArgumentTypeError(f"expected LABEL=SET:VARIANT:FILE.csv, got {text}")
    return PeerFile(label, parts[0], parts[1], Path(parts[2]))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="models below the models folder (default: all, or the app's with --stages or --batch)",
    )
    add_models(parser)
    parser.add_argument(
        "--accuracy", action="store_true", help="compare saved predictions with the goals and each other"
    )
    parser.add_argument(
        "--peer",
        type=peer_file,
        action="append",
        default=[],
        metavar="LABEL=SET:VARIANT:FILE",
        help="with --accuracy: a peer's predictions (CSV: file, p_female) of the test faces of a set, as a further row",
    )
    parser.add_argument(
        "--stages", action="store_true", help="measure decoding, detecting, cropping and each engine, and the start"
    )
    parser.add_argument(
        "--batch", type=positive, metavar="N", help="measure N pictures through classify, with 1 and 2 workers"
    )
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    parser.add_argument("--rounds", type=positive, default=50, metavar="N", help="turns of each file (%(default)s)")
    parser.add_argument("--save", action="store_true", help="keep the times as benchmark.json in the model folders")


def run(options: argparse.Namespace) -> int:
    """Measure and print; a model without usable predictions is said, and the others stand."""
    if options.accuracy and options.save:
        raise UsageError("--save keeps times, which --accuracy does not measure")
    if options.peer and not options.accuracy:
        raise UsageError("--peer needs --accuracy")
    if (options.stages or options.batch) and (options.accuracy or options.save):
        raise UsageError("--stages and --batch go with neither --accuracy nor --save")
    if options.stages:
        benchmark_load.stages(options)
    if options.batch:
        benchmark_load.batch(options)
    if options.stages or options.batch:
        return 0
    return _accuracy(options) if options.accuracy else _speed(options)


def _accuracy(options: argparse.Namespace) -> int:
    from core.cli.benchmark.tables import goals_table, side_by_side
    from core.errors import RunError
    from core.evaluation.comparison import Contender
    from core.evaluation.outcomes import file_outcomes
    from core.evaluation.reporting import make_report, tested
    from core.evaluation.runs import list_runs, load_run

    known = list_runs(options.models)
    names, contenders = options.names or known, []
    for name in names:
        try:
            metadata, predictions = tested(load_run(options.models / name))
            report = make_report(predictions, name, metadata.thresholds, metadata.files)
            outcomes = (*report.goals, *file_outcomes(options.models / name))
        except RunError as error:
            print(f"error [{error.code}]: {error.message} There is: {', '.join(known) or 'no model'}.", file=sys.stderr)
            continue
        print(goals_table(name, outcomes, markdown=options.markdown), end="\n\n", flush=True)
        contenders.append(Contender(name, predictions, metadata.thresholds))
    if not names:
        print(f"error [missing]: There is no model in {options.models}. Train one and evaluate it.", file=sys.stderr)
    if contenders:
        peers = _peers(options.peer, contenders)
        print(side_by_side([*contenders, *peers], markdown=options.markdown))
    return int(not names or len(contenders) < len(names))


def _peers(files: Sequence[PeerFile], contenders: Sequence["Contender"]) -> list["Contender"]:
    """The peers, each on the faces of the first model that was tested on its set."""
    import pandas as pd

    from core.errors import PeerError
    from core.evaluation.external import peer
    from core.evaluation.names import TEST

    made = []
    for file in files:
        for contender in contenders:
            table = contender.predictions
            place = (table["set"] == file.set) & (table["variant"] == file.variant) & (table["split"] == TEST)
            if place.any():
                made.append(peer(file.label, file.path, table[place]))
                break
        else:
            tested = pd.concat([contender.predictions for contender in contenders])
            places = ", ".join(sorted(set(tested["set"] + ":" + tested["variant"])))
            raise PeerError("no_overlap", f"No model was tested on {file.set}:{file.variant}. There is: {places}.")
    return made


def _speed(options: argparse.Namespace) -> int:
    from core.cli.benchmark.tables import speed_table
    from core.evaluation.speed import FILES, machine_name, measure_times, save_speed
    from core.model.store import ModelStore

    store = ModelStore(options.models)
    files, sizes = {}, {}
    for name in options.names or store.names():
        size = store.metadata(name).crop.size
        for key, file in FILES.items():
            if (path := options.models / name / file).is_file():
                files[name, key], sizes[name, key] = path, size
    if not files:
        store.default_name()  # says where there is no model at all
        print(f"error [not_loadable]: None of the models has a {' or '.join(FILES.values())}.", file=sys.stderr)
        return 1
    times = measure_times(files, sizes, options.rounds)
    print(speed_table(times, machine_name(), options.rounds, markdown=options.markdown))
    if options.save:
        for name in {name for name, _ in times}:
            own = {key: value for (model, key), value in times.items() if model == name}
            save_speed(options.models / name, own)
    return 0
