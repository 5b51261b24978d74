"""The whole report of a saved model as one HTML file."""

from collections.abc import Iterator

from core.errors import RunError
from core.evaluation.runs import RunRecord
from core.evaluation.schema import MetricsReport
from core.evaluation.test_sets import TEST, sets_in
from core.heads import GENDER, Thresholds
from core.model.metadata import ModelMetadata
from core.report.blocks import Beside, Block, Section, Words, said
from core.report.card.document import model_card
from core.report.html.render import page
from core.report.sections import AFTER_FACES, BEFORE_FACES, OF_FACES
from core.report.sections.faces import Faces, View, mistakes
from core.report.sections.groups import worst_group
from core.report.sections.results import all_results, headline
from core.wording import counted

_MISTAKES = 20


def html_report(run: RunRecord) -> str:
    """The report as an HTML document that asks no host for anything.

    What is missing or damaged is said in its place, as on the page; the other parts stand.
    """
    _, _, card = model_card(run).partition("\n")
    sets = list(_sets(run))
    opening = Words("A set opens on a click." if sets else "The saved predictions hold no test face.")
    if isinstance(run.predictions, RunError):
        opening = said(run.predictions)
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
