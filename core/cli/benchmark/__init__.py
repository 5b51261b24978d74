"""`python -m core benchmark WAY …`: how fast models are, how good and beside whom, and how the detector and live do."""

import argparse
from collections.abc import Sequence

from core.cli import add_commands

WAYS = {
    "speed": "time the models' LiteRT files, one face at a time",
    "stages": "time decoding, detecting, cropping, each engine, and the start",
    "batch": "time pictures through classify, with 1 and 2 workers",
    "accuracy": "compare saved predictions with the goals and each other",
    "detection": "measure the face detector on masked faces",
    "live": "measure how fast live video is on this machine",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the ways to measure."""
    add_commands(parser, {name: (f"{__name__}.{name}", words) for name, words in WAYS.items()}, "way")


def spelled_out(arguments: Sequence[str]) -> list[str]:
    """The arguments with the way in front: `--accuracy`, `--stages` and `--batch N` name one too, and none is speed."""
    words = list(arguments)
    if words and words[0] in (*WAYS, "-h", "--help"):
        return words
    for way in ("accuracy", "stages"):
        if f"--{way}" in words:
            words.remove(f"--{way}")
            return [way, *words]
    if "--batch" in words:
        words[words.index("--batch")] = "--pictures"
        return ["batch", *words]
    return ["speed", *words]
