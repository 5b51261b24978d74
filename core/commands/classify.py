"""`python -m core classify`: files and folders in, one outcome a file out."""

import argparse
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.results import ImageResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="a file, or a folder that is searched with all below it; every file in it gets an outcome, pictures "
        "or not, only hidden ones and this run's own results are left out",
    )
    parser.add_argument(
        "--output",
        type=_output_file,
        metavar="FILE",
        help="where the results go: .csv, .json or .jsonl; an earlier file is replaced at the end, or with what is "
        "done when the run is stopped (default: a table on the screen)",
    )
    parser.add_argument(
        "--model", metavar="NAME", help="which model answers (default: the one that the app starts with)"
    )
    parser.add_argument("--models", type=Path, metavar="DIR", help="the models folder")
    parser.add_argument(
        "--threshold",
        type=_threshold,
        metavar="T",
        help="answer a face when the model is at least this sure, 0.5 to below 1 (default: the model's own)",
    )
    parser.add_argument(
        "--annotated", type=Path, metavar="DIR", help="also save each picture here with its faces marked"
    )
    parser.add_argument(
        "--assume-crop", action="store_true", help="treat the whole picture as a face where no face is found"
    )


def _output_file(text: str) -> Path:
    from core.inference.row_writer import OUTPUT_SUFFIXES

    path = Path(text)
    if path.suffix.lower() not in OUTPUT_SUFFIXES:
        raise argparse.ArgumentTypeError(f"the name must end in {', '.join(OUTPUT_SUFFIXES)}, got {text!r}")
    return path


def _threshold(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0.5 <= value < 1:
        raise argparse.ArgumentTypeError(f"a threshold lies in [0.5, 1), got {text!r}")
    return value


def run(options: argparse.Namespace) -> int:
    """Classify everything; returns 0 whatever became of single files.

    Raises:
        OutputError: If results cannot be written; before the run where that can be known.
        ModelError: If the model cannot be loaded.
    """
    from core.commands.classify_output import reader_may_leave

    with reader_may_leave():
        _classify(options)
    return 0


def _classify(options: argparse.Namespace) -> None:
    from core.commands.classify_output import AnnotatedFolder, ScreenTable, check_apart
    from core.commands.classify_progress import Reporter
    from core.inference.listing import list_files
    from core.inference.row_writer import RowWriter

    outputs = [path for path in (options.output, options.annotated) if path is not None]
    files = list_files(options.inputs, skip=outputs)
    if options.annotated is not None:
        check_apart(options.annotated, options.inputs, files)
    with ExitStack() as stack:
        takers: list[Callable[[ImageResult], None]] = []
        if options.output is None:
            takers.append(ScreenTable().take)
        else:
            writer = stack.enter_context(RowWriter(options.output))
            takers.append(lambda result: writer.write(result.to_rows()))
        if options.annotated is not None:
            takers.append(AnnotatedFolder(options.annotated).take)

        from core.inference.pipeline import Classifier  # the heavy part, after all that can fail at once
        from core.training.quiet import silence

        with silence():
            classifier = Classifier.load(options.model, options.models, options.threshold)
        reporter = Reporter(classifier.notes, show_progress=bool(options.output) or not sys.stdout.isatty())
        for result in classifier.classify_many(
            files,
            assume_crop=options.assume_crop,
            keep_pictures=options.annotated is not None,
            progress=reporter.progress,
        ):
            for take in (reporter.take, *takers):
                take(result)
    reporter.summary()
