"""Occlusion maps and Grad-CAM of models whose answer depends on a known part of the crop."""

from pathlib import Path

import numpy as np
import pytest

from core.classify.pipeline import Classifier
from core.errors import ExplanationError
from core.explain.evidence import CELLS, grad_cam, occlusion
from core.explain.regions import REGIONS, Region, region_map
from core.heads import GENDER, GENDER_LABELS
from core.model.engines import KerasEngine, Logits
from core.model.loaded import LoadedModel
from core.model.metadata import Head, ModelMetadata
from core.model.second_look import SecondLook
from core.model.store import ModelStore
from core.results import Label
from core.settings import CropRecipe
from core.types import Pixels

RECIPE = CropRecipe(size=80, margin=1.5)
# Rows and columns, each in one cell of the grid.
SPOTS = {
    Region.EYES: (slice(33, 37), slice(42, 48)),
    Region.MASK: (slice(50, 54), slice(32, 38)),
    Region.HAIR: (slice(10, 14), slice(42, 48)),
    Region.BACKGROUND: (slice(74, 80), slice(0, 6)),
}


class SpotEngine:
    """Takes a face for a woman's if one spot of the crop is blue, for a man's if it is not."""

    name = "Spot"

    def __init__(self, spot: tuple[slice, slice] | None) -> None:
        self.spot, self.batches = spot, list[int]()

    def predict(self, crops: Pixels) -> Logits:
        self.batches.append(len(crops))
        blue = np.zeros(len(crops)) if self.spot is None else crops[:, *self.spot, 2].mean(axis=(1, 2))
        return {GENDER: np.stack([np.zeros_like(blue), blue / 20 - 5], axis=1).astype(np.float32)}


class BrokenEngine(SpotEngine):
    def predict(self, crops: Pixels) -> Logits:
        raise RuntimeError("the interpreter is gone")


def classifier_of(engine: object, second: SecondLook | None = None) -> Classifier:
    metadata = ModelMetadata("spot", "For tests", "none", RECIPE, {GENDER: Head(GENDER_LABELS)}, second_look=second)
    return Classifier(LoadedModel(metadata, engine))


def crop_with(spot: tuple[slice, slice], value: int, around: int) -> Pixels:
    crop = np.full((80, 80, 3), around, np.uint8)
    crop[spot] = value
    return crop


@pytest.mark.parametrize("region", SPOTS)
@pytest.mark.parametrize(("value", "around", "answer"), [(255, 0, Label.FEMALE), (0, 255, Label.MALE)])
def test_the_map_lights_up_where_the_answer_comes_from(region: Region, value: int, around: int, answer: Label) -> None:
    spot = SPOTS[region]
    assert (region_map(RECIPE)[spot] == REGIONS.index(region)).all()
    found = occlusion(classifier_of(SpotEngine(spot)), crop_with(spot, value, around))

    assert found.answer is answer
    assert found.evidence[spot].min() == pytest.approx(found.evidence.max())
    assert found.evidence[spot].min() > 1
    assert found.shares is not None
    assert found.shares[region] > 0.95


def test_what_speaks_against_the_answer_is_negative_and_no_evidence_for_it() -> None:
    spot = SPOTS[Region.MASK]
    found = occlusion(classifier_of(SpotEngine(spot)), crop_with(spot, 110, 140))

    assert found.answer is Label.FEMALE
    assert found.evidence[spot].max() < 0
    assert found.evidence.max() == pytest.approx(0)
    assert found.shares is None


def test_an_answer_that_does_not_depend_on_the_crop_has_no_shares() -> None:
    found = occlusion(classifier_of(SpotEngine(None)), crop_with(SPOTS[Region.EYES], 255, 0))

    assert not found.evidence.any()
    assert found.shares is None


def test_the_model_is_asked_about_so_many_crops_and_no_more() -> None:
    engine = SpotEngine(SPOTS[Region.EYES])
    occlusion(classifier_of(engine), crop_with(SPOTS[Region.EYES], 255, 0))

    assert sum(engine.batches) == (CELLS + 1) ** 2 + 1 <= 100
    assert len(engine.batches) <= 2


def test_a_face_that_is_looked_at_twice_is_so_under_every_cover() -> None:
    spot = SPOTS[Region.MASK]
    engine = SpotEngine(spot)
    found = occlusion(classifier_of(engine, SecondLook(closer_than=1, share=0.1)), crop_with(spot, 110, 140))

    assert sum(engine.batches) == 2 * ((CELLS + 1) ** 2 + 1) + 1
    # As the face is, half of its answer comes from its mirror image, in which there is no such spot.
    assert found.before == pytest.approx(1 / (1 + np.exp(-(0.5 + 2) / 2)))


def test_a_face_that_is_looked_at_once_is_so_under_every_cover() -> None:
    engine = SpotEngine(SPOTS[Region.EYES])
    second = SecondLook(closer_than=7, share=0.1)
    occlusion(classifier_of(engine, second), crop_with(SPOTS[Region.EYES], 255, 0))

    assert sum(engine.batches) == (CELLS + 1) ** 2 + 1 + 1


def test_a_model_that_fails_is_a_sentence() -> None:
    with pytest.raises(ExplanationError, match="'spot' could not answer") as caught:
        occlusion(classifier_of(BrokenEngine(None)), crop_with(SPOTS[Region.EYES], 255, 0))
    assert caught.value.code == "no_answer"


def test_the_shipped_model_is_explained_by_its_own_engine(shipped_model: Path) -> None:
    classifier = Classifier(ModelStore(shipped_model.parent).load(shipped_model.name))
    size = classifier.model.metadata.crop.size
    crop = np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)
    found = occlusion(classifier, crop)

    assert found.evidence.shape == (size, size)
    assert np.isfinite(found.evidence).all()
    assert found.evidence.any()


def test_a_model_in_integers_says_mask_and_age_and_is_explained(sample_paths: list[Path]) -> None:
    store = ModelStore()
    name = next(name for name in store.names() if "LiteRT int8" in store.engines(name))
    integers, exact = (Classifier.load(name, engine=engine) for engine in (None, store.exact_engine(name)))
    assert integers.model.engine.name == "LiteRT int8"
    (face, *_), (other, *_) = (made.classify(sample_paths[0]).faces for made in (integers, exact))
    assert (face.label, face.mask, face.age_band) == (other.label, other.mask, other.age_band)
    assert face.p_female == pytest.approx(other.p_female, abs=0.1)
    assert occlusion(integers, face.crop).evidence.any()


def test_grad_cam_needs_keras() -> None:
    with pytest.raises(ExplanationError, match="needs the Keras engine; Spot") as caught:
        grad_cam(classifier_of(SpotEngine(None)), crop_with(SPOTS[Region.EYES], 255, 0))
    assert caught.value.code == "no_feature_maps"


def blue_network(weights: tuple[float, ...]) -> object:
    """The bluer the bluest cell of 8 pixels, the likelier a woman; `weights` lead from it to the logits."""
    import keras

    layers = keras.layers
    inputs = layers.Input((80, 80, 3))
    cells = layers.AveragePooling2D(8)(layers.Rescaling(1 / 255)(inputs))
    picks, answers = layers.Conv2D(1, 1, use_bias=False), layers.Dense(len(weights), name=GENDER)
    model = keras.Model(inputs, {GENDER: answers(layers.GlobalMaxPooling2D()(picks(cells)))})
    picks.set_weights([np.array([0, 0, 1], np.float32).reshape(1, 1, 3, 1)])
    answers.set_weights([np.array([weights], np.float32), np.zeros(len(weights), np.float32)])
    return model


@pytest.mark.parametrize("weights", [(0.0, 5.0), (5.0,)], ids=["a logit a label", "one logit"])
def test_grad_cam_lights_up_where_the_feature_is(weights: tuple[float, ...]) -> None:
    spot = (slice(48, 56), slice(32, 40))
    found = grad_cam(classifier_of(KerasEngine(blue_network(weights))), crop_with(spot, 255, 0))

    assert found.answer is Label.FEMALE
    assert found.evidence.shape == (80, 80)
    assert found.evidence.max() == pytest.approx(1)
    assert np.unravel_index(found.evidence.argmax(), (80, 80))[0] in range(48, 56)
    assert found.evidence[:32].max() == 0
    assert found.shares is not None
    assert found.shares[Region.MASK] > 0.9


def test_grad_cam_shows_both_looks_at_a_doubtful_face() -> None:
    crop = crop_with((slice(48, 56), slice(16, 24)), 60, 0)
    crop[8:16, 64:72] = 50
    engine = KerasEngine(blue_network((0.0, 5.0)))
    once = grad_cam(classifier_of(engine), crop).evidence
    twice = grad_cam(classifier_of(engine, SecondLook(closer_than=100, share=1)), crop).evidence
    mirrored = np.ascontiguousarray(crop[:, ::-1])
    other = grad_cam(classifier_of(engine), mirrored).evidence[:, ::-1]

    assert twice.max() == pytest.approx(1)
    np.testing.assert_allclose(twice, (once + other) / (once + other).max(), atol=0.01)


def test_grad_cam_of_a_network_without_feature_maps_is_a_sentence() -> None:
    import keras

    inputs = keras.layers.Input((80, 80, 3))
    outputs = keras.layers.Dense(2, name=GENDER)(keras.layers.GlobalAveragePooling2D()(inputs))
    flat = keras.Model(inputs, {GENDER: outputs}, name="flat")
    with pytest.raises(ExplanationError, match="no feature maps"):
        # Its input is the one layer with places, and an input is no feature.
        grad_cam(classifier_of(KerasEngine(flat)), crop_with(SPOTS[Region.EYES], 255, 0))


@pytest.mark.parametrize("region", SPOTS)
def test_it_says_what_the_strongest_part_is_worth_and_where_it_is(region: Region) -> None:
    crop = crop_with(SPOTS[region], 255, 0)
    found = occlusion(classifier_of(SpotEngine(SPOTS[region])), crop)

    assert found.before > 0.99
    assert found.after < 0.6
    assert found.effect == pytest.approx(found.before - found.after)
    assert found.strongest is region


def test_a_part_that_is_worth_nothing_has_no_effect() -> None:
    found = occlusion(classifier_of(SpotEngine(None)), crop_with(SPOTS[Region.EYES], 255, 0))
    assert found.effect == 0
