"""`python -m tools COMMAND …`: what only maintainers need, on the machine where they work."""

import argparse
import sys

from core.cli import add_commands, run_command

COMMANDS = {
    "fuzz": "feed damaged and made-up files to everything that reads files",
    "convert": "make the face detector's LiteRT file from the published network",
    "way_up": "train the small network that tells which way up faces are",
    "detectors": "compare the face detector of an older checkout with today's",
    "phone": "compare how long an older checkout and today's take over pictures of 12 megapixels",
    "masks": "draw a contact sheet of masks for inspection",
    "turned": "measure how often faces are taken the right way up in pictures that were turned",
    "in_front": "measure how often small faces are found in front of larger ones",
    "covered": "measure how a model's answers change where parts of masked faces are covered",
    "figures": "tell whether another checkout shows the same figures in its report, card and pages",
    "samples": "make the sample pictures from bare portraits",
}


def build_parser() -> argparse.ArgumentParser:
    """The command line of the tools."""
    parser = argparse.ArgumentParser(prog="python -m tools", description="Tools for maintainers of Above the Mask.")
    add_commands(parser, {name: (f"tools.{name}", words) for name, words in COMMANDS.items()}, "command")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    return run_command(build_parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
