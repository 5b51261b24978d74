"""The models that the project ships are whole, true to their metadata, and tested on every set."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.evaluation.external import peer
from core.evaluation.runs import load_run
from core.heads import GENDER
from core.model.architectures import build_from_metadata
from core.model.calibration import p_female
from core.model.engines import KerasEngine, LiteRTEngine
from core.model.metadata import ModelMetadata
from core.model.store import ModelStore
from core.report.card.document import is_stale
from core.settings import MODELS_DIR

MODELS = ModelStore(MODELS_DIR).names()
TESTED = {
    *((name, variant) for name in ("utkface", "fairface", "lfw") for variant in ("bare", "drawn", "held_out")),
    ("rmfrd", "real"),
    ("worldwide", "real"),
}


@pytest.fixture(params=MODELS)
def folder(request: pytest.FixtureRequest) -> Path:
    return MODELS_DIR / str(request.param)


def test_a_model_is_shipped() -> None:
    assert "baseline-cnn" in MODELS


def test_every_artefact_is_the_one_that_was_saved(folder: Path) -> None:
    files = ModelMetadata.load(folder).files
    assert {"model.keras", "model.weights.h5", "model.tflite"} <= set(files)
    assert {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files} == files


def test_the_history_holds_every_epoch(folder: Path) -> None:
    training = ModelMetadata.load(folder).training
    epochs = training.get("epochs_before", 0) + training["settings"]["epochs"]
    history = pd.read_csv(folder / "history.csv")
    assert history["epoch"].tolist() == list(range(1, epochs + 1))
    assert np.isfinite(history.to_numpy(float)).all()


def test_every_test_set_has_figures(folder: Path) -> None:
    run = load_run(folder)
    assert not isinstance(run.metrics, Exception)
    tested = {(part.set, part.variant) for part in run.metrics.sets if part.split == "test"}
    assert tested >= TESTED


def test_the_card_is_what_the_artefacts_give_today(folder: Path) -> None:
    assert not is_stale(folder), f"python -m core card {folder.name}"


@pytest.mark.parametrize("path", sorted((MODELS_DIR / "peers").rglob("*.csv")), ids=lambda path: path.parent.name)
def test_every_peer_answers_test_faces_of_its_set(path: Path) -> None:
    name, _, variant = path.parent.name.partition("-")
    predictions = load_run(MODELS_DIR / "baseline-cnn").predictions
    assert isinstance(predictions, pd.DataFrame)
    ours = predictions[(predictions["set"] == name) & (predictions["variant"] == variant)]
    assert len(peer(path.stem, path, ours[ours["split"] == "test"]).predictions) > 300


def test_the_three_forms_of_the_model_answer_alike(folder: Path) -> None:
    metadata = ModelMetadata.load(folder)
    size = metadata.crop.size
    crops = np.random.default_rng(0).integers(0, 256, (16, size, size, 3), dtype=np.uint8)
    rebuilt = build_from_metadata(metadata)
    rebuilt.load_weights(folder / "model.weights.h5")
    engines = (LiteRTEngine(folder / "model.tflite"), KerasEngine(folder / "model.keras"), KerasEngine(rebuilt))
    answers = [p_female(engine.predict(crops)[GENDER], metadata.heads[GENDER]) for engine in engines]
    np.testing.assert_allclose(answers[1], answers[0], atol=1e-3)
    np.testing.assert_allclose(answers[2], answers[1], atol=1e-5)
