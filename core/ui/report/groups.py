"""The report's section on groups: recall of women and men by ethnicity, age, mask and face size."""

import pandas as pd
import streamlit as st

from core.evaluation.groups import SMALL, gap
from core.report import charts, tables
from core.ui.components.chart_frame import columns, show, spec_of
from core.ui.report.choice import Choice
from core.ui.report.data import groupings_of, groups_of
from core.ui.saved_runs import forget_unless_in
from core.ui.wording import counted, plain

_MOST = 30
_COLUMNS = {
    "group": "group",
    "gender": "gender",
    "n": "faces",
    "right": "called right",
    "recall": "recall",
    "low": "interval from",
    "high": "interval to",
    "small": "too few faces",
}
_SHARES = ("recall", "low", "high")


def by_groups(choice: Choice, threshold: float | None) -> None:
    """Recall of every gender and group, the worst first, and how far apart they are."""
    offered = groupings_of(choice)
    if not offered:
        st.info(
            "These faces cannot be grouped: no ethnicity, age, mask family or face size is recorded for them.",
            icon=":material/info:",
        )
        return
    forget_unless_in("report_groups", offered)
    by = st.segmented_control(
        "Group women and men by",
        offered,
        default=offered[0],
        required=True,
        key="report_groups",
        wrap=True,
        persist_state="session",
    )
    cells = groups_of(choice, by or offered[0], threshold)
    if cells.empty:
        st.info("No face is answered at this threshold.", icon=":material/info:")
        return
    who = "every face called" if threshold is None else f"faces answered at {100 * threshold:.0f} % only"
    st.caption(
        f"Recall of each group ({who}), worst first, with 95 % intervals and number of faces. The terms are those of "
        "the data set. With many groups, one comes last by chance alone: check whether the lines overlap."
    )
    st.markdown(" ".join(_gap_sentences(cells)))
    chart = spec_of(charts.group_dots, tables.group_cells(cells.head(_MOST)))
    config = columns(_COLUMNS, _SHARES) | {"small": st.column_config.CheckboxColumn("too few faces")}
    title = f"Recall of women and men by {by or offered[0]}"
    show(chart, tables.in_percent(cells, _SHARES), title, config, "report_group_chart", choice.about)


def _gap_sentences(cells: pd.DataFrame) -> list[str]:
    found, sentences = gap(cells), []
    apart = found.difference
    if apart.value is None:
        sentences.append(f"No gap can be given: {apart.reason}.")
    else:
        interval = (
            "" if apart.low is None or apart.high is None else f" ({100 * apart.low:.1f} to {100 * apart.high:.1f})"
        )
        ratio = "" if found.ratio is None else f", ratio {found.ratio:.2f}"
        sentences.append(
            f"From the worst, **{plain(found.worst)}**, to the best, **{plain(found.best)}**: "
            f"**{100 * apart.value:.1f} points**{interval}{ratio}."
        )
    small = int(cells["small"].sum())
    if small:
        which = counted(small, "group in grey has", "groups in grey have")
        sentences.append(f"{which} fewer than {SMALL} faces: too few to judge, so they are left out of the gap.")
    if len(cells) > _MOST:
        sentences.append(f"The chart shows the worst {_MOST} of {len(cells)} groups, the table all.")
    return sentences
