"""The report's last section: how the model was trained."""

import streamlit as st

from core.errors import RunError
from core.evaluation.training_record import training_facts
from core.metadata import ModelMetadata
from core.ui import report_tables as tables
from core.ui.saved_runs import say
from core.ui.wording import plain


def training_record(metadata: ModelMetadata | RunError) -> None:
    """Settings, data, versions and duration of the training."""
    if isinstance(metadata, RunError):
        say(metadata)
        return
    st.caption(
        "What it takes to repeat the training: the settings, how many face crops of each set were used, "
        "and the versions of the libraries."
    )
    if not training_facts(metadata):
        st.info("The model's settings and data were not recorded when it was made.", icon=":material/info:")
    facts, data = st.columns(2)
    with facts:
        st.markdown("**Settings, duration, versions**")
        pairs = {plain(name): plain(text) for name, text in tables.model_facts(metadata).items()}
        st.table(pairs, border="horizontal", alt="Settings, duration and versions of the training")
    with data:
        _data(metadata)


def _data(metadata: ModelMetadata) -> None:
    counts, dropped = tables.data_counts(metadata), tables.dropped_files(metadata)
    if not counts.empty:
        st.markdown("**Data**")
        st.caption("Crops that the network learned from (train) and that chose the epoch (val).")
        config = {"crops": st.column_config.NumberColumn(format="localized")}
        st.dataframe(counts, hide_index=True, column_config=config, alt="Crops by set, split and mask")
    if not dropped.empty:
        st.markdown("**Files left out**")
        st.caption("Counted and left out before training, such as duplicates and damaged pictures.")
        st.dataframe(dropped, hide_index=True, alt="Files left out by set and reason")
