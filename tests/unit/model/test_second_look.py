import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.classify.pipeline import Classifier
from core.evaluation.evaluator import evaluate
from core.export.second_look import second_look
from core.heads import GENDER, GENDER_LABELS, MASK, MASK_LABELS
from core.model.calibration import p_female
from core.model.engines import Logits
from core.model.loaded import LoadedModel
from core.model.metadata import Head, ModelMetadata
from core.model.second_look import SecondLook
from core.settings import CropRecipe
from core.types import Pixels
from tests.unit.evaluation_case import FACES, bright_model, write_prepared

FEMALE, MALE = GENDER_LABELS.index("female"), GENDER_LABELS.index("male")
VARIANTS = ["real", "real", "drawn", "drawn", "drawn", "drawn", "bare"]


class LeftEngine:
    """The brighter the left half, the more female, and masked; remembers how many crops it is given at a time."""

    name = "Left"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def predict(self, crops: Pixels) -> Logits:
        self.batches.append(len(crops))
        left = (crops[:, :, : crops.shape[2] // 2].mean(axis=(1, 2, 3)) - 100).astype(np.float32)
        female = np.zeros((len(crops), 2), np.float32)
        female[:, FEMALE] = left
        return {GENDER: female, MASK: np.stack([0 * left, left / 10], axis=1)}


def model(second: SecondLook | None) -> LoadedModel:
    heads = {GENDER: Head(GENDER_LABELS), MASK: Head(MASK_LABELS)}
    return LoadedModel(ModelMetadata("m", "", "n", CropRecipe(16), heads, second_look=second), LeftEngine())


def crops(*halves: tuple[int, int]) -> Pixels:
    """Crops with a left and a right half of one brightness each."""
    made = np.zeros((len(halves), 16, 16, 3), np.uint8)
    for crop, (left, right) in zip(made, halves, strict=True):
        crop[:, :8], crop[:, 8:] = left, right
    return made


def test_only_doubtful_faces_are_looked_at_again_and_every_answer_of_theirs_is_the_mean() -> None:
    asked = model(SecondLook(closer_than=5, share=0.2))
    said = asked.answer(crops((101, 109), (140, 60), (96, 90), (60, 140)))
    np.testing.assert_allclose(said[GENDER][:, FEMALE], [5, 40, -7, -40])
    np.testing.assert_allclose(said[GENDER][:, MALE], 0)
    np.testing.assert_allclose(said[MASK][:, 1], [0.5, 4, -0.7, -4])
    assert asked.engine.batches == [4, 2]  # type: ignore[attr-defined]


def test_a_face_and_its_mirror_image_get_the_same_answer_where_both_are_doubtful() -> None:
    faces = crops((98, 104), (103, 97))
    asked = model(SecondLook(closer_than=5, share=0.2))
    mirrored = np.ascontiguousarray(faces[:, :, ::-1])
    np.testing.assert_array_equal(asked.answer(faces)[GENDER], asked.answer(mirrored)[GENDER])


@pytest.mark.parametrize("second", [None, SecondLook(closer_than=0.5, share=0)])
def test_without_doubts_there_is_one_look(second: SecondLook | None) -> None:
    asked = model(second)
    faces = crops((120, 100), (90, 100))
    np.testing.assert_array_equal(asked.answer(faces)[GENDER], asked.engine.predict(faces)[GENDER])
    assert asked.engine.batches == [2, 2]  # type: ignore[attr-defined]


def test_answers_do_not_depend_on_the_other_faces_of_a_batch() -> None:
    faces = crops((101, 109), (140, 60), (96, 90), (103, 60))
    asked = model(SecondLook(closer_than=5, share=0.2))
    alone = np.concatenate([asked.answer(faces[number : number + 1])[GENDER] for number in range(len(faces))])
    np.testing.assert_array_equal(asked.answer(faces)[GENDER], alone)


def test_pictures_are_answered_with_the_second_look() -> None:
    (doubtful, sure) = Classifier(model(SecondLook(closer_than=5, share=0.2))).predict(crops((101, 109), (140, 60)))
    assert doubtful.p_female == pytest.approx(1 / (1 + np.exp(-5)))
    assert sure.p_female == pytest.approx(1)


def test_test_faces_are_answered_with_the_second_look(tmp_path: Path) -> None:
    prepared = write_prepared(tmp_path / "prepared", FACES)
    metadata, engine = bright_model().metadata, LeftEngine()
    evaluate(LoadedModel(metadata, engine), prepared)
    once, engine.batches = engine.batches, []
    evaluate(LoadedModel(replace(metadata, second_look=SecondLook(closer_than=1000, share=1)), engine), prepared)
    assert engine.batches == [count for count in once for _ in range(2)]


def test_a_model_that_looks_once_is_what_it_was_before_others_looked_twice() -> None:
    facts = asdict(model(None).metadata)
    del facts["second_look"]
    known = json.dumps([facts, "Left"], sort_keys=True)
    assert model(None).identity == hashlib.sha256(known.encode()).hexdigest()
    assert model(SecondLook(1, 0)).identity != model(None).identity != model(SecondLook(2, 0)).identity


def test_all_faces_can_be_looked_at_alike() -> None:
    asked, faces = model(SecondLook(closer_than=5, share=0.2)), crops((101, 109), (140, 60))
    assert [asked.is_unsure(face) for face in faces] == [True, False]
    np.testing.assert_allclose(asked.answer(faces, twice=True)[GENDER][:, FEMALE], [5, 0])
    np.testing.assert_allclose(asked.answer(faces, twice=False)[GENDER][:, FEMALE], [1, 40])
    np.testing.assert_allclose(model(None).answer(faces, twice=True)[GENDER][:, FEMALE], [1, 40])


@pytest.mark.parametrize("logits", [[[0.0, 1.5], [3, 0.9], [0, np.inf]], [[1.5], [-2.1], [np.nan]]])
def test_one_logit_or_two_say_how_sure_a_face_is_and_no_number_is_not_asked_again(logits: list[list[float]]) -> None:
    assert SecondLook(closer_than=2, share=0).needed(logits).tolist() == [True, False, False]


@given(st.floats(0.51, 0.99), st.floats(0.1, 5), st.lists(st.floats(-20, 20), min_size=7, max_size=7))
def test_faces_below_the_confidence_are_looked_at_again(
    confidence: float, temperature: float, gender: list[float]
) -> None:
    head = Head(GENDER_LABELS, temperature)
    logits = np.array([[0.0, value] for value in gender])
    second = second_look(logits, head, VARIANTS, confidence)
    assert second is not None
    p = p_female(logits, head)
    sure = np.maximum(p, 1 - p)
    clear = np.abs(sure - confidence) > 0.001
    needed = second.needed(logits)
    np.testing.assert_array_equal(needed[clear], (sure < confidence)[clear])
    assert second.share == pytest.approx((needed[:2].mean() + needed[2:6].mean()) / 2, abs=1e-4)


def test_no_confidence_needs_none_and_without_masked_faces_the_share_is_not_known() -> None:
    head, logits = Head(GENDER_LABELS), np.zeros((7, 2))
    assert second_look(logits, head, VARIANTS, 0.5) is None
    bare = second_look(logits, head, ["bare"] * 7, 0.9)
    assert bare is not None
    assert bare.share == 0


@pytest.mark.parametrize(("closer_than", "share"), [(0, 0.1), (-1, 0.1), (np.nan, 0.1), (1, -0.1), (1, 1.1)])
def test_a_second_look_that_cannot_be_is_refused(closer_than: float, share: float) -> None:
    with pytest.raises(ValueError, match="a second look has"):
        SecondLook(closer_than, share)
