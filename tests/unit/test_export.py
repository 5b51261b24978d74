import errno
import json
from pathlib import Path

import numpy as np
import pytest

import core.training.export as export
from core.errors import TrainingError
from core.inference.calibration import p_female, probabilities
from core.inference.engines import KerasEngine, LiteRTEngine
from core.inference.model_store import ModelStore
from core.metadata import GENDER, GENDER_LABELS, Head
from core.training.export import export_model
from core.training.networks import find_network
from core.training.prepared import Prepared
from core.training.temperature import fit_temperature
from core.training.tflite import MAX_DIFFERENCE, Parity
from core.training.trainer import Settings, Training, train
from tests.unit.training_case import CROP, write_prepared

NETWORK = find_network("baseline-cnn")
ARTEFACTS = {"model.keras", "model.weights.h5", "model.tflite", "history.csv", "metadata.json"}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared")


@pytest.fixture(scope="module")
def training(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Training:
    settings = Settings(epochs=1, batch=20, learning_rate=0.003)
    return train(prepared, NETWORK, settings, tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def parity(training: Training, prepared: Prepared, models: Path) -> Parity:
    return export_model(training, prepared, NETWORK, models, "small")


@pytest.mark.usefixtures("parity")
def test_a_model_folder_is_complete_and_nothing_is_left_beside_it(models: Path) -> None:
    assert {path.name for path in (models / "small").iterdir()} == ARTEFACTS
    assert [path.name for path in models.iterdir()] == ["small"]


def test_exported_the_model_gives_the_same_answers(training: Training, models: Path, parity: Parity) -> None:
    crops = training.val.crops
    head = Head(GENDER_LABELS)
    expected = p_female(KerasEngine(training.run.load_best()).predict(crops)[GENDER], head)
    for engine in (LiteRTEngine(models / "small" / "model.tflite"), KerasEngine(models / "small" / "model.keras")):
        answers = engine.predict(crops)
        assert set(answers) == {GENDER}
        np.testing.assert_allclose(p_female(answers[GENDER], head), expected, atol=MAX_DIFFERENCE)
    assert parity.largest_difference <= MAX_DIFFERENCE
    assert parity.equal_labels == 1
    assert parity.crops == len(crops)


@pytest.mark.usefixtures("parity")
def test_the_store_loads_it_and_each_of_its_fall_backs(models: Path, training: Training) -> None:
    crops = training.val.crops[:4]
    store = ModelStore(models)
    answers = [store.load("small").engine.predict(crops)[GENDER]]
    for file in ("model.tflite", "model.keras"):
        (models / "small" / file).rename(models / file)
        loaded = store.load("small")
        assert loaded.notes
        answers.append(loaded.engine.predict(crops)[GENDER])
    for file in ("model.tflite", "model.keras"):
        (models / file).rename(models / "small" / file)
    np.testing.assert_allclose(answers[1], answers[0], atol=0.02)
    np.testing.assert_allclose(answers[2], answers[1], atol=1e-4)


@pytest.mark.usefixtures("parity")
def test_metadata_says_how_the_model_was_made(models: Path) -> None:
    metadata = ModelStore(models).metadata("small")
    assert metadata.network == "baseline-cnn"
    assert metadata.crop == CROP
    assert metadata.heads[GENDER].labels == GENDER_LABELS
    assert set(metadata.files) == ARTEFACTS - {"metadata.json"}
    assert set(metadata.versions) == {"python", "tensorflow", "keras", "ai-edge-litert", "numpy", "opencv"}
    assert metadata.training["best_epoch"] == 1
    assert metadata.training["best_by"] == "val_loss"
    assert metadata.training["data"] == {"faces": {"train": {"drawn": 60}, "val": {"drawn": 20}}}
    assert metadata.training["dropped"] == {"faces": {"no_face": 2}}
    assert metadata.training["settings"]["batch"] == 20
    assert "/" not in json.dumps(metadata.training), "a machine's paths have no place in a model"


@pytest.mark.usefixtures("parity")
def test_a_second_export_takes_the_place_of_the_first(training: Training, prepared: Prepared, models: Path) -> None:
    export_model(training, prepared, NETWORK, models, "again")
    (models / "again" / "metrics.json").write_text("{}")
    export_model(training, prepared, NETWORK, models, "again")
    assert {path.name for path in (models / "again").iterdir()} == ARTEFACTS
    assert sorted(path.name for path in models.iterdir()) == ["again", "small"]


def test_an_export_that_fails_half_way_leaves_the_former_model_and_lists_no_other(
    training: Training, prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_model(training, prepared, NETWORK, tmp_path, "model")
    before = (tmp_path / "model" / "metadata.json").read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(export, "write_tflite", full)
    for name in ("model", "other"):
        with pytest.raises(TrainingError, match="is full") as caught:
            export_model(training, prepared, NETWORK, tmp_path, name)
        assert caught.value.code == "disk_full"
    assert ModelStore(tmp_path).names() == ["model"]
    assert (tmp_path / "model" / "metadata.json").read_bytes() == before


def test_temperature_makes_an_overconfident_network_honest() -> None:
    rng = np.random.default_rng(0)
    true_logits = rng.normal(0, 1.5, (4000, 2))
    shares = probabilities(true_logits, Head(GENDER_LABELS))
    numbers = (rng.random(4000) < shares[:, 1]).astype(int)
    assert fit_temperature(true_logits * 3, numbers, GENDER_LABELS) == pytest.approx(3, rel=0.1)
    assert fit_temperature(true_logits, numbers, GENDER_LABELS) == pytest.approx(1, rel=0.1)
