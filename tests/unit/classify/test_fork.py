"""A classifier goes on answering in processes that are forked from the one that loaded it."""

import multiprocessing
import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from core.classify.pipeline import Classifier
from core.errors import ModelError
from core.model.engines import KerasEngine

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux"),
    # Python warns of forks with threads about: that is what is tried here.
    pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning"),
]
SECONDS = 100


def rows_of(classifier: Classifier, paths: list[Path]) -> list[object]:
    return [row for result in classifier.classify_many(paths) for row in result.to_rows()]


def in_child(work: object) -> int:
    """What a forked child's function returns as its exit code; a child that hangs is killed."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            code = work()  # type: ignore[operator]
        finally:
            os._exit(code)
    timer = threading.Timer(SECONDS, os.kill, (child, signal.SIGKILL))
    timer.start()
    _, status = os.waitpid(child, 0)
    timer.cancel()
    return os.waitstatus_to_exitcode(status)


def test_a_forked_child_gives_the_rows_of_its_parent(sample_paths: list[Path]) -> None:
    classifier = Classifier.load()
    expected = rows_of(classifier, sample_paths[:3])  # so that all threads of the parent are there
    assert in_child(lambda: rows_of(classifier, sample_paths[:3]) != expected) == 0
    assert rows_of(classifier, sample_paths[:3]) == expected, "and the parent goes on"


def _count_faces(path: Path) -> int:
    assert _shared is not None
    return len(rows_of(_shared, [path]))


_shared: Classifier | None = None


def test_a_pool_of_forked_workers_shares_a_classifier(sample_paths: list[Path]) -> None:
    global _shared
    _shared = Classifier.load()
    expected = [_count_faces(path) for path in sample_paths[:4]]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(_count_faces, sample_paths[:4]).get(SECONDS) == expected


def test_a_child_of_a_child_answers_and_ends_by_itself(sample_paths: list[Path]) -> None:
    """Also at its end nothing waits for threads that only the parent has."""
    classifier = Classifier.load()
    expected = rows_of(classifier, sample_paths[:1])
    program = "import os, sys; from pathlib import Path; from core import Classifier\n" + (
        "c = Classifier.load(); path = Path(sys.argv[1]); print(len(list(c.classify_many([path]))), flush=True)\n"
        "if os.fork() == 0:\n    print(len(list(c.classify_many([path]))), flush=True); sys.exit(0)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))"
    )
    import subprocess

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(sample_paths[0])],
        cwd=Path(__file__).resolve().parents[3], capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    assert (done.returncode, done.stdout.split()) == (0, ["1", "1"]), done.stderr
    grandchild = in_child(lambda: in_child(lambda: rows_of(classifier, sample_paths[:1]) != expected))
    assert grandchild == 0


def test_a_keras_model_says_that_it_cannot() -> None:
    class Network:
        def predict_on_batch(self, crops: object) -> object:
            raise AssertionError("TensorFlow would wait for ever")

    engine = KerasEngine(Network())

    def refused() -> int:
        with pytest.raises(ModelError, match="forked"):
            engine.predict(np.zeros((1, 8, 8, 3), np.uint8))
        return 0

    assert in_child(refused) == 0
