"""What happens to a network between its last epoch and its export."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.prepared import Prepared
from core.errors import TrainingError
from core.heads import GENDER
from core.model.architectures import Network, find_network
from core.model.store import WEIGHTS_FILE
from core.progress import told
from core.training.finishing import PARENT_SHARES, SHARES, Candidate, Finish, finished_model, search_in_turn
from core.training.selection import TrainingSettings
from core.training.trainer import Training, beginning, train
from tests.pages.run_folder import metadata
from tests.unit.training_case import CROP, RECIPE, THREE, write_prepared

NETWORK = replace(THREE, knows=(GENDER,))
NEAR = TrainingSettings(replace(RECIPE, bare_share=0.3, stay_near=True))
LARGER = replace(NEAR.recipe, size=24, served_size=36)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared")


@pytest.fixture(scope="module")
def training(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Training:
    return train(prepared, NETWORK, NEAR, tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(scope="module")
def finished(training: Training, prepared: Prepared) -> tuple[Any, Finish]:
    return finished_model(training, prepared, NETWORK, NEAR)


def not_levelled(*_: object) -> tuple[float, float]:
    return 0.0, 0.0


def test_without_staying_near_the_network_is_that_of_the_best_epoch(training: Training, prepared: Prepared) -> None:
    model, finish = finished_model(training, prepared, NETWORK, TrainingSettings(replace(NEAR.recipe, stay_near=False)))
    assert finish == Finish(0.0, 0.0, 0.0, 0.0, ())
    for mine, best in zip(model.get_weights(), training.run.load_best().get_weights(), strict=True):
        np.testing.assert_array_equal(mine, best)


def test_the_mixture_with_the_smallest_loss_on_masked_validation_faces_is_chosen(
    finished: tuple[Any, Finish],
) -> None:
    _, finish = finished
    shares = tuple(candidate.share for candidate in finish.candidates)
    assert shares == SHARES[: len(shares)]
    assert len(shares) >= 3
    assert finish.share == min(finish.candidates, key=lambda candidate: candidate.loss).share
    assert {kind for candidate in finish.candidates for kind in candidate.accuracy} == {"drawn"}


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (None, "40% of the weights that the training began with"),
        ("published", "40% of the published weights, 25% of the model before in the rest"),
    ],
)
def test_each_mixture_is_told_when_it_has_been_tried(
    weights: str | None,
    words: str,
    training: Training,
    prepared: Prepared,
    parent: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("core.training.finishing.SHARES", (0.4,))
    monkeypatch.setattr("core.training.finishing.PARENT_SHARES", (0.25,))
    network = replace(NETWORK, weights="published")
    with told("core.training"):
        _, finish = finished_model(training, prepared, network, replace(NEAR, parent=parent, weights=weights))
    said = capsys.readouterr().out.splitlines()
    (candidate,) = finish.candidates
    assert said == [
        "going back, as far as 20 masked validation faces gain by it:",
        f"  {words}: loss {candidate.loss:.5f}",
        "fitting the other answers anew",
        "levelling women and men",
    ]


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_a_share_of_every_layer_but_the_new_heads_is_of_the_beginning(
    share: float, training: Training, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.finishing.SHARES", (share,))
    monkeypatch.setattr("core.training.finishing.level", not_levelled)
    model, finish = finished_model(training, prepared, NETWORK, NEAR)
    assert finish.share == share
    start, end = beginning(NETWORK, CROP.size, NEAR), training.run.load_best()
    for layer, first, last in zip(model.layers, start.layers, end.layers, strict=True):
        if layer.name in ("mask", "age") and share:
            continue
        pairs = zip(first.get_weights(), last.get_weights(), strict=True)
        expected = [share * one + (1 - share) * other for one, other in pairs]
        for mine, other in zip(layer.get_weights(), expected, strict=True):
            np.testing.assert_allclose(mine, other, atol=1e-6, err_msg=layer.name)


@pytest.fixture
def parent(training: Training, tmp_path: Path) -> Path:
    """A model that a training can have gone on from: other weights than those of its beginning and its end."""
    metadata("former").save(tmp_path)
    model = training.run.load_best()
    model.set_weights([weights + 0.01 for weights in model.get_weights()])
    model.save_weights(tmp_path / WEIGHTS_FILE)
    return tmp_path


@pytest.mark.parametrize(
    ("weights", "shares", "parts"),
    [
        (None, (0.4, 0.0), (0.0, 0.4, 0.6)),
        ("published", (0.4, 0.25), (0.4, 0.15, 0.45)),
        ("published", (0.0, 0.25), (0.0, 0.25, 0.75)),
    ],
)
def test_a_training_that_goes_on_from_a_model_goes_back_to_it_and_to_the_published_weights(
    weights: str | None,
    shares: tuple[float, float],
    parts: tuple[float, float, float],
    training: Training,
    prepared: Prepared,
    parent: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.training.finishing.level", not_levelled)
    monkeypatch.setattr("core.training.finishing.SHARES", shares[:1])
    monkeypatch.setattr("core.training.finishing.PARENT_SHARES", (0.25,))
    network, best = replace(NETWORK, weights="published"), training.run.load_best()
    model, finish = finished_model(training, prepared, network, replace(NEAR, parent=parent, weights=weights))
    assert (finish.share, finish.parent_share) == shares
    published = beginning(NETWORK, CROP.size, NEAR)
    for layer, first, last in zip(model.layers, published.layers, best.layers, strict=True):
        if layer.name in ("mask", "age") or not layer.weights:
            continue  # fitted anew to what results
        ends = (first.get_weights()[0], last.get_weights()[0] + 0.01, last.get_weights()[0])
        expected = sum(part * kernel for part, kernel in zip(parts, ends, strict=True))
        np.testing.assert_allclose(layer.get_weights()[0], expected, atol=1e-6, err_msg=layer.name)


@pytest.mark.parametrize(
    ("network", "change", "words"),
    [
        (NETWORK, {"weights": "some.h5"}, "takes no --weights"),
        (
            NETWORK,
            {"recipe": LARGER},
            "layers for one size alone: leave out served_size",
        ),
        (find_network("mobilenetv2-frozen"), {}, "no weights of gender's alone: leave out stay_near"),
    ],
)
def test_what_could_not_be_done_after_the_last_epoch_is_refused_before_the_first(
    network: Network, change: dict[str, Any], words: str, prepared: Prepared, parent: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    settings = replace(NEAR, **change, parent=parent if "weights" in change else None)
    with pytest.raises(TrainingError, match=words) as caught:
        train(prepared, replace(network, weights=None), settings, folder)
    assert caught.value.code == ("no_weights" if "weights" in change else "other_settings")
    assert list(folder.glob("epoch-*")) == []


def test_a_best_mixture_that_lies_off_both_ways_back_is_found_and_nothing_is_tried_twice() -> None:
    tried: list[tuple[float, float]] = []

    def bowl(share: float, parent_share: float) -> Candidate:
        tried.append((share, parent_share))
        x, y = share - 0.2, parent_share - 0.5
        return Candidate(share, parent_share, x * x + y * y + x * y / 2, {})

    candidates = search_in_turn(bowl, SHARES, PARENT_SHARES)
    best = min(candidates, key=lambda candidate: candidate.loss)
    assert (best.share, best.parent_share) == (0.2, 0.5)
    assert len(set(tried)) == len(tried) == len(candidates)
    tried.clear()
    search_in_turn(bowl, SHARES, (0.0,))
    assert [share for share, _ in tried] == [0, 0.1, 0.2, 0.3, 0.4, 0.5], "of which 0.3 is the best"
    gaining = search_in_turn(lambda *pair: Candidate(*pair, -pair[0], {}), SHARES, (0.0,))
    assert [candidate.share for candidate in gaining] == list(SHARES)


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


def test_gender_is_levelled_last_by_the_mask_answer_that_results(
    training: Training, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[np.ndarray] = []

    def spy(model: Any, *_: object) -> tuple[float, float]:
        seen.extend(model.get_layer("mask").get_weights())
        return 0.25, -0.125

    monkeypatch.setattr("core.training.finishing.SHARES", (0.6,))
    monkeypatch.setattr("core.training.finishing.level", spy)
    model, finish = finished_model(training, prepared, NETWORK, NEAR)
    assert (finish.bias, finish.mask_slope) == (0.25, -0.125)
    for mine, then in zip(model.get_layer("mask").get_weights(), seen, strict=True):
        np.testing.assert_array_equal(mine, then)
