"""`python -m core export`: write a model's LiteRT files anew and prove that they answer as it does."""

import argparse
from typing import TYPE_CHECKING

from core.cli.arguments import add_models, place
from core.progress import told

if TYPE_CHECKING:
    from core.export.litert import Parity
    from core.export.model_folder import Converted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("name", metavar="NAME", help="a model in the models folder")
    parser.add_argument(
        "--prepared", type=place, required=True, metavar="DIR", help="the prepared folder that it was trained on"
    )
    add_models(parser)


def run(options: argparse.Namespace) -> int:
    """Convert and compare; returns the exit code."""
    from core.data.prepared import open_prepared
    from core.export.model_folder import export_again

    with told("core.export"):
        converted = export_again(options.models, options.name, open_prepared(options.prepared))
    print(render_parity(converted))
    return 0


def render_parity(converted: "Converted") -> str:
    """Differences from the network: in factors, where it has such a form, and of both files; a line each."""
    lines = [
        _line("model.tflite", converted.float),
        f"{_line('model.int8.tflite', converted.int8)}; {_verdict(converted.int8)}",
    ]
    if converted.factors:
        lines.insert(0, f"{_line('the network', converted.factors)}; {_verdict(converted.factors)}")
    return "\n".join(lines)


def _verdict(parity: "Parity") -> str:
    from core.export.litert import INT8_CROPS

    if parity.holds:
        return "ships"
    if not parity.enough:
        return f"does not ship: fewer than {INT8_CROPS:,} validation crops are too few to show that it answers as well"
    return (
        "does not ship: the interval of its accuracy must lie within 0.5 points, and its calibration error may grow "
        "by 0.005"
    )


def _line(file: str, parity: "Parity") -> str:
    return (
        f"{file} ({parity.weights}) on {parity.crops:,} validation crops: largest difference in p "
        f"{parity.largest_difference:.1e}, equal labels {parity.equal_labels:.2%}, "
        f"accuracy {100 * parity.accuracy_change:+.2f} points [{100 * parity.accuracy_low:+.2f} to "
        f"{100 * parity.accuracy_high:+.2f}], calibration error {parity.calibration_change:+.4f}"
    )
