"""The same photograph is told from one that is only alike."""

from collections.abc import Callable
from io import BytesIO

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.data.duplicates import SIDE, Indices, likeness, same_photographs, thumbnail
from core.types import Pixels
from tests.unit.portraits import NAMES, head, resized


def all_pairs(first: Indices, second: Indices) -> np.ndarray:
    return np.ones(len(first), bool)


def are_the_same(one: Pixels, other: Pixels) -> bool:
    return {*same_photographs(np.stack([thumbnail(one), thumbnail(other)]), all_pairs)} == {(0, 1)}


def as_jpeg(pixels: Pixels) -> Pixels:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=30)
    return np.asarray(Image.open(file))


def with_black_corner(pixels: Pixels) -> Pixels:
    corner = np.array([[0, 0], [len(pixels), 0], [0, len(pixels) // 6]], np.int32)
    return np.asarray(cv2.fillPoly(pixels.copy(), [corner], (0, 0, 0)), np.uint8)


CHANGES: dict[str, Callable[[Pixels], Pixels]] = {
    "saved as a poor JPEG": as_jpeg,
    "a third of the size": lambda pixels: resized(pixels, 0.34),
    "grey": lambda pixels: np.repeat(pixels.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8),
    "mirrored": lambda pixels: np.ascontiguousarray(pixels[:, ::-1]),
    "a corner is black": with_black_corner,
    "cut a little tighter": lambda pixels: pixels[2:, :-2],
    "squeezed": lambda pixels: np.asarray(cv2.resize(pixels, (150, 170), interpolation=cv2.INTER_AREA), np.uint8),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_photograph_is_known_again(name: str, change: str) -> None:
    assert are_the_same(head(name, 120), CHANGES[change](head(name, 120)))


@settings(deadline=None, max_examples=30)
@given(contrast=st.floats(0.6, 1.2), brightness=st.floats(-15, 15), tint=st.floats(0.8, 1.2))
def test_light_and_colour_do_not_matter(contrast: float, brightness: float, tint: float) -> None:
    pixels = head("obama", 120).astype(np.float32) * contrast * (tint, 1, 1) + brightness
    assert are_the_same(head("obama", 120), np.clip(pixels, 0, 255).astype(np.uint8))


def test_faces_of_different_people_are_not_the_same_photograph() -> None:
    faces = np.stack([thumbnail(head(name, 120)) for name in NAMES])
    assert [*same_photographs(faces, all_pairs)] == []
    assert max(likeness(faces[i], faces[j]) for i, j in ((0, 1), (0, 2), (1, 2))) < 0.8


def test_plain_pictures_are_too_plain_to_tell() -> None:
    plain = np.stack([np.full((SIDE, SIDE), value, np.uint8) for value in (0, 0, 128, 255)])
    assert [*same_photographs(plain, all_pairs)] == []


def test_only_the_pairs_that_matter_are_given() -> None:
    small = np.stack([thumbnail(head("obama", 120))] * 4)

    def odd_with_even(first: Indices, second: Indices) -> np.ndarray:
        return (first + second) % 2 == 1

    assert {*same_photographs(small, odd_with_even)} == {(0, 1), (0, 3), (1, 2), (2, 3)}


def test_pairs_are_found_wherever_they_stand_among_many() -> None:
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (300, SIDE, SIDE), np.uint8)
    small[7] = small[290] = thumbnail(head("biden", 120))
    small[130], small[131] = small[3], small[200, :, ::-1]
    assert {*same_photographs(small, all_pairs)} == {(7, 290), (3, 130), (131, 200)}
