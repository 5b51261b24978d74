"""The order of the HTML report: results, learning, every set of faces, the training's record, the card."""

from functools import partial

import pandas as pd

from core.errors import RunError
from core.evaluation.names import TEST, VARIANT_SENTENCES, set_name, variant_rank
from core.evaluation.runs import RunRecord
from core.evaluation.schema import MetricsReport, SetMetrics
from core.model.metadata import ModelMetadata
from core.report import charts, tables
from core.report import facts as report_facts
from core.report.card.document import model_card
from core.report.html import parts
from core.report.html.attention import changes_part, looks_part
from core.report.html.faces import faces_parts
from core.report.html.page import page
from core.report.training_record import best_epoch

_INTERVAL = ": 95 % interval"
_SHOWN = "balanced_accuracy"


def html_report(run: RunRecord) -> str:
    """The whole report of a saved model as one HTML document that asks no host for anything.

    What is missing or damaged is said in its place, as on the page; the other parts stand.
    """
    _, _, card = model_card(run).partition("\n")
    body = (
        parts.title(f"Training report: {run.name}"),
        parts.text(
            "Perceived gender of people in face masks: how this model was trained, and how it does on test pictures. "
            "This file is whole in itself: it asks nothing of any network."
        ),
        *(parts.note(sentence) for sentence in run.notes),
        _results(run.metrics),
        _learning(run.history, run.metadata),
        _faces(run),
        looks_part(run.explanations),
        changes_part(run.predictions),
        _record(run.metadata),
        parts.section("Model card", parts.markdown(card)),
    )
    return page(f"Training report: {run.name}", "\n".join(part for part in body if part))


def _results(metrics: MetricsReport | RunError) -> str:
    title = "Test results"
    if isinstance(metrics, RunError):
        return parts.section(title, parts.note(metrics.message))
    sets = _tests(metrics)
    if not sets:
        return parts.section(title, parts.note("The saved figures hold no test set."))
    rows = tables.figures_by_set(sets)
    values = [str(name) for name in rows.columns if f"{name}{_INTERVAL}" in rows]
    shown = rows[["set", "faces", "women", "men"]].assign(
        **{name: list(map(partial(_cell, name), rows[name], rows[f"{name}{_INTERVAL}"])) for name in values}
    )
    dots = tables.measure_by_set(sets, _SHOWN)
    drawn = (
        parts.figure(
            "Balanced accuracy of every test set.",
            charts.interval_dots(dots, _SHOWN),
            "A dot is the measured figure, its line the 95 % interval. Real masks tell most about use.",
            dots.drop(columns=["value", "low", "high"]),
        )
        if len(dots)
        else ""
    )
    return parts.section(
        title,
        parts.text(
            f"Evaluated {report_facts.when(metrics.created)}. Every face is called female or male, from a probability "
            f"of 50 % on; answered are those at least {100 * metrics.threshold:.0f} % sure and well seen. In brackets, "
            f"{metrics.interval}."
        ),
        parts.table(shown),
        drawn,
    )


def _cell(name: str, value: float, interval: str) -> str:
    """A figure and its interval, which breaks between the two alone."""
    text = "\u2013" if pd.isna(value) else f"{value:.3f}" if name == "ROC AUC" else f"{value:.1f} %"
    return f"{_unbroken(text)} {_unbroken(f'({interval})')}"


def _unbroken(text: str) -> str:
    return text.replace(" ", "\u00a0")


def _tests(metrics: MetricsReport) -> list[SetMetrics]:
    tests = [entry for entry in metrics.sets if entry.split == TEST]
    return sorted(tests, key=lambda entry: (variant_rank(entry.variant), entry.set))


def _learning(history: pd.DataFrame | RunError, metadata: ModelMetadata | RunError) -> str:
    title = "Learning curves"
    if isinstance(history, RunError):
        return parts.section(title, parts.note(history.message))
    recorded = best_epoch(metadata) if isinstance(metadata, ModelMetadata) else None
    best = recorded if recorded in set(history["epoch"]) else None
    history, further = tables.further_figures(history)
    caption = "While both curves improve it learns; once only training does, it learns by heart."
    drawn = [
        parts.figure(
            f"{measure.capitalize()}.",
            charts.learning_curve(history, measure, best),
            caption,
            history[["epoch", measure, f"val_{measure}"]].round(4),
        )
        for measure in ("accuracy", "loss")
    ]
    if further:
        rows = history[["epoch", *further.values()]].round(4)
        chart = charts.further_curves(history, further, best)
        drawn.append(parts.figure("Further validation figures.", chart, "Shares called right.", rows))
    rates = charts.learning_rate(history, best)
    drawn.append(parts.figure("Learning rate.", rates, "", history[["epoch", "learning_rate"]]))
    kept = "" if recorded is None else f"The model is the network as it was after epoch {recorded}."
    return parts.section(title, parts.text(kept), parts.side_by_side(*drawn))


def _faces(run: RunRecord) -> str:
    title = "Every set of test faces"
    if isinstance(run.predictions, RunError):
        return parts.section(title, parts.note(run.predictions.message))
    tests = run.predictions[run.predictions["split"] == TEST]
    places = tests[["set", "variant"]].drop_duplicates().itertuples(index=False)
    folded: list[str] = []
    for name, variant in sorted(places, key=lambda place: (variant_rank(place[1]), place[0])):
        rows = tests[(tests["set"] == name) & (tests["variant"] == variant)].reset_index(drop=True)
        inside = faces_parts(rows, run.metadata)
        opening = parts.text(VARIANT_SENTENCES.get(variant, ""))
        heading = f"{set_name(name, variant)}, {len(rows):,} faces"
        folded.append(parts.folded(heading, opening, *inside, unfolded=not folded))
    hint = "A set opens on a click." if folded else "The saved predictions hold no test face."
    return parts.section(title, parts.text(hint), *folded)


def _record(metadata: ModelMetadata | RunError) -> str:
    title = "How it was trained"
    if isinstance(metadata, RunError):
        return parts.section(title, parts.note(metadata.message))
    counts, dropped = report_facts.data_counts(metadata), report_facts.dropped_files(metadata)
    facts = report_facts.model_facts(metadata)
    return parts.section(
        title,
        *(part for name, values in facts.items() for part in (parts.subheading(name), parts.pairs(values))),
        *((parts.subheading("Data"), parts.table(counts)) if len(counts) else ()),
        *((parts.subheading("Files left out"), parts.table(dropped)) if len(dropped) else ()),
    )
