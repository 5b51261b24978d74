"""The same face in other masks: what is drawn, what is asked, and what cannot be drawn."""

import numpy as np
import pytest

from core.classify.pipeline import Classifier
from core.errors import ExplanationError
from core.explain.regions import REGIONS, Region, region_map
from core.explain.what_if import AS_IT_IS, BARE, WhatIf, what_if
from core.heads import GENDER, GENDER_LABELS, MASK, MASK_LABELS
from core.labels import family_words
from core.model.engines import Logits
from core.model.loaded import LoadedModel
from core.model.metadata import Head, ModelMetadata
from core.results import FaceResult, Label, Worn
from core.settings import CropRecipe
from core.types import Picture, Pixels
from core.vision.masks import MaskFamily
from tests.unit.portraits import portrait

RECIPE = CropRecipe(size=64, margin=1.5)
MASKED = region_map(RECIPE) == REGIONS.index(Region.MASK)


class DarkEngine:
    """Takes a dark lower half of the face for a man's, a light one for a woman's; says of all whether it is masked."""

    name = "Dark"

    def __init__(self, masked: float = -9) -> None:
        self.masked, self.batches = masked, list[int]()

    def predict(self, crops: Pixels) -> Logits:
        self.batches.append(len(crops))
        light = (crops[:, MASKED].mean(axis=(1, 2)) - 90) / 10
        zeros = np.zeros_like(light)
        answers = {GENDER: np.stack([zeros, light], axis=1), MASK: np.stack([zeros, zeros + self.masked], axis=1)}
        return {head: logits.astype(np.float32) for head, logits in answers.items()}


def classifier_of(engine: DarkEngine) -> Classifier:
    heads = {GENDER: Head(GENDER_LABELS), MASK: Head(MASK_LABELS)}
    return Classifier(LoadedModel(ModelMetadata("dark", "For tests", "none", RECIPE, heads), engine))


def the_face(classifier: Classifier, pixels: Pixels, *, whole: bool = False) -> FaceResult:
    (face,) = classifier.classify(Picture(pixels, "p.png", "0"), assume_crop=whole).faces
    return face


def ask(engine: DarkEngine) -> tuple[WhatIf, FaceResult]:
    classifier, pixels = classifier_of(engine), portrait("biden")
    result = the_face(classifier, pixels)
    engine.batches.clear()
    return what_if(classifier, pixels, result), result


def test_every_family_is_drawn_and_all_are_asked_about_at_once() -> None:
    engine = DarkEngine()
    found, result = ask(engine)

    assert [variant.name for variant in found.variants] == [BARE, *map(family_words, MaskFamily)]
    assert engine.batches == [7]
    assert (found.variants[0].crop == result.crop).all(), "as the app's own way cuts it"
    assert found.variants[0].p_female == pytest.approx(result.p_female)
    for variant in found.variants[1:]:
        changed = np.any(variant.crop != result.crop, axis=2)
        assert changed[MASKED].mean() > 0.6, variant.name


def test_the_label_changes_with_the_mask_that_changes_what_the_model_looks_at() -> None:
    found, _ = ask(DarkEngine())
    called = {variant.name: variant.called for variant in found.variants}

    assert called[BARE] is Label.FEMALE
    assert called["N95"] is Label.FEMALE, "it is white"
    assert called["black"] is Label.MALE
    assert {variant.name for variant in found.changed} == {
        name for name, label in called.items() if label is Label.MALE
    }
    assert not found.masked


@pytest.mark.parametrize(("logit", "state"), [(9, Worn.WORN), (0.1, Worn.UNSURE)])
def test_a_face_that_is_not_bare_is_not_called_so(logit: float, state: Worn) -> None:
    found, result = ask(DarkEngine(masked=logit))

    assert result.mask is state
    assert [variant.name for variant in found.variants] == [AS_IT_IS, *map(family_words, MaskFamily)]
    assert found.masked is (state is Worn.WORN)


def test_the_same_masks_are_drawn_every_time() -> None:
    first, second = ask(DarkEngine())[0], ask(DarkEngine())[0]

    assert all((a.crop == b.crop).all() for a, b in zip(first.variants, second.variants, strict=True))


def test_without_landmarks_nothing_can_be_drawn() -> None:
    classifier = classifier_of(DarkEngine())
    pixels = np.random.default_rng(0).integers(0, 255, (90, 90, 3), dtype=np.uint8)
    with pytest.raises(ExplanationError, match="no face was detected") as caught:
        what_if(classifier, pixels, the_face(classifier, pixels, whole=True))
    assert caught.value.code == "no_landmarks"


def test_a_face_whose_lower_half_is_cut_off_is_a_sentence() -> None:
    classifier, pixels = classifier_of(DarkEngine()), portrait("biden")
    result = the_face(classifier, pixels)
    eyes = int(max(y for _, y in result.face.landmarks[:2]))
    with pytest.raises(ExplanationError, match="outside the picture") as caught:
        what_if(classifier, pixels[: eyes - round(0.3 * result.face.box.height)], result)
    assert caught.value.code == "not_drawn"


def test_an_engine_that_fails_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    classifier, pixels = classifier_of(DarkEngine()), portrait("biden")
    result = the_face(classifier, pixels)
    monkeypatch.setattr(DarkEngine, "predict", lambda self, crops: {GENDER: np.full((len(crops), 2), np.nan)})
    with pytest.raises(ExplanationError, match="could not answer") as caught:
        what_if(classifier, pixels, result)
    assert caught.value.code == "no_answer"
