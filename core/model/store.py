"""Finds the models on disk, checks what they are, and loads them: never an untrained one."""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ModelError
from core.model.architectures import build_from_metadata
from core.model.calibration import probabilities
from core.model.engines import Engine, KerasEngine, LiteRTEngine
from core.model.loaded import LoadedModel
from core.model.metadata import FILE_NAME, ModelMetadata, folders_with
from core.model.trial import UnsafeModelError
from core.settings import PREFERRED_MODELS, model_dirs

LITERT_FILE = "model.tflite"
INT8_FILE = "model.int8.tflite"
KERAS_FILE = "model.keras"
WEIGHTS_FILE = "model.weights.h5"
INT8, FLOAT, KERAS = "LiteRT int8", "LiteRT", "Keras"
# What can run a model, by its name for people, and the file that it runs: the first that a model has is the usual
# one. A model has the integer file where its answers hold (`core.export.litert.Parity`), at two fifths of the time.
ENGINE_FILES = {INT8: INT8_FILE, FLOAT: LITERT_FILE, KERAS: KERAS_FILE}
LIBRARIES = ("ai-edge-litert", "tensorflow", "keras")


class _Untrusted(Exception):
    """A file whose content is not what the metadata says."""


class ModelStore:
    """The models below one folder, or below all of the dashboard's."""

    def __init__(self, root: Path | str | None = None) -> None:
        """Look at a folder.

        Args:
            root: Folder with one folder a model; None for all of `core.settings.model_dirs()`: of two models
                of one name, that of the first counts.
        """
        self._roots = model_dirs() if root is None else (Path(root),)
        self.root = self._roots[0]

    def names(self) -> list[str]:
        """Names of the complete models, sorted; empty where the folder does not exist.

        A folder without `metadata.json`, which is written last, is half-written and not listed.
        """
        found = set[str]()
        for root in self._roots:
            with suppress(OSError):
                found.update(folders_with(root, FILE_NAME))
        return sorted(found)

    def folder(self, name: str) -> Path:
        """Where a model is; where it would be if there is none of this name."""
        folders = [root / name for root in self._roots]
        return next((folder for folder in folders if (folder / FILE_NAME).is_file()), folders[0])

    def default_name(self) -> str:
        """The first of `PREFERRED_MODELS` that is here, else the first by name.

        Raises:
            ModelError: `no_models`.
        """
        names = self.names()
        if not names:
            raise ModelError(
                "no_models",
                f"There is no trained model in {self.root}. Restore the models folder, or train one with "
                "'python -m core train'.",
            )
        return next((name for name in PREFERRED_MODELS if name in names), names[0])

    def metadata(self, name: str) -> ModelMetadata:
        """Metadata of one model.

        Raises:
            ModelError: `no_models`, `unknown_model` or `bad_metadata`.
        """
        self.default_name()  # an empty store has its own message
        names = self.names()
        if name not in names:
            raise ModelError("unknown_model", f"There is no model '{name}'. Available: {', '.join(names)}.")
        # A copied folder answers under the name that the user chose it by.
        return replace(ModelMetadata.load(self.folder(name)), name=name)

    def engines(self, name: str) -> list[str]:
        """Names of the engines that a model has a file for, of `ENGINE_FILES`.

        Raises:
            ModelError: As `metadata`.
        """
        files = self.metadata(name).files
        return [
            engine for engine, file in ENGINE_FILES.items() if file in files and (self.folder(name) / file).is_file()
        ]

    def exact_engine(self, name: str) -> str | None:
        """The usual engine of a model but for integers, for `load`; None where bare weights alone are left.

        Raises:
            ModelError: As `metadata`.
        """
        return next((engine for engine in self.engines(name) if engine != INT8), None)

    def load(self, name: str | None = None, *, threads: int = 2, engine: str | None = None) -> LoadedModel:
        """Load a model: integer LiteRT file where it has one, else float one, else Keras file, else bare weights.

        A file whose sha256 is not the recorded one is not trusted and skipped. Whatever loads must
        answer a blank crop with every head of the metadata before it is handed on.

        Args:
            name: The model; None for `default_name()`.
            threads: Threads of LiteRT within one answer.
            engine: One of `ENGINE_FILES`, which alone is tried; None for the first that works.

        Raises:
            ModelError: `no_models`, `unknown_model`, `bad_metadata`; `unknown_engine`; `bad_checksum` if no
                file can be trusted; `not_loadable` with what was tried, why it failed, and the versions.
        """
        if engine is not None and engine not in ENGINE_FILES:
            raise ModelError("unknown_engine", f"There is no engine '{engine}'. Available: {', '.join(ENGINE_FILES)}.")
        name = self.default_name() if name is None else name
        metadata = self.metadata(name)
        folder = self.folder(name)
        makers: dict[str, Callable[[Path], Engine]] = {
            LITERT_FILE: lambda path: LiteRTEngine(path, threads),
            INT8_FILE: lambda path: LiteRTEngine(path, threads, INT8),
            KERAS_FILE: KerasEngine,
            WEIGHTS_FILE: lambda path: _from_weights(path, metadata),
        }
        failures: list[tuple[str, Exception]] = []
        for file in _usual_files(metadata) if engine is None else (ENGINE_FILES[engine],):
            try:
                _check_file(folder / file, metadata.files.get(file))
                running = makers[file](folder / file)
                _check_answer(running, metadata)
            except Exception as error:  # whatever a library raises on a damaged file, the next is tried
                failures.append((file, error))
            else:
                return LoadedModel(metadata, running, _notes(failures, file, running))
        raise _not_loadable(metadata, failures)

    def keras_model(self, name: str) -> Any:
        """The Keras network itself, with TensorFlow, for what changes or looks inside it.

        Raises:
            ModelError: As `metadata`; `not_loadable` if its file is missing, damaged or not the recorded one.
        """
        metadata = self.metadata(name)
        path = self.folder(name) / KERAS_FILE
        try:
            _check_file(path, metadata.files.get(KERAS_FILE))
            return import_module("keras").saving.load_model(str(path), compile=False)
        except Exception as error:  # whatever a library raises on a damaged file
            raise _not_loadable(metadata, [(KERAS_FILE, error)]) from error


def _usual_files(metadata: ModelMetadata) -> tuple[str, ...]:
    """What is tried in turn; only some models have an integer file, and nothing is missed where there is none."""
    integers = (INT8_FILE,) if INT8_FILE in metadata.files else ()
    return (*integers, LITERT_FILE, KERAS_FILE, WEIGHTS_FILE)


def _from_weights(path: Path, metadata: ModelMetadata) -> KerasEngine:
    """Rebuild a network by its recorded name and load bare weights into it.

    Looked up at run time: inference does not depend on training, and only this last resort, which
    needs TensorFlow anyway, asks it.
    """
    network = build_from_metadata(metadata)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # of layers that the file does not hold Keras only warns
        network.load_weights(str(path))
    return KerasEngine(network)


def sha256_of(path: Path) -> str:
    """Hex digest of a file's content.

    Raises:
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_file(path: Path, expected: str | None) -> None:
    if not path.is_file():
        raise FileNotFoundError("the file is missing")
    if expected is None:
        raise _Untrusted("no checksum is recorded for it, so it is not trusted")
    if sha256_of(path) != expected:
        raise _Untrusted("its content differs from the recorded checksum, so it is not trusted")


def _check_answer(engine: Engine, metadata: ModelMetadata) -> None:
    """Let the engine answer a grey crop (which also warms it up) and check the shape of the answer."""
    size = metadata.crop.size
    answer = engine.predict(np.full((1, size, size, 3), 127, np.uint8))
    for name, head in metadata.heads.items():
        if name not in answer:
            raise ValueError(f"the model has no output '{name}', it has {sorted(answer)}")
        probabilities(answer[name], head)


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    if not isinstance(error, (_Untrusted, FileNotFoundError, UnsafeModelError)):
        text = f"{type(error).__name__}: {text}"
    return text if len(text) <= 200 else f"{text[:200]}…"


def _notes(failures: Sequence[tuple[str, Exception]], used: str, engine: Engine) -> tuple[str, ...]:
    return tuple(
        f"{file} could not be used ({_reason(error)}); {used} ({engine.name}) answers instead."
        for file, error in failures
    )


def _not_loadable(metadata: ModelMetadata, failures: Sequence[tuple[str, Exception]]) -> ModelError:
    present = [error for _, error in failures if not isinstance(error, FileNotFoundError)]
    untrusted = bool(present) and all(isinstance(error, _Untrusted) for error in present)
    tried = "; ".join(f"{file}: {_reason(error)}" for file, error in failures)
    made_with = ", ".join(f"{library} {number}" for library, number in sorted(metadata.versions.items()))
    installed = ", ".join(f"{library} {_installed(library)}" for library in LIBRARIES)
    return ModelError(
        "bad_checksum" if untrusted else "not_loadable",
        f"The model '{metadata.name}' could not be loaded. Tried {tried}. "
        f"It was made with {made_with or 'unknown versions'}; installed: {installed}. "
        "Restore the model's folder, install the versions it was made with, or choose another model.",
    )


def _installed(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "(not installed)"
