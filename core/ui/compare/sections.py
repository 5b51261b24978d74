"""Sections of the page that compares models. Each stands by itself: what is missing is said in its place."""

from typing import Any

import pandas as pd
import streamlit as st

from core.errors import RunError
from core.evaluation.comparison import BETTER, TIE, WORSE, Comparison
from core.evaluation.comparison import disagreements as disagreements_of
from core.evaluation.schema import PREDICTIONS_FILE
from core.evaluation.side_by_side import SideBySide, agreement
from core.evaluation.speed import read_speed
from core.report import comparison as tables
from core.report.charts import comparison as charts
from core.settings import model_folder
from core.ui.components.chart_frame import columns, show, spec_of
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
    config = {"figure": st.column_config.TextColumn(pinned=True)}
    table, words = tables.figures_table(side), "All figures of all models on the same faces"
    st.dataframe(table, hide_index=True, height="content", column_config=config, alt=words)


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
            st.dataframe(
                tables.differences_table(comparison),
                hide_index=True,
                column_config={"figure": st.column_config.TextColumn(pinned=True)},
                alt=f"Differences of {comparison.other} to {comparison.first}",
            )


def verdict(comparison: Comparison) -> str:
    """A comparison in one sentence, in Markdown."""
    figure, test = comparison.figure("balanced_accuracy"), comparison.mcnemar
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
    other = side.contenders[others[name]]
    table = disagreements_of(first, other)
    matrix, faces = st.columns([2, 3], gap="medium")
    with matrix:
        st.caption("Every shared face, called at 50 %.")
        cells = tables.agreement_cells(agreement(first, other))
        chart = spec_of(charts.agreement, cells, first.name, other.name)
        names = columns({"first": first.name, "other": other.name, "count": "faces", "share": "share"}, ("share",))
        shown = cells.assign(share=(100 * cells["share"]).round(1)).drop(columns="text")
        show(chart, shown, "Who is right", names, about=(first.name, other.name))
    with faces:
        st.caption(f"{counted(len(table), 'face', 'faces')} called differently, widest gap first.")
        if len(table):
            _faces_table(table, first.name, other.name)
        else:
            st.info("They agree on every face.", icon=":material/info:")


def _faces_table(table: pd.DataFrame, first: str, other: str) -> None:
    shown = table[["file", "gender", "p_first", "p_other", "right", "age", "ethnicity", "mask_family"]]
    config: dict[str, Any] = {
        "file": st.column_config.TextColumn(pinned=True),
        "gender": "labelled",
        "p_first": st.column_config.NumberColumn(f"p female, {first}", format="%.2f"),
        "p_other": st.column_config.NumberColumn(f"p female, {other}", format="%.2f"),
        "mask_family": "mask family",
    }
    st.dataframe(shown, hide_index=True, column_config=config, height=330, alt="Faces that are called differently")


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
    timed = table.dropna(subset=["balanced", "litert_ms"])
    missing = [plain(name) for name in table.loc[table["litert_ms"].isna(), "name"]]
    if missing:
        st.info(
            f"Not measured yet: {', '.join(missing)}. `{tables.MEASURE_COMMAND}` times every model on this machine "
            "and saves the result.",
            icon=":material/info:",
        )
    if len(timed):
        st.caption("Up and to the left is better. Time of the network alone, one face at a time, on one core.")
        st.altair_chart(charts.accuracy_against_time(timed))
        machines = sorted({speed.machine for speed in speeds.values() if speed is not None})
        st.caption(f"Measured on {plain(' and '.join(machines))}." + " Different machines." * (len(machines) > 1))
    config = {
        "name": st.column_config.TextColumn("model", pinned=True),
        "balanced": st.column_config.NumberColumn("balanced accuracy", format="%.1f %%"),
        "litert_ms": st.column_config.NumberColumn("ms a face", format="%.2f"),
        "int8_ms": st.column_config.NumberColumn("ms a face, int8", format="%.2f"),
        "litert_mb": st.column_config.NumberColumn("MB", format="%.2f"),
        "int8_mb": st.column_config.NumberColumn("MB, int8", format="%.2f"),
    }
    shown = table.dropna(axis="columns", how="all")
    st.dataframe(
        shown,
        hide_index=True,
        column_config=config,
        placeholder="\N{EN DASH}",
        alt="Accuracy, time and size of models",
    )
    if len(folders) < len(side.contenders):
        st.caption("Of peers, only their predictions are known.")


def _is_model(name: str) -> bool:
    return (model_folder(name) / PREDICTIONS_FILE).is_file()
