"""`python -m tools way_up`: train the small network that tells which way up faces are."""

import argparse

from core.cli.arguments import place, positive
from core.files import check_replaceable, write_bytes
from core.settings import WAY_UP_FILE
from tools.convert import LITERT_FORMAT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("prepared", type=place, help="folder of prepared crops, upright and at least 1.8 faces wide")
    parser.add_argument("--epochs", type=positive, default=12, help="default: 12")
    parser.add_argument("--faces", type=positive, default=40_000, help="crops of an epoch (default: 40,000)")
    parser.add_argument("--seed", type=int, default=1, help="default: 1")
    parser.add_argument("--output", type=place, default=WAY_UP_FILE, help="where it goes (default: the app's own)")


def run(options: argparse.Namespace) -> int:
    """Train, print how many validation faces it takes the right way up, and write; returns the exit code."""
    from core.model.backend import silence
    from tools.quarters import as_litert, trained

    check_replaceable(options.output, LITERT_FORMAT)
    model, right = trained(options.prepared, options.epochs, options.faces, options.seed)
    for kind, (count, of) in right.items():
        print(f"{kind}: {count:,} of {of:,} validation faces the right way up")
    with silence():  # the converter says how it goes on
        content = as_litert(model)
    write_bytes(options.output, content)
    print(f"{options.output}: {len(content):,} bytes")
    return 0
