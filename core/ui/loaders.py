"""Models for the pages: loaded once for all sessions, again when a model's files change."""

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.errors import ModelError
from core.inference.model_store import ModelStore
from core.inference.pipeline import Classifier
from core.metadata import FILE_NAME
from core.settings import models_dir

MAX_MODELS = 3


@dataclass(frozen=True, slots=True)
class Ready:
    """A model at work.

    Attributes:
        classifier: Safe to share between sessions.
        fingerprint: Names these very files; another one means that pictures must be answered again.
    """

    classifier: Classifier
    fingerprint: str


def store() -> ModelStore:
    """The store of models that the dashboard uses."""
    return ModelStore(models_dir())


def load(name: str) -> Ready:
    """A model by name, from the cache unless its files have changed.

    Raises:
        ModelError: As `ModelStore.load`.
    """
    folder = models_dir() / name
    fingerprint = fingerprint_of(folder)
    loaded = _load(str(folder), fingerprint)
    if isinstance(loaded, ModelError):
        raise loaded
    return Ready(loaded, fingerprint)


def fingerprint_of(folder: Path) -> str:
    """Changes whenever a file that serving reads does: digest of path, names, sizes and times."""
    facts = []
    for file in sorted([*folder.glob("model.*"), folder / FILE_NAME]):
        with contextlib.suppress(OSError):  # a training may replace it at this moment
            status = file.stat()
            facts.append((file.name, status.st_size, status.st_mtime_ns))
    return hashlib.sha256(repr((str(folder), facts)).encode()).hexdigest()


@st.cache_resource(max_entries=MAX_MODELS, show_spinner="Loading the model …")
def _load(folder: str, fingerprint: str) -> Classifier | ModelError:
    """Load a model; a failure is remembered too, as trying each engine again on every rerun is slow."""
    path = Path(folder)
    try:
        return Classifier.load(path.name, path.parent)
    except ModelError as error:
        return error
