"""What a model reached of the goals: from its predictions, and from its files."""

from collections.abc import Mapping
from pathlib import Path
from statistics import mean

import numpy as np
import pandas as pd

from core.evaluation.comparison import Contender, compare
from core.evaluation.goals import GOAL_BY_KEY, Outcome
from core.evaluation.groups import SMALL, adults, by_group, cell_name
from core.evaluation.intervals import Estimate
from core.evaluation.metrics import MetricSet, measure, measure_frame
from core.evaluation.speed import FILES, read_speed
from core.evaluation.test_sets import TEST, TestSet
from core.heads import Thresholds
from core.labels import MASK, Split, Variant
from core.model.store import INT8_FILE

Measured = Mapping[tuple[str, str], MetricSet]
_DRAWN, _REAL, _BARE, _HELD_OUT = (Variant[name].value for name in ("DRAWN", "REAL", "BARE", "HELD_OUT"))
_WILD = TestSet("wild", _REAL, Split.VAL.value)
_MASK_FROM = 0.5
# Against whose bare faces the mask answer is judged.
_BARE_SETS = ("fairface", "lfw")


def measure_outcomes(predictions: pd.DataFrame, thresholds: Thresholds, measured: Measured) -> tuple[Outcome, ...]:
    """Every goal that predictions can answer, in the order of `GOALS`.

    Args:
        predictions: All rows of a predictions.csv.
        thresholds: From which probabilities on the model answers.
        measured: The figures of its test sets, by set and variant.
    """
    test = predictions[predictions["split"] == TEST]
    utkface = adults(TestSet("utkface", _DRAWN).rows(test))
    return (
        _figure("utkface_drawn", measured, "utkface", _DRAWN, "accuracy"),
        _estimate("utkface_adults", measure_frame(utkface, thresholds.gender).balanced_accuracy, len(utkface)),
        _figure("fairface_drawn", measured, "fairface", _DRAWN, "balanced_accuracy"),
        _figure("lfw_drawn", measured, "lfw", _DRAWN, "balanced_accuracy"),
        _figure("rmfrd_real", measured, "rmfrd", _REAL, "balanced_accuracy"),
        _smaller_recall("rmfrd_recall", measured, "rmfrd"),
        _figure("worldwide_real", measured, "worldwide", _REAL, "balanced_accuracy"),
        _smaller_recall("worldwide_recall", measured, "worldwide"),
        *_wild(predictions, thresholds),
        _recall_gap(measured),
        _worst_cell(utkface),
        _held_out_loss(test, thresholds),
        _figure("utkface_bare", measured, "utkface", _BARE, "accuracy"),
        _figure("fairface_bare", measured, "fairface", _BARE, "accuracy"),
        _calibration("ece_drawn", measured, _DRAWN),
        _calibration("ece_real", measured, _REAL),
        _answered_right(test, thresholds),
        _mask_worn(test),
    )


def file_outcomes(folder: Path) -> tuple[Outcome, ...]:
    """The goals of time and size, from a model folder.

    Raises:
        RunError: `damaged` if its benchmark.json cannot be read.
    """
    speed, int8 = read_speed(folder), folder / INT8_FILE
    times = {} if speed is None else {"litert_ms": speed.litert_ms, "int8_ms": speed.int8_ms}
    return (
        *(Outcome(key, times.get(key), reason="" if times.get(key) else "not measured") for key in FILES),
        Outcome("int8_mb", int8.stat().st_size / 1e6) if int8.is_file() else _none("int8_mb", "there is no such file"),
    )


def _none(key: str, reason: str) -> Outcome:
    return Outcome(key, None, reason=reason)


def _estimate(key: str, estimate: Estimate, n: int, note: str = "") -> Outcome:
    scale = GOAL_BY_KEY[key].scale
    value, low, high = (
        None if end is None else scale * float(end) for end in (estimate.value, estimate.low, estimate.high)
    )
    return Outcome(key, value, low, high, n, note, estimate.reason)


def _figure(key: str, measured: Measured, name: str, variant: str, measure_name: str) -> Outcome:
    figures = measured.get((name, variant))
    if figures is None:
        return _none(key, f"{TestSet(name, variant).title} was not tested")
    return _estimate(key, figures[measure_name], figures.n)


def _smaller_recall(key: str, measured: Measured, name: str) -> Outcome:
    figures = measured.get((name, _REAL))
    if figures is None:
        return _none(key, f"{TestSet(name, _REAL).title} was not tested")
    recalls = ((figures.recall_female, figures.n_female, "women"), (figures.recall_male, figures.n_male, "men"))
    having = [recall for recall in recalls if recall[0].value is not None]
    estimate, n, who = min(having, key=lambda recall: recall[0].value or 0.0)
    return _estimate(key, estimate, n, who)


def _wild(predictions: pd.DataFrame, thresholds: Thresholds) -> tuple[Outcome, ...]:
    """The one set of real masks that recipes are chosen by: its figures flatter a little."""
    faces = _WILD.rows(predictions)
    if faces.empty:
        return tuple(_none(key, f"{_WILD.title} was not asked") for key in ("wild_real", "wild_auc"))
    figures = measure_frame(faces, thresholds.gender)
    return (
        _estimate("wild_real", figures.balanced_accuracy, figures.n),
        _estimate("wild_auc", figures.roc_auc, figures.n),
    )


def _answered_right(test: pd.DataFrame, thresholds: Thresholds) -> Outcome:
    """The set of real masks on which the fewest of the answers that adults get are right."""
    found = {}
    for name in test["set"].unique():
        faces = adults(TestSet(str(name), _REAL).rows(test))
        if len(faces) >= SMALL:
            figures = measure_frame(faces, thresholds.gender)
            if figures.accuracy_answered.value is not None:
                found[str(name)] = figures
    if not found:
        return _none("answered_right", f"no set of real masks has {SMALL} adults")
    name, figures = min(found.items(), key=lambda item: item[1].accuracy_answered.value or 0.0)
    answered = figures.answered.value or 0.0
    note = f"{name}; {100 * answered:.0f} % answered"
    return _estimate("answered_right", figures.accuracy_answered, round(answered * figures.n), note)


def _recall_gap(measured: Measured) -> Outcome:
    """The largest gap among drawn, real and bare sets; the held-out family is judged by its own goal."""
    gaps = {
        place: figures
        for place, figures in measured.items()
        if place[1] != _HELD_OUT and min(figures.n_female, figures.n_male) >= SMALL
    }
    if not gaps:
        return _none("recall_gap", f"no set has {SMALL} women and {SMALL} men")
    place, figures = max(gaps.items(), key=lambda item: abs(item[1].recall_difference.value or 0.0))
    gap = figures.recall_difference
    value = gap.value or 0.0
    note = f"{TestSet(*place).title}; {'women' if value < 0 else 'men'} are recognised less"
    if gap.low is None or gap.high is None:
        return _estimate("recall_gap", Estimate(abs(value), reason=gap.reason), figures.n, note)
    nearest, furthest = sorted((abs(gap.low), abs(gap.high)))
    absolute = Estimate(abs(value), 0.0 if gap.low <= 0 <= gap.high else nearest, furthest)
    return _estimate("recall_gap", absolute, figures.n, note)


def _worst_cell(faces: pd.DataFrame) -> Outcome:
    cells = by_group(faces, "ethnicity") if len(faces) else pd.DataFrame({"small": []})
    cells = cells[~cells["small"].astype(bool)]
    if cells.empty:
        return _none("worst_cell", f"no ethnicity and gender has {SMALL} adults")
    worst = cells.iloc[0]
    estimate = Estimate(worst["recall"], worst["low"], worst["high"])
    return _estimate("worst_cell", estimate, int(worst["n"]), cell_name(worst))


def _held_out_loss(test: pd.DataFrame, thresholds: Thresholds) -> Outcome:
    """What is lost between families seen in training and the one that was not, on the same faces."""
    losses = {}
    for name in test["set"].unique():
        held_out, drawn = (
            Contender(variant, TestSet(name, variant).rows(test).assign(variant=""), thresholds)
            for variant in (_HELD_OUT, _DRAWN)
        )
        if len(held_out.predictions) and len(drawn.predictions):
            compared = compare(held_out, drawn)
            losses[str(name)] = compared.figure("balanced_accuracy").difference, compared.n
    having = {name: loss for name, loss in losses.items() if loss[0].value is not None}
    if not having:
        return _none("held_out_loss", "no set was tested with both")
    name, (loss, n) = max(having.items(), key=lambda item: item[1][0].value or 0.0)
    return _estimate("held_out_loss", loss, n, name)


def _calibration(key: str, measured: Measured, variant: str) -> Outcome:
    sets = {place[0]: figures for place, figures in measured.items() if place[1] == variant and figures.n >= SMALL}
    if not sets:
        return _none(key, f"no such set with {SMALL} faces was tested")
    name, figures = max(sets.items(), key=lambda item: item[1].ece.value or 0.0)
    average = mean(found.ece.value or 0.0 for found in sets.values())
    return _estimate(key, figures.ece, figures.n, f"{name}; mean of {len(sets)} sets {average:.3f}")


def _mask_worn(test: pd.DataFrame) -> Outcome:
    """Whether a mask is worn, from p 0.5 on."""
    if "p_mask" not in test or test["p_mask"].isna().all():
        return _none("mask_worn", "the model does not say whether a mask is worn")
    worn, bare = test["variant"] == _REAL, (test["variant"] == _BARE) & test["set"].isin(_BARE_SETS)
    used = (worn | bare) & test["p_mask"].notna()
    figures = measure(worn[used], test["p_mask"][used], np.ones(int(used.sum()), dtype=bool), _MASK_FROM, MASK)
    if not figures.n_masked or not figures.n_bare:
        return _none("mask_worn", "it was not tested on both real masks and bare faces of other sets")
    return _estimate("mask_worn", figures.balanced_accuracy, figures.n)
