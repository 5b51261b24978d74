"""The report's sections on what the model looks at and on how its answers change with the mask."""

import pandas as pd
import streamlit as st

from core.errors import RunError
from core.evaluation.mask_changes import mask_changes
from core.evaluation.runs import RunRecord
from core.report import attention as tables
from core.report import charts
from core.settings import model_folder
from core.ui.components.chart_frame import PERCENT, show, spec_of
from core.ui.components.contents import Contents
from core.ui.saved_runs import Fingerprint, fingerprint, say
from core.ui.wording import plain

_CHANGES_END = 0.2


def attention(run: RunRecord, contents: Contents) -> None:
    """Both sections; the first one a sentence where its file is missing or damaged, the second absent."""
    contents.header(tables.LOOKS_TITLE)
    if isinstance(run.explanations, RunError):
        say(run.explanations)
    else:
        table = tables.looked_at(run.explanations)
        st.caption(tables.LOOKS_HOW)
        _show(table, tables.LOOKS_TITLE, "share of the evidence", 1.0, ("test set", "region"), run.name)
    if isinstance(run.predictions, RunError):
        return  # the page has said so above
    contents.header(tables.CHANGES_TITLE)
    folder = model_folder(run.name)
    changes = _changes(str(folder), fingerprint(folder), run.predictions)
    if changes.empty:
        st.info(tables.NO_PAIRS, icon=":material/info:")
        return
    st.caption(tables.CHANGES_HOW)
    worst = max(changes.to_dict("records"), key=lambda row: float(row["value"]))
    st.markdown(
        f"Most: **{plain(worst['family'])}** on {plain(worst['set'])}, {100 * worst['value']:.1f} % "
        f"({100 * worst['low']:.1f} to {100 * worst['high']:.1f} %; {worst['n']:,} faces, of which "
        f"{worst['to_female']:,} to female and {worst['to_male']:,} to male)."
    )
    drawn = tables.changed_by_mask(changes)
    _show(drawn, tables.CHANGES_TITLE, "share called otherwise", _CHANGES_END, ("mask", "test set"), run.name)


@st.cache_data(max_entries=8, show_spinner=False)
def _changes(folder: str, fingerprint: Fingerprint, _predictions: pd.DataFrame) -> pd.DataFrame:
    """Worked out again only when one of the model's files changes."""
    return mask_changes(_predictions)


def _show(table: pd.DataFrame, title: str, axis: str, limit: float, names: tuple[str, str], model: str) -> None:
    form = {name: st.column_config.NumberColumn(format=PERCENT) for name in ("share", "interval from", "to")}
    shown = tables.in_words(table, *names)
    show(spec_of(charts.dots_by_kind, table, axis, limit), shown, title, form, about=(model,))
