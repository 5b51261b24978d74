"""HSE-FaceRes, alone and as a pair, from weights files that these tests make themselves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import TrainingError
from core.evaluation.runs import load_run
from core.heads import GENDER, GENDER_LABELS
from core.model.architectures import find_network
from core.model.backend import load_keras
from core.model.converting import continued
from core.model.face_network import FACE_MEANS, FEATURES, FaceNetwork
from core.model.metadata import Head, ModelMetadata
from core.report.card.document import model_card
from core.settings import CropRecipe
from core.training.compiling import compile_model
from core.training.finishing import PARENT_SHARES, SHARES, finished_model
from core.training.recipes import default_recipe
from core.training.selection import TrainingSettings
from core.training.trainer import beginning, train
from tests.unit.graph_weights_case import HEADS, SIDE, crops, face_network, write_graph
from tests.unit.training_case import write_prepared


def convolved(picture: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """A convolution of one picture (height, width, channels) with TensorFlow's "same" padding."""
    side, reach = picture.shape[0], kernel.shape[0]
    count = -(-side // stride)
    beyond = max((count - 1) * stride + reach - side, 0)
    padded = np.pad(picture, ((beyond // 2, beyond - beyond // 2),) * 2 + ((0, 0),))
    rows = []
    for row in range(count):
        patches = [padded[row * stride :, column * stride :][:reach, :reach] for column in range(count)]
        rows.append([np.tensordot(patch, kernel, 3) for patch in patches])
    return np.array(rows)


def rectified(values: np.ndarray) -> np.ndarray:
    return np.clip(values, 0, 6)


def test_the_face_network_computes_what_its_file_says(tmp_path: Path) -> None:
    """Blue-green-red pixels less their means, a convolution, a depthwise one and a pointwise one, ReLU6 each."""
    values = face_network()
    model = find_network("hse-faceres").build(SIDE, HEADS, str(write_graph(tmp_path, values)))
    keras = load_keras()
    start = keras.Model(model.input, model.get_layer("conv_pw_1_relu").output)
    picture = np.random.default_rng(3).uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)
    x = (picture - FACE_MEANS)[..., ::-1]
    x = rectified(convolved(x, values["conv1/convolution/merged_input"], 2) + values["conv1_bn/batchnorm_1/sub"])
    depthwise = values["conv_dw_1/depthwise_kernel"][..., 0] * values["conv_dw_1_bn/batchnorm_1/mul"]
    channels = [convolved(x[..., [n]], depthwise[..., [n], None], 1)[..., 0] for n in range(32)]
    x = rectified(np.stack(channels, axis=2) + values["conv_dw_1_bn/batchnorm_1/sub"])
    x = convolved(x, values["conv_pw_1/convolution/merged_input"], 1)
    x = rectified(x + values["conv_pw_1_bn/batchnorm_1/sub"])
    assert x.std() > 0.1
    np.testing.assert_allclose(start.predict_on_batch(picture[np.newaxis])[0], x, atol=0.003)


def test_its_own_gender_head_gives_the_probability_of_male_that_its_file_says(tmp_path: Path) -> None:
    values = face_network()
    model = find_network("hse-faceres").build(SIDE, HEADS, str(write_graph(tmp_path, values)))
    features = load_keras().Model(model.input, model.get_layer(FEATURES).output).predict_on_batch(crops())
    male = (features @ values["gender_pred/kernel"] + values["gender_pred/bias"])[:, 0]
    assert np.abs(male).max() > 0.01
    logits = model.predict_on_batch(crops())[GENDER]
    label = GENDER_LABELS.index("male")
    np.testing.assert_allclose(logits[:, label] - logits[:, 1 - label], male, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("change", ["a name", "a shape", "all names"])
def test_a_graph_model_of_another_network_is_said_in_a_sentence(change: str, tmp_path: Path) -> None:
    values = face_network()
    if change == "all names":
        values = {f"other/{name}": value for name, value in values.items()}
    else:
        kernel = values.pop("conv_pw_1/convolution/merged_input")
        if change == "a shape":
            values["conv_pw_1/convolution/merged_input"] = kernel[..., :7]
    path = write_graph(tmp_path, values)
    with pytest.raises(TrainingError, match=r"(model\.json|conv_pw_1) cannot be used") as caught:
        FaceNetwork.read(path).fill(find_network("hse-faceres").build(SIDE, HEADS, None))
    assert caught.value.code == "no_weights"


def pair_parts(tmp_path: Path, *, shared: bool = True) -> TrainingSettings:
    """Two trained models of one beginning, alike in their first four blocks or nowhere."""
    network = find_network("hse-faceres")
    folders = [tmp_path / name for name in ("first", "second")]
    values, other = face_network(), face_network(seed=6)
    branch = [*(f"conv_{kind}_{number}_bn" for number in range(5, 14) for kind in ("dw", "pw"))]
    branch += [*(name.removesuffix("_bn") for name in branch), FEATURES, "gender_pred"]
    mixed = {
        name: other[name] if not shared or name.split("/")[0] in branch else value * np.float32(1 + 1e-7)
        for name, value in values.items()
    }  # what they share differs by rounding, as it does after the way back towards the untouched weights
    for folder, given in zip(folders, (values, mixed), strict=True):
        folder.mkdir()
        network.build(SIDE, HEADS, str(write_graph(folder, given))).save_weights(folder / "model.weights.h5")
        heads = {head: Head(labels) for head, labels in HEADS.items()}
        ModelMetadata(folder.name, "A test.", network.name, CropRecipe(size=SIDE), heads).save(folder)
    weights = str(folders[0] / "model.json")
    return TrainingSettings(default_recipe(find_network("hse-faceres-pair")), None, 0, None, weights, *folders)


def test_a_pair_answers_the_mean_of_the_two_networks_that_it_goes_on_from(tmp_path: Path) -> None:
    settings = pair_parts(tmp_path)
    network = find_network("hse-faceres-pair")
    pair = beginning(network, SIDE, settings)
    first, second = (
        continued(find_network("hse-faceres"), SIDE, folder / "model.weights.h5").predict_on_batch(crops())
        for folder in (settings.parent, settings.second)
        if folder
    )
    for head, answers in pair.predict_on_batch(crops()).items():
        assert np.abs(first[head] - second[head]).max() > 0.01
        np.testing.assert_allclose(answers, (first[head] + second[head]) / 2, rtol=1e-4, atol=1e-4)
    shipped = beginning(network, SIDE, replace(settings, parent=None, second=None)).predict_on_batch(crops())
    np.testing.assert_allclose(shipped[GENDER], first[GENDER], rtol=1e-4, atol=1e-4)


def test_training_a_pair_by_its_recipe_moves_both_branches_and_leaves_what_they_share(tmp_path: Path) -> None:
    settings = pair_parts(tmp_path)
    network = find_network("hse-faceres-pair")
    pair = beginning(network, SIDE, settings)
    compile_model(pair, network.heads, settings.recipe, 1)
    before = {layer.name: layer.get_weights() for layer in pair.layers if layer.weights}
    targets = {head: np.eye(len(labels), dtype=np.float32)[[0, 1, 1]] for head, labels in HEADS.items()}
    pair.train_on_batch(crops(), targets)
    moved = {
        name
        for name, weights in before.items()
        if not np.array_equal(weights[1], pair.get_layer(name).get_weights()[1])
    }
    shared = {"conv1", *(f"conv_{kind}_{number}" for number in range(1, 5) for kind in ("dw", "pw"))}
    assert not moved & shared
    assert {"conv_dw_5", "conv_dw_5_second", "conv_pw_13", "conv_pw_13_second", GENDER} <= moved


def test_a_pairs_training_ends_in_a_model_whose_card_names_both_that_it_went_on_from(tmp_path: Path) -> None:
    prepared = write_prepared(tmp_path / "prepared", counts={"train": 40, "val": 4})
    network = find_network("hse-faceres-pair")
    settings = pair_parts(tmp_path)
    recipe = replace(settings.recipe, epochs=1, batch=20, size=SIDE, margin=None, served_size=None, averaging=0.0)
    training = train(prepared, network, replace(settings, recipe=recipe), tmp_path / "run")
    recorded = training.run.settings
    assert (recorded["ancestors"], recorded["second"], recorded["second_ancestors"]) == (["first"], "second", [])
    _, finish = finished_model(training, prepared, network, replace(settings, recipe=recipe))
    assert {one.share for one in finish.candidates} >= set(SHARES[:3])
    assert {one.parent_share for one in finish.candidates} >= set(PARENT_SHARES[:3])
    assert settings.parent
    metadata = ModelMetadata.load(settings.parent)
    replace(metadata, training={"settings": recorded, "data": training.data}).save(settings.parent)
    assert "Its second branch continued from second." in model_card(load_run(settings.parent))


def test_a_pair_asks_for_the_second_model(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"goes on from two models of hse-faceres.* --second") as caught:
        beginning(find_network("hse-faceres-pair"), SIDE, replace(pair_parts(tmp_path), second=None))
    assert caught.value.code == "no_weights"


def test_networks_that_differ_in_what_a_pair_shares_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"differ in conv1, which a pair has once: name two .*--second") as caught:
        beginning(find_network("hse-faceres-pair"), SIDE, pair_parts(tmp_path, shared=False))
    assert caught.value.code == "no_weights"


def test_a_second_model_is_refused_where_there_is_no_second_branch(tmp_path: Path) -> None:
    with pytest.raises(
        TrainingError, match=r"hse-faceres cannot go on from two models of hse-faceres: leave out --second"
    ) as caught:
        beginning(find_network("hse-faceres"), SIDE, pair_parts(tmp_path))
    assert caught.value.code == "no_weights"
    with pytest.raises(ValueError, match="--start-from"):
        TrainingSettings(default_recipe(find_network("hse-faceres-pair")), second=tmp_path)
