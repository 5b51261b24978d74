"""A report of the user's own pictures as one HTML file: settings, counts, contact sheet, every answer."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from core.report.blocks import Block, Chart, Facts, Picture, Pictures, Section, Table, data_uri, info
from core.report.charts.answers import answer_counts
from core.report.html.render import page
from core.results import ImageResult, Status

_CROP_PX = 96
_COLUMNS = ["file", "face", "status", "label", "p_female", "reason", "mask", "age_band", "message"]


def batch_report(results: Sequence[ImageResult], counts: pd.DataFrame, settings: Mapping[str, str]) -> str:
    """The report as an HTML document that asks no host for anything.

    Args:
        results: Every picture, decided.
        counts: Faces by answer: `group`, `answer`, `faces`, as `core.report.charts.answers.answer_counts` takes them.
        settings: What the answers were made with, in words.
    """
    refused = sum(result.status is Status.REFUSED for result in results)
    faces = sum(len(result.faces) for result in results)
    unread = f" {refused} could not be read." if refused else ""
    drawn: Block = info("No face was found.")
    if len(counts):
        table, groups = Table("Faces by answer", counts), list(dict.fromkeys(counts["group"]))
        drawn = Chart("Faces by answer.", answer_counts, (counts, groups), table)
    pictures = tuple(_pictures(results))
    rows = pd.DataFrame([row for result in results for row in result.to_rows()])
    sections = (
        Section("Settings", (Facts("", settings),)),
        Section("Answers", (drawn,)),
        Section("Contact sheet", (Pictures(pictures) if pictures else info("No face was found."),)),
        Section("Every answer", (Table("Every answer", rows[_COLUMNS]),)),
    )
    counted = f"{len(results)} pictures, {faces} faces.{unread}"
    return page("batch.html", "Perceived gender in a batch of pictures", counted=counted, sections=sections)


def _pictures(results: Sequence[ImageResult]) -> Iterator[Picture]:
    for result in results:
        for number, face in enumerate(result.faces, start=1):
            words = f"{face.label.value} {100 * face.confidence:.0f} %"
            yield Picture(data_uri(face.crop, 2 * _CROP_PX), f"{result.name}, face {number}: {words}", words)
