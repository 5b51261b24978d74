"""Which way up faces are taken to be, of bare and masked portraits that fill their pictures."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.types import Pixels, face_size, roll_of
from core.vision.detection.uprightness import QUARTERS, turns
from core.vision.masks import FAMILIES, draw_mask, random_style
from tests.unit.portraits import NAMES, detector, portrait, portrait_face


@given(arrays(np.float32, (QUARTERS, QUARTERS), elements=st.floats(-20, 20, width=32)), st.integers(0, 3))
def test_a_turn_of_the_face_turns_the_answer_alone(logits: np.ndarray, quarters: int) -> None:
    told = turns(logits)
    assert np.exp(told).sum() == pytest.approx(1)
    np.testing.assert_allclose(turns(np.roll(logits, -quarters, axis=0)), np.roll(told, -quarters), atol=1e-9)


def tight(name: str, family: str, seed: int) -> Pixels:
    """A masked portrait of 200 pixels that ends where the face ends, as collections of faces have them."""
    pixels, face = portrait(name), portrait_face(name)
    masked = draw_mask(pixels, face, random_style(np.random.default_rng(seed), (family,)))
    x, y = face.box.center
    half = 0.47 * face_size(face)
    cut = masked[max(0, round(y - half)) : round(y + half), max(0, round(x - half)) : round(x + half)]
    return cv2.resize(cut, (200, 200), interpolation=cv2.INTER_AREA).astype(np.uint8)


@pytest.mark.parametrize("quarters", range(QUARTERS))
def test_a_masked_face_that_fills_its_picture_stands_as_it_stands(quarters: int) -> None:
    wrong, unsure, tried = 0, 0, 0
    for name in NAMES:
        for family in FAMILIES:
            pixels = np.ascontiguousarray(np.rot90(tight(name, family, 1), quarters))
            for face in detector().detect(pixels):
                tried += 1
                right = abs(math.remainder(roll_of(face) + quarters * math.pi / 2, 2 * math.pi)) < math.radians(45)
                wrong += not right and face.way_up_known
                unsure += not face.way_up_known
    assert tried >= 0.9 * len(NAMES) * len(FAMILIES)
    assert wrong == 0
    assert unsure <= 0.1 * tried


def test_a_face_that_was_taken_for_one_on_its_head_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels, found = portrait("obama"), portrait_face("obama")
    left, right, *rest = found.landmarks
    on_its_head = replace(found, landmarks=(right, left, *rest))
    monkeypatch.setattr(type(detector()), "_find", lambda *_: [on_its_head])
    (face,) = detector().detect(pixels)
    assert abs(roll_of(face)) < math.radians(10)
    assert face.way_up_known
