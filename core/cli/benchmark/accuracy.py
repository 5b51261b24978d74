"""`python -m core benchmark accuracy`: how good models are, beside goals and peers."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.arguments import add_measured

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
    """Declare the arguments."""
    add_measured(parser, "all")
    parser.add_argument(
        "--peer",
        type=peer_file,
        action="append",
        default=[],
        metavar="LABEL=SET:VARIANT:FILE",
        help="a peer's predictions (CSV: file, p_female) for the test faces of a set, shown as an additional row",
    )


def run(options: argparse.Namespace) -> int:
    """Compare and print; a model without usable predictions is said, and the others stand."""
    from core.cli.benchmark.tables import goals_table, side_by_side
    from core.errors import RunError
    from core.evaluation.comparison import Contender
    from core.evaluation.evaluator import make_report, tested
    from core.evaluation.outcomes import file_outcomes
    from core.evaluation.runs import list_runs, load_run

    known = list_runs(options.models)
    names, contenders = options.names or known, []
    for name in names:
        try:
            metadata, predictions = tested(load_run(options.models / name))
            report = make_report(predictions, name, metadata.thresholds, metadata.files)
            outcomes = (*report.goals, *file_outcomes(options.models / name))
        except RunError as error:
            print(
                f"error [{error.code}]: {error.message} Available: {', '.join(known) or 'no model'}.", file=sys.stderr
            )
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
    from core.evaluation.test_sets import TestSet

    made = []
    for file in files:
        for contender in contenders:
            faces = TestSet(file.set, file.variant).rows(contender.predictions)
            if len(faces):
                made.append(peer(file.label, file.path, faces))
                break
        else:
            tested = pd.concat([contender.predictions for contender in contenders])
            places = ", ".join(sorted(set(tested["set"] + ":" + tested["variant"])))
            raise PeerError("no_overlap", f"No model was tested on {file.set}:{file.variant}. Available: {places}.")
    return made
