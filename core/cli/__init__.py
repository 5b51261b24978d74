"""`python -m core COMMAND …`: finds the command, runs it, turns expected failures into exit codes.

Exit codes: 0 the command finished (whatever became of single files), 1 an expected failure that
is said in one sentence, 2 wrong usage, 130 stopped by the user.
"""

import argparse
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from core.cli.arguments import UsageError
from core.errors import AppError
from core.streams import standard_streams

COMMANDS = {
    "classify": ("core.cli.classify", "classify pictures and folders"),
    "prepare": ("core.cli.prepare", "find, crop and mask the faces of data sets, once, for training and testing"),
    "train": ("core.cli.train", "train a model, or continue a training that was stopped"),
    "experiments": ("core.cli.experiments", "train small models with many recipes and compare them on validation"),
    "export": ("core.cli.export", "write a model's LiteRT files again and check that they answer as it does"),
    "evaluate": ("core.cli.evaluate", "test a model and save predictions and metrics"),
    "explain": ("core.cli.explain", "measure what a model looks at, and how often its answer changes with the mask"),
    "metrics": ("core.cli.metrics", "print the saved test figures of a model"),
    "card": ("core.cli.card", "rewrite the model cards from what is saved, or check that they are up to date"),
    "report": ("core.cli.report", "write the whole report of a model as one HTML file that needs no network"),
    "benchmark": ("core.cli.benchmark", "measure models against the goals and each other, or how fast they are"),
    "live": ("core.cli.benchmark.live", "the same as benchmark live"),
    "detector": ("core.cli.benchmark.detection", "the same as benchmark detection"),
}
PRINTING = ("metrics", "detector", "benchmark", "live", "experiments")


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; only the command that is named is imported."""
    parser = argparse.ArgumentParser(prog="python -m core", description="Perceived gender of people in face masks.")
    add_commands(parser, COMMANDS, "command")
    return parser


class _Command(argparse.ArgumentParser):
    """A command's parser; the command's module is imported when its arguments are asked for, not before."""

    module = ""
    spelled_out: Any = staticmethod(list)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """What argparse calls for the command that was named, and for no other."""
        if self.module:
            command, self.module = import_module(self.module), ""
            command.add_arguments(self)
            self.spelled_out = getattr(command, "spelled_out", list)
            self.set_defaults(run=getattr(command, "run", None), parser=self)
        return super().parse_known_args(self.spelled_out(args), namespace)


def add_commands(parser: argparse.ArgumentParser, commands: Mapping[str, tuple[str, str]], dest: str) -> None:
    """Give a parser its commands: by name a module with `add_arguments` and `run`, and a summary.

    Instead of `run` a module may have commands of its own, and `spelled_out`, which completes short spellings.
    """
    chosen = parser.add_subparsers(dest=dest, required=True, metavar=dest.upper(), parser_class=_Command)
    for name, (module, summary) in commands.items():
        chosen.add_parser(name, help=summary, description=summary).module = module


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    with standard_streams() as out:
        options = build_parser().parse_args(arguments)
        if out.closed_before and _only_prints(options):
            print("error [not_writable]: Standard output is closed, and the results would be lost.", file=sys.stderr)
            return 1
        code = run_command(options)
        out.flush()
        if out.failure is not None and not code:
            reason = out.failure.strerror or out.failure
            print(f"error [not_writable]: Standard output could not be written: {reason}.", file=sys.stderr)
            return 1
        return code


def _only_prints(options: argparse.Namespace) -> bool:
    """Whether a command's results are on standard output alone."""
    return options.command in PRINTING or (options.command == "classify" and options.output is None)


def run_command(options: argparse.Namespace) -> int:
    """Run what was asked for, say expected failures in a sentence; returns the exit code."""
    try:
        return int(options.run(options))
    except UsageError as error:
        parser: argparse.ArgumentParser = options.parser
        parser.error(str(error))
    except AppError as error:
        print(f"error [{error.code}]: {error.message}", file=sys.stderr)
        return 1
    except OSError as error:  # a folder that must not be written, a place that is no folder
        place = "" if error.filename is None else f"{error.filename}: "
        print(
            f"error [system]: {place}{error.strerror or error}. Choose another place, or check its permissions.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
