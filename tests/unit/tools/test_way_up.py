"""The training of the network that tells which way up faces are."""

from pathlib import Path

import numpy as np
import pytest

from core.vision.detection.litert import Network
from core.vision.detection.uprightness import CROP, QUARTERS
from tests.unit.training_case import write_prepared
from tools.__main__ import main


def test_a_network_is_trained_from_prepared_crops_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_prepared(tmp_path / "prepared")
    file = tmp_path / "way_up.tflite"
    command = ["way_up", str(tmp_path / "prepared"), "--output", str(file)]
    assert main([*command, "--epochs", "2", "--faces", "256"]) == 0
    said = capsys.readouterr().out
    assert "validation faces the right way up" in said
    assert f"{file.stat().st_size:,} bytes" in said
    views = np.zeros((QUARTERS, CROP.size, CROP.size, 3), np.float32)
    (logits,) = Network(file, views.shape).run(views)
    assert logits.shape == (QUARTERS, QUARTERS)
    assert np.isfinite(logits).all()
    file.write_bytes(b"somebody else's")
    assert main(command) == 1
    assert file.read_bytes() == b"somebody else's"
