"""What the user can take away; each file is made on the click that asks for it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from core.classify.exports import annotated_zip, rows_to_csv, rows_to_json
from core.classify.file_names import safe_name
from core.report.facts import when
from core.results import ImageResult, Status
from core.ui.classify import rendering
from core.ui.classify.collection import Entry
from core.ui.classify.results import Answered, counted_answers
from core.ui.sidebar import AnswerSettings
from core.ui.wording import percent

_NAME = "above-the-mask"


def all_rows(answered: Answered) -> list[dict[str, Any]]:
    """The export rows of all pictures, in order; where the user corrected any, with a column `corrected`."""
    if not any(entry.corrections for entry, _ in answered):
        return [row for _, result in answered for row in result.to_rows()]
    return [
        {**row, "corrected": entry.corrections.get(row["face"])} for entry, result in answered
        for row in result.to_rows()
    ]  # fmt: skip


def csv_table(answered: Answered) -> str:
    """The table for people: spreadsheets need the byte order mark to take it for UTF-8."""
    return rows_to_csv(all_rows(answered), byte_order_mark=True)


def buttons(answered: Answered, entry: Entry, result: ImageResult, hidden: int = 0) -> None:
    """Downloads of all answers, of the picture that is shown, and of all pictures where there are several.

    Args:
        answered: All pictures.
        entry: The one that is shown.
        result: Its answers.
        hidden: Number of rows that filters hide; the downloads hold them too, which is said.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="downloads"):
        st.markdown("Download", width="content")
        _button("CSV", lambda: csv_table(answered), f"{_NAME}.csv", "text/csv")
        _button("JSON", lambda: rows_to_json(all_rows(answered)), f"{_NAME}.json", "application/json")
        if result.status is not Status.REFUSED:
            draw = partial(rendering.annotated_jpeg, entry.data, result)
            _button("This picture", draw, picture_name(entry), "image/jpeg")
        if len(answered) > 1:
            _button("All pictures (ZIP)", lambda: all_pictures(answered), f"{_NAME}.zip", "application/zip")
    what = "Each row names the model, engine, thresholds and program version that produced it."
    rows = f"All rows are included, even the {hidden:,} hidden by the filters. " if hidden else ""
    st.caption(rows + what)


def _button(label: str, make: Callable[[], str | bytes], file_name: str, mime: str) -> None:
    st.download_button(label, make, file_name, mime, icon=":material/download:", on_click="ignore")


def picture_name(entry: Entry) -> str:
    """The name under which the annotated picture is downloaded."""
    return safe_name(entry.name, set(), ".jpg")


def all_pictures(answered: Answered) -> bytes:
    """A ZIP of every picture with its answers drawn in, one decoded at a time, and the table."""
    pictures = (
        (entry.name, rendering.annotated_jpeg(entry.data, result))
        for entry, result in answered
        if result.status is not Status.REFUSED
    )
    return annotated_zip(pictures, all_rows(answered))


def report(answered: Answered, settings: AnswerSettings, checked: str = "") -> None:
    """A button that makes the report on the click and downloads it; `checked` is the score of the user's checks."""
    st.download_button(
        "Report of these pictures (HTML)",
        partial(_report, answered, settings, checked),
        "above-the-mask-report.html",
        "text/html",
        key="batch_report",
        help="Settings, counts, a contact sheet of the faces and every answer in one file. It contains their pictures.",
        on_click="ignore",
        icon=":material/download:",
    )


def _report(answered: Answered, settings: AnswerSettings, checked: str) -> str:
    from core.report.html.report import batch_report  # which needs much memory, as all that draws charts

    results = [result for _, result in answered]
    return batch_report(results, all_rows(answered), counted_answers(answered), facts(settings), checked)


def facts(settings: AnswerSettings) -> dict[str, str]:
    """What the answers were made with, in words."""
    model, thresholds, made = settings.model.classifier.model, settings.thresholds, settings.model.classifier.provenance
    child = (
        "answered like everyone else"
        if thresholds.child is None
        else f"left uncertain at a probability of {percent(thresholds.child)} or more"
    )
    return {
        "model": model.metadata.name,
        "trained": when(model.metadata.created) if model.metadata.created else "not recorded",
        "model version": made.model_version,
        "engine": model.engine.name,
        "answered from": f"{percent(thresholds.gender)} confidence, and clearly visible",
        "mask called from": f"{percent(thresholds.mask)} confidence",
        "children": child,
        "program version": made.program,
    }
