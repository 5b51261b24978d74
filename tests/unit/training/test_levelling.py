"""Women and men recognised alike, under masks and without."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.heads import GENDER, MASK
from core.model.architectures import Network
from core.training.levelling import difference, level
from core.training.selection import TrainingSettings
from core.training.trainer import Training, train
from core.training.validation import logits_of
from tests.unit.training_case import BASELINE, RECIPE, THREE, write_prepared


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Training:
    """Every fifth label is another: where all are told apart, no bias is best."""
    prepared = write_prepared(tmp_path_factory.mktemp("data") / "prepared")
    settings = TrainingSettings(replace(RECIPE, bare_share=0.3))
    done = train(prepared, THREE, settings, tmp_path_factory.mktemp("runs") / "run")
    doubtful = done.val_index.copy()
    other = {"female": "male", "male": "female"}
    doubtful.loc[::5, GENDER] = doubtful.loc[::5, GENDER].map(other)
    return replace(done, val_index=doubtful)


def leaning(training: Training, lean: dict[str, float]) -> Any:
    """The trained network, its answers moved towards *female*: on average by so much for each kind of face."""
    model = training.run.load_best()
    towards = difference(logits_of(model, training.val), THREE, MASK)
    worn = {kind: float(towards[training.val_index["variant"] == kind].mean()) for kind in lean}
    slope = (lean["drawn"] - lean["bare"]) / (worn["drawn"] - worn["bare"])
    kernel, bias = model.get_layer(GENDER).get_weights()
    of_mask, constant = model.get_layer(MASK).get_weights()
    female = THREE.heads[GENDER].index("female")
    masked, bare = (THREE.heads[MASK].index(label) for label in ("masked", "bare"))
    kernel[:, female] += slope * (of_mask[:, masked] - of_mask[:, bare])
    bias[female] += slope * (constant[masked] - constant[bare]) + lean["bare"] - slope * worn["bare"]
    model.get_layer(GENDER).set_weights([kernel, bias])
    return model


def answers(model: Any, training: Training) -> np.ndarray:
    return difference(logits_of(model, training.val), THREE)


@pytest.mark.parametrize(
    "lean", [{"bare": 3.0, "drawn": 3.0}, {"bare": -3.0, "drawn": -3.0}, {"bare": -3.0, "drawn": 2.0}]
)
def test_a_lean_to_one_gender_is_taken_out_where_it_is(lean: dict[str, float], training: Training) -> None:
    straight, model = training.run.load_best(), leaning(training, lean)
    before = answers(model, training) - answers(straight, training)
    for kind, by in lean.items():
        assert before[training.val_index["variant"] == kind].mean() == pytest.approx(by, abs=0.01)
    usual, usual_slope = level(straight, THREE, training)
    bias, slope = level(model, THREE, training)
    np.testing.assert_allclose(answers(model, training), answers(straight, training), atol=0.05)
    if lean["bare"] == lean["drawn"]:
        assert bias - usual == pytest.approx(-lean["bare"], abs=0.05)
        assert slope == pytest.approx(usual_slope, abs=0.02)
    else:
        assert slope < usual_slope


def only(training: Training, kind: str) -> Training:
    index = training.val_index
    rows = np.flatnonzero(index["variant"] == kind)
    val = replace(training.val, crops=training.val.crops[rows])
    return replace(training, val=val, val_index=index.iloc[rows].reset_index(drop=True))


@pytest.mark.parametrize("network", [THREE, BASELINE])
def test_without_bare_faces_or_an_answer_on_masks_all_faces_are_moved_alike(
    network: Network, training: Training
) -> None:
    model = training.run.load_best()
    before = answers(model, training)
    masked = only(training, "drawn") if network is THREE else training
    bias, slope = level(model, network, masked)
    assert slope == 0
    np.testing.assert_allclose(answers(model, training), before + bias, atol=1e-4)
