"""Sections of the page that compares models. Each stands by itself: what is missing is said in its place."""

import pandas as pd
import streamlit as st

from core.errors import RunError
from core.evaluation.comparison import BETTER, TIE, WORSE, Comparison, SideBySide
from core.evaluation.comparison import disagreements as disagreements_of
from core.evaluation.registry import METRICS
from core.evaluation.schema import PREDICTIONS_FILE
from core.evaluation.speed import read_speed
from core.labels import family_words
from core.report import charts, tables
from core.report.blocks import PERCENT, Chart, Table
from core.report.sections.results import what_they_are
from core.settings import model_folder
from core.ui.components.chart_frame import show, show_table
from core.ui.report.render import draw_blocks
from core.ui.saved_runs import say
from core.ui.wording import counted, plain

_VERDICTS = {TIE: "a **tie**", BETTER: "**better**", WORSE: "**worse**", "": "too few faces to tell"}


def figures(side: SideBySide) -> None:
    """Every figure of every contender, with its interval."""
    st.caption(
        "In brackets: 95 % intervals. Models with overlapping intervals may still differ, as all answered the same "
        "faces: *Differences* below settles that. Every face is called at 50 %; *answered* uses each model's own "
        "threshold."
    )
    show_table(Table("All figures of all models on the same faces", tables.figures_table(side)), height="content")
    with st.expander("What the figures mean", icon=":material/help:"):
        draw_blocks((what_they_are(METRICS),), ())


def differences(side: SideBySide) -> None:
    """Each contender against the first: a sentence, a chart, a table."""
    first = side.contenders[0].name
    st.caption(
        "Paired comparison: both are measured on the same faces, with resampling. Where the interval contains 0, it is "
        "*a tie*. McNemar's p is the chance that two equally good models would differ at least this much in which "
        "faces they get wrong."
    )
    for comparison in side.comparisons:
        st.markdown(verdict(comparison))
    drawn = tables.drawn_differences(side.comparisons)
    if drawn.empty:
        st.info("No figure is defined for both: faces of women and men are needed.", icon=":material/info:")
        return
    st.markdown(f"**Percentage points above {plain(first)}**")
    st.altair_chart(charts.differences(drawn, first))
    for comparison in side.comparisons:
        with st.expander(f"{plain(comparison.other)} against {plain(first)} as a table"):
            words = f"Differences between {comparison.other} and {comparison.first}"
            show_table(Table(words, tables.differences_table(comparison)))


def verdict(comparison: Comparison) -> str:
    """A comparison in one sentence, in Markdown."""
    figure, test = comparison.figure("balanced_accuracy"), comparison.agreement
    mistakes = (
        f"McNemar {_p(test.p)} ({plain(comparison.other)} alone is right on {test.only_other}, "
        f"{plain(comparison.first)} alone on {test.only_first})."
    )
    opening = f"**{plain(comparison.other)}** against **{plain(comparison.first)}**:"
    if figure.difference.value is None:
        return f"{opening} no balanced accuracy, {plain(figure.difference.reason)}. {mistakes}"
    return (
        f"{opening} {_VERDICTS[figure.verdict]}, balanced accuracy {tables.difference_text(figure)} "
        f"({tables.difference_interval(figure)}). {mistakes}"
    )


def _p(p: float) -> str:
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"


def disagreements(side: SideBySide) -> None:
    """Who is right where, counted, and the faces that two call differently."""
    others = {comparison.other: place for place, comparison in enumerate(side.comparisons, start=1)}
    first, name = side.contenders[0], next(iter(others))
    if len(others) > 1:
        if st.session_state.get("compare_other") not in (None, *others):
            del st.session_state["compare_other"]
        name = st.segmented_control(
            "Compared", list(others), default=name, required=True, key="compare_other", wrap=True
        )
    place = others[name]
    other = side.contenders[place]
    table = disagreements_of(first, other)
    matrix, faces = st.columns([2, 3], gap="medium")
    with matrix:
        st.caption("Every shared face, called at 50 %.")
        cells = tables.agreement_cells(side.comparisons[place - 1].agreement)
        names = {"first": first.name, "other": other.name, "count": "faces"}
        counted_faces = Table("Who is right", cells.drop(columns="text"), names, ("share",))
        chart = Chart("Who is right", charts.agreement, (cells, first.name, other.name), counted_faces)
        show(chart, (first.name, other.name))
    with faces:
        st.caption(f"{counted(len(table), 'face', 'faces')} called differently, widest gap first.")
        if len(table):
            _faces_table(table, first.name, other.name)
        else:
            st.info("They agree on every face.", icon=":material/info:")


def _faces_table(table: pd.DataFrame, first: str, other: str) -> None:
    shown = table[["file", "gender", "p_first", "p_other", "right", "age", "ethnicity", "mask_family"]]
    shown = shown.assign(mask_family=shown["mask_family"].map(family_words))
    names = {"gender": "labelled", "mask_family": "mask family"}
    names |= {"p_first": f"p female, {first}", "p_other": f"p female, {other}"}
    forms = {"p_first": "%.2f", "p_other": "%.2f"}
    show_table(Table("Faces that are called differently", shown, names, forms=forms), height=330)


def speed_and_size(side: SideBySide) -> None:
    """What an answer costs, beside how often it is right."""
    names = [contender.name for contender in side.contenders if _is_model(contender.name)]
    folders = {name: model_folder(name) for name in names}
    speeds = {}
    for name, folder in folders.items():
        try:
            speeds[name] = read_speed(folder)
        except RunError as error:
            say(error)
    table = tables.speed_and_size(side, folders, speeds)
    timed = table.dropna(subset=["balanced", "served_ms"])
    missing = [plain(name) for name in table.loc[table["served_ms"].isna(), "name"]]
    if missing:
        st.info(
            f"Not measured yet: {', '.join(missing)}. `{tables.MEASURE_COMMAND}` times every model on this machine "
            "and saves the result.",
            icon=":material/info:",
        )
    if len(timed):
        st.caption(
            "Up and to the left is better. Time of the network alone, one face at a time, second looks included, on "
            "one core; of its integer file (*int8*) where it has one, as that is the file used."
        )
        st.altair_chart(charts.accuracy_against_time(timed))
        machines = sorted({speed.machine for speed in speeds.values() if speed is not None})
        st.caption(f"Measured on {plain(' and '.join(machines))}." + " Different machines." * (len(machines) > 1))
    headings = {
        "name": "model",
        "balanced": "balanced accuracy",
        "litert_ms": "ms per face",
        "int8_ms": "ms per face, int8",
        "litert_mb": "MB",
        "int8_mb": "MB, int8",
    }
    shown = table.drop(columns="served_ms").dropna(axis="columns", how="all")
    forms = dict.fromkeys(list(headings)[2:], "%.2f") | {"balanced": PERCENT}
    show_table(Table("Accuracy, time and size of models", shown, headings, forms=forms), placeholder="\N{EN DASH}")
    if len(folders) < len(side.contenders):
        st.caption("Of peers, only their predictions are known.")


def _is_model(name: str) -> bool:
    return (model_folder(name) / PREDICTIONS_FILE).is_file()
