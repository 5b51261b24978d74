import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import RunError
from core.evaluation.comparison import Contender, compare
from core.evaluation.evaluator import make_report
from core.evaluation.goals import GOAL_BY_KEY, GOALS, Outcome
from core.evaluation.groups import adults
from core.evaluation.metrics import measure_frame
from core.evaluation.outcomes import file_outcomes
from core.heads import Thresholds
from tests.unit.faces_case import faces, random_faces

THRESHOLDS = Thresholds()


def outcomes(table: pd.DataFrame) -> dict[str, Outcome]:
    return {outcome.key: outcome for outcome in make_report(table, "m", THRESHOLDS, {}).goals}


@pytest.fixture(scope="module")
def tested() -> pd.DataFrame:
    random = np.random.default_rng(0)
    parts = []
    for number, (name, n) in enumerate((("utkface", 300), ("fairface", 260), ("lfw", 220))):
        drawn = random_faces(n, number, apart=2.5, set=name, age=random.choice(["5", "17", "30", ""], n), masked=1)
        drawn["ethnicity"] = random.choice(["White", "Black"], n)
        for variant, shift in (("drawn", 0.0), ("held_out", -0.1), ("bare", 0.1)):
            moved = (drawn["p_female"] + shift).clip(0, 1)
            parts.append(drawn.assign(variant=variant, p_female=moved, p_mask=0.2 if variant == "bare" else 0.9))
    for number, name in enumerate(("rmfrd", "worldwide")):
        parts.append(random_faces(180, 10 + number, apart=1.5, set=name, variant="real", p_mask=0.7))
    parts.append(random_faces(50, 20, set="rmfrd", variant="real", split="val", p_mask=0.0))
    parts.append(random_faces(120, 21, apart=3.0, set="wild", variant="real", split="val"))
    parts.append(random_faces(90, 22, set="wild", variant="real"))
    return pd.concat(parts, ignore_index=True)


def rows(table: pd.DataFrame, name: str, variant: str) -> pd.DataFrame:
    return table[(table["set"] == name) & (table["variant"] == variant) & (table["split"] == "test")]


def test_every_goal_of_predictions_is_the_figure_of_its_test_faces(tested: pd.DataFrame) -> None:
    found = outcomes(tested)
    utkface = rows(tested, "utkface", "drawn")
    wild = tested[(tested["set"] == "wild") & (tested["split"] == "val")]
    wanted = {
        "utkface_drawn": measure_frame(utkface, 0.8).accuracy,
        "utkface_adults": measure_frame(adults(utkface), 0.8).balanced_accuracy,
        "fairface_drawn": measure_frame(rows(tested, "fairface", "drawn"), 0.8).balanced_accuracy,
        "lfw_drawn": measure_frame(rows(tested, "lfw", "drawn"), 0.8).balanced_accuracy,
        "rmfrd_real": measure_frame(rows(tested, "rmfrd", "real"), 0.8).balanced_accuracy,
        "worldwide_real": measure_frame(rows(tested, "worldwide", "real"), 0.8).balanced_accuracy,
        "wild_real": measure_frame(wild, 0.8).balanced_accuracy,
        "utkface_bare": measure_frame(rows(tested, "utkface", "bare"), 0.8).accuracy,
        "fairface_bare": measure_frame(rows(tested, "fairface", "bare"), 0.8).accuracy,
    }
    for key, estimate in wanted.items():
        assert found[key].value == pytest.approx(100 * estimate.value), key
        assert (found[key].low, found[key].high) == pytest.approx((100 * estimate.low, 100 * estimate.high)), key
    assert found["wild_auc"].value == pytest.approx(measure_frame(wild, 0.8).roc_auc.value)
    assert (found["wild_auc"].n, found["utkface_drawn"].n) == (120, 300)
    assert found["utkface_adults"].n == len(adults(utkface)) < 300
    assert list(found) == [goal.key for goal in GOALS if goal.unit not in ("ms", "MB")]


def test_the_goals_that_look_for_the_worst_say_where_it_is(tested: pd.DataFrame) -> None:
    found = outcomes(tested)
    measured = {place: measure_frame(table, 0.8) for place, table in tested.groupby(["set", "variant", "split"])}
    gaps = {
        place: abs(figures.recall_difference.value)
        for place, figures in measured.items()
        if place[1] != "held_out" and place[2] == "test"
    }
    worst = max(gaps, key=gaps.get)
    assert found["recall_gap"].value == pytest.approx(100 * gaps[worst])
    assert found["recall_gap"].note.startswith(f"{worst[0]} · {worst[1]}")
    assert 0 <= found["recall_gap"].low <= found["recall_gap"].value <= found["recall_gap"].high
    errors = [measured[name, "drawn", "test"].ece.value for name in ("utkface", "fairface", "lfw")]
    assert found["ece_drawn"].value == pytest.approx(max(errors))
    assert f"mean of 3 sets {np.mean(errors):.3f}" in found["ece_drawn"].note
    real = measured["rmfrd", "real", "test"]
    assert found["rmfrd_recall"].value == pytest.approx(100 * min(real.recall_female.value, real.recall_male.value))
    assert found["rmfrd_recall"].n in (real.n_female, real.n_male)


def test_the_loss_on_the_held_out_family_is_paired_and_positive_where_it_is_lost(tested: pd.DataFrame) -> None:
    found = outcomes(tested)["held_out_loss"]
    losses = {}
    for name in ("utkface", "fairface", "lfw"):
        drawn, held_out = (rows(tested, name, variant).assign(variant="") for variant in ("drawn", "held_out"))
        balanced = [measure_frame(table, 0.8).balanced_accuracy.value for table in (drawn, held_out)]
        losses[name] = 100 * (balanced[0] - balanced[1])
        compared = compare(Contender("held", held_out, THRESHOLDS), Contender("drawn", drawn, THRESHOLDS))
        if found.note == name:
            paired = compared.figure("balanced_accuracy").difference
            assert (found.low, found.high) == pytest.approx((100 * paired.low, 100 * paired.high))
    assert found.value == pytest.approx(max(losses.values()))
    assert losses[found.note] == max(losses.values())


def test_right_among_answered_is_of_adults_in_the_worst_set_of_real_masks() -> None:
    """Of those who are answered; a child's wrong answer does not count, nor does what is left uncertain."""
    real = {"variant": "real", "split": "test"}
    good = faces("female", [0.9] * 60, set="good", **real)
    bad = faces("female", [0.9] * 45 + [0.1] * 5 + [0.6] * 50, set="bad", **real)
    children = faces("female", [0.1] * 60, set="bad", age="5", **real)
    found = outcomes(pd.concat([good, bad, children], ignore_index=True))["answered_right"]
    assert (found.value, found.n, found.note) == (90, 50, "bad; 50 % answered")
    assert outcomes(good.iloc[:40])["answered_right"].value is None


def test_the_worst_cell_is_of_adults_and_of_at_least_50() -> None:
    white = faces("female", [0.9] * 48 + [0.1] * 12, set="utkface", ethnicity="White")
    few = faces("female", [0.1] * 49, set="utkface", ethnicity="Black")
    children = faces("male", [0.9] * 60, set="utkface", ethnicity="Indian", age="7")
    found = outcomes(pd.concat([white, few, children], ignore_index=True))["worst_cell"]
    assert (found.value, found.n, found.note) == (80, 60, "female, White")
    assert outcomes(few)["worst_cell"].reason == "no ethnicity and gender has 50 adults"


def test_mask_worn_sets_real_masks_against_bare_fairface_and_lfw(tested: pd.DataFrame) -> None:
    found = outcomes(tested)["mask_worn"]
    assert (found.value, found.n) == (100, 180 + 180 + 260 + 220)
    half = tested.assign(p_mask=np.where(tested["set"] == "worldwide", 0.4, tested["p_mask"]))
    assert outcomes(half)["mask_worn"].value == pytest.approx(75)
    for silent in (tested.drop(columns="p_mask"), tested.assign(p_mask=np.nan), tested[tested["variant"] != "bare"]):
        assert outcomes(silent)["mask_worn"].value is None
        assert outcomes(silent)["mask_worn"].reason


def test_without_the_sets_nothing_is_measured_and_each_goal_says_so() -> None:
    found = outcomes(random_faces(20, 1, set="mine"))
    assert all(outcome.value is None and outcome.reason for outcome in found.values())
    assert {outcome.met("floor") for outcome in found.values()} == {None}


def test_more_or_less_is_better_and_a_peers_figure_must_be_passed() -> None:
    assert [GOAL_BY_KEY["lfw_drawn"].met(value, "floor") for value in (96.49, 96.5, 97)] == [False, True, True]
    assert [GOAL_BY_KEY["recall_gap"].met(value, "goal") for value in (3.01, 3, 0)] == [False, True, True]
    assert [GOAL_BY_KEY["utkface_drawn"].met(value, "goal") for value in (94.8, 94.81)] == [False, True]
    for goal in GOALS:
        steps = [goal.floor, goal.goal, goal.reach]
        assert steps == sorted(steps, reverse=goal.less)


def test_outcomes_survive_strict_json(tested: pd.DataFrame) -> None:
    for outcome in outcomes(tested).values():
        assert Outcome.from_json(json.loads(json.dumps(outcome.to_json(), allow_nan=False))) == outcome


@pytest.mark.parametrize(
    "values",
    [
        {"key": "no_such"},
        {"value": float("nan")},
        {"low": 1.0},
        {"low": 3.0, "high": 4.0},
        {"value": None, "high": 1.0},
    ],
)
def test_an_outcome_that_makes_no_sense_is_refused(values: dict) -> None:
    with pytest.raises(ValueError, match=r"got Outcome|no goal"):
        Outcome(**({"key": "lfw_drawn", "value": 2.0} | values))


def test_time_and_size_are_those_of_the_files(tmp_path: Path) -> None:
    silent = {outcome.key: outcome for outcome in file_outcomes(tmp_path)}
    assert {outcome.value for outcome in silent.values()} == {None}
    (tmp_path / "model.int8.tflite").write_bytes(bytes(2_650_000))
    (tmp_path / "benchmark.json").write_text(
        '{"litert_ms": 9.5, "int8_ms": null, "machine": "x", "created": "2026-01-01T00:00:00+00:00"}'
    )
    found = {outcome.key: outcome for outcome in file_outcomes(tmp_path)}
    assert (found["litert_ms"].value, found["litert_ms"].met("floor"), found["litert_ms"].met("goal")) == (
        9.5,
        True,
        False,
    )
    assert (found["int8_ms"].value, found["int8_ms"].reason) == (None, "not measured")
    assert (found["int8_mb"].value, found["int8_mb"].met("goal"), found["int8_mb"].met("reach")) == (2.65, True, False)


@pytest.mark.parametrize("text", ["", "[]", '{"litert_ms": -1, "int8_ms": 1, "machine": "x", "created": ""}'])
def test_a_damaged_benchmark_file_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "benchmark.json").write_text(text)
    with pytest.raises(RunError, match="core benchmark") as told:
        file_outcomes(tmp_path)
    assert told.value.code == "damaged"
