"""The user's own batch as a report: one file to keep or to send."""

import streamlit as st

from core.report.html import batch_report
from core.ui.classify.overview import counted_answers
from core.ui.classify.results import Answered
from core.ui.sidebar import AnswerSettings
from core.ui.wording import percent


def offer(answered: Answered, settings: AnswerSettings) -> None:
    """A button that makes the report on the click and downloads it."""
    st.download_button(
        "Report of these pictures (HTML)",
        lambda: batch_report([result for _, result in answered], counted_answers(answered), facts(settings)),
        "above-the-mask-report.html",
        "text/html",
        key="batch_report",
        help="Settings, counts, a contact sheet of the faces and every answer in one file. It contains their pictures.",
        on_click="ignore",
        icon=":material/download:",
    )


def facts(settings: AnswerSettings) -> dict[str, str]:
    """What the answers were made with, in words."""
    model, thresholds = settings.model.classifier.model, settings.thresholds
    child = "answered like everyone else" if thresholds.child is None else f"uncertain from {percent(thresholds.child)}"
    return {
        "model": model.metadata.name,
        "trained": model.metadata.created or "not recorded",
        "engine": model.engine.name,
        "answered from": f"{percent(thresholds.gender)} confidence, and well seen",
        "mask called from": f"{percent(thresholds.mask)} confidence",
        "children": child,
    }
