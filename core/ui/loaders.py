"""Models for the pages: loaded once for all sessions, again when a model's files change."""

import contextlib
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import streamlit as st

from core.classify.pipeline import Classifier
from core.errors import ModelError
from core.model.metadata import FILE_NAME
from core.model.store import ModelStore
from core.settings import model_folder

MAX_MODELS = 3
_TIMED_FACES = 15


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
    return ModelStore()


def load(name: str, engine: str | None = None) -> Ready:
    """A model by name, from the cache unless its files have changed.

    Args:
        name: Which one.
        engine: What runs it; None as in `ModelStore.load`.

    Raises:
        ModelError: As `ModelStore.load`.
    """
    folder = model_folder(name)
    fingerprint = fingerprint_of(folder)
    loaded = _load(str(folder), fingerprint, engine)
    if isinstance(loaded, ModelError):
        raise loaded
    return Ready(loaded, f"{fingerprint} {engine}")


@st.cache_data(max_entries=16, show_spinner=False)
def milliseconds(fingerprint: str, _classifier: Classifier) -> float:
    """How long the model takes for one face on this machine, second looks included.

    The median of a few, measured once for these files.
    """
    model = _classifier.model
    size = model.metadata.crop.size
    crop = np.random.default_rng(0).integers(0, 256, (1, size, size, 3), dtype=np.uint8)
    times = []
    for _ in range(_TIMED_FACES):
        start = time.perf_counter()
        model.engine.predict(crop)
        times.append(1000 * (time.perf_counter() - start))
    return model.metadata.looks * median(times)


def fingerprint_of(folder: Path) -> str:
    """Changes whenever a file that serving reads does: digest of path, names, sizes and times."""
    facts = []
    for file in sorted([*folder.glob("model.*"), folder / FILE_NAME]):
        with contextlib.suppress(OSError):  # a training may replace it at this moment
            status = file.stat()
            facts.append((file.name, status.st_size, status.st_mtime_ns))
    return hashlib.sha256(repr((str(folder), facts)).encode()).hexdigest()


@st.cache_resource(max_entries=MAX_MODELS, show_spinner="Loading the model …")
def _load(folder: str, fingerprint: str, engine: str | None) -> Classifier | ModelError:
    """Load a model; a failure is remembered too, as trying each engine again on every rerun is slow."""
    path = Path(folder)
    try:
        return Classifier.load(path.name, path.parent, engine=engine)
    except ModelError as error:
        return error
