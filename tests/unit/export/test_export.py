import errno
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

import core.export.litert as litert
import core.export.model_folder as export
from core.data.prepared import Prepared
from core.errors import DatasetError, ModelError, OutputError
from core.export.litert import MAX_DIFFERENCE, Parity
from core.export.model_folder import Converted, export_again, export_model
from core.heads import AGE, GENDER, MASK
from core.model.calibration import p_female, probabilities
from core.model.engines import KerasEngine, LiteRTEngine
from core.model.store import ModelStore, sha256_of
from core.settings import CropRecipe
from core.training.selection import TrainingSettings
from core.training.trainer import Training, train
from tests.unit.disk_case import room_for
from tests.unit.training_case import CROP, RECIPE, THREE, write_prepared

FILES = {"model.keras", "model.weights.h5", "model.tflite", "history.csv"}
ALWAYS = {*FILES, "metadata.json"}
SETTINGS = TrainingSettings(replace(RECIPE, epochs=2, bare_share=0.5))
ARTEFACTS = {*ALWAYS, "model.int8.tflite"}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared")


@pytest.fixture(scope="module")
def training(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Training:
    """Two epochs: enough for answers that are far from a half, so that the integer model ships."""
    return train(prepared, THREE, SETTINGS, tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def few() -> Iterator[None]:
    """Forty crops count as many: the files are what is tested, not the limit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(litert, "INT8_CROPS", 40)
        yield


@pytest.fixture(scope="module")
def converted(training: Training, prepared: Prepared, models: Path, few: None) -> Converted:
    return export_model(training, prepared, THREE, SETTINGS, models, "small")


@pytest.mark.usefixtures("converted")
def test_a_model_folder_is_complete_and_nothing_is_left_beside_it(models: Path) -> None:
    assert {path.name for path in (models / "small").iterdir()} == ARTEFACTS
    assert [path.name for path in models.iterdir()] == ["small"]


def test_exported_the_model_gives_the_same_answers(training: Training, models: Path, converted: Converted) -> None:
    crops = training.val.crops
    heads = ModelStore(models).metadata("small").heads
    expected = KerasEngine(training.run.load_best()).predict(crops)
    for engine in (LiteRTEngine(models / "small" / "model.tflite"), KerasEngine(models / "small" / "model.keras")):
        answers = engine.predict(crops)
        assert set(answers) == {GENDER, MASK, AGE}
        for name, head in heads.items():
            wanted = probabilities(expected[name], head)
            np.testing.assert_allclose(probabilities(answers[name], head), wanted, atol=3 * MAX_DIFFERENCE)
    assert converted.float.largest_difference <= MAX_DIFFERENCE
    assert converted.float.equal_labels == 1
    assert converted.float.crops == len(crops)


def test_the_integer_model_answers_nearly_the_same(training: Training, models: Path, converted: Converted) -> None:
    assert converted.int8.holds
    head = ModelStore(models).metadata("small").heads[GENDER]
    crops = training.val.crops
    answers, expected = (
        p_female(LiteRTEngine(models / "small" / file).predict(crops)[GENDER], head)
        for file in ("model.int8.tflite", "model.tflite")
    )
    assert ((answers >= 0.5) == (expected >= 0.5)).all()
    np.testing.assert_allclose(answers, expected, atol=converted.int8.largest_difference + MAX_DIFFERENCE)


@pytest.mark.usefixtures("converted")
def test_the_store_loads_it_and_each_of_its_fall_backs(models: Path, training: Training) -> None:
    crops = training.val.crops[:4]
    store = ModelStore(models)
    in_turn = ("model.int8.tflite", "model.tflite", "model.keras")
    answers = [store.load("small").engine.predict(crops)[GENDER]]
    for file in in_turn:
        (models / "small" / file).rename(models / file)
        loaded = store.load("small")
        assert loaded.notes
        answers.append(loaded.engine.predict(crops)[GENDER])
    for file in in_turn:
        (models / file).rename(models / "small" / file)
    np.testing.assert_allclose(answers[1], answers[0], atol=0.2)
    np.testing.assert_allclose(answers[2], answers[1], atol=0.03)
    np.testing.assert_allclose(answers[3], answers[2], atol=1e-4)


def test_metadata_says_how_the_model_was_made(models: Path, converted: Converted) -> None:
    metadata = ModelStore(models).metadata("small")
    assert metadata.network == "baseline-cnn"
    assert metadata.crop == CROP
    assert {name: head.labels for name, head in metadata.heads.items()} == THREE.heads
    assert set(metadata.files) == ARTEFACTS - {"metadata.json"}
    assert set(metadata.versions) == {"python", "tensorflow", "keras", "ai-edge-litert", "numpy", "opencv"}
    assert metadata.training["best_epoch"] in (1, 2)
    assert metadata.training["best_by"] == "val_loss"
    counts = {"train": {"bare": 60, "drawn": 60}, "val": {"bare": 20, "drawn": 20}}
    assert metadata.training["data"] == {"faces": counts}
    assert metadata.training["dropped"] == {"faces": {"no_face": 2}}
    assert metadata.training["settings"]["batch"] == 20
    assert metadata.training["export"] == {"float": asdict(converted.float), "int8": asdict(converted.int8)}
    assert "/" not in json.dumps(metadata.training), "a machine's paths have no place in a model"


@pytest.mark.usefixtures("converted")
def test_temperatures_suit_the_answers_after_the_second_look(
    models: Path, training: Training, prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: None
) -> None:
    metadata = ModelStore(models).metadata("small")
    assert metadata.second_look
    assert 0 < metadata.second_look.share < 1

    halves = lambda engine, crops, logits, again: {head: values / 2 for head, values in logits.items()}  # noqa: E731
    monkeypatch.setattr(export, "averaged", halves)
    export_model(training, prepared, THREE, SETTINGS, tmp_path, "halved")
    other = ModelStore(tmp_path).metadata("halved")
    assert other.second_look == metadata.second_look
    assert other.heads[GENDER].temperature == pytest.approx(metadata.heads[GENDER].temperature / 2, rel=0.05)


def test_a_model_can_look_once(training: Training, prepared: Prepared, tmp_path: Path, few: None) -> None:
    once = replace(SETTINGS, recipe=replace(SETTINGS.recipe, second_look=0.5))
    export_model(training, prepared, THREE, once, tmp_path, "once")
    assert ModelStore(tmp_path).metadata("once").second_look is None


@pytest.fixture
def converters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Conversion takes its time: these tests are about the files round it. The integer file does not hold."""

    def write(parity: Parity, path: Path) -> Parity:
        path.write_bytes(b"a model, made anew")
        return parity

    exact, worse = Parity("float16", 40, 0, 1, 0, 0, 0, 0), Parity("int8", 40, 0.3, 0.9, 0, -0.1, 0.1, 0)
    monkeypatch.setattr(export, "write_float", lambda _, path, proof: write(exact, path))
    monkeypatch.setattr(export, "write_int8", lambda _, path, *rest: write(worse, path))


@pytest.mark.usefixtures("converters")
def test_a_second_export_takes_the_place_of_the_first(training: Training, prepared: Prepared, tmp_path: Path) -> None:
    export_model(training, prepared, THREE, SETTINGS, tmp_path, "again")
    (tmp_path / "again" / "metrics.json").write_text("{}")
    (tmp_path / "again" / "model.int8.tflite").write_text("of the former model")
    export_model(training, prepared, THREE, SETTINGS, tmp_path, "again")
    assert {path.name for path in (tmp_path / "again").iterdir()} == ALWAYS
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


def test_an_integer_model_of_few_validation_crops_does_not_ship(
    training: Training, prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(litert, "INT8_CROPS", 41)
    made = export_model(training, prepared, THREE, SETTINGS, tmp_path, "little")
    assert not made.int8.holds
    assert {path.name for path in (tmp_path / "little").iterdir()} == ALWAYS
    assert ModelStore(tmp_path).load("little").engine.name == "LiteRT"


@pytest.mark.usefixtures("converters")
def test_an_export_that_fails_half_way_leaves_the_former_model_and_lists_no_other(
    training: Training, prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_model(training, prepared, THREE, SETTINGS, tmp_path, "model")
    before = contents(tmp_path / "model")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(export, "write_int8", full)
    for run in (
        lambda: export_model(training, prepared, THREE, SETTINGS, tmp_path, "model"),
        lambda: export_model(training, prepared, THREE, SETTINGS, tmp_path, "other"),
        lambda: export_again(tmp_path, "model", prepared),
    ):
        with pytest.raises(OutputError, match="is full") as caught:
            run()
        assert caught.value.code == "disk_full"
        assert ModelStore(tmp_path).names() == ["model"]
        assert contents(tmp_path / "model") == before


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.usefixtures("converted")
def test_exported_again_a_model_has_new_files_that_its_metadata_knows(
    prepared: Prepared, models: Path, converted: Converted
) -> None:
    """The same network in the same words: what the first export wrote is written again."""
    folder, store = models / "small", ModelStore(models)
    before = contents(folder)
    (folder / "model.tflite").write_bytes(b"damaged")
    (folder / "model.int8.tflite").unlink()
    (folder / "metrics.json").write_text("{}")
    again = export_again(models, "small", prepared)
    (folder / "metrics.json").unlink()
    assert set(contents(folder)) == set(before)
    metadata = store.metadata("small")
    assert {file: sha256_of(folder / file) for file in metadata.files} == metadata.files
    assert set(metadata.files) == ARTEFACTS - {"metadata.json"}
    assert metadata.training["export"] == {"float": asdict(again.float), "int8": asdict(again.int8)}
    assert metadata.training["data"]["faces"]["train"] == {"bare": 60, "drawn": 60}
    assert again.float == converted.float
    assert again.int8.holds
    loaded = store.load("small")
    assert (loaded.engine.name, loaded.notes) == ("LiteRT int8", ())


@pytest.fixture
def exported(training: Training, prepared: Prepared, tmp_path: Path, converters: None) -> Path:
    """A models folder of the test's own."""
    export_model(training, prepared, THREE, SETTINGS, tmp_path / "models", "mine")
    return tmp_path / "models"


def test_an_integer_model_that_no_longer_holds_goes_from_files_and_metadata(exported: Path, prepared: Prepared) -> None:
    folder = exported / "mine"
    (folder / "model.int8.tflite").write_bytes(b"of before")
    assert not export_again(exported, "mine", prepared).int8.holds
    assert set(contents(folder)) == ALWAYS
    assert set(ModelStore(exported).metadata("mine").files) == FILES


def test_a_file_that_was_changed_is_not_made_trustworthy_by_an_export(exported: Path, prepared: Prepared) -> None:
    folder = exported / "mine"
    (folder / "model.weights.h5").write_bytes(b"somebody else's")
    export_again(exported, "mine", prepared)
    assert ModelStore(exported).metadata("mine").files["model.weights.h5"] != sha256_of(folder / "model.weights.h5")


def test_a_damaged_network_is_not_exported_again(exported: Path, prepared: Prepared) -> None:
    (exported / "mine" / "model.keras").write_bytes(b"damaged")
    before = contents(exported / "mine")
    with pytest.raises(ModelError, match=r"model\.keras: its content differs"):
        export_again(exported, "mine", prepared)
    with pytest.raises(ModelError, match="no model 'other'"):
        export_again(exported, "other", prepared)
    assert contents(exported / "mine") == before


def test_crops_that_are_too_narrow_for_the_model_are_refused(exported: Path, tmp_path: Path) -> None:
    narrow = write_prepared(tmp_path / "narrow", counts={"train": 12, "val": 4}, crop=CropRecipe(32, 1.2))
    with pytest.raises(DatasetError, match=r"1\.8 face sizes wide are needed"):
        export_again(exported, "mine", narrow)


@pytest.mark.usefixtures("converters")
@pytest.mark.parametrize("size", [0, 100, 10_000])
def test_a_disk_that_fills_up_amid_an_export_is_said(
    training: Training, prepared: Prepared, tmp_path: Path, size: int
) -> None:
    """Keras and HDF5 write by themselves; what they say of a full disk differs, and need not be an OSError."""
    with room_for(size), pytest.raises(OutputError, match="disk is full") as caught:
        export_model(training, prepared, THREE, SETTINGS, tmp_path, "model")
    assert caught.value.code == "disk_full"
    assert list(tmp_path.iterdir()) == []


def test_a_model_takes_the_place_of_no_other_folder(training: Training, prepared: Prepared, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"of somebody")
    with pytest.raises(OutputError, match="other than a model") as caught:
        export_model(training, prepared, THREE, SETTINGS, tmp_path, "photos")
    assert caught.value.code == "not_writable"
    assert (tmp_path / "photos" / "a.jpg").read_bytes() == b"of somebody"


def test_bare_weights_are_those_that_keras_would_write(training: Training, models: Path, converted: Converted) -> None:
    model, other = training.run.load_best(), training.run.load_best()
    other.set_weights([0 * values for values in other.get_weights()])
    other.load_weights(models / "small" / "model.weights.h5")
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(one, two)
