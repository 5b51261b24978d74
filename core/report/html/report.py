"""Whole reports as one HTML file each: that of a saved model, and that of the user's own pictures."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from core.errors import RunError
from core.evaluation.runs import RunRecord
from core.evaluation.schema import MetricsReport
from core.evaluation.test_sets import TEST, sets_in
from core.heads import GENDER, Thresholds
from core.model.metadata import ModelMetadata
from core.report.blocks import (
    Beside,
    Block,
    Chart,
    Facts,
    Picture,
    Pictures,
    Section,
    Table,
    Words,
    data_uri,
    info,
    notice,
)
from core.report.card.document import model_card
from core.report.charts.answers import answer_counts
from core.report.html.render import page
from core.report.sections import AFTER_FACES, BEFORE_FACES, OF_FACES
from core.report.sections.faces import Faces, View, mistakes
from core.report.sections.groups import worst_group
from core.report.sections.results import all_results, headline
from core.results import ImageResult, Label, Status
from core.wording import counted, leaning

_MISTAKES = 20
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


def html_report(run: RunRecord) -> str:
    """The report as an HTML document that asks no host for anything.

    What is missing or damaged is said in its place, as on the page; the other parts stand.
    """
    _, _, card = model_card(run).partition("\n")
    sets = list(_sets(run))
    opening = Words("Click a set to open it." if sets else "The saved predictions hold no test face.")
    if isinstance(run.predictions, RunError):
        opening = notice(run.predictions)
    return page(
        "report.html",
        f"Training report: {run.name}",
        notes=run.notes,
        before=[all_results(run), *(build(run) for build in BEFORE_FACES)],
        opening=[opening],
        sets=sets,
        after=[build(run) for build in AFTER_FACES],
        card=card,
    )


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


def _sets(run: RunRecord) -> Iterator[Section]:
    """Every set of test faces, real masks first; every face is called, and the model's own threshold is marked."""
    if isinstance(run.predictions, RunError):
        return
    thresholds = run.metadata.thresholds if isinstance(run.metadata, ModelMetadata) else Thresholds()
    temperature = run.metadata.heads[GENDER].temperature if isinstance(run.metadata, ModelMetadata) else 1.0
    for place in sets_in(run.predictions):
        if place.split != TEST:
            continue
        rows = place.rows(run.predictions).reset_index(drop=True)
        faces, view = Faces(rows, thresholds, temperature), View(marked=thresholds.gender)
        entry = run.metrics.find(place.set, place.variant) if isinstance(run.metrics, MetricsReport) else None
        blocks: list[Block] = [Words(place.help)]
        if entry is not None:
            blocks.append(headline(entry.metrics, worst_group(faces)))
        for row in OF_FACES:
            sections = [build(faces, view) for build in row]
            headed: list[tuple[Block, ...]] = [(Words(f"## {one.title}"), *one.blocks) for one in sections]
            blocks += [Beside(tuple(headed))] if len(headed) > 1 else headed[0]
        yield Section(
            f"{place.title}, {counted(len(rows), 'face')}",
            (*blocks, Words("## Mistakes"), *mistakes(faces, _MISTAKES)),
        )


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
