"""Kinds of arguments that several commands take."""

import argparse
import os
from pathlib import Path

from core.settings import models_dir


class UsageError(Exception):
    """Arguments that cannot be together; said as argparse says its own, with exit code 2."""


def add_flag(parser: argparse.ArgumentParser, name: str, words: str) -> None:
    """Declare an option that is there or not."""
    parser.add_argument(name, action="store_true", help=words)


def add_measured(parser: argparse.ArgumentParser, default: str) -> None:
    """Declare which models are measured, the models folder, and in what form tables are printed."""
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"models in the models folder (default: {default})")
    add_models(parser)
    add_flag(parser, "--markdown", "print Markdown tables")


def add_rounds(parser: argparse.ArgumentParser, what: str) -> None:
    """Declare how often each thing is timed."""
    parser.add_argument(
        "--rounds", type=positive, default=50, metavar="N", help=f"rounds for each {what} (%(default)s)"
    )


def add_sources(parser: argparse.ArgumentParser, words: str, name: str = "sources") -> None:
    """Declare one or more files or folders."""
    parser.add_argument(name, nargs="+", type=place, metavar=name[:-1].upper(), help=words)


def add_training(parser: argparse.ArgumentParser, runs: str) -> None:
    """Declare what every training takes: the prepared faces, which of them, a seed, and the folder of its runs."""
    parser.add_argument("--prepared", type=place, required=True, metavar="DIR", help="a folder that 'prepare' made")
    parser.add_argument(
        "--sets", nargs="+", metavar="SET", help="data sets to train on (default: all that are prepared)"
    )
    parser.add_argument("--seed", type=int, default=0, help="random seed (%(default)s)")
    parser.add_argument(
        "--runs", type=place, default=Path(runs), metavar="DIR", help="where runs are kept (%(default)s)"
    )


def add_models(parser: argparse.ArgumentParser, words: str = "the models folder") -> None:
    """Declare `--models`, the folder that a command takes models from or writes them to."""
    parser.add_argument("--models", type=place, default=models_dir(), metavar="DIR", help=words)


# What runs a model, as it is typed, and its name in `core.model.store.ENGINE_FILES`, which takes long to import.
RUNTIMES = {"litert-int8": "LiteRT int8", "litert": "LiteRT", "keras": "Keras"}


def add_runtime(parser: argparse.ArgumentParser) -> None:
    """Declare `--runtime`, what runs the model; `options.runtime` is its name for `ModelStore.load`, or None."""
    parser.add_argument(
        "--runtime",
        type=_runtime,
        metavar=f"{{{','.join(RUNTIMES)}}}",
        help="what runs the model (default: litert-int8 where the model has that file, else litert)",
    )


def _runtime(text: str) -> str:
    if text not in RUNTIMES:
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(RUNTIMES)}, got {text!r}")
    return RUNTIMES[text]


def positive(text: str) -> int:
    """A whole number of at least 1.

    Raises:
        argparse.ArgumentTypeError: If it is smaller.
        ValueError: If it is no whole number, which argparse says itself.
    """
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a positive number, got {text}")
    return value


def place(text: str) -> Path:
    """A file or folder; an empty name, which would mean the current folder, is none.

    Raises:
        argparse.ArgumentTypeError: If it is empty.
    """
    if not text:
        raise argparse.ArgumentTypeError("expected the name of a file or folder, got ''")
    return Path(text)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
