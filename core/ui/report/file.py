"""The whole report of a model as one file to keep and to send."""

import streamlit as st

from core.evaluation.runs import RunRecord
from core.report.html import html_report


def offer_report(run: RunRecord) -> None:
    """A button that makes the report on the click and downloads it."""
    st.download_button(
        "Full report (HTML)",
        lambda: html_report(run),
        f"{run.name}-report.html",
        "text/html",
        key="report_html",
        help="One file with every test set, chart and table, and the model card. It works offline.",
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
    )
