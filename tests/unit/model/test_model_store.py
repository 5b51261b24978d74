import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import ModelError
from core.heads import GENDER
from core.model import store as model_store
from core.model.engines import LiteRTEngine
from core.model.metadata import FILE_NAME, ModelMetadata
from core.model.store import INT8_FILE, KERAS_FILE, LITERT_FILE, WEIGHTS_FILE, ModelStore, sha256_of

NAME = "baseline-cnn"
FILES = (LITERT_FILE, KERAS_FILE, WEIGHTS_FILE)


def change_metadata(folder: Path, **changes: object) -> None:
    path = folder / FILE_NAME
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def forget(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).unlink()


def damage(folder: Path, *files: str, checksum_too: bool = False) -> None:
    for file in files:
        (folder / file).write_bytes(b"damaged" + (folder / file).read_bytes()[:5000])
    if checksum_too:
        sums = json.loads((folder / FILE_NAME).read_text())["files"]
        change_metadata(folder, files={**sums, **{file: sha256_of(folder / file) for file in files}})


@pytest.fixture
def small(small_models_dir: Path, tmp_path: Path) -> Path:
    """A copy of the small model's folder, to be damaged."""
    folder = tmp_path / "small-models" / "small"
    folder.mkdir(parents=True)
    for file in (FILE_NAME, *FILES):
        (folder / file).write_bytes((small_models_dir / "small" / file).read_bytes())
    return folder


def test_the_shipped_model_is_the_default_and_loads_on_litert() -> None:
    store = ModelStore()
    assert store.default_name() in store.names()
    loaded = store.load()
    assert loaded.engine.name == store.engines(store.default_name())[0] != "Keras"
    assert loaded.notes == ()


@pytest.fixture
def with_integers(models_dir: Path) -> Path:
    """A model that comes with a file of integers; what is in it does not matter here."""
    folder = models_dir / NAME
    (folder / INT8_FILE).write_bytes((folder / LITERT_FILE).read_bytes())
    files = json.loads((folder / FILE_NAME).read_text())["files"]
    change_metadata(folder, files={**files, INT8_FILE: sha256_of(folder / INT8_FILE)})
    return folder


def test_integers_answer_where_a_model_comes_with_them(with_integers: Path) -> None:
    store = ModelStore(with_integers.parent)
    assert store.engines(NAME) == ["LiteRT int8", "LiteRT", "Keras"]
    assert [store.load(engine=engine).engine.name for engine in (None, "LiteRT")] == ["LiteRT int8", "LiteRT"]
    assert store.load().identity != store.load(engine="LiteRT").identity, "the answers are not quite the same"
    assert store.exact_engine(NAME) == "LiteRT"
    forget(with_integers, LITERT_FILE)
    assert store.exact_engine(NAME) == "Keras"


@pytest.mark.parametrize(("hurt", "why"), [(forget, "the file is missing"), (damage, "differs from the recorded")])
def test_without_its_integers_a_model_answers_by_its_float_file_and_says_so(
    with_integers: Path, hurt: Callable[..., None], why: str
) -> None:
    hurt(with_integers, INT8_FILE)
    loaded = ModelStore(with_integers.parent).load()
    assert loaded.engine.name == "LiteRT"
    (note,) = loaded.notes
    assert note.startswith(f"{INT8_FILE} could not be used ({'' if hurt is forget else 'its content '}{why}")


def test_integers_that_are_not_recorded_are_not_asked(with_integers: Path) -> None:
    files = json.loads((with_integers / FILE_NAME).read_text())["files"]
    change_metadata(with_integers, files={file: digest for file, digest in files.items() if file != INT8_FILE})
    loaded = ModelStore(with_integers.parent).load()
    assert (loaded.engine.name, loaded.notes) == ("LiteRT", ())
    assert ModelStore(with_integers.parent).engines(NAME) == ["LiteRT", "Keras"]


def test_only_complete_folders_are_listed_in_order(models_dir: Path) -> None:
    for name in ("zebra", "ant"):
        (models_dir / name).mkdir()
        (models_dir / name / FILE_NAME).write_bytes((models_dir / NAME / FILE_NAME).read_bytes())
    (models_dir / "half-written").mkdir()
    (models_dir / ".ant.part").mkdir()
    (models_dir / ".ant.part" / FILE_NAME).write_text("{}")
    (models_dir / "file.txt").write_text("")
    assert ModelStore(models_dir).names() == ["ant", NAME, "zebra"]


def test_the_default_is_a_preferred_model_else_the_first(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (models_dir / NAME).rename(models_dir / "b")
    (models_dir / "a").mkdir()
    (models_dir / "a" / FILE_NAME).write_text("{}")
    assert ModelStore(models_dir).default_name() == "a"
    monkeypatch.setattr(model_store, "PREFERRED_MODELS", ("c", "b"))
    assert ModelStore(models_dir).default_name() == "b"


def test_a_renamed_folder_answers_under_its_new_name(models_dir: Path) -> None:
    (models_dir / NAME).rename(models_dir / "mine")
    assert ModelStore(models_dir).load("mine").metadata.name == "mine"


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("")])
def test_a_place_without_models_has_its_own_code(tmp_path: Path, make: object) -> None:
    make(tmp_path / "models")
    store = ModelStore(tmp_path / "models")
    assert store.names() == []
    for ask in (store.default_name, store.load, lambda: store.metadata(NAME), lambda: store.load(NAME)):
        with pytest.raises(ModelError, match="no trained model") as told:
            ask()
        assert told.value.code == "no_models"


@pytest.mark.parametrize("name", ["nobody", "../models/baseline-cnn", "", ".", "baseline-cnn/"])
def test_an_unknown_name_is_answered_with_the_known_ones(models_dir: Path, name: str) -> None:
    with pytest.raises(ModelError, match="Available: baseline-cnn") as told:
        ModelStore(models_dir).metadata(name)
    assert told.value.code == "unknown_model"


def test_an_unknown_engine_is_answered_with_the_known_ones(models_dir: Path) -> None:
    with pytest.raises(ModelError, match="Available: LiteRT int8, LiteRT, Keras") as told:
        ModelStore(models_dir).load(NAME, engine="abacus")
    assert told.value.code == "unknown_engine"


def test_damaged_metadata_is_said(models_dir: Path) -> None:
    path = models_dir / NAME / FILE_NAME
    whole = json.loads(path.read_text())
    size = {"crop": whole["crop"] | {"size": 96.5}}
    for wrong in ({"versions": []}, {"files": None}, {"description": None}, {"network": 7}, size):
        path.write_text(json.dumps(whole | wrong))
        with pytest.raises(ModelError, match="damaged"):
            ModelStore(models_dir).load()
    path.write_text("[" * 100_000)
    with pytest.raises(ModelError, match="damaged"):
        ModelStore(models_dir).load()
    path.write_text("{")
    with pytest.raises(ModelError, match="damaged") as told:
        ModelStore(models_dir).load()
    assert told.value.code == "bad_metadata"


def test_a_missing_litert_file_falls_back_to_keras_and_says_so(small: Path) -> None:
    expected = ModelStore(small.parent).load().engine
    forget(small, LITERT_FILE)
    loaded = ModelStore(small.parent).load()
    assert loaded.engine.name == "Keras"
    assert loaded.notes == (
        "model.tflite could not be used (the file is missing); model.keras (Keras) answers instead.",
    )
    assert_same_answers(loaded.engine, expected)


def test_a_chosen_engine_runs_its_own_file_or_none(small: Path) -> None:
    store = ModelStore(small.parent)
    assert store.engines("small") == ["LiteRT", "Keras"]
    expected = store.load().engine
    chosen = store.load(engine="Keras")
    assert (chosen.engine.name, chosen.notes) == ("Keras", ())
    assert_same_answers(chosen.engine, expected)

    damage(small, KERAS_FILE)
    with pytest.raises(ModelError, match=r"model\.keras") as told:
        store.load(engine="Keras")
    assert LITERT_FILE not in told.value.message, "another file is not tried in its stead"
    (small / KERAS_FILE).unlink()
    assert store.engines("small") == ["LiteRT"]


def test_bare_weights_are_the_last_resort_and_give_the_same_answers(small: Path) -> None:
    expected = ModelStore(small.parent).load().engine
    damage(small, LITERT_FILE, KERAS_FILE)
    loaded = ModelStore(small.parent).load()
    assert loaded.engine.name == "Keras"
    assert [note.split(" could")[0] for note in loaded.notes] == [LITERT_FILE, KERAS_FILE]
    assert all("differs from the recorded checksum" in note and WEIGHTS_FILE in note for note in loaded.notes)
    assert_same_answers(loaded.engine, expected)


def assert_same_answers(engine: object, expected: object) -> None:
    crops = np.random.default_rng(3).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    np.testing.assert_allclose(engine.predict(crops)[GENDER], expected.predict(crops)[GENDER], atol=0.01)


def test_a_file_that_does_not_load_falls_back_too(small: Path) -> None:
    damage(small, LITERT_FILE, checksum_too=True)
    loaded = ModelStore(small.parent).load()
    assert loaded.engine.name == "Keras"
    assert "ValueError" in loaded.notes[0]


def test_an_untrained_network_never_answers(small: Path) -> None:
    damage(small, *FILES, checksum_too=True)
    with pytest.raises(ModelError) as told:
        ModelStore(small.parent).load()
    assert told.value.code == "not_loadable"


def test_what_was_tried_and_the_versions_are_named(models_dir: Path) -> None:
    folder = models_dir / NAME
    change_metadata(folder, versions={"keras": "1.2.3"})
    forget(folder, KERAS_FILE, WEIGHTS_FILE)
    damage(folder, LITERT_FILE, checksum_too=True)
    with pytest.raises(ModelError) as told:
        ModelStore(models_dir).load()
    message = told.value.message
    assert told.value.code == "not_loadable"
    assert all(file in message for file in FILES)
    assert "keras 1.2.3" in message
    assert "ai-edge-litert 2" in message


@pytest.mark.parametrize("change", [{"files": {}}, {"files": dict.fromkeys(FILES, "0" * 64)}])
def test_files_that_cannot_be_trusted_are_not_loaded(models_dir: Path, change: dict[str, object]) -> None:
    change_metadata(models_dir / NAME, **change)
    with pytest.raises(ModelError, match="not trusted") as told:
        ModelStore(models_dir).load()
    assert told.value.code == "bad_checksum"


def test_a_model_that_answers_something_else_is_not_used(models_dir: Path) -> None:
    folder = models_dir / NAME
    forget(folder, KERAS_FILE, WEIGHTS_FILE)
    heads = {
        GENDER: {"labels": ["male", "female"], "temperature": 1},
        "glasses": {"labels": ["no", "yes"], "temperature": 1},
    }
    change_metadata(folder, heads=heads)
    with pytest.raises(ModelError, match="no output 'glasses'"):
        ModelStore(models_dir).load()
    crop = {"size": 64, "margin": 1.8, "padding": "replicate"}
    change_metadata(folder, heads={GENDER: heads[GENDER]}, crop=crop)
    with pytest.raises(ModelError, match="takes crops of shape"):
        ModelStore(models_dir).load()


def test_the_network_of_bare_weights_is_the_one_that_the_metadata_names(
    models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Network:
        """Answers like a Keras model, once it has its weights."""

        output_names = (GENDER,)

        def load_weights(self, path: str) -> None:
            self.weights = Path(path).name

        def predict_on_batch(self, batch: np.ndarray) -> np.ndarray:
            assert self.weights == WEIGHTS_FILE
            return np.zeros((len(batch), 2))

    def build(metadata: ModelMetadata) -> Network:
        asked.append(metadata.network)
        return Network()

    forget(models_dir / NAME, LITERT_FILE, KERAS_FILE)
    monkeypatch.setattr(model_store, "build_from_metadata", build)
    loaded = ModelStore(models_dir).load()
    assert asked == [loaded.metadata.network]
    assert not isinstance(loaded.engine, LiteRTEngine)
