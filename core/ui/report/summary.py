"""The report's first sections: what was tested, the figures, and all test sets beside each other."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.errors import RunError
from core.evaluation.groups import cell_name
from core.evaluation.intervals import Estimate
from core.evaluation.names import (
    MEASURE_NAMES,
    SET_WORDS,
    TEST,
    VARIANT_SENTENCES,
    figure_text,
    interval_text,
    set_name,
    set_words,
    variant_rank,
)
from core.evaluation.runs import RunRecord
from core.evaluation.schema import MetricsReport, SetMetrics
from core.report import charts, tables
from core.report.facts import when
from core.ui.components.chart_frame import PERCENT, show, spec_of
from core.ui.report.choice import Choice, saved_entry
from core.ui.report.data import faces_of, figures_of, worst_group
from core.ui.saved_runs import say
from core.ui.wording import counted, plain

# Two rows of four, with the worst group at the end of the first.
HEADLINE = ("balanced_accuracy", "recall_female", "recall_male"), ("answered", "accuracy_answered", "roc_auc", "ece")
COMPARED = ("balanced_accuracy", "recall_female", "recall_male", "roc_auc")
# Short enough for a card on a phone.
_NAMES = MEASURE_NAMES | {"accuracy_answered": "right answers", "ece": "calibration error"}
_MEASURE_HELP = {
    "balanced_accuracy": "The mean of the two recalls: guessing gives 50 %, whatever the share of women.",
    "recall_female": "Share of the women called female when every face is answered.",
    "recall_male": "Share of the men called male when every face is answered.",
    "answered": "Share of the faces answered at the model's default threshold; the others are *uncertain*.",
    "accuracy_answered": "Share of the answered faces that are answered correctly.",
    "roc_auc": "Chance that a woman gets a higher probability of *female* than a man: 0.5 is guessing, 1 perfect.",
    "ece": "Mean distance of the probabilities from how often they are right (expected calibration error); 0 is best.",
}
_WORST_HELP = (
    "The lowest recall of either gender in any group (ethnicity, age, mask family or face size) with at least 50 "
    "faces. The lowest of many is low partly by chance: see its interval."
)


def test_results(run: RunRecord, choice: Choice) -> None:
    """What was tested, on what, how many, when; then the figures with their intervals."""
    entry = saved_entry(run, choice)
    figures = entry.metrics if entry else figures_of(choice)
    if figures is None:
        if isinstance(run.predictions, RunError):
            say(run.predictions)
        else:
            st.info(f"The saved predictions hold no faces of {plain(choice.name)}.", icon=":material/info:")
        return
    faces = f"{figures.n:,} faces ({figures.n_female:,} women, {figures.n_male:,} men)"
    st.markdown(f"**{plain(run.name)}**, tested on {faces} of **{plain(choice.name)}**, {choice.place.split} split.")
    counts = {
        "recall_female": figures.n_female,
        "recall_male": figures.n_male,
        "accuracy_answered": round((figures.answered.value or 0.0) * figures.n),
    }
    worst = worst_group(choice) if faces_of(choice) else None
    first, second = HEADLINE
    with st.grid(4, min_column_width=170) as grid:
        for measure in first:
            with grid.cell():
                figure_card(measure, getattr(figures, measure), counts.get(measure, figures.n))
        if worst is not None:
            with grid.cell(), st.container(border=True, height="stretch", gap=None):
                _worst_card(*worst)
        for measure in second:
            with grid.cell():
                figure_card(measure, getattr(figures, measure), counts.get(measure, figures.n))
    st.caption(" ".join(_fine_print(run, choice, entry)))


def figure_card(measure: str, estimate: Estimate, n: int, help_texts: Mapping[str, str] = _MEASURE_HELP) -> None:
    """One figure; interval and n stand below it as text, which wraps on a phone where a metric's own would be cut."""
    name = _NAMES[measure]
    with st.container(border=True, height="stretch", gap=None):
        st.metric(f"{name[0].upper()}{name[1:]}", figure_text(measure, estimate), help=help_texts.get(measure))
        st.caption(_unbroken(f"{interval_text(measure, estimate)}, n = {n:,}"))


def _worst_card(by: str, cell: pd.Series) -> None:
    estimate = Estimate(float(cell["recall"]), float(cell["low"]), float(cell["high"]))
    st.metric("Worst group", figure_text("recall", estimate), help=_WORST_HELP)
    st.caption(f"{plain(cell_name(cell))} ({by})")
    st.caption(_unbroken(f"{interval_text('recall', estimate)}, n = {cell['n']:,}"))


def _unbroken(text: str) -> str:
    return text.replace(" to ", " to\u00a0").replace(" %", "\u00a0%").replace("n = ", "n\u00a0=\u00a0")


def _fine_print(run: RunRecord, choice: Choice, entry: SetMetrics | None) -> list[str]:
    about = [f"{set_words(choice.place.set)}."] if choice.place.set in SET_WORDS else []
    sentences = [*about, VARIANT_SENTENCES.get(choice.place.variant, "")]
    faces = faces_of(choice)
    missed = entry.not_found if entry else int((faces.predictions["found"] == 0).sum()) if faces else 0
    if missed:
        who = counted(missed, "face that the detector missed is", "faces that the detector missed are")
        sentences.append(f"{who} included: there the whole picture was taken as the face.")
    if isinstance(run.metrics, MetricsReport):
        sentences.append(f"Evaluated {plain(when(run.metrics.created))}.")
        sentences.append(f"Below each figure is its interval: {plain(run.metrics.interval)}.")
    sentences.append(
        f"*Answered* means at least {100 * choice.thresholds.gender:.0f} % sure and clearly visible; the other figures "
        "count every face."
    )
    return sentences


def comparison(sets: list[SetMetrics], key: str, name: str) -> None:
    """All sets beside each other, the worst one named; `name` is the model's."""
    measure = st.segmented_control(
        "Measure",
        COMPARED,
        default=COMPARED[0],
        required=True,
        key=key,
        format_func=MEASURE_NAMES.__getitem__,
        wrap=True,
    )
    st.caption(
        "Each dot is the measured figure, its line the 95 % interval: two sets whose lines overlap widely may well be "
        "equally hard. Real masks tell most about use in practice; drawn masks alone can flatter a model."
    )
    sets = sorted(sets, key=lambda entry: (entry.split != TEST, variant_rank(entry.variant), entry.set))
    table = tables.measure_by_set(sets, measure)
    if table.empty:
        st.info("No set has this figure: it needs faces of both genders.", icon=":material/info:")
    else:
        _name_worst(sets, measure)
        rows, config = _all_figures(sets)
        title = f"All test sets, {MEASURE_NAMES[measure]}"
        show(spec_of(charts.interval_dots, table, measure), rows, title, config, about=(name,))


def _all_figures(sets: list[SetMetrics]) -> tuple[pd.DataFrame, dict[str, object]]:
    form = dict.fromkeys(MEASURE_NAMES.values(), PERCENT) | {MEASURE_NAMES["roc_auc"]: "%.3f"}
    config: dict[str, object] = {name: st.column_config.NumberColumn(format=text) for name, text in form.items()}
    config["set"] = st.column_config.TextColumn(pinned=True)
    return tables.figures_by_set(sets), config


def _name_worst(sets: list[SetMetrics], measure: str) -> None:
    worst = tables.worst_set(sets, measure)
    if worst is not None:
        estimate = getattr(worst.metrics, measure)
        name = plain(set_name(worst.set, worst.variant))
        figure, interval = figure_text(measure, estimate), interval_text(measure, estimate)
        st.markdown(f"Lowest: **{name}**, {figure} ({interval}; {worst.metrics.n:,} faces).")
