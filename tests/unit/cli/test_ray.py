"""The same rows from a cluster of two machines, also when a process or a machine of it is lost at work."""

import inspect
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from core.batch import ray as classify_ray
from core.batch import workers as classify_engines
from core.batch.run import ResultsFile
from core.batch.workers import Outcome
from core.cli import main
from core.errors import WorkerError

pytestmark = pytest.mark.xdist_group("ray")  # one cluster
needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed (requirements-ray.txt)")
rays_own_warnings = pytest.mark.filterwarnings("ignore")

Draw = Callable[..., bytes]
FILES = 26
START_SECONDS = 120
AGENT_PORTS = ("metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port", "runtime_env_agent_port")


def machine() -> dict[str, Any]:
    """Settings of a machine of Ray's.

    The ports of its agents are chosen here, see `tell_ports_at_once`.
    """
    with ExitStack() as held:
        free = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in AGENT_PORTS]
        ports = {name: place.getsockname()[1] for name, place in zip(AGENT_PORTS, free, strict=True)}
    return {"num_cpus": 1, "object_store_memory": 80 * 2**20, "include_dashboard": False, **ports}


def wait_longer_for_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray gives a machine 30 s, in which no setting changes anything."""
    from ray._private import services

    get_node = services.get_node

    def patient(*place: str) -> Any:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                return get_node(*place)
            except RuntimeError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.5)

    monkeypatch.setattr(services, "get_node", patient)


def tell_ports_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of Ray's ends when its agents have not told their ports after 15 s, which no setting changes.

    They take longer to start where all cores are busy, so they are told for them, by file as they do it.
    """
    from ray._private import services

    start_raylet = services.start_raylet

    def start(*given: Any, **options: Any) -> Any:
        told = inspect.signature(start_raylet).bind(*given, **options).arguments
        for name in AGENT_PORTS:
            Path(told["session_dir"], f"{name}_{told['node_id']}").write_text(str(told[name]))
        return start_raylet(*given, **options)

    monkeypatch.setattr(services, "start_raylet", start)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A cluster with one machine."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        monkeypatch.setenv("RAY_agent_register_timeout_ms", str(START_SECONDS * 1000))
        wait_longer_for_machines(monkeypatch)
        tell_ports_at_once(monkeypatch)
        from ray.cluster_utils import Cluster

        cluster = Cluster(initialize_head=True, head_node_args=machine())
        monkeypatch.setenv("RAY_ADDRESS", cluster.address)
        yield cluster
        cluster.shutdown()


@pytest.fixture
def second(cluster: Any) -> Any:
    """The second machine of the cluster, which a test may lose: the next gets a new one."""
    return next(iter(cluster.worker_nodes), None) or cluster.add_node(**machine())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sample_paths: list[Path], drawn: Draw) -> Path:
    """Faces, pictures without, what is no picture, and a name that is not Unicode."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(FILES - 4):
        (folder / f"{number:02}.png").write_bytes(drawn(seed=number))
    for path in sample_paths[:2]:
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "05-none.png").write_bytes(b"no picture")
    (folder / os.fsdecode(b"10-\xff.png")).write_bytes(drawn())
    return folder


@pytest.fixture(scope="module")
def embedded(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    output = tmp_path_factory.mktemp("embedded") / "r.jsonl"
    assert main(["classify", str(folder), "--output", str(output)]) == 0
    return lines(output)


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def lose_at_work(second: Any, lose: Callable[[int], None]) -> threading.Thread:
    """Lose something, once, as soon as a process of the machine is at work.

    Args:
        second: A machine of Ray's.
        lose: Told the process.

    Returns:
        Who waits for it; ends when it is lost.
    """
    raylet = int(second.all_processes["raylet"][0].process.pid)

    def wait() -> None:
        while (process := at_work(raylet)) is None:
            time.sleep(0.2)
        lose(process)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    return waiting


def at_work(raylet: int) -> int | None:
    """A process of the machine that has a chunk; Ray puts the name of the task in place of its command."""
    for children in Path(f"/proc/{raylet}/task").glob("*/children"):
        for process in children.read_text().split():
            with suppress(OSError):
                if Path(f"/proc/{process}/cmdline").read_bytes().startswith(b"ray::Map"):
                    return int(process)
    return None


def test_without_ray_it_is_said_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    output = tmp_path / "new" / "r.csv"
    assert main(["classify", str(tmp_path), "--engine", "ray", "--output", str(output)]) == 1
    assert "error [not_installed]" in (told := capsys.readouterr().err)
    assert "requirements-ray.txt" in told
    assert not output.parent.exists()


def test_a_file_that_another_machine_does_not_see_is_no_row(tmp_path: Path) -> None:
    def outcome(path: Path) -> Outcome:
        return Outcome([{"file": str(path), "code": "not_found"}])

    classify_ray._check_seen(outcome(tmp_path / "gone.png"))
    with pytest.raises(WorkerError) as told:
        classify_ray._check_seen(outcome(tmp_path))
    assert told.value.code == "not_shared"


@needs_ray
@rays_own_warnings
def test_two_machines_give_the_same_rows_in_the_same_order_and_go_on_with_a_stopped_run(
    second: Any,
    folder: Path,
    embedded: list[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(classify_ray, "ROUND", 16)
    output, marked = tmp_path / "r.jsonl", tmp_path / "marked"
    command = ["classify", str(folder), "--output", str(output), "--engine", "ray", "--annotated", str(marked)]
    take = ResultsFile.take

    def stopped(self: ResultsFile, outcome: Outcome) -> None:
        take(self, outcome)
        if outcome.rows[0]["file"].endswith("07.png"):
            raise KeyboardInterrupt

    monkeypatch.setattr(ResultsFile, "take", stopped)
    assert main(command) == 130
    assert 0 < len(lines(output)) < len(embedded)
    monkeypatch.setattr(ResultsFile, "take", take)

    assert main([*command, "--resume"]) == 0

    rows = lines(output)
    assert {row.pop("annotated") for row in rows} - {None} == set(os.listdir(marked))
    assert rows == [{name: value for name, value in row.items() if name != "annotated"} for row in embedded]
    assert len(list(marked.iterdir())) == FILES - 1
    told = capsys.readouterr().err
    assert "machines: 2, cores: 2" in told
    assert "resumed: " in told


@needs_ray
@rays_own_warnings
@pytest.mark.parametrize("what", ["process", "machine"])
def test_what_is_lost_at_work_loses_no_row(
    what: str,
    cluster: Any,
    second: Any,
    folder: Path,
    embedded: list[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(classify_engines, "CHUNK", 2)
    output = tmp_path / "r.jsonl"

    def lose(process: int) -> None:
        if what == "process":
            os.kill(process, signal.SIGKILL)
        else:
            cluster.remove_node(second, allow_graceful=False)

    waiting = lose_at_work(second, lose)
    assert main(["classify", str(folder), "--output", str(output), "--engine", "ray"]) == 0
    assert not waiting.is_alive(), f"a {what} was lost during the run"
    assert lines(output) == embedded


@needs_ray
@rays_own_warnings
def test_a_cluster_that_is_not_there_is_said(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    assert main(["classify", str(folder), "--engine", "ray"]) == 1
    assert "error [no_cluster]" in capsys.readouterr().err
