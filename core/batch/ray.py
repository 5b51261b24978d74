"""The work of `classify` as Ray Data jobs, on as many machines as a Ray cluster has.

What a machine had under way when it was lost, Ray does again on another (Moritz et al. 2018,
"Ray: a distributed framework for emerging AI applications"). Ray is optional and imported only here.
"""

import logging
import os
import pickle
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from core.batch.workers import Job, Outcome, Worker
from core.errors import AppError, ModelError, WorkerError
from core.model.metadata import FILE_NAME
from core.model.store import ModelStore, sha256_of

# Files a Ray Data job, which holds all of its paths in memory; between jobs some workers wait for the last.
ROUND = 20_000
# Lost machines that a chunk survives. Ray Data's own is without end, also for a file that kills whoever reads it.
_RETRIES = 5
_ROOT = Path(__file__).resolve().parents[2]
_FILES, _OUTCOMES = "files", "outcomes"


def check_installed() -> None:
    """Make sure, before any work, that Ray is there.

    Raises:
        WorkerError: `not_installed`.
    """
    if find_spec("ray") is None:
        raise WorkerError(
            "not_installed",
            "--engine ray needs Ray, which is optional: install it with 'pip install -r requirements-ray.txt', "
            "or leave --engine out.",
        )


def on_ray(job: Job, files: Iterable[Path], workers: int | None) -> Iterator[Outcome]:
    """Outcomes of files, in their order, from all machines of a cluster.

    Ray's own `RAY_ADDRESS` names the cluster; without it, it is the one that runs on this machine,
    or else this machine alone. Every machine needs the project, its models and the pictures at the
    same places.

    Args:
        job: What is to be done with each file.
        files: The files.
        workers: Cores that share the work; None for all that the cluster has.

    Raises:
        WorkerError: `no_cluster` if it cannot be reached; `not_shared` if a machine does not see a
            file or has another model; `worker_lost` if a chunk fails on machine after machine. The
            outcomes of the files before have been handed out.
        ModelError: If there is no such model.
    """
    remaining = iter(files)
    paths = list(islice(remaining, ROUND))
    if not paths:
        return
    expected = recorded(job)
    with _cluster():
        while paths:
            yield from _in_order(job, paths, workers, expected)
            paths = list(islice(remaining, ROUND))


@contextmanager
def _cluster() -> Iterator[None]:
    """Connect to the cluster; what is raised in the block, and Ray's, becomes a sentence."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing about the run leaves the machines
    import ray
    from ray.exceptions import RayError

    try:
        _knock(os.environ.get("RAY_ADDRESS", ""))
        environment = {"env_vars": {"PYTHONPATH": str(_ROOT)}}
        ray.init(runtime_env=environment, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except (RayError, OSError, RuntimeError, ValueError) as error:
        raise WorkerError(
            "no_cluster",
            f"The Ray cluster cannot be reached ({_reason(error)}). Check with 'ray status' that it is "
            "running, and that RAY_ADDRESS points to it.",
        ) from error
    try:
        machines, cores = sum(node["Alive"] for node in ray.nodes()), int(ray.cluster_resources().get("CPU", 0))
        print(f"note: the Ray cluster has machines: {machines}, cores: {cores}", file=sys.stderr)
        yield
    except RayError as error:
        raise WorkerError(
            "worker_lost",
            f"The Ray cluster failed on a part of the work ({_reason(error)}). Every machine needs the "
            "project, its models and the pictures at the same paths, and memory for one model per core.",
        ) from error
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Raise `OSError` where nobody listens; Ray itself would try for many minutes."""
    place = urlsplit(address if "//" in address else f"//{address}")
    if place.hostname and place.port:
        socket.create_connection((place.hostname, place.port), timeout=10).close()


def _in_order(job: Job, paths: list[Path], workers: int | None, expected: str) -> Iterator[Outcome]:
    """Outcomes of files by one Ray Data job with a task a chunk, which Ray starts anew where it is lost."""
    from ray.data import DataContext, TaskPoolStrategy, from_items

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    # As bytes: Arrow, in which Ray Data holds its rows, takes no path that is not Unicode, and no two types a column.
    chunks = [{_FILES: pickle.dumps(paths[start : start + job.chunk])} for start in range(0, len(paths), job.chunk)]
    work = partial(_work, job=job, folder=os.getcwd(), expected=expected)
    answered = from_items(chunks, override_num_blocks=len(chunks)).map(
        work, num_cpus=1, compute=TaskPoolStrategy(workers), max_retries=_RETRIES
    )
    for row in answered.iter_rows():
        outcomes = pickle.loads(row[_OUTCOMES])
        if isinstance(outcomes, AppError):
            raise outcomes
        for outcome in outcomes:
            _check_seen(outcome)
            yield outcome


def recorded(job: Job) -> str:
    """sha256 of the model's metadata, which hold those of the files that a model is loaded from.

    Raises:
        ModelError: If there is no such model.
    """
    store = ModelStore(job.models)
    store.metadata(job.model)  # says what is wrong where there is none
    return sha256_of(store.root / job.model / FILE_NAME)


def _work(row: dict[str, bytes], job: Job, folder: str, expected: str) -> dict[str, bytes]:
    """Outcomes of a chunk of files; an expected failure as a value, because Ray wraps what is raised in its own."""
    try:
        return {_OUTCOMES: pickle.dumps(_worker(job, folder, expected).work(pickle.loads(row[_FILES])))}
    except AppError as error:
        return {_OUTCOMES: pickle.dumps(error)}


@cache
def _worker(job: Job, folder: str, expected: str) -> Worker:
    """The worker of this process, which Ray uses for chunk after chunk."""
    os.chdir(folder)  # paths mean what they mean where the command was given
    machine = f"the machine {socket.gethostname()} of the Ray cluster"
    try:
        if recorded(job) == expected:
            return Worker(job)
    except ModelError as error:
        raise WorkerError("not_shared", f"On {machine}: {error.message}") from error
    raise WorkerError(
        "not_shared",
        f"The model '{job.model}' on {machine} differs from the one here. Every machine needs the same project and the "
        "same models at the same paths.",
    )


def _check_seen(outcome: Outcome) -> None:
    """A file that is here and not there would be a wrong row, and nobody would notice."""
    first = outcome.rows[0]
    if first["code"] == "not_found" and os.path.exists(first["file"]):
        raise WorkerError(
            "not_shared",
            f"A machine of the Ray cluster cannot see {first['file']}. Put the pictures on a disk that all "
            "machines mount at the same path.",
        )


def _reason(error: BaseException) -> str:
    """The last line of what Ray says, which may be a traceback."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[-1].strip() if text else 'no details'}"[:200]
