"""What is installed and loaded is pinned: the lock is in every range, files that come with the project are known."""

import hashlib
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from core.errors import TrainingError
from core.model.pretrained import SHA256, check_published, read_graph_weights
from core.model.trial import known_digests
from core.settings import MODELS_DIR

ROOT = Path(__file__).resolve().parents[2]
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def locked() -> dict[str, tuple[Requirement, list[str]]]:
    """Each entry of the lock by its name, with its hashes."""
    lines = (ROOT / "requirements.lock").read_text().replace("\\\n", " ").splitlines()
    entries = {}
    for line in lines:
        pin, *hashes = line.split("--hash=")
        requirement = Requirement(pin.strip())
        entries[canonicalize_name(requirement.name)] = (requirement, hashes)
    return entries


def asked(name: str) -> list[Requirement]:
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-r")]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_has_a_version_in_every_range(name: str) -> None:
    pins = locked()
    for requirement in asked(name):
        pin, _ = pins[canonicalize_name(requirement.name)]
        ((operator, version),) = ((part.operator, part.version) for part in pin.specifier)
        assert operator == "=="
        assert requirement.specifier.contains(version), f"{requirement} against {version}: make lock"


def test_every_entry_of_the_lock_has_hashes_and_none_says_where_it_is_fetched() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert all(hashes for _, hashes in locked().values())
    assert not re.search(r"https?:|file:|--(index|extra-index|find-links|trusted)|^-", text, re.MULTILINE)
    assert len(HASH.findall(text)) == text.count("--hash=")


def test_tests_run_on_what_is_locked() -> None:
    assert "--require-hashes -r requirements.lock" in (ROOT / "Makefile").read_text()


def test_the_models_that_come_with_the_project_are_known_and_cost_no_trial() -> None:
    files = sorted(MODELS_DIR.glob("*/model*.tflite"))
    digests = {hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    assert digests == known_digests(), "make sums"


def test_under_the_name_of_published_weights_nothing_else_is_used(tmp_path: Path) -> None:
    for name in SHA256:
        (tmp_path / name).write_bytes(b"{}")
        with pytest.raises(ValueError, match="not the published file"):
            check_published(tmp_path / name)
    with pytest.raises(TrainingError, match="not the published file") as caught:
        read_graph_weights(tmp_path / "faceres-deep.json")
    assert caught.value.code == "no_weights"
    (tmp_path / "mine.json").write_bytes(b"{}")
    check_published(tmp_path / "mine.json")
