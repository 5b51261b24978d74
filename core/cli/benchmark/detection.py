"""`python -m core benchmark detection`: measure the face detector on masked faces."""

import argparse
import json
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

from core.cli.arguments import add_sources, positive

if TYPE_CHECKING:
    from core.benchmark.detection import DetectionRates

LINE = "{set:<12} {kind:<13} {retries:<8} {n:>6}  {found:<19} {false:>6} {ms:>7}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_sources(parser, "a data set: a tar with its CSV beside it, such as ../shared/data/rmfrd.tar, or a folder tree")
    parser.add_argument("--split", choices=("train", "val", "test"), default="test", help="default: test")
    parser.add_argument("--limit", type=positive, metavar="N", help="at most N pictures per set (default: all)")
    parser.add_argument(
        "--sizes",
        nargs="+",
        type=positive,
        default=(32, 64, 128),
        metavar="PX",
        help="sizes of the faces under drawn masks, in pixels (default: 32 64 128)",
    )
    parser.add_argument("--seed", type=int, default=0, help="random seed of the drawn masks (default: 0)")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="output format (default: table)")


def run(options: argparse.Namespace) -> int:
    """Measure every set and print a line for each kind of pictures, without and with retries."""
    from core.benchmark.detection import DEFINITIONS, measure_source
    from core.data.readers.dataset import read_source

    table = options.format == "table"
    if table:
        print(LINE.format(set="set", kind="masks", retries="retries", n="n", found="found %", false="false", ms="ms"))
    measured = []
    for path in options.sources:
        for rates in measure_source(read_source(path), options.split, options.limit, options.sizes, options.seed):
            measured.append(rates)
            if table:
                print(_line(rates), flush=True)
    if table:
        print("\n" + textwrap.fill(DEFINITIONS, 120))
    else:
        print(json.dumps([asdict(rates) for rates in measured], indent=2))
    return 0


def _line(rates: "DetectionRates") -> str:
    found = [100 * value for value in (rates.found.value, rates.found.low, rates.found.high) if value is not None]
    return LINE.format(
        set=rates.set,
        kind=rates.kind,
        retries="on" if rates.retries else "off",
        n=rates.n,
        found="{:.1f} [{:.1f}-{:.1f}]".format(*found),
        false=f"{rates.false:.3f}",
        ms=f"{rates.milliseconds:.1f}",
    )
