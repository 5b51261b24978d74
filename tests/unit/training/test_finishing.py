"""What happens to a network between its last epoch and its export."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.prepared import Prepared
from core.heads import GENDER
from core.model.architectures import Network
from core.training.finishing import SHARES, Finish, finished_model
from core.training.selection import TrainingSettings
from core.training.trainer import Training, beginning, train
from tests.unit.training_case import CROP, RECIPE, THREE, write_prepared

NETWORK = replace(THREE, knows=(GENDER,))
NEAR = TrainingSettings(replace(RECIPE, bare_share=0.3, stay_near=True))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared")


@pytest.fixture(scope="module")
def training(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Training:
    return train(prepared, NETWORK, NEAR, tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(scope="module")
def finished(training: Training, prepared: Prepared) -> tuple[Any, Finish]:
    return finished_model(training, prepared, NETWORK, NEAR)


def difference(model: Any, crops: np.ndarray) -> np.ndarray:
    """Logit of female less that of male."""
    logits = np.asarray(model.predict_on_batch(crops.astype(np.float32))[GENDER])
    labels = NETWORK.heads[GENDER]
    return logits[:, labels.index("female")] - logits[:, labels.index("male")]


def test_without_staying_near_the_network_is_that_of_the_best_epoch(training: Training, prepared: Prepared) -> None:
    model, finish = finished_model(training, prepared, NETWORK, TrainingSettings(replace(NEAR.recipe, stay_near=False)))
    assert finish == Finish(0.0, 0.0, ())
    for mine, best in zip(model.get_weights(), training.run.load_best().get_weights(), strict=True):
        np.testing.assert_array_equal(mine, best)


def test_the_mixture_with_the_smallest_loss_on_masked_validation_faces_is_chosen(
    finished: tuple[Any, Finish],
) -> None:
    _, finish = finished
    assert tuple(candidate.share for candidate in finish.candidates) == SHARES
    assert finish.share == min(finish.candidates, key=lambda candidate: candidate.loss).share
    assert {kind for candidate in finish.candidates for kind in candidate.accuracy} == {"drawn"}


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_a_share_of_every_layer_but_the_new_heads_is_of_the_beginning(
    share: float, training: Training, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.finishing.SHARES", (share,))
    model, finish = finished_model(training, prepared, NETWORK, NEAR)
    assert finish.share == share
    start, end = beginning(NETWORK, CROP.size, NEAR), training.run.load_best()
    for layer, first, last in zip(model.layers, start.layers, end.layers, strict=True):
        if layer.name in ("mask", "age") and share:
            continue
        pairs = zip(first.get_weights(), last.get_weights(), strict=True)
        expected = [share * one + (1 - share) * other for one, other in pairs]
        if layer.name == GENDER:  # its bias is moved
            expected.pop()
        for mine, other in zip(layer.get_weights(), expected, strict=False):
            np.testing.assert_allclose(mine, other, atol=1e-6, err_msg=layer.name)


def test_a_training_that_goes_on_from_a_model_can_stay_near_the_published_weights(
    training: Training, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[TrainingSettings] = []

    def watched(network: Network, size: int, settings: TrainingSettings) -> Any:
        begun.append(settings)
        return beginning(network, size, NEAR)

    monkeypatch.setattr("core.training.finishing.beginning", watched)
    monkeypatch.setattr("core.training.finishing.SHARES", (0.4,))
    parent = Path("models/former")
    for weights in (None, "published.json"):
        finished_model(training, prepared, NETWORK, replace(NEAR, parent=parent, weights=weights))
    assert [(some.parent, some.weights) for some in begun] == [(parent, None), (None, "published.json")]


def test_heads_that_began_with_nothing_are_fitted_to_the_features_of_a_mixture(
    training: Training, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.finishing.SHARES", (0.6,))
    monkeypatch.setattr("core.training.finishing._FIT_BATCH", 12)
    fitted, _ = finished_model(training, prepared, NETWORK, NEAR)
    monkeypatch.setattr("core.training.finishing._FIT_EPOCHS", 0)
    left, _ = finished_model(training, prepared, NETWORK, NEAR)
    truth = training.val.targets["mask"].argmax(axis=1)
    crops = training.val.crops.astype(np.float32)
    shares = [np.asarray(model.predict_on_batch(crops)["mask"]).argmax(axis=1) == truth for model in (fitted, left)]
    assert shares[0].mean() > shares[1].mean() + 0.1


@pytest.mark.parametrize("lean", [-3.0, 3.0])
def test_a_lean_to_one_gender_is_taken_out(
    lean: float, training: Training, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubtful = training.val_index.copy()  # every fifth label is another: where all are told apart, no bias is best
    doubtful.loc[::5, GENDER] = doubtful.loc[::5, GENDER].map({"female": "male", "male": "female"})
    training = replace(training, val_index=doubtful)
    load: Callable[[], Any] = training.run.load_best

    def leaning() -> Any:
        model = load()
        kernel, bias = model.get_layer(GENDER).get_weights()
        signs = np.array([1.0 if label == "female" else -1.0 for label in NETWORK.heads[GENDER]])
        model.get_layer(GENDER).set_weights([kernel, bias + lean / 2 * signs])
        return model

    monkeypatch.setattr("core.training.finishing.SHARES", (0.0,))
    straight, _ = finished_model(training, prepared, NETWORK, NEAR)
    monkeypatch.setattr(training.run, "load_best", leaning)
    model, finish = finished_model(training, prepared, NETWORK, NEAR)
    assert finish.bias * lean < 0
    crops = training.val.crops
    np.testing.assert_allclose(difference(model, crops), difference(straight, crops), atol=0.05)
