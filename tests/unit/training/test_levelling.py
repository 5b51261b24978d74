"""Women and men recognised alike, under masks and without."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from core.heads import GENDER, MASK
from core.model.backend import load_keras
from core.training.levelling import difference, level, masked_faces
from core.training.selection import TrainingSettings
from core.training.trainer import Training, train
from core.training.validation import logits_of
from tests.unit.training_case import BASELINE, CROP, RECIPE, THREE, write_prepared

TO_WOMEN = {"bare": 2.0, "drawn": 2.0}


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Training:
    """Every fifth label is another: where all are told apart, no bias is best."""
    prepared = write_prepared(tmp_path_factory.mktemp("data") / "prepared")
    settings = TrainingSettings(replace(RECIPE, epochs=1))
    done = train(prepared, THREE, settings, tmp_path_factory.mktemp("runs") / "run")
    doubtful = done.val_index.copy()
    other = {"female": "male", "male": "female"}
    doubtful.loc[::5, GENDER] = doubtful.loc[::5, GENDER].map(other)
    return replace(done, val_index=doubtful)


def network(lean: dict[str, float] | None = None) -> Any:
    """Tells women from men by a bright forehead, masked from bare by a bright chin.

    Args:
        lean: By what is worn, how far gender's answers are moved towards *female*.
    """
    layers = load_keras().layers
    inputs = layers.Input((CROP.size, CROP.size, 3))
    halves = layers.AveragePooling2D((CROP.size // 2, CROP.size))(inputs)
    features = layers.Flatten()(layers.Rescaling(1 / 255)(halves))
    outputs = {name: layers.Dense(len(labels), name=name)(features) for name, labels in THREE.heads.items()}
    model = load_keras().Model(inputs, outputs)
    forehead, chin = np.repeat([[1.0, 0.0], [0.0, 1.0]], 3, axis=1)
    given = lean or {"bare": 0.0, "drawn": 0.0}
    slope = (given["drawn"] - given["bare"]) / 8  # bare faces lie about 4 below, masked ones about 4 above 0
    towards = forehead * 3 + slope * chin * 13, slope * -24 - 3.8 + (given["drawn"] + given["bare"]) / 2
    for head, label, (kernel, bias) in ((GENDER, "female", towards), (MASK, "masked", (chin * 13, -24.0))):
        positive = np.array([name == label for name in THREE.heads[head]])
        model.get_layer(head).set_weights([np.outer(kernel, positive), bias * positive])
    return model


def answers(model: Any, training: Training) -> np.ndarray:
    return difference(logits_of(model, training.val), THREE)


@pytest.mark.parametrize(
    "lean",
    [
        {"bare": 3.0, "drawn": 3.0},
        {"bare": -3.0, "drawn": -3.0},
        {"bare": -3.0, "drawn": 2.0},
        {"bare": 6.0, "drawn": -6.0},
    ],
)
def test_a_lean_to_one_gender_is_taken_out_where_it_is(lean: dict[str, float], training: Training) -> None:
    straight, model = network(), network(lean)
    before = answers(model, training) - answers(straight, training)
    for kind, by in lean.items():
        assert before[training.val_index["variant"] == kind].mean() == pytest.approx(by, abs=1.5)
    usual, usual_slope = level(straight, THREE, training)
    bias, slope = level(model, THREE, training)
    np.testing.assert_allclose(answers(model, training), answers(straight, training), atol=0.05)
    if lean["bare"] == lean["drawn"]:
        assert bias - usual == pytest.approx(-lean["bare"], abs=0.05)
        assert slope == pytest.approx(usual_slope, abs=0.02)
    else:
        assert (slope < usual_slope) == (lean["bare"] < lean["drawn"])


def part(training: Training, keep: np.ndarray) -> Training:
    """The training with some of its validation faces."""
    rows = np.flatnonzero(keep)
    val = replace(training.val, crops=training.val.crops[rows])
    return replace(training, val=val, val_index=training.val_index.iloc[rows].reset_index(drop=True))


def without_the_mask() -> Any:
    """Its answer on masks is the same for every face."""
    model = network(TO_WOMEN)
    layer = model.get_layer(MASK)
    layer.set_weights([weights * 0 for weights in layer.get_weights()])
    return model


@pytest.mark.parametrize("lacking", ["bare faces", "bare women", "an answer on masks", "a right answer on masks"])
def test_all_faces_are_moved_as_masked_ones_are_where_bare_ones_cannot_be_told_of(
    lacking: str, training: Training
) -> None:
    index = training.val_index
    bare = (index["variant"] == "bare").to_numpy()
    seen = {"bare faces": ~bare, "bare women": ~(bare & (index[GENDER] == "female").to_numpy())}
    heads = BASELINE if lacking == "an answer on masks" else THREE
    make = without_the_mask if lacking == "a right answer on masks" else partial(network, TO_WOMEN)
    model, alike = make(), make()
    before = answers(model, training)
    bias, slope = level(model, heads, part(training, seen.get(lacking, bare | True)))
    assert slope == 0
    assert bias == level(alike, BASELINE, part(training, ~bare))[0] != 0
    np.testing.assert_allclose(answers(model, training), before + bias, atol=1e-4)


def test_women_count_as_much_as_men_where_a_kind_of_mask_is_worn_by_men_alone(training: Training) -> None:
    index = training.val_index.copy()
    index.loc[(index["variant"] == "bare") & (index[GENDER] == "male"), "variant"] = "real"
    faces = masked_faces(replace(training, val_index=index))
    assert faces.weights[faces.female].sum() == pytest.approx(0.5)
    for kind in ("drawn", "real"):
        assert faces.weights[~faces.female & (faces.kinds == kind)].sum() == pytest.approx(0.25)
