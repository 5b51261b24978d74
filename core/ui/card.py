"""The model card's page: the same Markdown to read and to download."""

import streamlit as st

from core.evaluation.runs import RunRecord
from core.report.card.document import CARD_FILE, model_card
from core.settings import model_folder
from core.ui.saved_runs import Fingerprint, fingerprint


def offer_card(run: RunRecord) -> None:
    """A button that downloads the card of a model."""
    st.download_button(
        "Download the card",
        _card(run),
        file_name=f"{run.name}-{CARD_FILE}",
        mime="text/markdown",
        on_click="ignore",
        icon=":material/download:",
    )


def show_card(run: RunRecord) -> None:
    """The card of a model, to read, under the page's own title."""
    _, _, body = _card(run).partition("\n")
    st.markdown(body)


def _card(run: RunRecord) -> str:
    folder = model_folder(run.name)
    return _make(str(folder), fingerprint(folder), run)


@st.cache_data(max_entries=8, show_spinner=False)
def _make(folder: str, fingerprint: Fingerprint, _run: RunRecord) -> str:
    """Made anew when a file of the run changes."""
    return model_card(_run)
