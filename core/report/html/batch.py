"""A report of the user's own pictures as one HTML file: settings, counts, contact sheet, every answer."""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from io import BytesIO

import pandas as pd
from PIL import Image

from core.report.charts.counts import answer_counts
from core.report.html import parts
from core.report.html.page import page
from core.results import ImageResult, Status
from core.types import Pixels

_CROP_PX = 96
_TITLE = "Perceived gender in a batch of pictures"
_COLUMNS = ["file", "face", "status", "label", "p_female", "reason", "mask", "age_band", "message"]


def batch_report(results: Sequence[ImageResult], counts: pd.DataFrame, settings: Mapping[str, str]) -> str:
    """The report as an HTML document that asks no host for anything.

    Args:
        results: Every picture, decided.
        counts: Faces by answer: `group`, `answer`, `faces`, as `core.report.charts.counts.answer_counts` takes them.
        settings: What the answers were made with, in words.
    """
    refused = sum(result.status is Status.REFUSED for result in results)
    faces = sum(len(result.faces) for result in results)
    unread = f" {refused} could not be read." if refused else ""
    drawn = parts.note("No face was found.")
    if len(counts):
        chart = answer_counts(counts, list(dict.fromkeys(counts["group"])))
        drawn = parts.figure("Faces by answer.", chart, "", counts)
    rows = pd.DataFrame([row for result in results for row in result.to_rows()])
    body = (
        parts.title(_TITLE),
        parts.text(f"{len(results)} pictures, {faces} faces.{unread}"),
        parts.note(
            "Perceived gender is how a face looks to the model, not identity: it can be wrong about anyone, and "
            "nothing should be decided about a person because of it. This file holds pictures of the faces."
        ),
        parts.section("Settings", parts.pairs(settings)),
        parts.section("Answers", drawn),
        parts.section("Contact sheet", _sheet(results)),
        parts.section("Every answer", parts.table(rows[_COLUMNS])),
    )
    return page(_TITLE, "\n".join(body))


def _sheet(results: Sequence[ImageResult]) -> str:
    cells = []
    for result in results:
        for number, face in enumerate(result.faces, start=1):
            said = f"{face.label.value} {100 * face.confidence:.0f} %"
            words = escape(f"{result.name}, face {number}: {said}", quote=True)
            cells.append(
                f'<figure style="width:{_CROP_PX}px;margin:0"><img src="{_source(face.crop)}" width="{_CROP_PX}" '
                f'height="{_CROP_PX}" alt="{words}"><figcaption>{escape(said)}</figcaption></figure>'
            )
    style = "display:flex;flex-wrap:wrap;gap:.6rem"
    return f'<div style="{style}">{"".join(cells)}</div>' if cells else parts.note("No face was found.")


def _source(crop: Pixels) -> str:
    small, encoded = Image.fromarray(crop), BytesIO()
    small.thumbnail((2 * _CROP_PX, 2 * _CROP_PX))
    small.save(encoded, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.getvalue()).decode()}"
