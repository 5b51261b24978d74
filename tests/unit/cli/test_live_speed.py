import json
from itertools import islice

import numpy as np
import pytest

from core.cli import main
from core.cli.benchmark.live import moving_frames


def test_frames_move_and_have_a_camera_s_size() -> None:
    one, two = islice(moving_frames(), 2)
    assert one.shape == two.shape == (480, 640, 3)
    assert np.array_equal(one[:, 4:], two[:, :-4])


def test_the_command_prints_what_it_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["live", "--seconds", "3", "--json"]) == 0
    speed = json.loads(capsys.readouterr().out)
    assert speed["per_second"] > 0
    assert 0 < speed["delay_ms"] <= speed["delay_p95_ms"]
    assert speed["people"] >= 1
