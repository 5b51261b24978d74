"""The model card's page: the same Markdown to read and to download."""

import streamlit as st

from core.evaluation.card import model_card
from core.evaluation.runs import RunRecord

FILE_NAME = "CARD.md"


def offer_card(run: RunRecord) -> None:
    """A button that downloads the card of a model."""
    st.download_button(
        "Download the card",
        model_card(run),
        file_name=f"{run.name}-{FILE_NAME}",
        mime="text/markdown",
        on_click="ignore",
        icon=":material/download:",
    )


def show_card(run: RunRecord) -> None:
    """The card of a model, to read, under the page's own title."""
    _, _, body = model_card(run).partition("\n")
    st.markdown(body)
