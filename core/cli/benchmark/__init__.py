"""`python -m core benchmark`: how fast models are, how good, and beside whom."""

from core.cli.benchmark.command import add_arguments, run

__all__ = ["add_arguments", "run"]
