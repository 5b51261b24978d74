"""What `python -m core benchmark` prints."""

import argparse
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.cli.tables import LINE_WIDTH, page

if TYPE_CHECKING:
    from core.evaluation.comparison import Comparison, Contender
    from core.evaluation.goals import Outcome
    from core.evaluation.intervals import Estimate

_FORMS = {"%": ".2f", "points": ".2f", "": ".3f", "ms": ".2f", "MB": ".2f"}
_GOALS_FOOT = (
    "[95 % interval]; n: faces behind the figure; met: the highest of floor, goal and reach that the figure meets, "
    "whatever its interval. Test faces alone; the held-out mask family has a row of its own."
)
_COMPARED_FOOT = (
    "In per cent [95 % interval]. Differences to the first row in points, on the faces that both answered (shared), "
    "[paired bootstrap]: a tie where the interval holds 0. p: McNemar's exact test of the mistakes."
)


def goals_table(name: str, outcomes: Sequence["Outcome"], *, markdown: bool) -> str:
    """A model's outcomes beside floor, goal and reach."""
    rows: list[tuple[str, ...]] = [("figure", "floor", "goal", "reach", "measured", "n", "met")]
    notes = []
    for outcome in outcomes:
        goal = outcome.goal
        figure = f"{goal.figure}, {goal.unit}" if goal.unit else goal.figure
        note = outcome.note or ("" if outcome.value is not None else outcome.reason)
        if note and markdown:
            figure += f" ({note})"
        elif note:
            notes.append(f"{goal.figure}: {note}")
        targets = f"{goal.floor:g}", f"{'> ' if goal.above else ''}{goal.goal:g}", f"{goal.reach:g}"
        n = f"{outcome.n:,}" if outcome.n else "-"
        rows.append((figure, *targets, _outcome(outcome), n, _met(outcome)))
    return page(f"{name} and the goals", rows, range(1, 6), _GOALS_FOOT, notes, markdown=markdown)


def side_by_side(contenders: Sequence["Contender"], *, markdown: bool) -> str:
    """Models and peers on every test set, each compared with the first that has it."""
    import pandas as pd

    from core.evaluation.test_sets import TEST, sets_in

    parts = []
    for place in sets_in(pd.concat([contender.predictions for contender in contenders])):
        if place.split == TEST:
            own = [replace(contender, predictions=place.rows(contender.predictions)) for contender in contenders]
            rows = _set_rows(own, markdown=markdown)
            parts.append(page(place.title, rows, range(1, 9), markdown=markdown))
    return "\n\n".join([*parts, _COMPARED_FOOT if markdown else textwrap.fill(_COMPARED_FOOT, LINE_WIDTH)])


def speed_table(
    times: Mapping[tuple[str, str], float],
    looks: Mapping[tuple[str, str], float],
    machine: str,
    rounds: int,
    *,
    markdown: bool,
) -> str:
    """Milliseconds a face by model and key of `core.evaluation.speed.FILES`, and as ratios to the first.

    Args:
        times: Of all looks at a face.
        looks: How many those are, on average.
        machine: Name of the processor.
        rounds: How often each file had its turn.
        markdown: Whether to write a Markdown table.
    """
    from core.evaluation.speed import FILES

    first = next(iter(times.values()))
    rows = [("model", "file", "looks", "ms per face", "ratio to the first row")]
    rows += [
        (key[0], FILES[key[1]], f"{looks[key]:.2f}", f"{value:.3f}", f"{value / first:.2f}")
        for key, value in times.items()
    ]
    foot = (
        f"One face at a time on one core: median of {rounds} rounds of 10 faces each, models in turn. {machine}. "
        "Looks: how often a masked face is looked at, on average; a model may look again where it is not sure. The "
        "time is that of all looks."
    )
    return page("Time of the model alone", rows, (2, 3, 4), foot, markdown=markdown)


def _set_rows(contenders: Sequence["Contender"], *, markdown: bool) -> list[tuple[str, ...]]:
    from core.evaluation.comparison import compare
    from core.evaluation.metrics import measure_answers

    having = [contender for contender in contenders if len(contender.predictions)]
    compared = ("balanced +/-", "shared", "p") if len(having) > 1 else ()
    rows: list[tuple[str, ...]] = [("", "n", "accuracy", "balanced", "women", "men", *compared)]
    for contender in having:
        found = measure_answers(contender.answers)
        figures = (
            _share(found.accuracy, interval=markdown),
            _share(found.balanced_accuracy),
            _share(found.recall_female, interval=markdown),
            _share(found.recall_male, interval=markdown),
        )
        first = contender is having[0]
        differences = ("",) * len(compared) if first else _differences(compare(having[0], contender))
        rows.append((contender.name, f"{found.n:,}", *figures, *differences))
    return rows


def _differences(found: "Comparison") -> tuple[str, str, str]:
    figure = found.figure("balanced_accuracy")
    difference = " ".join(part for part in (_share(figure.difference, "+.1f"), figure.verdict) if part)
    return difference, f"{found.n:,}", f"{found.agreement.p:.2g}"


def _share(estimate: "Estimate", form: str = ".1f", *, interval: bool = True) -> str:
    if estimate.value is None:
        return "-"
    value = format(100 * estimate.value, form)
    if not interval or estimate.low is None or estimate.high is None:
        return value
    return f"{value} [{100 * estimate.low:.1f} to {100 * estimate.high:.1f}]"


def _outcome(outcome: "Outcome") -> str:
    if outcome.value is None:
        return "-"
    form = _FORMS[outcome.goal.unit]
    value = format(outcome.value, form)
    if outcome.low is None or outcome.high is None:
        return value
    return f"{value} [{outcome.low:{form}} to {outcome.high:{form}}]"


def _met(outcome: "Outcome") -> str:
    if outcome.value is None:
        return "-"
    from core.evaluation.goals import LEVELS

    met = [level for level in LEVELS if outcome.met(level)]
    return met[-1] if met else "no"


def chosen_models(options: argparse.Namespace) -> list[str]:
    """The models that were named, else the default one."""
    from core.model.store import ModelStore

    store = ModelStore(options.models)
    names = options.names or [store.default_name()]
    return [store.metadata(name).name for name in names]


def beside(value: float, of: float, form: str) -> str:
    """A value and its ratio to another, where there is one."""
    if not value:
        return "-"
    return f"{value:{form}} ({value / of:.2f})" if of else f"{value:{form}}"
