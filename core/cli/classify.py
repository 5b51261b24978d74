"""`python -m core classify`: files and folders in, one outcome a file out."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.arguments import UsageError, add_flag, add_runtime, add_sources, cores, place, positive
from core.settings import models_dir

if TYPE_CHECKING:
    from core.batch.workers import Outcome
    from core.classify.pipeline import Classifier


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_sources(
        parser,
        "a file, or a folder, which is searched with its subfolders; every file in it gets an outcome, whether it is a "
        "picture or not; only hidden files and this run's own results are left out",
        "inputs",
    )
    parser.add_argument(
        "--output",
        type=_output_file,
        metavar="FILE",
        help="file for the results; its extension, such as .csv, decides the format; an earlier file is replaced at "
        "the end, or when the run is stopped, with what is done by then (default: a table on the screen)",
    )
    parser.add_argument("--model", metavar="NAME", help="which model answers (default: the app's)")
    parser.add_argument("--models", type=place, metavar="DIR", help="the models folder")
    add_runtime(parser)
    parser.add_argument(
        "--threshold",
        type=_threshold,
        metavar="T",
        help="answer a face when the model is at least this sure, 0.5 to below 1 (default: the model's own)",
    )
    parser.add_argument("--annotated", type=place, metavar="DIR", help="also save each picture here, its faces marked")
    add_flag(parser, "--assume-crop", "treat the whole picture as a face where no face is found")
    add_flag(
        parser,
        "--resume",
        "continue a run into --output that was stopped or killed; what it has done is kept",
    )
    parser.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="processes that share the work, at most one per core; worthwhile from a few hundred files (default: 1, "
        "or with --engine ray every core of the cluster)",
    )
    parser.add_argument(
        "--engine",
        choices=("embedded", "ray"),
        default="embedded",
        help="where the work is done: on this machine, or on all machines of the Ray cluster that RAY_ADDRESS names, "
        "which need the pictures at the same path (default: %(default)s)",
    )


def _output_file(text: str) -> Path:
    from core.batch.row_files import FORMATS

    path = Path(text)
    if path.suffix.lower() not in FORMATS:
        raise argparse.ArgumentTypeError(f"the name must end in {', '.join(FORMATS)}, got {text!r}")
    return path


def _threshold(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0.5 <= value < 1:
        raise argparse.ArgumentTypeError(f"expected a threshold from 0.5 to below 1, got {text!r}")
    return value


def run(options: argparse.Namespace) -> int:
    """Classify everything; returns 0 whatever became of single files.

    Raises:
        OutputError: If results cannot be written; before the run where that can be known.
        InputError: If a folder goes away meanwhile.
        ModelError: If the model cannot be loaded.
        WorkerError: If a process that shares the work is lost, or there is no Ray or no cluster to share it with.
    """
    from core.batch.outputs import reader_may_leave

    if options.resume and options.output is None:
        raise UsageError("--resume needs --output, the file of the run to continue")
    with reader_may_leave():
        _classify(options)
    return 0


def _classify(options: argparse.Namespace) -> None:
    from core.batch.file_list import FileList
    from core.batch.outputs import AnnotatedFolder, ScreenTable, check_apart
    from core.batch.run import ResultsFile

    if options.engine == "ray":
        from core.batch.ray import check_installed

        check_installed()
    outputs = [path for path in (options.output, options.annotated) if path is not None]
    files = FileList(options.inputs, skip=outputs)
    if options.annotated is not None:
        check_apart(options.annotated, options.inputs, files)
    with ExitStack() as stack:
        results = stack.enter_context(ResultsFile(options.output)) if options.output is not None else None
        folder = stack.enter_context(AnnotatedFolder(options.annotated)) if options.annotated is not None else None

        from core.batch.outputs import Reporter
        from core.classify.pipeline import Classifier  # the heavy part, after all that can fail at once
        from core.model.backend import silence

        with silence():
            classifier = Classifier.load(options.model, options.models, options.threshold, engine=options.runtime)
        reporter = Reporter(classifier.notes, show_progress=bool(options.output) or not sys.stdout.isatty())
        settings, answer = _settings(options, classifier), _answering(options, classifier)
        del classifier  # where others do the work, its memory is free for them
        done = 0
        if results is not None:
            holds = folder.holds if folder is not None else lambda rows: True
            done = results.begin(settings, files, resume=options.resume, takers=[reporter.take], holds=holds)
        # The picture comes before the row: what has a row need not be done again.
        takers = [taker.take for taker in (reporter, folder, results or ScreenTable()) if taker is not None]
        reporter.begin(done, len(files))
        for outcome in answer(islice(files, done, None)):
            if (code := outcome.rows[0]["code"]) in ("not_found", "unreadable"):
                files.check_is_there(outcome.rows[0]["file"], found=code == "unreadable")
            for take in takers:
                take(outcome)
            reporter.progress()
        files.check_all_walked()
    reporter.summary()


def _settings(options: argparse.Namespace, classifier: "Classifier") -> dict[str, Any]:
    """What the answers depend on, beside the files."""
    metadata = classifier.model.metadata
    return {
        "model": metadata.name,
        "model files": classifier.model.identity[:12],
        "threshold": classifier.thresholds.gender,
        "assume crop": options.assume_crop,
        "annotated": None if options.annotated is None else str(options.annotated),
    }


def _answering(
    options: argparse.Namespace, classifier: "Classifier"
) -> Callable[[Iterable[Path]], Iterator["Outcome"]]:
    """Who makes outcomes of files; it keeps the classifier where that is this process."""
    from core.batch.workers import Job, in_processes, in_this_process

    annotated = options.annotated is not None
    models = options.models or models_dir()  # which the environment may name here alone
    model = classifier.model
    job = Job(
        model.metadata.name, models, options.threshold, options.assume_crop, annotated, model.identity, options.runtime
    )
    if options.engine == "ray":
        from core.batch.ray import on_ray

        return partial(on_ray, job, workers=options.workers)
    asked = options.workers or 1
    workers = min(asked, cores())
    if workers < asked:
        share = "is 1 core, so 1 worker does" if workers == 1 else f"are {workers} cores, so {workers} workers share"
        print(f"note: there {share} the work", file=sys.stderr)
    return partial(in_processes, job, workers=workers) if workers > 1 else partial(in_this_process, classifier, job)
