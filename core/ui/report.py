"""Sections of the training report. Each stands by itself: what is missing is said in its place."""

import pandas as pd
import streamlit as st

from core.errors import RunError
from core.evaluation.metrics import MetricSet
from core.evaluation.names import (
    MEASURE_NAMES,
    TEST,
    VARIANT_SENTENCES,
    figure_text,
    interval_text,
    set_name,
    variant_rank,
)
from core.evaluation.schema import MetricsReport, SetMetrics
from core.evaluation.training_record import best_epoch
from core.metadata import ModelMetadata
from core.ui import charts, measured
from core.ui import report_tables as tables
from core.ui.saved_runs import forget_unless_in, say
from core.ui.wording import counted, plain

HEADLINE = ("balanced_accuracy", "recall_female", "recall_male", "answered", "roc_auc")
COMPARED = ("balanced_accuracy", "recall_female", "recall_male", "roc_auc")
_MEASURE_HELP = {
    "balanced_accuracy": "The mean of the two recalls: guessing gives 50 %, whatever the share of women.",
    "recall_female": "Share of the women whom the model called female, every face answered.",
    "recall_male": "Share of the men whom the model called male, every face answered.",
    "answered": "Share of the faces that the model answers at its default threshold; the others are *uncertain*.",
    "roc_auc": "Chance that a woman gets a higher probability of *female* than a man: 0.5 is guessing, 1 perfect.",
}


def sorted_sets(metrics: MetricsReport) -> list[SetMetrics]:
    """Test sets before validation, real masks first."""
    return sorted(metrics.sets, key=lambda entry: (entry.split != TEST, variant_rank(entry.variant), entry.set))


def choose_set(sets: list[SetMetrics], key: str) -> SetMetrics:
    """Let the user choose a test set; the one of real masks from many countries at first."""
    names = [set_name(entry.set, entry.variant, entry.split) for entry in sets]
    first = set_name(measured.TEST_SET, measured.VARIANT)
    forget_unless_in(key, names)  # another model may have been tested on other sets
    index = names.index(first) if first in names else 0
    name = st.selectbox("Test set", names, index=index, key=key, persist_state="session")
    return sets[names.index(name)]


def headline(metrics: MetricsReport, entry: SetMetrics) -> None:
    """What was tested, on what, how many, when; then the figures with their intervals."""
    figures = entry.metrics
    faces = f"{figures.n:,} faces ({figures.n_female:,} women, {figures.n_male:,} men)"
    st.markdown(f"**{plain(metrics.model)}**, tested on {faces} of **{plain(entry.set)}**, {entry.split} split.")
    counts = {"recall_female": figures.n_female, "recall_male": figures.n_male}
    with st.grid(len(HEADLINE), min_column_width=150) as grid:
        for measure in HEADLINE:
            with grid.cell(), st.container(border=True, height="stretch", gap=None):
                _figure_card(figures, measure, counts.get(measure, figures.n))
    st.caption(" ".join(_fine_print(metrics, entry)))


def _figure_card(figures: MetricSet, measure: str, n: int) -> None:
    """One figure; interval and n stand below it as text, which wraps on a phone where a metric's own would be cut."""
    estimate, name = getattr(figures, measure), MEASURE_NAMES[measure]
    value = figure_text(measure, estimate)
    st.metric(f"{name[0].upper()}{name[1:]}", value, help=_MEASURE_HELP[measure])
    st.caption(
        f"{interval_text(measure, estimate)}, n = {n:,}".replace(" to ", " to\u00a0").replace("n = ", "n\u00a0=\u00a0")
    )


def _fine_print(metrics: MetricsReport, entry: SetMetrics) -> list[str]:
    sentences = [VARIANT_SENTENCES.get(entry.variant, "")]
    if entry.not_found:
        missed = counted(entry.not_found, "face that the detector missed is", "faces that the detector missed are")
        sentences.append(f"{missed} counted in: there the whole picture was taken as the face.")
    sentences.append(f"Evaluated {plain(tables.when(metrics.created))}.")
    sentences.append(f"*Answered* means at least {100 * metrics.threshold:.0f} % sure and well seen.")
    sentences.append(f"Below each figure stands its interval, {plain(metrics.interval)}.")
    return sentences


def learning_curves(history: pd.DataFrame | RunError, metadata: ModelMetadata | RunError) -> None:
    """Accuracy and loss by epoch, side by side where there is room."""
    if isinstance(history, RunError):
        say(history)
        return
    best, why = kept_epoch(history, metadata)
    st.caption(
        "How the network learned. While both curves improve, it learns; once only *training* does, it learns by "
        f"heart. {why} Point at a curve for its values."
    )
    for column, measure in zip(st.columns(2), ("accuracy", "loss"), strict=True):
        with column:
            st.markdown(f"**{measure.capitalize()}**")
            st.altair_chart(charts.learning_curve(history, measure, best))
    if len(history) == 1:
        st.caption("There is only one epoch so far: a single point each, no curve.")
    with st.expander("The curves as a table"):
        _curves_table(history)


def _curves_table(history: pd.DataFrame) -> None:
    shares = ("accuracy", "val_accuracy")
    shown = history.assign(**{name: 100 * history[name] for name in shares})
    forms = {**dict.fromkeys(shares, "%.1f %%"), "loss": "%.4f", "val_loss": "%.4f", "learning_rate": "%.2e"}
    config = {
        name: st.column_config.NumberColumn(name.replace("val_", "validation ").replace("_", " "), format=form)
        for name, form in forms.items()
    }
    st.dataframe(shown, hide_index=True, column_config=config, alt="Accuracy and loss of every epoch")


def kept_epoch(history: pd.DataFrame, metadata: ModelMetadata | RunError) -> tuple[int | None, str]:
    """The epoch whose weights are the model, and how it is known, as a sentence.

    The training's own record counts; without one it is the epoch with the smallest validation loss.
    """
    recorded = best_epoch(metadata) if isinstance(metadata, ModelMetadata) else None
    if recorded is None:
        best = int(history["epoch"].to_numpy()[history["val_loss"].to_numpy().argmin()])
        return best, f"The validation loss is smallest after epoch {best}; which epoch was kept is not recorded."
    if recorded in set(history["epoch"]):
        return recorded, f"The model is the network as it was after epoch {recorded}."
    return None, f"The model is the network after epoch {recorded}, which the saved history does not hold."


def confusion(entry: SetMetrics) -> None:
    """The confusion matrix with counts, shares and recalls."""
    cells = tables.confusion_cells(entry.metrics)
    st.caption(
        "Each row holds the faces of one label and adds up to 100 %; dark cells on the diagonal are right answers. "
        "Every face is answered here, from a probability of 50 % on."
    )
    st.altair_chart(charts.confusion_heatmap(cells))
    with st.expander("The matrix as a table"):
        names = {"truth": "labelled", "answer": "answered", "share": "share of the row"}
        shown = cells.assign(share=(100 * cells["share"]).round(1)).drop(columns="text").rename(columns=names)
        config = {"share of the row": st.column_config.NumberColumn(format="%.1f %%")}
        st.dataframe(shown, hide_index=True, column_config=config, alt="Confusion matrix, one row a cell")


def comparison(sets: list[SetMetrics], key: str) -> None:
    """All sets beside each other, the worst one named."""
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
        "A dot is the measured figure, its line the 95 % interval: two sets whose lines overlap much may well be "
        "equally hard. Real masks tell most about use; drawn masks alone can flatter a model."
    )
    table = tables.measure_by_set(sets, measure)
    if table.empty:
        st.info("No set has this figure: it needs faces of both genders.", icon=":material/info:")
    else:
        _name_worst(sets, measure)
        st.altair_chart(charts.interval_dots(table, measure))


def all_figures(sets: list[SetMetrics]) -> None:
    """Every figure of every set as a table, which needs the whole width."""
    with st.expander("All figures as a table"):
        figures = tables.figures_by_set(sets)
        form = dict.fromkeys(MEASURE_NAMES.values(), "%.1f %%") | {MEASURE_NAMES["roc_auc"]: "%.3f"}
        config = {name: st.column_config.NumberColumn(format=text) for name, text in form.items()}
        config["set"] = st.column_config.TextColumn(pinned=True)
        st.dataframe(figures, hide_index=True, column_config=config, alt="All figures of all test sets")


def _name_worst(sets: list[SetMetrics], measure: str) -> None:
    worst = tables.worst_set(sets, measure)
    if worst is not None:
        estimate = getattr(worst.metrics, measure)
        name = plain(set_name(worst.set, worst.variant))
        figure, interval = figure_text(measure, estimate), interval_text(measure, estimate)
        st.markdown(f"Lowest: **{name}**, {figure} ({interval}; {worst.metrics.n:,} faces).")
