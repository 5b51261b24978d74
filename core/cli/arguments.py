"""Kinds of arguments that several commands take."""

import argparse
import os
from pathlib import Path


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
