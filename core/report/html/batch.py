"""A report of the user's own pictures as one HTML file: settings, counts, contact sheet, every answer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from core.report.blocks import Block, Chart, Facts, Picture, Pictures, Section, Table, Words, data_uri, info
from core.report.charts.answers import answer_counts
from core.report.html.render import page
from core.results import ImageResult, Label, Status
from core.wording import counted, leaning

_CROP_PX = 96
_COLUMNS = {
    "file": "picture",
    "face": "face",
    "status": "status",
    "label": "answer",
    "p_female": "probability of female",
    "reason": "reason",
    "mask": "mask",
    "age_band": "age",
    "corrected": "you say",
    "message": "remark",
}
_WORDED = ("status", "reason", "mask", "corrected")


def batch_report(
    results: Sequence[ImageResult],
    rows: Sequence[Mapping[str, Any]],
    counts: pd.DataFrame,
    settings: Mapping[str, str],
    checked: str = "",
) -> str:
    """The report as an HTML document that asks no host for anything.

    Args:
        results: Every picture, decided.
        rows: What is exported of them, with a column `corrected` where the user said what is right.
        counts: Faces by answer: `group`, `answer`, `faces`, as `core.report.charts.answers.answer_counts` takes them.
        settings: What the answers were made with, in words.
        checked: What the user's own checks came to, as a sentence in Markdown; "" for none.
    """
    refused = sum(result.status is Status.REFUSED for result in results)
    faces = sum(len(result.faces) for result in results)
    unread = f" {refused:,} could not be read." if refused else ""
    drawn: Block = info("No face was found.")
    if len(counts):
        table, groups = Table("Faces by answer", counts), list(dict.fromkeys(counts["group"]))
        drawn = Chart("Faces by answer.", answer_counts, (counts, groups), table)
    pictures = tuple(_pictures(results))
    score = (Words(checked),) if checked else ()
    sections = (
        Section("Settings", (Facts("", settings),)),
        Section("Answers", (drawn, *score)),
        Section("Contact sheet", (Pictures(pictures) if pictures else info("No face was found."),)),
        Section("Every answer", (_every_answer(rows),)),
    )
    said = f"{counted(len(results), 'picture')}, {counted(faces, 'face')}.{unread}"
    return page("batch.html", "Perceived gender in a batch of pictures", counted=said, sections=sections)


def _every_answer(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = pd.DataFrame(rows)
    table = table[[name for name in _COLUMNS if name in table]]
    words = {name: table[name].str.replace("_", " ") for name in _WORDED if name in table and table[name].notna().any()}
    return Table("Every answer", table.assign(**words), _COLUMNS)


def _pictures(results: Sequence[ImageResult]) -> Iterator[Picture]:
    for result in results:
        for number, face in enumerate(result.faces, start=1):
            uncertain = f"{Label.UNCERTAIN.value}, leans " if face.label is Label.UNCERTAIN else ""
            words = uncertain + leaning(face)
            yield Picture(data_uri(face.crop, 2 * _CROP_PX), f"{result.name}, face {number}: {words}", words)
