from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.heads import GENDER
from core.model.engines import Engine, KerasEngine, LiteRTEngine
from core.model.store import KERAS_FILE, LITERT_FILE


def crops_of(size: int, count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def litert(shipped_model: Path) -> LiteRTEngine:
    return LiteRTEngine(shipped_model / LITERT_FILE)


@pytest.fixture(scope="module")
def small_keras(small_models_dir: Path) -> KerasEngine:
    return KerasEngine(small_models_dir / "small" / KERAS_FILE)


@pytest.fixture(scope="module")
def small_litert(small_models_dir: Path) -> LiteRTEngine:
    return LiteRTEngine(small_models_dir / "small" / LITERT_FILE)


def test_litert_names_its_outputs_by_head_and_gives_a_row_a_face(litert: LiteRTEngine) -> None:
    answer = litert.predict(crops_of(96, 3))
    assert set(answer) == {GENDER}
    assert answer[GENDER].shape == (3, 2)
    assert answer[GENDER].dtype == np.float32


def test_an_answer_does_not_depend_on_its_neighbours(litert: LiteRTEngine) -> None:
    crops = crops_of(96, 5)
    together = litert.predict(crops)[GENDER]
    alone = np.concatenate([litert.predict(crop[np.newaxis])[GENDER] for crop in crops])
    np.testing.assert_array_equal(together, alone)


def test_crops_need_not_be_contiguous(litert: LiteRTEngine) -> None:
    crops = crops_of(96, 2)
    np.testing.assert_array_equal(
        litert.predict(crops[:, :, ::-1])[GENDER], litert.predict(crops[:, :, ::-1].copy())[GENDER]
    )


def test_threads_share_an_engine(litert: LiteRTEngine) -> None:
    crops = [crops_of(96, 2, seed) for seed in range(40)]
    expected = [litert.predict(batch)[GENDER] for batch in crops]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda batch: litert.predict(batch)[GENDER], crops))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "crops",
    [
        np.zeros((1, 96, 96, 3), np.float32),
        np.zeros((96, 96, 3), np.uint8),
        np.zeros((1, 96, 64, 3), np.uint8),
        np.zeros((1, 32, 32, 3), np.uint8),
    ],
    ids=["float", "no batch", "not square", "other size"],
)
def test_other_crops_are_an_error(litert: LiteRTEngine, crops: np.ndarray) -> None:
    with pytest.raises(ValueError, match="crops"):
        litert.predict(crops)


def test_a_damaged_file_does_not_load(tmp_path: Path, shipped_model: Path) -> None:
    damaged = tmp_path / "model.tflite"
    for content in (b"", b"not a model", (shipped_model / LITERT_FILE).read_bytes()[:1000]):
        damaged.write_bytes(content)
        with pytest.raises((ValueError, RuntimeError)):
            LiteRTEngine(damaged)


def test_rewriting_the_file_does_not_disturb_a_loaded_model(tmp_path: Path, shipped_model: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes((shipped_model / LITERT_FILE).read_bytes())
    engine = LiteRTEngine(path)
    expected = engine.predict(crops_of(96, 2))[GENDER]
    path.write_bytes(b"")
    np.testing.assert_array_equal(engine.predict(crops_of(96, 2))[GENDER], expected)


@pytest.mark.parametrize("count", [1, 3, 9, 70])
def test_keras_and_litert_give_the_same_answers(
    small_keras: KerasEngine, small_litert: LiteRTEngine, count: int
) -> None:
    crops = crops_of(32, count)
    expected, found = small_keras.predict(crops)[GENDER], small_litert.predict(crops)[GENDER]
    assert expected.shape == found.shape == (count, 2)
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_no_crops_give_no_rows(small_keras: KerasEngine, small_litert: LiteRTEngine) -> None:
    for engine in (small_keras, small_litert):
        assert engine.predict(crops_of(32, 0))[GENDER].shape == (0, 2)


def test_threads_share_a_keras_engine(small_keras: KerasEngine) -> None:
    crops = [crops_of(32, 2, seed) for seed in range(16)]
    expected = [small_keras.predict(batch)[GENDER] for batch in crops]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda batch: small_keras.predict(batch)[GENDER], crops))
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("input_type", ["uint8", "int8"])
def test_a_fully_quantised_model_is_fed_and_read_in_its_own_numbers(
    small_models_dir: Path, small_keras: KerasEngine, tmp_path: Path, input_type: str
) -> None:
    path = tmp_path / "model.int8.tflite"
    path.write_bytes(quantised(small_models_dir / "small" / KERAS_FILE, input_type))
    crops = crops_of(32, 16)
    engine: Engine = LiteRTEngine(path)
    expected, found = small_keras.predict(crops)[GENDER], engine.predict(crops)[GENDER]
    assert found.dtype == np.float32
    assert np.abs(found - expected).max() < 0.1 * np.ptp(expected) + 0.02


def quantised(path: Path, input_type: str) -> bytes:
    import tensorflow as tf

    def representative() -> Iterator[list[np.ndarray]]:
        for crop in crops_of(32, 32, seed=1):
            yield [crop[np.newaxis].astype(np.float32)]

    model = tf.keras.models.load_model(path, compile=False)
    folder = path.parent.parent / f"saved-{input_type}"
    model.export(str(folder), verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = getattr(tf, input_type)
    converter.inference_output_type = tf.int8
    return bytes(converter.convert())
