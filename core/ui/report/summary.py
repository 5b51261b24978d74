"""The report's first sections: what was tested, the figures, and all test sets beside each other."""

import streamlit as st

from core.errors import RunError
from core.evaluation.registry import METRIC_BY_NAME, Shown, shown_in
from core.evaluation.runs import RunRecord
from core.evaluation.schema import MetricsReport, SetMetrics
from core.report.blocks import Block, Words, caption, info, notice
from core.report.facts import when
from core.report.html.report import html_report
from core.report.sections.results import COMPARED, all_sets, headline
from core.ui.report.choice import Choice, saved_entry
from core.ui.report.data import faces_of, figures_of, worst_of
from core.ui.report.render import draw_blocks
from core.ui.wording import counted


def offer_report(run: RunRecord) -> None:
    """A button that makes the whole report as one file on the click and downloads it."""
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


def test_results(run: RunRecord, choice: Choice) -> None:
    """What was tested, on what, how many, when; then the figures with their intervals."""
    draw_blocks(_results(run, choice), choice.about)


def _results(run: RunRecord, choice: Choice) -> tuple[Block, ...]:
    entry = saved_entry(run, choice)
    figures = entry.metrics if entry else figures_of(choice)
    if figures is None:
        if isinstance(run.predictions, RunError):
            return (notice(run.predictions),)
        return (info("The saved predictions hold no faces of {}.", choice.name),)
    women, men = counted(figures.n_female, "woman", "women"), counted(figures.n_male, "man", "men")
    faces = f"{counted(figures.n, 'face')} ({women}, {men})"
    names = run.name, choice.name, choice.test_set.split
    words = Words(f"**{{}}**, tested on {faces} of **{{}}**, {{}} split.", names)
    return words, headline(figures, worst_of(choice)), _fine_print(run, choice, entry)


def _fine_print(run: RunRecord, choice: Choice, entry: SetMetrics | None) -> Words:
    words = choice.test_set.words
    names: tuple[str, ...] = (words,) if words else ()
    sentences = ["{}."] * len(names) + [choice.test_set.help]
    faces = faces_of(choice)
    missed = entry.not_found if entry else int((faces.predictions["found"] == 0).sum()) if faces else 0
    if missed:
        who = counted(missed, "face that the detector missed is", "faces that the detector missed are")
        sentences.append(f"{who} included: there the whole picture was taken as the face.")
    if isinstance(run.metrics, MetricsReport):
        sentences.append("Evaluated {}. Below each figure is its interval: {}.")
        names += (when(run.metrics.created), run.metrics.interval)
    sentences.append(
        f"*Answered* means at least {100 * choice.thresholds.gender:.0f} % sure and clearly visible; the other figures "
        "count every face."
    )
    return caption(" ".join(sentences), *names)


def comparison(sets: list[SetMetrics], key: str, name: str) -> None:
    """All sets beside each other, the worst one named; `name` is the model's."""
    measure = st.segmented_control(
        "Measure",
        [metric.name for metric in shown_in(Shown.CHART)],
        default=COMPARED.name,
        required=True,
        key=key,
        format_func=lambda name: METRIC_BY_NAME[name].title,
        wrap=True,
    )
    draw_blocks(all_sets(sets, METRIC_BY_NAME[measure] if measure else COMPARED).blocks, (name,))
