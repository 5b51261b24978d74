"""The report's last section: how the model was trained."""

import streamlit as st

from core.errors import RunError
from core.model.metadata import ModelMetadata
from core.report import facts as facts_of
from core.report.training_record import training_facts
from core.ui.saved_runs import say
from core.ui.wording import plain

# What everybody wants to know; the other headings open on a click.
_OPEN = ("Model", "Training")


def training_record(metadata: ModelMetadata | RunError) -> None:
    """Settings, data, versions and duration of the training."""
    if isinstance(metadata, RunError):
        say(metadata)
        return
    st.caption(
        "What is needed to repeat the training: settings, number of face crops of each data set, and versions of the "
        "libraries."
    )
    if not training_facts(metadata):
        st.info("The model's settings and data were not recorded when it was made.", icon=":material/info:")
    facts, data = st.columns(2, gap="medium")
    with facts:
        for title, pairs in facts_of.model_facts(metadata).items():
            if title in _OPEN:
                st.markdown(f"**{title}**")
                _pairs(title, pairs)
            else:
                with st.expander(title):
                    _pairs(title, pairs)
    with data:
        _data(metadata)


def _pairs(title: str, pairs: facts_of.Facts) -> None:
    st.table({plain(name): plain(text) for name, text in pairs.items()}, border="horizontal", alt=title)


def _data(metadata: ModelMetadata) -> None:
    counts, dropped = facts_of.data_counts(metadata), facts_of.dropped_files(metadata)
    if not counts.empty:
        st.markdown("**Data**")
        st.caption("Face crops used for training (train) and for choosing the epoch (val).")
        config = {"crops": st.column_config.NumberColumn(format="localized")}
        st.dataframe(counts, hide_index=True, column_config=config, alt="Crops by set, split and mask")
    if not dropped.empty:
        st.markdown("**Files left out**")
        st.caption("Excluded before training, such as duplicates and damaged pictures.")
        st.dataframe(dropped, hide_index=True, alt="Files left out by set and reason")
