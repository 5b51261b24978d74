from dataclasses import fields, replace
from pathlib import Path

import pytest

from core.data.prepared import Prepared
from core.model.architectures import NETWORKS, find_network
from core.settings import CropRecipe
from core.training.augmentation import Augmentation
from core.training.experiments import EXPERIMENTS
from core.training.recipes import COSINE, Recipe, default_recipe
from core.training.selection import crop_of

PLAIN = Recipe(epochs=3, batch=20, learning_rate=0.01)


def test_changes_are_read_as_the_kind_of_what_they_change() -> None:
    changed = PLAIN.changed(
        ["epochs=5", "size=64", "margin=1.5", "padding=reflect", "schedule=cosine", "frozen=0.5", "weight_decay=1e-2",
         "augmentation.flip=false", "augmentation.blur=0.3", "emphasis.a=2", "emphasis.b=0.5"]
    )  # fmt: skip
    assert changed == Recipe(
        5, 20, 0.01, size=64, margin=1.5, padding="reflect", schedule=COSINE, frozen=0.5, weight_decay=0.01,
        emphasis={"a": 2.0, "b": 0.5}, augmentation=Augmentation(flip=False, blur=0.3),
    )  # fmt: skip
    assert changed.changed(["emphasis.a=3"]).emphasis == {"a": 3.0, "b": 0.5}
    assert Recipe(epochs=3, batch=20, learning_rate=0.01) == PLAIN, "a recipe never changes itself"
    assert PLAIN.changed([]) == PLAIN


@pytest.mark.parametrize("key", ["speed", "augmentation", "augmentation.speed", "epochs.blur", ""])
def test_an_unknown_key_is_refused_with_the_keys_there_are(key: str) -> None:
    known = "flip, rotation" if key.startswith("augmentation.") else "epochs, batch"
    with pytest.raises(ValueError, match=f"with a key of {known}"):
        PLAIN.changed([f"{key}=1"])


@pytest.mark.parametrize(
    "change",
    [
        "epochs", "epochs=0", "epochs=2.5", "batch=-1", "batch=many", "learning_rate=0", "learning_rate=nan",
        "learning_rate=inf", "size=15", "size=0", "margin=0", "margin=9", "padding=wrap", "schedule=linear",
        "warmup=1.1", "bare_share=-0.1", "faces=0", "faces=many", "balance=2", "balance=nan", "teacher_weight=1.5",
        "label_smoothing=1", "averaging=1", "averaging=-0.1", "weight_decay=-1", "weight_decay=nan",
        "mask_weight=-0.2", "age_weight=inf", "frozen=1.1", "frozen=", "augmentation.zoom=1", "augmentation.light=-1",
        "augmentation.blur=nan", "augmentation.edges=2", "augmentation.flip=yes",
        "emphasis.a=0", "emphasis.a=-1", "emphasis.a=inf", "emphasis.a=nan", "emphasis.a=often",
        "emphasis.=2", "emphasis=2", "served_size=15", "second_look=0.4", "second_look=1",
    ],
)  # fmt: skip
def test_a_bad_value_is_refused(change: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        PLAIN.changed([change])


def test_a_network_is_not_served_smaller_crops_than_it_learned_from() -> None:
    assert PLAIN.changed(["size=64", "served_size=64"]).served_size == 64
    with pytest.raises(ValueError, match=r"served_size=48 is smaller than size=64.* Change both"):
        PLAIN.changed(["size=64", "served_size=48"])


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.name)
def test_every_experiment_is_a_valid_change_of_its_networks_recipe(experiment) -> None:  # noqa: ANN001
    recipe = default_recipe(find_network(experiment.network))
    changed = recipe.changed(experiment.changes)
    assert (changed != recipe) == bool(experiment.changes)
    assert experiment.taught == (changed.teacher_weight > 0)


def test_every_experiment_can_be_run_on_the_crops_that_the_documents_prepare_for_them() -> None:
    prepared = Prepared(Path("trial"), CropRecipe(240, 1.8), {}, {})
    for experiment in EXPERIMENTS:
        recipe = default_recipe(find_network(experiment.network)).changed(experiment.changes)
        assert crop_of(prepared, recipe).size == recipe.size


def test_the_plain_experiment_has_no_changes_but_three() -> None:
    strong = Augmentation(**{part.name: 0.5 for part in fields(Augmentation)})
    (plain,) = (experiment for experiment in EXPERIMENTS if experiment.name == "plain")
    left = replace(PLAIN, augmentation=strong).changed(plain.changes).augmentation
    assert {part.name for part in fields(left) if getattr(left, part.name)} == {"flip", "rotation", "zoom"}


def test_experiments_have_names_and_questions_of_their_own() -> None:
    assert len({experiment.name for experiment in EXPERIMENTS}) == len(EXPERIMENTS) >= 10
    assert len({experiment.question for experiment in EXPERIMENTS}) == len(EXPERIMENTS)
    assert not EXPERIMENTS[0].changes, "the first is the one that the others change"
    assert {experiment.network for experiment in EXPERIMENTS} <= set(NETWORKS)
