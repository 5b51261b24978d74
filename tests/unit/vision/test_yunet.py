"""The detector's network in LiteRT: the faces of the published one in OpenCV, and how it is made."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ModelError
from core.settings import ASSETS_DIR, DETECTOR_FILE
from core.types import Face, Pixels
from core.vision.detection import yunet
from core.vision.detection.views import overview
from core.vision.detection.yunet import YuNet
from core.vision.pictures.decode import load_picture
from tests.unit.portraits import NAMES, portrait
from tests.unit.published_files import yunet as yunet_file
from tools.__main__ import main

NMS = 0.3
SAMPLES = sorted((ASSETS_DIR / "samples").glob("*.jpg"))


def rows_of_opencv(bgr: Pixels, score: float) -> np.ndarray:
    """OpenCV's detections: left, top, width, height, five points, score."""
    height, width = bgr.shape[:2]
    below, right = yunet.filled(height) - height, yunet.filled(width) - width
    bgr = np.asarray(cv2.copyMakeBorder(bgr, 0, below, 0, right, cv2.BORDER_CONSTANT), np.uint8)
    detector = cv2.FaceDetectorYN.create(str(yunet_file()), "", (bgr.shape[1], bgr.shape[0]), score, NMS, 5000)
    rows = detector.detect(bgr)[1]
    return np.empty((0, 15)) if rows is None else np.asarray(rows)


def row_of(face: Face) -> list[float]:
    box = face.box
    points = [value for point in face.landmarks for value in point]
    return [box.left, box.top, box.width, box.height, *points, face.score]


@pytest.mark.parametrize("side", [640, 333, 90])
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_it_finds_the_faces_of_the_published_network(path: Path, side: int) -> None:
    bgr = overview(load_picture(path).pixels, side).bgr
    found, expected = [row_of(face) for face in YuNet(NMS).look(bgr, 0.35)], rows_of_opencv(bgr, 0.35)
    assert len(found) == len(expected)
    assert np.abs(np.reshape(found, (-1, 15)) - expected).max(initial=0) < 0.01


def test_the_samples_have_faces_to_compare() -> None:
    found = [len(rows_of_opencv(overview(load_picture(path).pixels, 640).bgr, 0.35)) for path in SAMPLES]
    assert min(found) >= 1
    assert max(found) >= 4


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_any_shape_is_looked_at_and_noise_is_no_face(height: int, width: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    assert YuNet(NMS).look(noise, 0.9) == []


def test_faces_come_strongest_first_and_above_the_score() -> None:
    for path in SAMPLES:
        scores = [face.score for face in YuNet(NMS).look(overview(load_picture(path).pixels, 640).bgr, 0.5)]
        assert scores == sorted(scores, reverse=True)
        assert min(scores) >= 0.5


def test_a_face_stays_where_it_is_when_shapes_alternate() -> None:
    network, pixels = YuNet(NMS), portrait(NAMES[0])
    views = [overview(pixels, side).bgr for side in (640, 320, 256, 200)]
    assert [[network.look(view, 0.5) for view in views] for _ in range(2)] == [
        [YuNet(NMS).look(view, 0.5) for view in views]
    ] * 2


def test_the_shipped_network_is_what_the_command_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "network.tflite"
    assert main(["convert", str(yunet_file()), "--output", str(made)]) == 0
    assert f"{made.stat().st_size:,} bytes" in capsys.readouterr().out
    bgr = overview(load_picture(SAMPLES[0]).pixels, 640).bgr
    shipped = YuNet(NMS).look(bgr, 0.5)
    monkeypatch.setattr(yunet, "DETECTOR_FILE", made)  # not compared by their bytes, which name TensorFlow's version
    assert YuNet(NMS).look(bgr, 0.5) == shipped


def test_another_file_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.onnx"
    other.write_bytes(b"no network")
    assert main(["convert", str(other), "--output", str(tmp_path / "made")]) == 1
    assert "other.onnx" in capfd.readouterr().err
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("kept", [None, 0, 1_000, 120_000])
def test_a_missing_or_damaged_network_is_said_with_its_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kept: int | None
) -> None:
    other = tmp_path / "yunet.tflite"
    if kept is not None:
        other.write_bytes(DETECTOR_FILE.read_bytes()[:kept])
    monkeypatch.setattr(yunet, "DETECTOR_FILE", other)
    with pytest.raises(ModelError, match="Restore assets/yunet") as caught:
        YuNet(NMS)
    assert caught.value.code == "not_loadable"


def test_without_litert_the_cure_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(ModelError, match="install the requirements again"):
        YuNet(NMS)


def test_sides_are_filled_up_to_few_lengths() -> None:
    lengths = {yunet.filled(side) for side in range(1, 417)}
    assert len(lengths) < 12
    assert all(yunet.filled(side) >= side and yunet.filled(side) % 32 == 0 for side in range(1, 3000))
