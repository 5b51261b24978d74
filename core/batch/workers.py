"""Who does the work of `classify`: this process with its threads, or several processes.

Whoever does it, a file's outcome comes out as plain values, and in the order of the files.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.classify.exports import encode_annotated
from core.errors import AppError, WorkerError
from core.processes import become_worker

if TYPE_CHECKING:
    from core.classify.pipeline import Classifier
    from core.results import ImageResult

CHUNK = 32
CHUNK_ANNOTATED = 4  # an annotated picture may hold some megabytes
# Chunks a worker that are under way or done: so many that none waits while the slowest is waited for.
_AHEAD = 4


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done with each file.

    Attributes:
        model: Name of the model.
        models: Folder of models; None as in `ModelStore`.
        threshold: Smallest confidence that is answered; None for the model's own.
        assume_crop: Treat the whole picture as a face where none is found.
        annotated: Hand out the annotated pictures too.
        identity: `LoadedModel.identity` of the model that is meant, which may be another one on the disk by now;
            None for whichever is there.
        engine: What runs the model; None as in `ModelStore.load`.
    """

    model: str
    models: Path | None = None
    threshold: float | None = None
    assume_crop: bool = False
    annotated: bool = False
    identity: str | None = None
    engine: str | None = None

    @property
    def chunk(self) -> int:
        """How many files a worker is given at a time."""
        return CHUNK_ANNOTATED if self.annotated else CHUNK


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file, ready to be written and cheap to hand from process to process.

    Attributes:
        rows: As `ImageResult.to_rows` gives them.
        annotated: The picture with its faces marked, as JPEG, where it was asked for and the file is one.
    """

    rows: list[dict[str, Any]]
    annotated: bytes | None = None


def in_this_process(classifier: "Classifier", job: Job, files: Iterable[Path]) -> Iterator[Outcome]:
    """Outcomes of files, decoded and searched by the classifier's threads while the model answers."""
    results = classifier.classify_many(files, assume_crop=job.assume_crop, keep_pictures=job.annotated)
    return map(_outcome, results)


def _outcome(result: "ImageResult") -> Outcome:
    return Outcome(result.to_rows(), None if result.picture is None else encode_annotated(result))


def in_processes(job: Job, files: Iterable[Path], workers: int) -> Iterator[Outcome]:
    """Outcomes of files that several processes share, each with a detector and a model of its own.

    They start with nothing of this process, and end with it, whatever ends it.

    Raises:
        WorkerError: `worker_lost` or `other_model`; the outcomes of the files before have been handed out.
        ModelError: If a process cannot load the model.
    """
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(job,))
    try:
        yield from _in_order(lambda chunk: pool.submit(_work, chunk), job.chunk, files, _AHEAD * workers)
    except BrokenProcessPool as error:
        raise WorkerError(
            "worker_lost",
            "One of the worker processes ended unexpectedly: there may not have been enough memory for all of them. "
            "Use fewer --workers.",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _in_order(
    submit: Callable[[list[Path]], Future[list[Outcome]]], size: int, files: Iterable[Path], ahead: int
) -> Iterator[Outcome]:
    remaining = iter(files)
    waiting: deque[Future[list[Outcome]]] = deque()
    while True:
        while len(waiting) < ahead and (chunk := list(islice(remaining, size))):
            waiting.append(submit(chunk))
        if not waiting:
            return
        yield from waiting.popleft().result()


class Worker:
    """A classifier on one core, with a job."""

    def __init__(self, job: Job) -> None:
        """Load the job's model.

        Raises:
            ModelError: If it cannot be loaded.
            WorkerError: `other_model`.
        """
        import cv2

        from core.classify.pipeline import Classifier
        from core.model.backend import silence

        cv2.setNumThreads(1)
        self._job = job
        with silence():
            self._classifier = Classifier.load(
                job.model, job.models, job.threshold, workers=1, threads=1, engine=job.engine
            )
        if job.identity not in (None, self._classifier.model.identity):
            raise WorkerError(
                "other_model",
                f"The model '{job.model}' has changed since the run began, or no longer loads as it did then. "
                "What is done is kept; start over with the current model.",
            )

    def work(self, files: Iterable[Path]) -> list[Outcome]:
        """Outcomes of a chunk of files."""
        return list(in_this_process(self._classifier, self._job, files))


_worker: Worker | AppError | None = None


def _begin(job: Job) -> None:
    """Make this process a worker."""
    global _worker
    become_worker()
    try:
        _worker = Worker(job)
    except AppError as error:  # raised with the first work: what is raised here ends the process without a word
        _worker = error


def _work(chunk: list[Path]) -> list[Outcome]:
    assert _worker is not None, "a process begins before it works"
    if isinstance(_worker, AppError):
        raise _worker
    return _worker.work(chunk)
