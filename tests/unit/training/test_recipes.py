from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.training.augmentation import Augmentation
from core.training.experiments import EXPERIMENTS
from core.training.networks import NETWORKS, find_network
from core.training.recipes import CONSTANT, COSINE, Recipe

PLAIN = Recipe(epochs=3, batch=20, learning_rate=0.01)


def test_changes_are_read_as_the_kind_of_what_they_change() -> None:
    changed = PLAIN.changed(
        ["epochs=5", "size=64", "margin=1.5", "schedule=cosine", "frozen=0.5", "weight_decay=1e-2",
         "augmentation.flip=false", "augmentation.blur=0.3"]
    )  # fmt: skip
    assert changed == Recipe(
        5, 20, 0.01, size=64, margin=1.5, schedule=COSINE, frozen=0.5, weight_decay=0.01,
        augmentation=Augmentation(flip=False, blur=0.3),
    )  # fmt: skip
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
        "learning_rate=inf", "size=15", "size=0", "margin=0", "margin=9", "schedule=linear", "warmup=1.1",
        "bare_share=-0.1",
        "balance=2", "balance=nan", "teacher_weight=1.5", "label_smoothing=1", "averaging=1", "averaging=-0.1",
        "weight_decay=-1", "weight_decay=nan", "mask_weight=-0.2", "age_weight=inf", "frozen=1.1", "frozen=",
        "augmentation.zoom=1", "augmentation.light=-1", "augmentation.blur=nan", "augmentation.flip=yes",
    ],
)  # fmt: skip
def test_a_bad_value_is_refused(change: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        PLAIN.changed([change])


def test_a_constant_schedule_stays() -> None:
    assert {PLAIN.learning_rate_at(step, 50) for step in range(50)} == {0.01}
    assert PLAIN.schedule == CONSTANT


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 2000), st.floats(0, 1), st.floats(1e-6, 10))
def test_a_cosine_schedule_rises_to_the_learning_rate_and_falls_to_nothing(
    steps: int, warmup: float, highest: float
) -> None:
    recipe = replace(PLAIN, schedule=COSINE, warmup=warmup, learning_rate=highest)
    rates = [recipe.learning_rate_at(step, steps) for step in range(steps + 1)]
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(highest)
    assert rates[0] > 0
    assert all(rates[number] < rates[number + 1] for number in range(peak))
    assert all(rates[number] >= rates[number + 1] for number in range(peak, steps))
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    if max(1, round(warmup * steps)) < steps:
        assert rates[steps] == pytest.approx(0, abs=1e-12)


def test_warmup_and_descent_are_where_they_are_said_to_be() -> None:
    recipe = replace(PLAIN, schedule=COSINE, warmup=0.1, learning_rate=1.0)
    assert [recipe.learning_rate_at(step, 110) for step in (0, 5, 10)] == pytest.approx([1 / 11, 6 / 11, 11 / 11])
    assert recipe.learning_rate_at(11 + 99 // 3, 110) == pytest.approx(0.75)
    assert recipe.learning_rate_at(11 + 2 * 99 // 3, 110) == pytest.approx(0.25)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.name)
def test_every_experiment_is_a_valid_change_of_its_networks_recipe(experiment) -> None:  # noqa: ANN001
    recipe = find_network(experiment.network).recipe
    changed = recipe.changed(experiment.changes)
    assert (changed != recipe) == bool(experiment.changes)
    assert experiment.taught == (changed.teacher_weight > 0)


def test_experiments_have_names_and_questions_of_their_own() -> None:
    assert len({experiment.name for experiment in EXPERIMENTS}) == len(EXPERIMENTS) >= 10
    assert len({experiment.question for experiment in EXPERIMENTS}) == len(EXPERIMENTS)
    assert not EXPERIMENTS[0].changes, "the first is the one that the others change"
    assert {experiment.network for experiment in EXPERIMENTS} <= set(NETWORKS)
