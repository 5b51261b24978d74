"""Probabilities made honest on validation faces."""

import numpy as np
import pytest

from core.export.temperature import fit_temperature
from core.heads import GENDER_LABELS
from core.model.calibration import probabilities
from core.model.metadata import Head


def test_temperature_makes_an_overconfident_network_honest() -> None:
    rng = np.random.default_rng(0)
    true_logits = rng.normal(0, 1.5, (4000, 2))
    shares = probabilities(true_logits, Head(GENDER_LABELS))
    numbers = (rng.random(4000) < shares[:, 1]).astype(int)
    assert fit_temperature(true_logits * 3, numbers, GENDER_LABELS) == pytest.approx(3, rel=0.1)
    assert fit_temperature(true_logits, numbers, GENDER_LABELS) == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("faces", [4, 40, 4000])
def test_faces_told_apart_without_a_mistake_make_no_answer_surer_than_their_number_allows(faces: int) -> None:
    numbers = np.arange(faces) % 2
    logits = np.where(np.arange(2) == numbers[:, None], 3.0, -3.0)
    temperature = fit_temperature(logits, numbers, GENDER_LABELS)
    surest = probabilities(logits, Head(GENDER_LABELS, temperature)).max()
    assert surest == pytest.approx((faces + 1) / (faces + 2), abs=0.1 / faces)


def test_the_temperature_of_weighted_rows_is_that_of_as_many_copies() -> None:
    rng = np.random.default_rng(1)
    logits, numbers, copies = rng.normal(0, 2, (300, 2)), rng.integers(0, 2, 300), rng.integers(0, 4, 300)
    weighted = fit_temperature(logits, numbers, GENDER_LABELS, copies)
    assert weighted == pytest.approx(
        fit_temperature(np.repeat(logits, copies, axis=0), np.repeat(numbers, copies), GENDER_LABELS), rel=0.01
    )
    assert weighted != pytest.approx(fit_temperature(logits, numbers, GENDER_LABELS), rel=0.05)
