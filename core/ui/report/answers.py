"""The report's threshold, and what it does: confusion matrix, recalls, share answered, points on the curves."""

import pandas as pd
import streamlit as st

from core.evaluation import decisions
from core.evaluation.metrics import LABELS
from core.report import chart_files, charts, tables
from core.report.charts.confusion import CELL
from core.ui.components import address
from core.ui.components.chart_frame import columns, show, spec_of, tools
from core.ui.report.choice import PAGE, Choice
from core.ui.report.data import curves_of, decided, faces_of
from core.ui.report.mistakes import cell_of, chosen_cell, take_cell
from core.ui.report.summary import figure_card

_THRESHOLD, _EVERY = "report_threshold", "every"
_OPTIONS = (_EVERY, *map(str, range(50, 100)))
_MEASURES = {
    "answered": "answered",
    "accuracy": "accuracy_answered",
    "recall_female": "recall_female",
    "recall_male": "recall_male",
}
_HELP = {
    "answered": "Share of the faces answered at the chosen threshold.",
    "accuracy_answered": "Share of the answered faces that are answered correctly.",
    "recall_female": "Share of the answered women called female.",
    "recall_male": "Share of the answered men called male.",
}
_SWEEP_COLUMNS = {
    "threshold": "threshold",
    "answered": "answered",
    "accuracy_answered": "right among answered",
    "recall_female": "recall women",
    "recall_male": "recall men",
    "ff": "women called female",
    "fm": "women called male",
    "mf": "men called female",
    "mm": "men called male",
    "uncertain_female": "women uncertain",
    "uncertain_male": "men uncertain",
}
_SHARES = ("threshold", "answered", "accuracy_answered", "recall_female", "recall_male")


def ask_threshold(choice: Choice) -> float | None:
    """The confidence from which a face counts as answered, in [0.5, 1); None: every face is answered."""
    own = round(100 * choice.thresholds.gender)
    st.caption(
        f"At *every face* all are called female or male, as in the figures above. From 50 % on, only faces that reach "
        f"this confidence and are clearly visible are answered, as on the Classify page (by default from {own} %). The "
        "matrix, curves, groups and mistakes below follow this slider."
    )
    st.session_state[_THRESHOLD] = address.begin(PAGE, "threshold", _THRESHOLD, _OPTIONS, _EVERY)
    percent = st.select_slider(
        "Answer when at least this sure",
        _OPTIONS,
        key=_THRESHOLD,
        format_func=lambda value: "every face" if value == _EVERY else f"{value} %",
    )
    address.keep(PAGE, "threshold", percent, _EVERY)
    return None if percent == _EVERY else int(percent) / 100


def at_threshold(choice: Choice, threshold: float | None) -> None:
    """The confusion matrix, and how recalls and the share answered change with the threshold."""
    said = decided(choice, threshold)
    figures = decisions.figures_at(said)
    answered = round((figures.answered.value or 0.0) * len(said))
    women, men = (
        int(((said["gender"] == gender) & (said["answer"] != decisions.UNCERTAIN)).sum()) for gender in LABELS
    )
    counts = {"answered": len(said), "accuracy": answered, "recall_female": women, "recall_male": men}
    with st.grid(len(_MEASURES), min_column_width=150) as grid:
        for name, measure in _MEASURES.items():
            with grid.cell():
                figure_card(measure, getattr(figures, name), counts[name], _HELP)
    matrix, sweep = st.columns(2, gap="medium")
    with matrix:
        answers = LABELS if threshold is None else (*LABELS, decisions.UNCERTAIN)
        cells = tables.confusion_cells(decisions.counts(said, answers), answers)
        confusion_matrix(cells, choice.about, clickable=True)
    with sweep:
        st.caption(
            "The higher the threshold, the fewer faces are answered and the more of the answers should be right."
        )
        curves = curves_of(choice)
        chart = spec_of(charts.threshold_curves, curves.sweep, threshold, choice.thresholds.gender)
        table = tables.in_percent(curves.sweep[list(_SWEEP_COLUMNS)], _SHARES)
        config = columns(_SWEEP_COLUMNS, _SHARES)
        show(chart, table, "Answers at every threshold", config, "report_sweep", choice.about)


def confusion_matrix(cells: pd.DataFrame, about: tuple[str, ...], *, clickable: bool) -> None:
    """The matrix with counts and shares.

    Args:
        cells: As `core.report.tables.confusion_cells` makes it.
        about: Model and test set.
        clickable: A click on a cell shows its faces, for which there must be predictions.
    """
    click = "Click a cell to see its faces under *Mistakes*." if clickable else ""
    st.caption("Each row adds up to 100 % of the faces with that label; the diagonal holds the right answers. " + click)
    title = "Confusion matrix"
    spec = spec_of(charts.confusion_heatmap, cells)
    if not clickable:
        st.vega_lite_chart(chart_files.named(spec, title, about))
    else:
        framed = chosen_cell()
        # Another key for another cell: a new chart forgets the last click, so that the same cell can be clicked again.
        key = f"report_matrix_{cell_of(*framed) if framed else ''}"
        st.vega_lite_chart(
            chart_files.named(spec_of(charts.confusion_heatmap, cells, framed), title, about),
            key=key,
            on_select=lambda: take_cell(st.session_state[key].selection.get(CELL)),
            selection_mode=CELL,
        )
    names = {"truth": "labelled", "answer": "answered", "count": "faces", "share": "share of the row"}
    shown = tables.in_percent(cells.drop(columns="text"), ["share"])
    tools(title, about, spec, shown, columns(names, ("share",)))


def ranking(choice: Choice, threshold: float | None) -> None:
    """ROC and precision-recall curves with the chosen points."""
    curves, faces = curves_of(choice), faces_of(choice)
    if curves.roc.empty or faces is None:
        st.info("These curves need faces of both genders.", icon=":material/info:")
        return
    points = decisions.operating_points(faces.answers, threshold)
    st.caption(
        "How well the probabilities rank women above men, whatever the threshold. Dotted: guessing. The diamonds mark "
        "the chosen threshold: *female* above the one, *male* below the other. Picture quality is ignored here."
    )
    left, right = st.columns(2, gap="medium")
    names = {"threshold": "from p"}
    with left:
        st.markdown("**ROC curve**")
        rates = {"false_positive_rate": "men called female", "true_positive_rate": "women called female"}
        table = tables.in_percent(curves.roc, list(rates))
        config = columns(names | rates, tuple(rates))
        show(spec_of(charts.roc_curve, curves.roc, points), table, "ROC curve", config, "report_roc", choice.about)
    with right:
        st.markdown("**Precision against recall**")
        rates = {"precision": "women among those called female", "recall": "women called female"}
        table = tables.in_percent(curves.precision_recall, list(rates))
        women = float(faces.answers.is_female.mean())
        chart = spec_of(charts.precision_recall_curve, curves.precision_recall, points, women)
        config = columns(names | rates, tuple(rates))
        show(chart, table, "Precision against recall", config, "report_precision", choice.about)
