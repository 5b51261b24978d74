"""What `classify --engine ray` does on each machine, without a cluster."""

import pickle
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from core.batch import ray as classify_ray
from core.batch.ray import recorded
from core.batch.workers import Job
from core.errors import WorkerError
from core.settings import MODELS_DIR

NAME = "baseline-cnn"


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    """A job with a model of its own."""
    shutil.copytree(MODELS_DIR / NAME, tmp_path / NAME)
    threads = cv2.getNumThreads()
    yield Job(NAME, tmp_path)
    classify_ray._worker.cache_clear()
    cv2.setNumThreads(threads)


def work(job: Job, files: list[Path], digest: str) -> object:
    row = classify_ray._work({classify_ray._FILES: pickle.dumps(files)}, job, str(Path.cwd()), digest)
    return pickle.loads(row[classify_ray._OUTCOMES])


def test_a_machine_with_the_same_model_answers(job: Job, sample_paths: list[Path]) -> None:
    (outcome,) = work(job, sample_paths[:1], recorded(job))
    assert outcome.rows[0]["model"] == NAME


def test_another_model_of_the_same_name_is_a_failure_that_names_the_machine(job: Job, sample_paths: list[Path]) -> None:
    here = recorded(job)
    metadata = Path(str(job.models)) / NAME / "metadata.json"
    metadata.write_text(metadata.read_text(encoding="utf-8").replace('"threshold": 0.', '"threshold": 0.5'), "utf-8")
    failure = work(job, sample_paths[:1], here)
    assert isinstance(failure, WorkerError)
    assert failure.code == "not_shared"
    assert socket.gethostname() in failure.message


def test_a_missing_model_is_a_failure_that_names_the_machine(job: Job, sample_paths: list[Path]) -> None:
    here = recorded(job)
    shutil.rmtree(Path(str(job.models)) / NAME)
    failure = work(job, sample_paths[:1], here)
    assert isinstance(failure, WorkerError)
    assert socket.gethostname() in failure.message
    assert "no trained model" in failure.message


@pytest.mark.parametrize("form", ["127.0.0.1:{}", "ray://127.0.0.1:{}", "localhost:{}"])
def test_an_address_is_tried_in_every_form(form: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        classify_ray._knock(form.format(free.getsockname()[1]))
    with pytest.raises(OSError):  # noqa: PT011 (said in the system's words)
        classify_ray._knock(form.format(1))


@pytest.mark.parametrize("address", ["", "auto", "local"])
def test_an_address_without_a_port_is_left_to_ray(address: str) -> None:
    classify_ray._knock(address)


def test_the_reason_of_a_failure_is_its_last_line() -> None:
    error = RuntimeError("ray::Map()\n  File 'worker.py', line 3\nMemoryError: too little")
    assert classify_ray._reason(error) == "RuntimeError: MemoryError: too little"
    assert classify_ray._reason(RuntimeError()) == "RuntimeError: no details"
