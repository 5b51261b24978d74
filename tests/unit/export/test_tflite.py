from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.export import model_folder as export
from core.export.litert import MAX_DIFFERENCE, Parity, Proof, proof_of, write_float, write_int8
from core.export.model_folder import convert
from core.heads import GENDER, GENDER_LABELS
from core.model.backend import load_keras
from core.model.calibration import p_female
from core.model.engines import KerasEngine, LiteRTEngine
from core.model.metadata import Head
from core.training.batches import Examples
from tests.unit.training_case import CROP, THREE

HEAD = Head(GENDER_LABELS)
HOLDS = Parity("int8", 2000, 0.2, 0.99, 0.001, -0.005, 0.005, 0.005)


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, True),
        ({"accuracy_low": -0.0051}, False),
        ({"accuracy_high": 0.0051}, False),
        ({"calibration_change": 0.0051}, False),
        ({"calibration_change": -0.1}, True),
        ({"crops": 1999}, False),
        ({"weights": "float16", "crops": 20}, True),
        ({"largest_difference": 1.0}, True),
        ({"weights": "float16", "equal_labels": 0.5}, True),
        ({"weights": "float32", "accuracy_low": -1.0}, True),
        ({"weights": "factors"}, True),
        ({"weights": "factors", "crops": 1999}, False),
        ({"weights": "factors", "accuracy_low": -0.0051}, False),
        ({"weights": "factors", "crops": 100, "largest_difference": 0.001}, True),
        ({"weights": "factors", "crops": 99, "largest_difference": 0.001}, False),
        ({"weights": "factors", "crops": 100, "largest_difference": 0.0011}, False),
        ({"weights": "int8", "crops": 100, "largest_difference": 0.001}, False),
    ],
)
def test_an_integer_file_holds_up_to_its_limits_and_a_float_file_always(changes: dict[str, Any], holds: bool) -> None:
    assert replace(HOLDS, **changes).holds == holds


@pytest.fixture(scope="module")
def network() -> Any:
    load_keras().utils.set_random_seed(0)
    return THREE.build(32, THREE.heads, None)


@pytest.fixture(scope="module")
def crops() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def proof(network: Any, crops: np.ndarray) -> Proof:
    female = np.arange(len(crops)) % 2 == 0
    labels = np.stack([female if label == "female" else ~female for label in GENDER_LABELS], axis=1)
    val = Examples(crops, CROP, {GENDER: labels.astype(np.float32)})
    return proof_of(KerasEngine(network).predict(crops), val, THREE.heads, HEAD)


def test_a_proof_holds_the_networks_own_answers(network: Any, crops: np.ndarray, proof: Proof) -> None:
    expected = p_female(network.predict_on_batch(crops.astype(np.float32))[GENDER], HEAD)
    np.testing.assert_allclose(proof.expected, expected, atol=1e-6)


@pytest.fixture(scope="module")
def integer(network: Any, proof: Proof, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Parity]:
    path = tmp_path_factory.mktemp("int8") / "model.int8.tflite"
    return path, write_int8(network, path, proof.crops[:20], proof)


def test_an_integer_file_answers_near_the_network_with_every_head(
    integer: tuple[Path, Parity], crops: np.ndarray, proof: Proof
) -> None:
    path, parity = integer
    answers = LiteRTEngine(path).predict(crops)
    assert {head: answer.shape for head, answer in answers.items()} == {
        head: (len(crops), len(labels)) for head, labels in THREE.heads.items()
    }
    difference = np.abs(p_female(answers[GENDER], HEAD) - proof.expected)
    assert parity.largest_difference == pytest.approx(difference.max(), abs=1e-6)
    assert 0 < difference.max() < 0.05
    assert (parity.weights, parity.crops) == ("int8", len(crops))


def test_integers_are_not_shifted_towards_one_answer(
    network: Any, integer: tuple[Path, Parity], crops: np.ndarray
) -> None:
    """On the crops whose ranges were taken; the network itself is as it was."""
    before = {weight.path: weight.numpy() for weight in network.weights}
    expected, found = KerasEngine(network).predict(crops[:20]), LiteRTEngine(integer[0]).predict(crops[:20])
    for head in THREE.heads:
        shift = (found[head] - expected[head]).mean(axis=0)
        step = np.ptp(expected[head]) / 255
        assert np.abs(shift).max() < step / 2, head
    assert all((before[weight.path] == weight.numpy()).all() for weight in network.weights)


def test_an_integer_file_takes_pixels_and_computes_in_integers(integer: tuple[Path, Parity]) -> None:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(integer[0]))
    (taken,) = interpreter.get_input_details()
    assert taken["dtype"] == np.uint8
    kinds = {np.dtype(tensor["dtype"]).name for tensor in interpreter.get_tensor_details() if len(tensor["shape"]) == 4}
    assert {"uint8", "int8"} <= kinds
    assert not {"float32", "float16"} & kinds


def test_parity_compares_labels_and_accuracy(network: Any, crops: np.ndarray, proof: Proof, tmp_path: Path) -> None:
    """Against answers that are all the other way round and wrong, no label is equal and all accuracy is won."""
    called = proof.expected >= 0.5
    turned = replace(proof, expected=np.where(called, 0.0, 1.0), female=called)
    parity = write_float(network, tmp_path / "model.tflite", turned)
    assert parity.weights == "float32", "half precision counts as losing something, so it was tried with more"
    assert parity.equal_labels == 0
    assert parity.accuracy_change == 1
    assert parity.largest_difference > 0.5


def test_a_float_file_is_half_precision_where_that_loses_nothing(network: Any, proof: Proof, tmp_path: Path) -> None:
    parity = write_float(network, tmp_path / "model.tflite", proof)
    assert parity.weights == "float16"
    assert parity.largest_difference <= MAX_DIFFERENCE
    assert (parity.equal_labels, parity.accuracy_change) == (1, 0)
    assert (parity.accuracy_low, parity.accuracy_high) == (0, 0)
    assert abs(parity.calibration_change) < 0.01
    assert (tmp_path / "model.tflite").stat().st_size < 2.5 * network.count_params()


def test_a_change_of_accuracy_has_the_interval_of_its_paired_differences(
    network: Any, crops: np.ndarray, proof: Proof, tmp_path: Path
) -> None:
    """Of 40 crops the network is made to be right in all, and the file is wrong in every fourth."""
    called = proof.expected >= 0.5
    truth = called.copy()
    truth[::4] = ~truth[::4]
    parity = write_float(network, tmp_path / "model.tflite", replace(proof, expected=truth.astype(float), female=truth))
    assert parity.accuracy_change == pytest.approx(-0.25)
    assert parity.accuracy_high - parity.accuracy_low == pytest.approx(2 * 1.96 * np.sqrt(0.25 * 0.75 / 40), abs=1e-5)


@pytest.mark.parametrize(
    ("low", "compared", "files"),
    [
        (-0.005, 2000, ["model.int8.tflite", "model.tflite"]),
        (-0.01, 2000, ["model.tflite"]),
        (-0.005, 1999, ["model.tflite"]),
    ],
)
def test_an_integer_file_that_does_not_hold_is_removed(
    low: float, compared: int, files: list[str], network: Any, crops: np.ndarray, proof: Proof, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def write(model: Any, path: Path, *_: object) -> Parity:
        path.write_bytes(b"a model")
        return replace(HOLDS, accuracy_low=low, crops=compared)

    monkeypatch.setattr(export, "write_float", write)
    monkeypatch.setattr(export, "write_int8", write)
    converted = convert(network, tmp_path, crops, proof)
    assert sorted(path.name for path in tmp_path.iterdir()) == files
    assert converted.int8.accuracy_low == low
