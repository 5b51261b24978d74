"""`python -m tools detectors`: the face detector of an older checkout beside today's, on the same masked faces."""

import argparse
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli import tables
from core.cli.arguments import place, positive

if TYPE_CHECKING:
    from tools.checkouts import Change, SideBySide, Turn

TODAY = Path(__file__).resolve().parents[1]
SPLITS = ("train", "val", "test")
LINE_WIDTH = 120
HEADINGS = (
    "set", "masks", "n", "found before, %", "after, %", "lost, won", "difference, points", "false boxes before",
    "after", "difference per picture", "ms before", "after",
)  # fmt: skip
FOOT = (
    "Pictures, found and false as in 'python -m core detector', except that only faces count that both detectors find "
    "bare, and that no box is false where one of them sees a face in the bare picture. "
    "Differences: after minus before, on the same pictures [95 %: Bonett and Price for shares, paired bootstrap for "
    "boxes]. ms: processor time per picture, measured in turns, without decoding."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("before", type=place, help="folder of the older checkout, such as 'git worktree add' makes")
    parser.add_argument(
        "sources",
        nargs="+",
        type=split_of_set,
        metavar="SOURCE[:SPLIT]",
        help="a data set, as 'python -m core detector' takes it, and train, val or test (default)",
    )
    parser.add_argument("--after", type=place, default=TODAY, help="folder of the later checkout (default: this one)")
    parser.add_argument("--limit", type=positive, metavar="N", help="at most N pictures per set (default: all)")
    parser.add_argument(
        "--sizes",
        nargs="+",
        type=positive,
        default=(64,),
        metavar="PX",
        help="sizes of faces under drawn masks (default 64)",
    )
    parser.add_argument("--seed", type=int, default=0, help="random seed of the drawn masks (default: 0)")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")


def split_of_set(text: str) -> tuple[Path, str]:
    """Read SOURCE or SOURCE:SPLIT.

    Raises:
        argparse.ArgumentTypeError: If the name is empty.
    """
    name, _, split = text.rpartition(":")
    return (place(name), split) if name and split in SPLITS else (place(text), "test")


def run(options: argparse.Namespace) -> int:
    """Measure all sets and print a row for each kind of pictures, and one for all together."""
    from core.data.readers.dataset import read_source
    from tools.checkouts import Checkout, side_by_side, take_turns

    kinds: dict[tuple[str, str], list[Turn]] = {}
    with Checkout(options.before) as before, Checkout(options.after) as after:
        for path, split in options.sources:
            source = read_source(path)
            for turn in take_turns((before, after), source, split, options.limit, options.sizes, options.seed):
                kinds.setdefault((f"{turn.set} {split}", turn.kind), []).append(turn)
    if not kinds:
        print("No picture has a face that both detectors find.")
        return 1
    rows = [HEADINGS, *(_row(*kind, side_by_side(turns)) for kind, turns in kinds.items())]
    if len(kinds) > 1:
        rows.append(_row("all", "", side_by_side([turn for turns in kinds.values() for turn in turns])))
    right = range(2, len(HEADINGS))
    lines = tables.markdown_rows(rows, right) if options.markdown else tables.aligned(rows, right)
    print("\n".join([*lines, "", *([FOOT] if options.markdown else textwrap.wrap(FOOT, LINE_WIDTH))]))
    return 0


def _row(name: str, masks: str, found: "SideBySide") -> tuple[str, ...]:
    shares, false, ms = found.found, found.false, found.ms
    return (
        name, masks, str(found.n), f"{100 * shares[0]:.1f}", f"{100 * shares[1]:.1f}", f"{found.lost}, {found.won}",
        _change(found.recall, 100, ".1f"), f"{false[0]:.3f}", f"{false[1]:.3f}", _change(found.false_change, 1, ".3f"),
        f"{ms[0]:.1f}", f"{ms[1]:.1f} ({ms[1] / ms[0]:.2f})",
    )  # fmt: skip


def _change(change: "Change", scale: float, form: str) -> str:
    value, low, high = (f"{scale * value:+{form}}" for value in (change.value, change.low, change.high))
    return f"{value} [{low} to {high}]"
