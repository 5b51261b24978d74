"""`python -m core prepare`: finds, crops and masks the faces of data sets, once."""

import argparse
from typing import TYPE_CHECKING

from core.cli.arguments import UsageError, add_flag, add_sources, place
from core.data.samples import SPLITS
from core.errors import DatasetError
from core.progress import Bars
from core.settings import PADDINGS, CropRecipe
from core.wording import counted

if TYPE_CHECKING:
    from core.data.prepared import PreparedSet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    recipe = CropRecipe()
    add_sources(parser, "a folder tree Training/{Male,Female} …, or a tar with its CSV")
    parser.add_argument("--output", type=place, required=True, metavar="DIR", help="the prepared folder")
    parser.add_argument("--size", type=int, default=recipe.size, help="side of the crops, pixels (%(default)s)")
    parser.add_argument(
        "--margin",
        type=float,
        default=recipe.margin,
        help="side of the crop in multiples of the face box (%(default)s)",
    )
    parser.add_argument(
        "--padding",
        choices=PADDINGS,
        default=recipe.padding,
        help="what fills the part of a crop outside the picture (%(default)s)",
    )
    parser.add_argument(
        "--also",
        nargs=3,
        action="append",
        default=[],
        metavar=("SIZE", "MARGIN", "DIR"),
        help="also cut the same faces at this size and margin, into a separate folder",
    )
    parser.add_argument(
        "--masked", type=int, default=1, metavar="N", help="masked copies per bare picture (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the masks (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (%(default)s)")
    parser.add_argument(
        "--splits", nargs="+", choices=SPLITS, default=list(SPLITS), help="which pictures to crop (default: all)"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="at most N pictures per set (default: all)")
    add_flag(parser, "--masks-worn", "pictures of folder trees show real masks: draw none")
    add_flag(parser, "--assume-crop", "take the whole picture as the face where a training picture has none")
    add_flag(parser, "--quick", "cut masked training faces where the bare face was, without looking for them again")


def run(options: argparse.Namespace) -> int:
    """Prepare the sets; returns the exit code."""
    from core.data.duplicates import without_near_duplicates
    from core.data.preparation import PreparationSettings, prepare
    from core.data.prepared import open_prepared
    from core.data.readers.dataset import read_source
    from core.data.variants import Variants

    try:
        crop = CropRecipe(options.size, options.margin, options.padding)
        also = tuple(CropRecipe(int(size), float(margin), options.padding) for size, margin, _ in options.also)
        variants = Variants(crop, options.masked, options.seed, options.assume_crop, not options.quick, also)
        places = tuple(place(folder) for *_, folder in options.also)
        settings = PreparationSettings(variants, options.limit, options.workers, tuple(options.splits), places)
    except (ValueError, argparse.ArgumentTypeError) as error:
        raise UsageError(str(error)) from error
    read = [read_source(path, masked=options.masks_worn) for path in options.sources]
    sources = without_near_duplicates(read, Bars("pictures"))
    made = prepare(sources, options.output, settings, Bars("pictures"))
    sets = open_prepared(options.output).sets
    _print_reports(sets, made)
    reports = f"{options.output}/<set>/report.json"
    print(f"reports with every dropped file: {reports}")
    if not any(len(part.index) for part in sets.values()):
        raise DatasetError("no_pictures", f"No picture yielded a crop, so there is nothing to train on: see {reports}.")
    _note_sets_apart(sets, {source.name for source in sources})
    return 0


def _print_reports(sets: "dict[str, PreparedSet]", made: list[str]) -> None:
    for name, part in sets.items():
        facts = part.report
        state = (
            f"{facts['seconds']} s, {facts['pictures_per_second']} pictures/s" if name in made else "finished earlier"
        )
        print(f"{name}: {counted(len(part.index), 'crop')} of {counted(facts['pictures'], 'picture')} ({state})")
        for title, counts in (("crops", "crops"), ("not found", "not_found"), ("dropped", "dropped_counts")):
            print(f"  {title:<10} {facts[counts]}")


def _note_sets_apart(sets: "dict[str, PreparedSet]", now: set[str]) -> None:
    """Say which sets of the folder were never compared with those that were prepared now."""
    apart = [name for name, part in sets.items() if name not in now and not now <= {*part.report.get("compared", ())}]
    if apart:
        print(
            f"note: {', '.join(apart)} was not compared with {', '.join(sorted(now))}: a photograph may be in "
            "the train split of one and the test split of another. Name all sets of a folder in one command."
        )
